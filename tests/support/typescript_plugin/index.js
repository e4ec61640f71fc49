// A plugin of TypeScript's server (5.x) that stands in for Vue's: each hover ends with the plugin's name, so a test sees
// whether what `vue-server` tells another server reached it. The setting `typescript_plugin.location` of
// `vue-language-server` names the folder whose `node_modules/@vue/typescript-plugin` is a copy of this one.
module.exports = () => ({
  create(info) {
    const service = info.languageService;
    const answers = Object.create(service);
    answers.getQuickInfoAtPosition = (...place) => {
      const told = service.getQuickInfoAtPosition(...place);
      const text = `\n\nplugin ${info.config.name}`;
      return told && { ...told, documentation: [...(told.documentation || []), { kind: "text", text }] };
    };
    return answers;
  },
});
