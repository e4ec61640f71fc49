// The test guest in JavaScript. An identifier of the form `verb` or `verb:argument` says what to do: see README.md.

import { resolveTcpTemplate } from 'zed:extension/dap';
import { fetch as fetchByHost } from 'zed:extension/http-client';
import { currentPlatform } from 'zed:extension/platform';
import { runCommand } from 'zed:extension/process';
// A function that the world itself imports is the default export of a module of its own.
import getSettings from 'get-settings';
import setLanguageServerInstallationStatus from 'set-language-server-installation-status';

let calls = 0;
let initialised = false;

export function initExtension() {
    initialised = true;
}

const verbs = {
    echo: (_, id, worktree) => [id, worktree.rootPath()],
    count: () => [String(calls)],
    initialised: () => [String(initialised)],
    read: (path, _, worktree) => [worktree.readTextFile(path)],
    which: (name, _, worktree) => [worktree.which(name) ?? 'none'],
    id: (_, __, worktree) => [String(worktree.id())],
    platform: () => currentPlatform(),
    settings: (key, _, worktree) => [getSettings({ worktreeId: worktree.id(), path: '' }, 'language', key)],
    status: (text, id) => {
        setLanguageServerInstallationStatus(id, { tag: 'failed', val: text });
        return [];
    },
    process: (line) => {
        const [command, ...args] = line.split(' ');
        const { status, stdout } = runCommand({ command, args, env: [['GUEST', 'foreign']] });
        return [String(status ?? 'none'), new TextDecoder().decode(stdout)];
    },
    http: (url) => {
        const { body } = fetchByHost({ method: 'get', url, headers: [], redirectPolicy: { tag: 'follow-all' } });
        return [new TextDecoder().decode(body)];
    },
    connect: async (port) => {
        try {
            await fetch(`http://127.0.0.1:${port}/`);
        } catch (error) {
            // An `Error` itself would stop the extension: only other values reach the host as its `Err`.
            throw String(error);
        }
        return ['connected'];
    },
    print: (text) => {
        console.log(text);
        console.error(text);
        return [];
    },
    clock: () => [String(Date.now())],
    loop: () => {
        for (;;);
    },
    fail: (text) => {
        throw text;
    },
    // What no author meant to throw.
    throw: (text) => {
        throw new TypeError(text);
    },
};

export async function languageServerCommand(id, worktree) {
    calls += 1;
    const [verb, argument] = parted(id);
    if (!Object.hasOwn(verbs, verb)) {
        throw `unknown verb: ${verb}`;
    }
    const args = await verbs[verb](argument, id, worktree);
    return { command: verb, args, env: worktree.shellEnv() };
}

export const languageServerInitializationOptions = (id, worktree) =>
    json(id, { export: 'initialization-options', id, root: worktree.rootPath() });

export const languageServerWorkspaceConfiguration = (id, worktree) =>
    json(id, { export: 'workspace-configuration', id, root: worktree.rootPath() });

export const languageServerAdditionalInitializationOptions = (id, target, worktree) =>
    json(id, { export: 'additional-initialization-options', id, target, root: worktree.rootPath() });

export const languageServerAdditionalWorkspaceConfiguration = (id, target, worktree) =>
    json(id, { export: 'additional-workspace-configuration', id, target, root: worktree.rootPath() });

export const labelsForCompletions = (id, completions) =>
    completions.map(({ label, labelDetails, detail, kind, insertTextFormat }) =>
        codeLabel(label, [detail, word(kind), word(insertTextFormat), labelDetails?.detail, labelDetails?.description]),
    );

export const labelsForSymbols = (id, symbols) => symbols.map(({ name, kind }) => codeLabel(name, [word(kind)]));

export const completeSlashCommandArgument = ({ name, description }, args) =>
    [name, ...args].map((label) => ({ label, newText: description, runCommand: label === name }));

export function runSlashCommand({ name }, args, worktree) {
    const [verb] = parted(name);
    if (verb === 'fail') {
        throw args.join(' ');
    }
    const text = `${name}(${args.join(', ')}) in ${worktree?.rootPath() ?? 'none'}`;
    return { text, sections: [{ range: { start: 0, end: bytes(text) }, label: name }] };
}

export function contextServerCommand(id, project) {
    refuse(id);
    return { command: parted(id)[0], args: [id, ...Array.from(project.worktreeIds(), String)], env: [] };
}

export function contextServerConfiguration(id) {
    refuse(id);
    return id === 'none' ? undefined : { installationInstructions: id, settingsSchema: id, defaultSettings: id };
}

export const suggestDocsPackages = (provider) => [`${provider}-one`, `${provider}-two`];

export const indexDocs = (provider, name, database) => database.insert(name, `${provider}/${name}`);

export function getDapBinary(adapter, { config, tcpConnection }, userInstalledPath, worktree) {
    refuse(adapter);
    return {
        command: userInstalledPath,
        arguments: [adapter],
        envs: worktree.shellEnv(),
        cwd: worktree.rootPath(),
        connection: tcpConnection && resolveTcpTemplate(tcpConnection),
        requestArgs: { configuration: config, request: dapRequestKind(adapter, config) },
    };
}

export function dapRequestKind(adapter, config) {
    const { request } = JSON.parse(config);
    if (request !== 'launch' && request !== 'attach') {
        throw `unknown request: ${request}`;
    }
    return request;
}

// The world has this export, so the component must have it too.
export function dapConfigToScenario() {
    throw 'this guest makes no scenarios';
}

export const dapLocatorCreateScenario = (locator, template, label, adapter) =>
    locator === 'none'
        ? undefined
        : { label, adapter, build: { tag: 'template', val: { locatorName: locator, template } }, config: '{}' };

export function runDapLocator(locator, { command, args, env, cwd }) {
    refuse(locator);
    return locator === 'attach'
        ? { tag: 'attach', val: { processId: 7 } }
        : { tag: 'launch', val: { program: command, args, envs: env, cwd } };
}

/** The verb and the argument of an identifier. */
function parted(id) {
    const colon = id.indexOf(':');
    return colon < 0 ? [id, ''] : [id.slice(0, colon), id.slice(colon + 1)];
}

/** Throws what an identifier such as `fail:<text>` asks for. */
function refuse(id) {
    const [verb, text] = parted(id);
    if (verb === 'fail') {
        throw text;
    }
}

function json(id, value) {
    refuse(id);
    return id === 'none' ? undefined : JSON.stringify(value);
}

/** The length of a text as the host counts it. */
function bytes(text) {
    return new TextEncoder().encode(text).length;
}

/** The name of a variant's case. */
function word(variant) {
    return variant && (variant.tag === 'other' ? `other ${variant.val}` : variant.tag);
}

function codeLabel(name, details) {
    if (name.startsWith('skip')) {
        return undefined;
    }
    const range = { start: 0, end: bytes(name) };
    return {
        code: [name, ...details.map((detail) => detail ?? '-')].join('|'),
        spans: [
            { tag: 'code-range', val: range },
            { tag: 'literal', val: { text: ' from ' } },
            { tag: 'literal', val: { text: 'guest', highlightName: 'keyword' } },
        ],
        filterRange: range,
    };
}
