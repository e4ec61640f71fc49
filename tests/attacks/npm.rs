//! Names of npm packages that would be something else on npm's command line: none gets so far.

use crate::{place::try_all, table::row};

#[tokio::test]
async fn what_is_no_name_of_a_package_is_never_handed_to_npm() {
    let rows: Vec<_> = [
        "--evil",
        "-g",
        "../x",
        "./x",
        "/x",
        "{work}/x",
        "file:x",
        "git+ssh:host/x",
        "git+https://127.0.0.1/x",
        "https://127.0.0.1/x.tgz",
        "github:owner/x",
        "owner/x",
        "npm:other",
        "two words",
        "x\ny",
        "x\0y",
        ".hidden",
        "@scope",
        "@scope/",
        "@scope/../x",
        "%2e%2e",
    ]
    .into_iter()
    .flat_map(|name| {
        let words = "is not the name of an npm package";
        // What is there needs no grant to be seen.
        let is_there = row("0.0.1", format!("npm-installed:{name}")).fails(words, &[]);
        let asked = ["npm-install", "npm-latest"].map(|verb| {
            row("0.0.1", format!("{verb}:{name}"))
                .fails_by_default(words, &[&format!("allowed npm:install {name}")])
                .fails_strictly("`npm:install`", &[&format!("refused npm:install {name}")])
        });
        asked.into_iter().chain([is_there])
    })
    .collect();
    try_all(&rows).await;
}
