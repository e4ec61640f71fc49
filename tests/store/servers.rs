//! What the start of a language server needs, of what is installed.

use std::sync::Arc;

use annexe::{
    ErrorKind, Hint as _,
    delegate::LocalWorktree,
    store::{ServerError, ServerRequest, ServerSource},
    types::{CommandSettings, ServerId},
};

use crate::place::{ID, Place, id};

#[tokio::test]
async fn a_server_that_the_manifest_lacks_is_refused_with_those_it_has_before_anything_starts() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    let live = store.live();
    let request = |server: &str| {
        let worktree = LocalWorktree::new(1, place.path("worktree"), Vec::new());
        let source = ServerSource::Extension(id(ID));
        ServerRequest::new(ServerId::new(server, "Rust"), source, Arc::new(worktree))
    };
    let lacking = request("ecko");
    for error in [
        live.language_server(&lacking).await.unwrap_err(),
        live.language_server_configuration(&lacking)
            .await
            .unwrap_err(),
    ] {
        assert!(matches!(error, ServerError::Unknown(_)), "{error:?}");
        assert_eq!(
            error.to_string(),
            "`echo-server` has no language server `ecko`"
        );
        assert_eq!(error.hint().as_deref(), Some("did you mean `echo`?"));
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
    assert!(live.get(&id(ID)).is_none());

    // A program of the user's stands for whatever the extension would say.
    let mut own = request("ecko");
    own.settings.binary = Some(CommandSettings {
        path: Some("/opt/server".into()),
        ..CommandSettings::default()
    });
    let setup = live.language_server(&own).await.unwrap();
    assert_eq!(setup.command.command, "/opt/server");

    let setup = live.language_server(&request("echo")).await.unwrap();
    assert!(setup.command.command.ends_with("/echo"), "{setup:?}");
}
