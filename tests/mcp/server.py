"""A context server that tells what it is: its process, variables, streams and signals."""

import json
import os
import resource
import signal
import sys


def ignored():
    names = [signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGUSR1]
    return [it.name for it in names if signal.getsignal(it) == signal.SIG_IGN]


def children():
    path = "/proc/self/task/%d/children" % os.getpid()
    return open(path).read().split()


IGNORED = ignored()
OPEN = sorted(int(it) for it in os.listdir("/proc/self/fd"))[:-1]
for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message:
        continue
    result = {
        "serverInfo": {"name": "stand-in", "version": "1.2"},
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "pid": os.getpid(),
        "env": dict(os.environ),
        "cwd": os.getcwd(),
        "arguments": sys.argv[1:],
        "ignored": IGNORED,
        "blocked": sorted(it.name for it in signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "open": OPEN,
        "children": children(),
        "files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
    }
    answer = {"jsonrpc": "2.0", "id": message["id"], "result": result}
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
