"""Starts the language server of ruff, for Python: the version that the project locks, or the one on PATH."""

import json
import sys
import tomllib

import wit_world
from componentize_py_types import Err
from unserved import Unserved
from wit_world.imports.process import Command

SERVER = "ruff"


class WitWorld(Unserved):
    def language_server_command(self, id, worktree):
        if id != SERVER:
            raise Err(f"this extension starts `{SERVER}`, not `{id}`")
        binary = settings(id, worktree).get("binary") or {}
        command, before = (binary["path"], []) if binary.get("path") else find(worktree)
        arguments = binary.get("arguments") or ["server"]
        env = dict(worktree.shell_env()) | (binary.get("env") or {})
        return Command(command, before + arguments, list(env.items()))

    def language_server_initialization_options(self, id, worktree):
        return as_json(settings(id, worktree).get("initialization_options"))

    def language_server_workspace_configuration(self, id, worktree):
        return as_json(settings(id, worktree).get("settings"))


def find(worktree):
    """The program and its first arguments: `uvx` for the version that the project locks, so that the editor says what
    everybody else's tools say; else `ruff` on PATH; else whatever version `uvx` brings."""
    uvx = worktree.which("uvx")
    version = locked_version(worktree) if uvx else None
    if version:
        return uvx, [f"ruff@{version}"]
    if ruff := worktree.which("ruff"):
        return ruff, []
    if uvx:
        return uvx, ["ruff"]
    raise Err(
        "neither `ruff` nor `uvx` is on PATH; install one with `pip install ruff`, "
        f"or name it in the setting `lsp.{SERVER}.binary.path`"
    )


def locked_version(worktree):
    """The version of ruff in the project's `uv.lock`, if it has one."""
    try:
        text = worktree.read_text_file("uv.lock")
    except Err:
        return None
    try:
        packages = tomllib.loads(text).get("package", [])
        return next((package["version"] for package in packages if package["name"] == "ruff"), None)
    except (tomllib.TOMLDecodeError, AttributeError, KeyError, TypeError) as error:
        # What is printed goes to the host's log, with the extension's name.
        print(f"`uv.lock` is passed over: {error!r}", file=sys.stderr)
        return None


def settings(server, worktree):
    """What the person has set for a language server: `binary`, `initialization_options` and `settings`."""
    location = wit_world.SettingsLocation(worktree.id(), "")
    return json.loads(wit_world.get_settings(location, "lsp", server))


def as_json(value):
    return None if value is None else json.dumps(value)
