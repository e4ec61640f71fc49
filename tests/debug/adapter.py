"""A debug adapter that does what the variable STAND_IN says, and tells the editor of all that it hears."""

import json
import os
import socket
import sys
import threading
import time

BEHAVIOUR = set(os.environ.get("STAND_IN", "").split(","))
PORT = os.environ.get("STAND_IN_PORT")


class Session:
    def __init__(self, source, sink):
        self.source, self.sink = source, sink
        self.seq = 100
        self.launch = None
        self.lock = threading.Lock()

    def send(self, message):
        with self.lock:
            self.seq += 1
            message["seq"] = self.seq
            body = json.dumps(message).encode()
            self.sink.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            self.sink.flush()
            return self.seq

    def event(self, name, body=None):
        message = {"type": "event", "event": name}
        if body is not None:
            message["body"] = body
        return self.send(message)

    def answer(self, request, body=None, success=True, message=None):
        answer = {
            "type": "response", "request_seq": request["seq"], "success": success,
            "command": request["command"],
        }
        if body is not None:
            answer["body"] = body
        if message is not None:
            answer["message"] = message
        return self.send(answer)

    def messages(self):
        while True:
            length = None
            while True:
                line = self.source.readline()
                if not line:
                    return
                line = line.strip()
                if not line:
                    break
                name, value = line.split(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            yield json.loads(self.source.read(length))

    def run(self):
        if "babbles" in BEHAVIOUR:
            self.sink.write(b"hello, I am no adapter\n\n")
            self.sink.flush()
            time.sleep(60)
        if "ends" in BEHAVIOUR:
            sys.stderr.write("I cannot go on\n")
            sys.stderr.flush()
            os._exit(7)
        if "logs" in BEHAVIOUR:
            self.event("output", {"category": "telemetry", "output": "early"})
        for message in self.messages():
            self.hear(message)
            if message.get("command") == "disconnect":
                return

    def hear(self, message):
        self.event("heard", message)
        command = message.get("command")
        if message["type"] == "response":
            return
        if command == "initialize":
            if "silent" in BEHAVIOUR:
                return
            if "refuses" in BEHAVIOUR:
                self.answer(message, success=False, message="not today")
                return
            if "nothing" in BEHAVIOUR:
                self.answer(message)
            else:
                body = {"supportsStepBack": True}
                if "confirms" in BEHAVIOUR:
                    body["supportsConfigurationDoneRequest"] = True
                self.answer(message, body)
            if "eager" in BEHAVIOUR:
                self.event("initialized")
        elif command in ("launch", "attach"):
            if "dies" in BEHAVIOUR:
                sys.stderr.write("the debugger is gone\n")
                sys.stderr.flush()
                os._exit(9)
            if "eager" not in BEHAVIOUR:
                self.event("initialized")
            self.launch = message
            if "last" not in BEHAVIOUR:
                self.answer(message)
        elif command == "configurationDone":
            self.answer(message)
            if "last" in BEHAVIOUR:
                self.answer(self.launch)
        elif command == "reverse":
            asked = message["arguments"]
            self.answer(message)
            self.send({"type": "request", "command": asked["command"], "arguments": asked["arguments"]})
        elif command == "finish":
            self.answer(message)
            self.event("terminated")
            os._exit(0)
        elif command == "die":
            sys.stderr.write("I was told to\n")
            sys.stderr.flush()
            os.abort()
        elif command == "garbage":
            self.sink.write(b"Content-Length: 3\r\n\r\n[1]")
            self.sink.flush()
        elif command == "flood":
            self.answer(message)
            for _ in range(message["arguments"]["count"]):
                self.event("output", {"category": "stdout", "output": "x" * 10_000})
        elif command == "hang":
            time.sleep(600)
        else:
            self.answer(message, {"pid": os.getpid()})


def listen(port):
    server = socket.create_server(("127.0.0.1", port))
    while True:
        connection, _ = server.accept()
        session = Session(connection.makefile("rb"), connection.makefile("wb"))

        def serve(session=session, connection=connection):
            session.run()
            connection.close()

        threading.Thread(target=serve, daemon=True).start()


ports = [word.split(":")[-1] for word in sys.argv[1:] if word.startswith("listen:")]
if "never" in BEHAVIOUR:
    time.sleep(600)
if ports:
    if "slow" in BEHAVIOUR:
        time.sleep(0.3)
    listen(int(ports[0]))
if "deaf" in BEHAVIOUR:
    import signal

    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "leaves" in BEHAVIOUR:
    import subprocess

    child = subprocess.Popen(["sleep", "600"])
    sys.stderr.write("child %d\n" % child.pid)
    sys.stderr.flush()
Session(sys.stdin.buffer, sys.stdout.buffer).run()
if "deaf" in BEHAVIOUR:
    time.sleep(600)
