//! `annexe search`, `annexe info` of what is not installed, and the hints that name them.

use serde_json::json;

use crate::support::{
    place::{Place, text},
    server::background::Server,
};

/// Two registries in the configuration: the first has `echo` and `lua-tools`, the second `echo` and `paper`.
fn two() -> Place {
    let place = Place::new();
    place.registry(&[("echo", "1.0.0"), ("echo", "1.1.0")]);
    let folder = place.themes("lua-tools", "2.0.0");
    let language = folder.join("languages/lua");
    std::fs::create_dir_all(&language).unwrap();
    std::fs::write(language.join("config.toml"), "name = \"Lua\"\n").unwrap();
    place.publish(text(&place.path("registry")), "lua-tools", "2.0.0");
    place.registry_called("second", "second", &[("echo", "9.0.0")]);
    place.themes("paper", "1.0.0");
    place.publish(text(&place.path("second")), "paper", "1.0.0");
    place.configure(&format!(
        "[[registry]]\nname = \"first\"\nlocation = \"{}\"\n[[registry]]\nname = \"second\"\nlocation = \"{}\"\n",
        place.path("registry").display(),
        place.path("second").display()
    ));
    place
}

fn ids(answer: &serde_json::Value) -> Vec<String> {
    let found = answer.as_array().unwrap().iter();
    found
        .map(|it| {
            format!(
                "{} {}",
                it["registry"].as_str().unwrap(),
                it["id"].as_str().unwrap()
            )
        })
        .collect()
}

#[test]
fn all_registries_are_searched_and_the_best_comes_first() {
    let place = two();
    place.ok(["install", "echo@=1.0.0"]);
    let found = place.json(["search", "echo"]);
    assert_eq!(ids(&found), ["first echo", "second echo"]);
    let first = &found[0];
    assert_eq!(first["version"], "1.1.0");
    assert_eq!(first["match"], "id");
    assert_eq!(
        (&first["fits"], &first["api"]),
        (&json!(true), &json!("0.0.1"))
    );
    assert_eq!(first["languages"], json!(["Rust"]));
    assert_eq!(first["language_servers"], json!(["echo"]));
    let installed = json!({"version": "1.0.0", "is_of_registry": true, "disabled": false});
    assert_eq!(first["installed"], installed);
    assert_eq!(found[1]["installed"]["is_of_registry"], false);
    assert_eq!(
        place.ok(["search", "echo"]),
        "echo 1.1.0: The echo (installed: 1.0.0)\n  For tests\n  provides themes, language-servers; from first\n\
         echo 9.0.0: The echo (installed: 1.0.0, from elsewhere)\n  For tests\n  provides themes, language-servers; from second\n"
    );

    assert_eq!(place.json(["search"]).as_array().unwrap().len(), 4);
    assert_eq!(
        ids(&place.json(["search", "for", "tools"])),
        ["first lua-tools"]
    );
    let servers = place.json(["search", "--provides", "language-servers"]);
    assert_eq!(servers.as_array().unwrap().len(), 2);
    let lua = place.json(["search", "--language", "lua"]);
    assert_eq!(ids(&lua), ["first lua-tools"]);
    assert_eq!(lua[0]["installed"], json!(null));
    let second = text(&place.path("second")).to_owned();
    let there = place.json(["search", "--registry", &second]);
    assert_eq!(ids(&there), ["second echo", "second paper"]);

    let ran = place.run(["search", "--limit", "1"]);
    assert!(ran.stdout.starts_with("echo 1.1.0"));
    assert!(ran.stderr.contains("3 more were found"), "{ran:?}");
    let ran = place.run(["search", "papr"]);
    assert!(ran.stdout.starts_with("paper 1.0.0"), "{ran:?}");
    assert!(ran.stderr.contains("is what is near"), "{ran:?}");
    let ran = place.run(["search", "python"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
    assert_eq!(ran.stderr, "nothing was found\n");
    assert_eq!(place.json(["search", "python"]), json!([]));
    let error = place.error(2, ["search", "--provides", "servers"]);
    assert!(error["message"].as_str().unwrap().contains("servers"));
    place.error(2, ["search", "--limit", "0"]);
}

#[test]
fn the_built_in_registry_is_searched_without_a_network_or_a_configuration() {
    let place = Place::new();
    let found = place.json(["search", "yaml", "--offline"]);
    assert_eq!(ids(&found)[0], "annexe yaml-server");
    assert!(!place.store().exists());
}

#[test]
fn a_registry_that_cannot_be_reached_is_searched_as_it_was() {
    let place = Place::new();
    place.registry(&[("echo", "1.0.0")]);
    let server = Server::start(&place.path("registry"), false);
    place.configure(&format!(
        "[[registry]]\nname = \"remote\"\nlocation = \"{}\"\n[[registry]]\nname = \"never\"\nlocation = \"{}never\"\n",
        server.address, server.address
    ));
    // What cannot be had is left out, and the rest is shown.
    let ran = place.run(["search", "echo"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.starts_with("echo 1.0.0"), "{ran:?}");
    assert!(ran.stderr.contains("`never` is left out"), "{ran:?}");

    place.configure(&format!(
        "[[registry]]\nname = \"remote\"\nlocation = \"{}\"\n",
        server.address
    ));
    server.stop();
    let ran = place.run(["search", "echo", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains(r#""id":"echo""#), "{ran:?}");
    assert!(
        ran.stderr
            .starts_with(r#"{"warning":"`remote` cannot be asked"#),
        "{ran:?}"
    );
    let ran = place.run(["search", "echo", "--offline"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    // The hint knows it too, and asks nobody.
    let error = place.error(1, ["pin", "echo"]);
    assert_eq!(error["message"], "`echo` is not installed");
    assert_eq!(error["hint"], "install it with `annexe install echo`");
    assert_eq!(error["kind"], "not-found");
    let error = place.error(1, ["pin", "mystery"]);
    assert_eq!(error["hint"], "`annexe search` finds what registries have");

    std::fs::remove_dir_all(place.home()).unwrap();
    let mut command = place.command();
    let fresh = place.beside("fresh");
    command.args(["search", "echo", "--offline", "--json"]);
    command.env("ANNEXE_CACHE", fresh);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("was never read, and this is offline"),
        "{error}"
    );
}

#[test]
fn what_is_not_installed_is_shown_with_what_would_be_installed_and_how() {
    let place = two();
    place.publish_newer_api();
    let info = place.json(["info", "echo"]);
    let published = &info["published"];
    assert_eq!(published["registry"], "first");
    assert_eq!(published["fits"]["version"], "1.1.0");
    assert_eq!(published["newest"]["version"], "3.0.0");
    assert_eq!(published["passed_over"].as_array().unwrap().len(), 1);
    assert_eq!(published["install"], "annexe install echo");
    let words = place.ok(["info", "echo"]);
    for line in [
        "versions     3.0.0, 1.1.0, 1.0.0\n",
        "fits         1.1.0\n",
        "languages    Rust\n",
        "may ask for  run `gem install …`\n",
        "to install   annexe install echo\n",
    ] {
        assert!(words.contains(line), "{line}{words}");
    }
    assert!(
        words.contains("passed over  3.0.0 needs extension API 9.0.0"),
        "{words}"
    );
    let second = text(&place.path("second")).to_owned();
    let info = place.json(["info", "echo", "--registry", &second]);
    let command = format!("annexe install echo --registry {second}");
    assert_eq!(info["published"]["install"], command.as_str());
    place.ok(["install", "echo"]);
    let info = place.json(["info", "echo", "--registry", &second]);
    assert_eq!(info["published"]["install"], json!(null));
}

impl Place {
    /// Adds a version of `echo` to the first registry that no program serves yet.
    fn publish_newer_api(&self) {
        let index = self.path("registry/index/ec/ho/echo");
        let mut lines = std::fs::read_to_string(&index).unwrap();
        let last = lines.lines().last().unwrap();
        let mut line: serde_json::Value = serde_json::from_str(last).unwrap();
        line["version"] = json!("3.0.0");
        line["api"] = json!("9.0.0");
        lines += &format!("{line}\n");
        std::fs::write(index, lines).unwrap();
    }
}
