"""The test guest in Python. An identifier of the form `verb` or `verb:argument` says what to do: see README.md."""

import json
import os
import re
import socket
import sys
import time

import wit_world
from componentize_py_types import Err
from wit_world.imports import dap, http_client, platform, process
from wit_world.imports.common import Range
from wit_world.imports.context_server import ContextServerConfiguration
from wit_world.imports.slash_command import (
    SlashCommandArgumentCompletion,
    SlashCommandOutput,
    SlashCommandOutputSection,
)


class Verbs:
    """What `language-server-command` can be asked for: a method for each verb, which answers arguments."""

    def __init__(self):
        self.calls = 0
        self.was_initialised = False

    def echo(self, _, id, worktree):
        return [id, worktree.root_path()]

    def count(self, _, id, worktree):
        return [str(self.calls)]

    def initialised(self, _, id, worktree):
        return [str(self.was_initialised).lower()]

    def read(self, path, id, worktree):
        return [worktree.read_text_file(path)]

    def which(self, name, id, worktree):
        return [worktree.which(name) or "none"]

    def id(self, _, id, worktree):
        return [str(worktree.id())]

    def platform(self, _, id, worktree):
        return [part.name.lower() for part in platform.current_platform()]

    def settings(self, key, id, worktree):
        location = wit_world.SettingsLocation(worktree.id(), "")
        return [wit_world.get_settings(location, "language", key)]

    def status(self, text, id, worktree):
        wit_world.set_language_server_installation_status(
            id, wit_world.LanguageServerInstallationStatus_Failed(text)
        )
        return []

    def process(self, line, id, worktree):
        command, *args = line.split(" ")
        output = process.run_command(process.Command(command, args, [("GUEST", "foreign")]))
        return [str(output.status), output.stdout.decode()]

    def http(self, url, id, worktree):
        request = http_client.HttpRequest(
            http_client.HttpMethod.GET, url, [], None, http_client.RedirectPolicy_FollowAll()
        )
        return [http_client.fetch(request).body.decode()]

    def connect(self, port, id, worktree):
        try:
            with socket.socket() as connection:
                connection.connect(("127.0.0.1", int(port)))
        except OSError as error:
            # Any exception but `Err` would stop the extension.
            raise Err(str(error)) from error
        return ["connected"]

    def print(self, text, id, worktree):
        print(text)
        print(text, file=sys.stderr)
        return []

    def clock(self, _, id, worktree):
        return [str(int(time.time() * 1000))]

    def write(self, path, id, worktree):
        with open(path, "w", encoding="utf-8") as file:
            file.write("written by the guest")
        return [os.path.abspath(path)]

    def loop(self, _, id, worktree):
        while True:
            pass

    def fail(self, text, id, worktree):
        raise Err(text)

    def throw(self, text, id, worktree):
        """Raises what no author meant to raise."""
        raise TypeError(text)


verbs = Verbs()


class WitWorld(wit_world.WitWorld):
    def init_extension(self):
        verbs.was_initialised = True
        # The host gives the work directory under its own path too, and names it here.
        os.chdir(os.environ["PWD"])

    def language_server_command(self, id, worktree):
        verbs.calls += 1
        verb, argument = parted(id)
        if verb.startswith("_") or not callable(getattr(verbs, verb, None)):
            raise Err(f"unknown verb: {verb}")
        args = getattr(verbs, verb)(argument, id, worktree)
        return process.Command(verb, args, worktree.shell_env())

    def language_server_initialization_options(self, id, worktree):
        return answer(id, export="initialization-options", id=id, root=worktree.root_path())

    def language_server_workspace_configuration(self, id, worktree):
        return answer(id, export="workspace-configuration", id=id, root=worktree.root_path())

    def language_server_additional_initialization_options(self, id, target, worktree):
        root = worktree.root_path()
        return answer(id, export="additional-initialization-options", id=id, target=target, root=root)

    def language_server_additional_workspace_configuration(self, id, target, worktree):
        root = worktree.root_path()
        return answer(id, export="additional-workspace-configuration", id=id, target=target, root=root)

    def labels_for_completions(self, id, completions):
        return [
            code_label(
                completion.label,
                completion.detail,
                word(completion.kind),
                word(completion.insert_text_format),
                completion.label_details and completion.label_details.detail,
                completion.label_details and completion.label_details.description,
            )
            for completion in completions
        ]

    def labels_for_symbols(self, id, symbols):
        return [code_label(symbol.name, word(symbol.kind)) for symbol in symbols]

    def complete_slash_command_argument(self, command, args):
        return [
            SlashCommandArgumentCompletion(label, command.description, label == command.name)
            for label in [command.name, *args]
        ]

    def run_slash_command(self, command, args, worktree):
        if parted(command.name)[0] == "fail":
            raise Err(" ".join(args))
        place = worktree.root_path() if worktree else "none"
        text = f"{command.name}({', '.join(args)}) in {place}"
        section = SlashCommandOutputSection(Range(0, length(text)), command.name)
        return SlashCommandOutput(text, [section])

    def context_server_command(self, id, project):
        refuse(id)
        return process.Command(parted(id)[0], [id, *map(str, project.worktree_ids())], [])

    def context_server_configuration(self, id, project):
        refuse(id)
        return None if id == "none" else ContextServerConfiguration(id, id, id)

    def suggest_docs_packages(self, provider):
        return [f"{provider}-one", f"{provider}-two"]

    def index_docs(self, provider, name, database):
        database.insert(name, f"{provider}/{name}")

    def get_dap_binary(self, adapter, config, user_installed_path, worktree):
        refuse(adapter)
        template = config.tcp_connection
        return dap.DebugAdapterBinary(
            command=user_installed_path,
            arguments=[adapter],
            envs=worktree.shell_env(),
            cwd=worktree.root_path(),
            connection=template and dap.resolve_tcp_template(template),
            request_args=dap.StartDebuggingRequestArguments(
                config.config, self.dap_request_kind(adapter, config.config)
            ),
        )

    def dap_request_kind(self, adapter, config):
        request = json.loads(config).get("request")
        if request not in ("launch", "attach"):
            raise Err(f"unknown request: {request}")
        return dap.StartDebuggingRequestArgumentsRequest[request.upper()]

    def dap_config_to_scenario(self, config):
        # The world has this export, so the component must have it too.
        raise Err("this guest makes no scenarios")

    def dap_locator_create_scenario(self, locator, template, label, adapter):
        if locator == "none":
            return None
        payload = dap.BuildTaskDefinitionTemplatePayload(locator, template)
        return dap.DebugScenario(label, adapter, dap.BuildTaskDefinition_Template(payload), "{}", None)

    def run_dap_locator(self, locator, task):
        refuse(locator)
        if locator == "attach":
            return dap.DebugRequest_Attach(dap.AttachRequest(7))
        return dap.DebugRequest_Launch(dap.LaunchRequest(task.command, task.cwd, task.args, task.env))


def parted(id):
    """The verb and the argument of an identifier."""
    verb, _, argument = id.partition(":")
    return verb, argument


def refuse(id):
    """Raises what an identifier such as `fail:<text>` asks for."""
    verb, text = parted(id)
    if verb == "fail":
        raise Err(text)


def answer(server, **value):
    refuse(server)
    return None if server == "none" else json.dumps(value)


def length(text):
    """The length of a text as the host counts it: in bytes."""
    return len(text.encode())


def word(variant):
    """The name of a variant's case: `enum-member` of `CompletionKind_EnumMember`."""
    if variant is None:
        return None
    case = type(variant).__name__.partition("_")[2]
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", case).lower()
    return f"other {variant.value}" if name == "other" else name


def code_label(name, *details):
    if name.startswith("skip"):
        return None
    whole = Range(0, length(name))
    spans = [
        wit_world.CodeLabelSpan_CodeRange(whole),
        wit_world.CodeLabelSpan_Literal(wit_world.CodeLabelSpanLiteral(" from ", None)),
        wit_world.CodeLabelSpan_Literal(wit_world.CodeLabelSpanLiteral("guest", "keyword")),
    ]
    code = "|".join([name, *(detail or "-" for detail in details)])
    return wit_world.CodeLabel(code, spans, whole)
