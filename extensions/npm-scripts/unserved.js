// What an extension answers to what it does not serve. A component has every export of its world: this file has them all,
// and what `extension.js` exports itself takes their place.

const refuse = () => {
    throw 'the extension does not serve this';
};

export const initExtension = () => {};

export const languageServerCommand = refuse;
export const languageServerInitializationOptions = () => undefined;
export const languageServerWorkspaceConfiguration = () => undefined;
export const languageServerAdditionalInitializationOptions = () => undefined;
export const languageServerAdditionalWorkspaceConfiguration = () => undefined;
export const labelsForCompletions = () => [];
export const labelsForSymbols = () => [];

export const completeSlashCommandArgument = () => [];
export const runSlashCommand = refuse;

export const contextServerCommand = refuse;
export const contextServerConfiguration = () => undefined;

export const suggestDocsPackages = () => [];
export const indexDocs = refuse;

export const getDapBinary = refuse;
export const dapRequestKind = refuse;
export const dapConfigToScenario = refuse;
export const dapLocatorCreateScenario = () => undefined;
export const runDapLocator = refuse;
