//! The servers of a file in one call, over samples of the built-in registry.

use std::{path::Path, sync::Arc};

use annexe::{
    delegate::LocalWorktree,
    settings::{Settings as UserSettings, SettingsPlaces},
    store::{FileRequest, ProjectExtensions, ServerError},
};
use serde_json::json;

use crate::sample::{Settings, install, store};

#[cfg(unix)]
#[tokio::test]
async fn a_file_gets_its_servers_with_what_the_user_has_set() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder.path().join("store"), Arc::new(Settings::default()));
    install(&store, "bash-server", "*").await.unwrap();
    install(&store, "yaml-server", "*").await.unwrap();
    let programs = folder.path().join("bin");
    std::fs::create_dir(&programs).unwrap();
    let program = programs.join("bash-language-server");
    std::fs::write(&program, "#!/bin/sh\n").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&program, mode).unwrap();
    let user = folder.path().join("settings.json");
    let set = json!({
        "lsp": {
            "bash-language-server": {
                "initialization_options": { "own": 1 },
                "binary": { "arguments": ["other"] },
            },
            "yaml-language-server": {
                "binary": { "path": "~/yaml" },
                "settings": { "yaml": { "keyOrdering": true } },
            },
        },
    });
    std::fs::write(&user, set.to_string()).unwrap();
    let places = SettingsPlaces {
        user: Some(user.clone()),
        ..SettingsPlaces::default()
    };
    let settings = UserSettings::open(places).unwrap();
    let path = programs.display().to_string();
    let environment = vec![("PATH".to_owned(), path)];
    let worktree = Arc::new(LocalWorktree::new(1, folder.path(), environment));
    let live = store.live();
    let ask = async |file: &str| {
        let mut request = FileRequest::new(Path::new(file), &settings, worktree.clone());
        request.home = Some("/home/me".into());
        live.servers_for_file(&request).await.unwrap()
    };
    let bash = ask("deploy.sh").await.unwrap();
    assert_eq!(bash.language, "Shell Script");
    let [server] = &bash.servers[..] else {
        panic!("{bash:?}");
    };
    assert_eq!(server.id, "bash-language-server");
    let setup = server.setup.as_ref().unwrap();
    assert_eq!(setup.command.command, program.display().to_string());
    assert_eq!(setup.command.args, ["other"]);
    let options = setup.initialization_options.as_ref().unwrap();
    assert_eq!(options["own"], 1);

    let yaml = ask("values.yaml").await.unwrap();
    let setup = yaml.servers[0].setup.as_ref().unwrap();
    // The user's program stands for the extension's: none is fetched.
    assert_eq!(setup.command.command, "/home/me/yaml");
    assert!(setup.command.args.is_empty(), "{setup:?}");
    assert!(ask("notes.unknown").await.is_none());

    // A slip keeps the one server from its setup that it is about.
    let mut slip = set.clone();
    slip["lsp"]["bash-language-server"]["binary"]["path"] = 1.into();
    std::fs::write(&user, slip.to_string()).unwrap();
    let bash = ask("deploy.sh").await.unwrap();
    let error = bash.servers[0].setup.as_ref().unwrap_err();
    assert!(matches!(error, ServerError::Settings(_)), "{error:?}");
    let yaml = ask("values.yaml").await.unwrap();
    assert!(yaml.servers[0].setup.is_ok(), "{yaml:?}");
    std::fs::write(&user, set.to_string()).unwrap();

    // What the project does without serves nothing.
    std::fs::create_dir(folder.path().join(".annexe")).unwrap();
    let file = ProjectExtensions::file_of(folder.path());
    std::fs::write(file, "disabled = [\"bash-server\"]\n").unwrap();
    let project = ProjectExtensions::read(folder.path()).unwrap();
    let mut request = FileRequest::new(Path::new("deploy.sh"), &settings, worktree.clone());
    request.project = Some(&project);
    let bash = live.servers_for_file(&request).await.unwrap().unwrap();
    assert!(bash.servers.is_empty(), "{bash:?}");
}
