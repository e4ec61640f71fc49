//! What was pushed before and is not there as it was, and what the next push does about it.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};

use super::{manifest, pushed};
use crate::support::{
    place::{Place, text},
    server::containers::ContainerRegistry,
};

const TITLE: &str = "org.opencontainers.image.title";

/// A place whose registry is in a container registry, and the arguments that push it again.
struct Scene {
    containers: ContainerRegistry,
    place: Place,
    folder: PathBuf,
    address: String,
}

impl Scene {
    fn new() -> Option<Self> {
        let containers = ContainerRegistry::start()?;
        let extensions = [("echo", "1.0.0"), ("echo", "1.1.0"), ("night", "1.0.0")];
        let (place, address) = pushed(&containers, &extensions);
        let folder = place.path("registry");
        Some(Self {
            containers,
            place,
            folder,
            address,
        })
    }

    fn push(&self) -> Value {
        let folder = text(&self.folder);
        self.place.json(["registry", "push", folder, &self.address])
    }

    /// What a push brings.
    fn brings(&self) -> (Value, Value, Value) {
        let answer = self.push();
        let of = |key: &str| answer[key].clone();
        (of("archives"), of("files"), of("unchanged"))
    }

    /// The error of a push.
    fn fails(&self, more: &[&str]) -> Value {
        let mut arguments = vec!["registry", "push", text(&self.folder), &self.address];
        arguments.extend(more);
        self.place.error(1, arguments)
    }

    /// Where the archive of a version is kept.
    fn archive(&self, id: &str, version: &str) -> PathBuf {
        let repository = format!("team/extensions/{id}");
        let layer = &manifest(&self.containers, &repository, version)["layers"][0];
        self.containers.blob(layer["digest"].as_str().unwrap())
    }

    /// Where a file of the registry is kept.
    fn file(&self, path: &str) -> PathBuf {
        let files = manifest(&self.containers, "team/extensions", "catalogue");
        let mut files = files["layers"].as_array().unwrap().iter();
        let file = files.find(|it| it["annotations"][TITLE] == path);
        self.containers
            .blob(file.unwrap()["digest"].as_str().unwrap())
    }
}

fn brought(archives: u64, files: u64) -> (Value, Value, Value) {
    let is_nothing = archives == 0 && files == 0;
    (json!(archives), json!(files), json!(is_nothing))
}

#[test]
fn a_tag_that_leads_elsewhere_is_named_and_keeps_nothing_else_back() {
    let Some(scene) = Scene::new() else {
        return;
    };
    let echo = "team/extensions/echo";
    let other = scene.containers.leads_to(echo, "1.1.0").unwrap();
    let tag = scene.containers.tag(echo, "1.0.0");
    let of_first = fs::read(&tag).unwrap();
    fs::write(&tag, &other).unwrap();
    let error = scene.fails(&[]);
    let host = &scene.containers.host;
    let expected = format!(
        "the tag `oci://{host}/{echo}:1.0.0` is there already, and leads to another archive"
    );
    assert_eq!(error["message"], expected);
    assert!(
        error["hint"].as_str().unwrap().contains("who made the tag"),
        "{error}"
    );
    assert_eq!(scene.containers.leads_to(echo, "1.0.0"), Some(other));

    // A withdrawal gets out all the same.
    let folder = text(&scene.folder);
    let block = ["registry", "block", folder, "echo@1.0.0", "--reason", "x"];
    scene.place.ok(block);
    let before = scene.containers.leads_to("team/extensions", "catalogue");
    assert_eq!(scene.fails(&[])["message"], expected);
    let after = scene.containers.leads_to("team/extensions", "catalogue");
    assert_ne!(before, after);
    // All of them are counted.
    let second = scene.containers.tag(echo, "1.1.0");
    let of_second = fs::read(&second).unwrap();
    fs::write(&second, &of_first).unwrap();
    let more = format!("{expected}, and another is not as it was pushed");
    assert_eq!(scene.fails(&[])["message"], more);
    fs::write(&second, of_second).unwrap();

    // As the hint says: who deletes it gets the right one, but for a version that does harm.
    fs::remove_dir_all(tag.ancestors().nth(2).unwrap()).unwrap();
    assert_eq!(scene.brings(), brought(0, 0));
    assert!(!tag.exists());
    let restore = ["registry", "restore", folder, "echo@1.0.0"];
    scene.place.ok(restore);
    scene.push();
    assert_eq!(fs::read(&tag).unwrap(), of_first);
    assert_eq!(scene.brings(), brought(0, 0));
}

#[test]
fn a_tag_or_a_blob_that_is_gone_is_brought_again() {
    let Some(scene) = Scene::new() else {
        return;
    };
    let echo = "team/extensions/echo";
    let led = scene.containers.leads_to(echo, "1.0.0");
    let tag = scene.containers.tag(echo, "1.0.0");
    fs::remove_dir_all(tag.ancestors().nth(2).unwrap()).unwrap();
    assert_eq!(scene.brings(), brought(1, 0));
    assert_eq!(scene.containers.leads_to(echo, "1.0.0"), led);

    let blob = scene.archive("night", "1.0.0");
    let content = fs::read(&blob).unwrap();
    fs::remove_file(&blob).unwrap();
    assert_eq!(scene.brings(), brought(1, 0));
    assert_eq!(fs::read(&blob).unwrap(), content);

    for path in ["config.json", "index/ni/gh/night"] {
        let blob = scene.file(path);
        let content = fs::read(&blob).unwrap();
        fs::remove_file(&blob).unwrap();
        assert_eq!(scene.brings(), brought(0, 1), "{path}");
        assert_eq!(fs::read(&blob).unwrap(), content);
    }
    assert_eq!(scene.brings(), brought(0, 0));
    scene.place.ok(["install", "echo@=1.0.0", "night"]);
}

#[test]
fn a_blob_that_is_damaged_is_named() {
    let Some(scene) = Scene::new() else {
        return;
    };
    let blob = scene.archive("night", "1.0.0");
    let sound = fs::read(&blob).unwrap();
    let assert_named = |error: &Value| {
        let message = error["message"].as_str().unwrap();
        let start = format!(
            "the blob `oci://{}/team/extensions/night@sha256:",
            scene.containers.host
        );
        assert!(message.starts_with(&start), "{error}");
        assert!(message.ends_with("is damaged where it is kept"), "{error}");
    };
    fs::write(&blob, &sound[..sound.len() - 7]).unwrap();
    assert_named(&scene.fails(&[]));

    // Of the same size, which is all that is asked for.
    let mut flipped = sound.clone();
    flipped[sound.len() / 2] ^= 1;
    fs::write(&blob, flipped).unwrap();
    assert_eq!(scene.brings(), brought(0, 0));
    assert_named(&scene.fails(&["--verify"]));

    fs::remove_file(&blob).unwrap();
    assert_eq!(scene.brings(), brought(1, 0));
    assert_eq!(fs::read(&blob).unwrap(), sound);
    scene.place.ok([
        "registry",
        "push",
        text(&scene.folder),
        &scene.address,
        "--verify",
    ]);
}
