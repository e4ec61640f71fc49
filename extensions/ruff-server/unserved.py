"""What an extension answers to what it does not serve. A component has every export of its world: this class has them
all, and what a class that inherits from it defines takes their place."""

import wit_world
from componentize_py_types import Err


def refuse():
    raise Err("the extension does not serve this")


class Unserved(wit_world.WitWorld):
    def init_extension(self):
        pass

    def language_server_command(self, id, worktree):
        refuse()

    def language_server_initialization_options(self, id, worktree):
        return None

    def language_server_workspace_configuration(self, id, worktree):
        return None

    def language_server_additional_initialization_options(self, id, target, worktree):
        return None

    def language_server_additional_workspace_configuration(self, id, target, worktree):
        return None

    def labels_for_completions(self, id, completions):
        return []

    def labels_for_symbols(self, id, symbols):
        return []

    def complete_slash_command_argument(self, command, args):
        return []

    def run_slash_command(self, command, args, worktree):
        refuse()

    def context_server_command(self, id, project):
        refuse()

    def context_server_configuration(self, id, project):
        return None

    def suggest_docs_packages(self, provider):
        return []

    def index_docs(self, provider, package, database):
        refuse()

    def get_dap_binary(self, adapter, config, user_installed_path, worktree):
        refuse()

    def dap_request_kind(self, adapter, config):
        refuse()

    def dap_config_to_scenario(self, config):
        refuse()

    def dap_locator_create_scenario(self, locator, template, label, adapter):
        return None

    def run_dap_locator(self, locator, task):
        refuse()
