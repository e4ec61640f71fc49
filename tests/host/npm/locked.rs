//! Packages of an extension that is held to tools.

use std::sync::Arc;

use annexe::{
    Extension, ExtensionOptions, LockedTools, ServiceOptions,
    types::{ToolAnswer, Tools},
};

use super::*;

fn told(name: &str, asked: &str, version: &str) -> ToolAnswer {
    ToolAnswer {
        from: ToolAnswer::NPM.into(),
        name: name.into(),
        asked: asked.into(),
        version: version.into(),
        assets: Vec::new(),
    }
}

/// Another extension in the same place, which is held to these tools.
async fn held(setup: &Setup, version: &str, tools: Tools) -> Extension {
    let mut options = ServiceOptions::default();
    options.node = setup.options.clone();
    options.http.retry.tries = 1;
    let mut extension = ExtensionOptions::default();
    extension.locked = Some(Arc::new(LockedTools::new(tools)));
    let host = guest::builder()
        .services(options)
        .options(extension)
        .build()
        .unwrap();
    guest::start(&host, version, &setup.place).await
}

#[tokio::test]
async fn every_version_is_told_what_is_locked_and_refused_the_rest_without_a_question() {
    let Some(setup) = Setup::new([Package::new("one", "2.0.0")]).await else {
        return;
    };
    for version in VERSIONS {
        let tools = Tools {
            answers: vec![told("one", "latest", "1.0.0")],
            ..Tools::default()
        };
        let extension = held(&setup, version, tools).await;
        let ask = async |verb: &str| found(&extension, &setup.place, verb).await;
        assert_eq!(ask("npm-latest:one").await.unwrap(), ["1.0.0"], "{version}");
        for verb in [
            "npm-latest:two",
            "npm-install:one@1.0.0",
            "npm-install:one@latest",
            "npm-install:two@^1",
        ] {
            let message = words(ask(verb).await);
            assert!(message.contains("not locked"), "{version}: {message}");
        }
        // It lives on.
        assert_eq!(ask("count").await.unwrap(), ["6"], "{version}");
    }
    assert!(setup.registry.requests().is_empty());
}
