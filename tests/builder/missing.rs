//! What may be missing or wrong, and the way out that each is told with.

use annexe::{Hint as _, builder::BuildError};

use crate::{
    layouts::package,
    place::{LIB, Place, answering},
};

/// Builds what must fail, and changes nothing then.
async fn fails(place: &Place, folder: &str) -> (BuildError, String) {
    let before = place.snapshot();
    let (result, words) = place.build(folder).await;
    assert_eq!(place.snapshot(), before);
    match result {
        Err(error) => (error, words),
        Ok(built) => panic!("{built:?}"),
    }
}

fn hint(error: &BuildError) -> String {
    error
        .hint()
        .unwrap_or_else(|| panic!("{error:?} has no hint"))
}

#[tokio::test]
async fn a_folder_without_a_manifest_is_no_extension() {
    let place = Place::anywhere();
    place.write("bare/Cargo.toml", "");
    let (error, _) = fails(&place, "bare").await;
    assert!(matches!(error, BuildError::Manifest(_)), "{error:?}");
    assert!(hint(&error).contains("extension.toml"));
}

#[tokio::test]
async fn a_package_that_inherits_from_nobody_is_told_what_to_write() {
    let Some(place) = Place::new() else { return };
    place.extension("orphan", &format!("{LIB}[lints]\nworkspace = true\n"));
    let (error, _) = fails(&place, "orphan").await;
    assert!(
        matches!(&error, BuildError::NoWorkspace { key } if key == "lints"),
        "{error:?}"
    );
    assert!(hint(&error).contains("lints"), "{}", hint(&error));

    place.extension("orphan", &format!("license.workspace = true\n{LIB}"));
    let (error, _) = fails(&place, "orphan").await;
    assert!(
        matches!(&error, BuildError::NoWorkspace { key } if key == "license"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_package_below_a_foreign_workspace_is_told_how_to_stay_out_of_it() {
    let Some(place) = Place::new() else { return };
    place.write("Cargo.toml", "[workspace]\nmembers = [\"other\"]\n");
    package(&place, "other", "");
    place.extension("stray", LIB);
    let (error, _) = fails(&place, "stray").await;
    assert!(
        matches!(&error, BuildError::NotAMember { workspace } if *workspace == place.path("Cargo.toml")),
        "{error:?}"
    );
    assert!(hint(&error).contains("[workspace]") && hint(&error).contains("exclude"));

    place.extension("stray", &format!("{LIB}[workspace]\n"));
    place.built("stray").await;
}

#[tokio::test]
async fn a_workspace_without_a_package_is_told_where_the_manifest_belongs() {
    let Some(place) = Place::new() else { return };
    place.manifest("all");
    place.write(
        "all/Cargo.toml",
        "[workspace]\nmembers = [\"one\"]\nresolver = \"3\"\n",
    );
    package(&place, "all/one", "");
    let (error, _) = fails(&place, "all").await;
    assert!(
        matches!(&error, BuildError::VirtualWorkspace { members, .. } if members == &["one"]),
        "{error:?}"
    );
    assert!(hint(&error).contains("one") && hint(&error).contains("extension.toml"));
}

#[tokio::test]
async fn a_package_that_makes_no_component_is_told_what_makes_one() {
    let Some(place) = Place::new() else { return };
    place.extension("rlib", "[lib]\nname = \"other\"\n");
    let (error, _) = fails(&place, "rlib").await;
    assert!(
        matches!(&error, BuildError::NotCdylib { crate_types, .. } if crate_types == &["lib"]),
        "{error:?}"
    );
    assert!(hint(&error).contains("crate-type = [\"cdylib\"]"));

    place.extension("program", "");
    std::fs::rename(
        place.path("program/src/lib.rs"),
        place.path("program/src/main.rs"),
    )
    .unwrap();
    let (error, _) = fails(&place, "program").await;
    assert!(matches!(error, BuildError::NoLibrary { .. }), "{error:?}");
    assert!(hint(&error).contains("src/lib.rs"));
}

#[tokio::test]
async fn a_manifest_that_cargo_refuses_is_shown_in_its_words() {
    let Some(place) = Place::new() else { return };
    place.extension("wrong", "[lib]\nname = \"with-hyphen\"\n");
    let (error, _) = fails(&place, "wrong").await;
    assert!(
        matches!(error, BuildError::CargoManifest { .. }),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("cannot contain hyphens"),
        "{error}"
    );
    assert!(hint(&error).contains("Cargo.toml"));
}

#[tokio::test]
async fn a_dependency_that_is_not_there_is_shown_in_cargos_words() {
    let Some(place) = Place::new() else { return };
    place.extension(
        "needy",
        &format!("{LIB}[dependencies]\nnobody = {{ path = \"../nobody\" }}\n"),
    );
    let (error, words) = fails(&place, "needy").await;
    assert!(matches!(error, BuildError::Cargo { .. }), "{error:?}");
    assert!(words.contains("nobody"), "{words}");
    assert_eq!(error.output(), Some(words.as_str()));
}

#[tokio::test]
async fn crates_that_cannot_be_had_are_told_apart_from_those_that_are_wrong() {
    let Some(place) = Place::new() else { return };
    // No such crate is on any machine.
    place.extension(
        "far",
        &format!("{LIB}[dependencies]\nzz-annexe-no-such-crate = \"1\"\n"),
    );
    let (error, words) = fails(&place, "far").await;
    assert!(matches!(error, BuildError::Unreachable { .. }), "{error:?}");
    assert!(words.contains("zz-annexe-no-such-crate"), "{words}");
    assert!(hint(&error).contains("cargo vendor"));
}

#[tokio::test]
async fn a_component_without_an_api_is_told_which_crate_gives_it_one() {
    let Some(place) = Place::new() else { return };
    place.extension("bare", LIB);
    place.write("bare/src/lib.rs", "");
    let (error, _) = fails(&place, "bare").await;
    assert!(
        matches!(error, BuildError::NoApi { depends: false, .. }),
        "{error:?}"
    );
    assert!(hint(&error).contains("cargo add zed_extension_api"));

    package(&place, "zed_extension_api", "");
    place.extension(
        "bare",
        &format!(
            "{LIB}[dependencies]\nzed_extension_api = {{ path = \"../zed_extension_api\" }}\n"
        ),
    );
    place.write("bare/src/lib.rs", "");
    let (error, _) = fails(&place, "bare").await;
    assert!(
        matches!(error, BuildError::NoApi { depends: true, .. }),
        "{error:?}"
    );
    assert!(hint(&error).contains("register_extension!"));
}

#[tokio::test]
async fn a_component_that_does_not_fit_its_version_is_refused_by_the_first_difference() {
    let Some(place) = Place::new() else { return };
    place.extension("liar", LIB);
    let source = answering("no server");
    let lie = "[u8; 6] = [0, 0, 0, 1, 0, 0]";
    place.write(
        "liar/src/lib.rs",
        source.replace("[u8; 6] = [0, 0, 0, 0, 0, 1]", lie),
    );
    let (error, _) = fails(&place, "liar").await;
    assert!(
        matches!(error, BuildError::Host(annexe::HostError::Unfit { .. })),
        "{error:?}"
    );
    assert!(error.to_string().contains("API 0.1.0"), "{error}");
    assert!(hint(&error).contains(">=0.0.4, <0.0.6"), "{}", hint(&error));
}

#[tokio::test]
async fn a_linker_that_makes_modules_is_found_out() {
    let Some(place) = Place::new() else { return };
    place.extension("module", LIB);
    // What links components is told to leave it at a module.
    place.write(
        "module/.cargo/config.toml",
        "[target.wasm32-wasip2]\nrustflags = [\"-C\", \"link-arg=--skip-wit-component\"]\n",
    );
    let (error, _) = fails(&place, "module").await;
    assert!(matches!(error, BuildError::CoreModule), "{error:?}");
    assert!(hint(&error).contains("RUSTFLAGS"));
}
