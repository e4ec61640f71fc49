"""Builds `extension.wasm`. It takes `annexe` on PATH, and the packages of requirements.txt in this Python's environment."""

import pathlib
import subprocess
import sys

# The version of the API that the extension is written against.
API = "0.7.0"

STEPS = [
    ["annexe", "wit", API, "--portable", "-o", "wit"],
    ["componentize-py", "--wit-path", "wit", "--world", "extension", "componentize", "extension", "-o", "raw.wasm"],
    ["annexe", "build", "--component", "raw.wasm", "--api", API, "-o", "extension.wasm"],
]

for step in STEPS:
    print(*step, file=sys.stderr)
    try:
        subprocess.run(step, check=True, cwd=pathlib.Path(__file__).parent)
    except FileNotFoundError:
        sys.exit(f"`{step[0]}` is not on PATH")
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
