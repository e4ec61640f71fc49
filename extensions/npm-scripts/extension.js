// The slash command `/scripts` shows the scripts of a package.json; the debug locator `npm` debugs what runs them.

export * from './unserved.js';

/** What runs scripts: `npm run build`. */
const MANAGERS = ['npm', 'pnpm', 'yarn', 'bun'];

/** The names of the scripts that were shown last. An extension keeps what it knows from one call to the next. */
let known = [];

/** What may be typed next. The folder cannot be asked here, so it is what the folder had when it was asked. */
export function completeSlashCommandArgument(command, args) {
    const typed = args.at(-1) ?? '';
    return known
        .filter((name) => name.startsWith(typed) && !args.slice(0, -1).includes(name))
        .map((name) => ({ label: name, newText: name, runCommand: true }));
}

/** The scripts that are asked for, or all: each a section, with what npm runs before and after it. */
export function runSlashCommand(command, args, worktree) {
    if (!worktree) {
        throw 'open a folder first: its package.json is what `/scripts` shows';
    }
    const { scripts, manager } = readManifest(worktree);
    known = Object.keys(scripts);
    const wanted = args.map((name) => name.trim()).filter(Boolean);
    const missing = wanted.filter((name) => !known.includes(name));
    if (missing.length > 0) {
        throw `package.json has no script \`${missing.join('`, `')}\`; it has ${known.join(', ') || 'none'}`;
    }
    let text = '';
    const sections = [];
    for (const name of wanted.length > 0 ? wanted : known.filter((name) => !isHook(name))) {
        const start = bytes(text);
        text += `## ${manager} run ${name}\n\n`;
        for (const step of [`pre${name}`, name, `post${name}`].filter((step) => known.includes(step))) {
            text += `- \`${step}\`: \`${scripts[step]}\`\n`;
        }
        sections.push({ range: { start, end: bytes(text) }, label: name });
        text += '\n';
    }
    return { text: text || 'package.json has no scripts.\n', sections };
}

/** The scenario that debugs what a task such as `npm run dev` runs; none for any other task. */
export function dapLocatorCreateScenario(locator, { command, args, env, cwd }, label, adapter) {
    const runsScript = MANAGERS.includes(command) && args[0] === 'run' && args.length > 1;
    if (!runsScript || adapter !== 'JavaScript') {
        return undefined;
    }
    const config = {
        type: 'pwa-node',
        request: 'launch',
        runtimeExecutable: command,
        runtimeArgs: args,
        cwd,
        env: Object.fromEntries(env),
        console: 'integratedTerminal',
    };
    return { label, adapter, config: JSON.stringify(config) };
}

/** The scripts of the folder's package.json, and what runs them. */
function readManifest(worktree) {
    // What the host refuses is thrown in the host's own words, which the person sees.
    const text = worktree.readTextFile('package.json');
    let manifest;
    try {
        manifest = JSON.parse(text);
    } catch (error) {
        // An `Error` would stop the extension; a text is what it answers.
        throw `package.json cannot be understood: ${error.message}`;
    }
    const isText = ([, script]) => typeof script === 'string';
    const manager = String(manifest?.packageManager ?? '').split('@')[0];
    return {
        scripts: Object.fromEntries(Object.entries(manifest?.scripts ?? {}).filter(isText)),
        manager: MANAGERS.includes(manager) ? manager : 'npm',
    };
}

/** Whether a script only runs before or after another one. */
function isHook(name) {
    const of = /^(?:pre|post)(.+)$/.exec(name);
    return of !== null && known.includes(of[1]);
}

/** The length of a text as the host counts it. */
function bytes(text) {
    return new TextEncoder().encode(text).length;
}
