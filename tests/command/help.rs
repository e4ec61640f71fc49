//! `annexe help`: commands, topics, and what is neither. And what the guide and the README hold to.

use annexe::guide::TOPICS;

use crate::support::place::{Place, text, wasm};

const README: &str = include_str!("../../README.md");

/// The names of all commands.
fn commands(place: &Place) -> Vec<String> {
    let listing = place.json(["help"]);
    let commands = listing["commands"].as_array().unwrap();
    commands
        .iter()
        .map(|command| {
            assert!(
                !command["summary"].as_str().unwrap().is_empty(),
                "{command}"
            );
            command["name"].as_str().unwrap().to_owned()
        })
        .collect()
}

#[test]
fn help_lists_every_command_and_topic() {
    let place = Place::new();
    let help = place.ok(["help"]);
    assert_eq!(help, place.ok(["--help"]));
    let lists = |name: &str| {
        help.lines()
            .any(|line| line.trim_start().split(' ').next() == Some(name))
    };
    for command in commands(&place) {
        assert!(lists(&command), "{command}: {help}");
    }
    let completions = place.ok(["completions", "fish"]);
    for topic in TOPICS {
        assert!(completions.contains(topic.name), "{}", topic.name);
        assert!(lists(topic.name) && help.contains(topic.summary), "{help}");
    }
}

#[test]
fn a_topic_is_printed_as_it_is() {
    let place = Place::new();
    let commands = commands(&place);
    for topic in TOPICS {
        let page = place.ok(["help", topic.name]);
        assert_eq!(page, topic.text, "{}", topic.name);
        assert!(page.starts_with("# "), "{}", topic.name);
        assert_eq!(place.json(["help", topic.name])["text"], topic.text);
        // A command of the same name would be hidden by the page.
        assert!(
            !commands.iter().any(|it| it == topic.name),
            "{}",
            topic.name
        );
    }
}

#[test]
fn the_help_of_a_command_is_that_of_its_option() {
    let place = Place::new();
    for command in [
        &["install"][..],
        &["registry"],
        &["registry", "add"],
        &["help"],
    ] {
        let words = || ["help"].into_iter().chain(command.iter().copied());
        let help = place.ok(words());
        assert_eq!(help, place.ok(command.iter().copied().chain(["--help"])));
        assert_eq!(place.json(words())["text"], help);
    }
    assert!(
        place
            .ok(["registry", "help", "add"])
            .contains("--published")
    );
}

#[test]
fn what_is_neither_a_command_nor_a_topic_is_wrong_usage_with_a_suggestion() {
    let place = Place::new();
    for (words, message, hint) in [
        (
            &["instal"][..],
            "`instal` is not a command or a topic",
            "did you mean `install`?",
        ),
        (
            &["lockfle"],
            "`lockfle` is not a command or a topic",
            "did you mean `lockfile`?",
        ),
        (
            &["registry", "ad"],
            "`registry` has no command `ad`",
            "did you mean `add`?",
        ),
        (
            &["install", "it"],
            "`install` has no command `it`",
            "`annexe help` lists the commands and topics",
        ),
        (
            &["grants", "lockfile"],
            "`grants` has no command `lockfile`",
            "`annexe help` lists the commands and topics",
        ),
        (
            &[""],
            "`` is not a command or a topic",
            "`annexe help` lists the commands and topics",
        ),
        (
            &["xyzzy"],
            "`xyzzy` is not a command or a topic",
            "`annexe help` lists the commands and topics",
        ),
    ] {
        let error = place.error(2, ["help"].into_iter().chain(words.iter().copied()));
        assert_eq!(error["message"], message);
        assert_eq!(error["hint"], hint);
    }
}

#[test]
fn the_guide_shows_commands_that_there_are() {
    let place = Place::new();
    let commands = commands(&place);
    let pages = TOPICS.iter().map(|topic| (topic.name, topic.text));
    for (name, text) in pages.chain([("README.md", README)]) {
        for line in text.lines() {
            if let Some(called) = line.strip_prefix("$ annexe ") {
                let command = called.split(' ').next().unwrap();
                assert!(commands.iter().any(|it| it == command), "{name}: {line}");
            }
        }
    }
}

#[test]
fn the_guides_configurations_are_read() {
    let place = Place::new();
    let guest = wasm("0.3.0");
    let grants = ["grants", text(&guest)];
    for name in ["configuration", "sandbox", "downloads"] {
        let page = annexe::guide::topic(name).unwrap().text;
        let (_, rest) = page.split_once("```toml\n").unwrap();
        let (configuration, _) = rest.split_once("```").unwrap();
        place.configure(configuration);
        place.ok(grants);
    }
    place.configure("grunts = \"strict\"\n");
    assert_eq!(place.run(grants).code, 1);
}

#[test]
fn the_readme_is_short_and_names_every_topic() {
    let lines = README.lines().count();
    assert!(
        lines <= 250,
        "{lines} lines; long ones go to a page of the guide"
    );
    for topic in TOPICS {
        let row = format!("| `{}` | {} |", topic.name, topic.summary);
        assert!(README.contains(&row), "{row}");
    }
}
