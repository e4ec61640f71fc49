//! A hostile repository, and a user whose own configuration would have Git run what it brings: nothing does.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use crate::{
    repository::{Repository, assert_nothing_left, has_git, place},
    support::place::Place,
};

/// A program that notes that it has run.
fn program(path: &Path, markers: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    let script = format!("#!/bin/sh\ntouch '{}'\ncat\n", markers.join(name).display());
    fs::write(path, script).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A user who has filters, hooks, a monitor and attributes for all that their Git checks out.
fn careless() -> (Place, std::path::PathBuf) {
    let place = place();
    let markers = place.beside("markers");
    fs::create_dir(&markers).unwrap();
    let home = place.home();
    for hook in [
        "post-checkout",
        "post-merge",
        "post-rewrite",
        "reference-transaction",
        "post-index-change",
        "pre-auto-gc",
    ] {
        program(&home.join("hooks").join(hook), &markers);
    }
    for name in [
        "smudge", "clean", "process", "monitor", "textconv", "askpass",
    ] {
        program(&home.join("bin").join(name), &markers);
    }
    fs::write(home.join("attributes"), "* filter=evil eol=crlf text\n").unwrap();
    let bin = home.join("bin");
    let bin = bin.display();
    let config = format!(
        "[core]\n\thooksPath = {0}/hooks\n\tfsmonitor = {bin}/monitor\n\tattributesFile = {0}/attributes\n\tautocrlf = true\n\
         [filter \"evil\"]\n\tsmudge = {bin}/smudge\n\tclean = {bin}/clean\n\tprocess = {bin}/process\n\trequired = true\n\
         [diff \"evil\"]\n\ttextconv = {bin}/textconv\n\
         [submodule]\n\trecurse = true\n[fetch]\n\trecurseSubmodules = true\n\
         [protocol \"ext\"]\n\tallow = always\n[init]\n\ttemplateDir = {0}/template\n",
        home.display()
    );
    fs::write(home.join(".gitconfig"), config).unwrap();
    program(&home.join("template/hooks/reference-transaction"), &markers);
    (place, markers)
}

fn assert_nothing_ran(markers: &Path) {
    let ran: Vec<_> = fs::read_dir(markers).unwrap().flatten().collect();
    assert!(ran.is_empty(), "{ran:?}");
}

#[test]
fn hooks_filters_monitors_and_attributes_mean_nothing() {
    if !has_git() {
        return;
    }
    let repository = Repository::new();
    repository.write_extension("", "shades", "1.0.0");
    let theme = "{\"name\": \"$Format:%H$ $Id$\", \"author\": \"A\", \"themes\": []}\n";
    repository.write("themes/one.json", theme);
    repository.write(
        ".gitattributes",
        "* filter=evil diff=evil eol=crlf text ident export-subst working-tree-encoding=UTF-16\nthemes export-ignore\n",
    );
    repository.write("hooks/post-checkout", "#!/bin/sh\nexit 1\n");
    let commit = {
        // Git itself would refuse to read what is encoded so.
        let blob = |path: &str, mode: &str| {
            let content = fs::read_to_string(repository.tree().join(path)).unwrap();
            let arguments = ["hash-object", "-w", "--no-filters", "--stdin"];
            let object = repository.git_with(&repository.tree(), arguments, &content);
            repository.git([
                "update-index",
                "--add",
                "--cacheinfo",
                &format!("{mode},{object},{path}"),
            ]);
        };
        for path in [".gitattributes", "extension.toml", "themes/one.json"] {
            blob(path, "100644");
        }
        blob("hooks/post-checkout", "100755");
        commit_index(&repository)
    };
    let (place, markers) = careless();
    // The server's own folder is a stranger's too.
    program(&repository.bare().join("hooks/post-upload-pack"), &markers);
    repository.git_in(
        &repository.bare(),
        [
            "config",
            "uploadpack.packObjectsHook",
            place.home().join("bin/smudge").to_str().unwrap(),
        ],
    );
    let receipt = place.json(["install", &repository.url()]);
    assert_eq!(receipt[0]["installed"]["revision"], commit);
    let info = place.json(["info", "shades"]);
    let files = info["installed"]["files"].as_str().unwrap_or_default();
    if !files.is_empty() {
        let written = fs::read_to_string(Path::new(files).join("themes/one.json")).unwrap();
        assert_eq!(written, theme);
    }
    place.json(["update"]);
    assert_nothing_ran(&markers);
    assert_nothing_left(&place);
}

/// Commits what is in the index, and publishes it as `main`.
fn commit_index(repository: &Repository) -> String {
    let tree = repository.git(["write-tree"]);
    publish(repository, &tree)
}

/// Commits a tree, and publishes it as `main`.
fn publish(repository: &Repository, tree: &str) -> String {
    let commit = repository.git(["commit-tree", "-m", "a commit", tree]);
    let refspec = format!("{commit}:refs/heads/main");
    repository.git(["push", "--quiet", "--force", "origin", &refspec]);
    commit
}

#[test]
fn links_out_submodules_and_git_s_own_names_are_refused_by_name() {
    if !has_git() {
        return;
    }
    let (place, markers) = careless();
    let secret = place.beside("secret");
    fs::write(&secret, "secret").unwrap();
    let repository = Repository::new();
    repository.write_extension("", "shades", "1.0.0");
    repository.write(
        ".gitmodules",
        &format!(
            "[submodule \"evil\"]\n\tpath = vendored\n\turl = ext::sh -c touch% {}/module\n",
            markers.display()
        ),
    );
    let base = repository.commit();
    let top = repository.git(["ls-tree", &base]);
    let object = |content: &str| {
        repository.git_with(
            &repository.tree(),
            ["hash-object", "-w", "--stdin"],
            content,
        )
    };
    let folder = |name: &str, content: &str| {
        let entry = format!("100755 blob {}\t{name}\n", object(content));
        let tree = repository.git_with(&repository.tree(), ["mktree"], &entry);
        format!("040000 tree {tree}")
    };
    let script = format!("#!/bin/sh\ntouch {}/checked-out\n", markers.display());
    let cases = [
        (format!("160000 commit {base}\tvendored"), "is a submodule"),
        (
            format!(
                "100644 blob {}\tpicture.png",
                object("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n")
            ),
            "kept by Git LFS",
        ),
        (
            format!("120000 blob {}\tLICENSE", object(secret.to_str().unwrap())),
            "is a link to",
        ),
        (
            format!("120000 blob {}\tLICENSE", object("../../secret")),
            "is a link to",
        ),
        (
            format!("120000 blob {}\tloop", object("loop")),
            "is a link to",
        ),
        (
            format!("{}\t.GIT", folder("hooks", &script)),
            "belongs to Git",
        ),
        (
            format!("{}\tgit~1", folder("hooks", &script)),
            "belongs to Git",
        ),
        (
            format!("100644 blob {}\tcon", object("x")),
            "device on Windows",
        ),
        (format!("100644 blob {}\ta\\b", object("x")), "character"),
        (
            format!("100644 blob {}\t\u{1b}[2Jx", object("x")),
            "character",
        ),
    ];
    for (entry, words) in cases {
        // `-z` takes names as they are.
        let entries = format!("{}\0{entry}\0", top.replace('\n', "\0"));
        let tree = repository.git_with(&repository.tree(), ["mktree", "-z", "--missing"], &entries);
        publish(&repository, &tree);
        let error = place.error(1, ["install", &repository.url()]);
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(words), "{entry}: {error}");
        assert!(!message.contains('\u{1b}'), "{error}");
        assert_nothing_left(&place);
    }
    // A tree within which a name leads out, which Git's own commands do not write.
    assert_eq!(place.json(["list"]).as_array().unwrap().len(), 0);
    assert_nothing_ran(&markers);
}

#[test]
fn a_link_within_and_names_that_differ_by_case_are_files() {
    if !has_git() {
        return;
    }
    let repository = Repository::new();
    repository.write_extension("", "shades", "1.0.0");
    repository.write("docs/LICENCE", "the words");
    std::os::unix::fs::symlink("docs/LICENCE", repository.tree().join("LICENSE")).unwrap();
    repository.write("README", "one");
    repository.write("readme", "two");
    repository.commit();
    let place = place();
    place.ok(["install", &repository.url()]);
    assert_eq!(place.json(["list"])[0]["id"], "shades");
}

#[test]
fn a_branch_or_a_tag_that_is_called_like_an_option_is_none() {
    if !has_git() {
        return;
    }
    let (place, markers) = careless();
    let repository = Repository::themes("1.0.0");
    let evil = "refs/heads/--upload-pack=touch${IFS}pack";
    let bare = repository.bare();
    repository.git_in(&bare, ["update-ref", evil, "refs/heads/main"]);
    repository.git_in(&bare, ["update-ref", "refs/tags/-x", "refs/heads/main"]);
    repository.git_in(&bare, ["symbolic-ref", "HEAD", evil]);
    let error = place.error(1, ["install", &repository.url()]);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("no default branch"),
        "{error}"
    );
    let source = format!("{}#main", repository.url());
    place.ok(["install", &source]);
    place.json(["update"]);
    assert!(!place.path("pack").exists() && !bare.join("pack").exists());
    let error = place.error(1, ["install", &format!("{}#mian", repository.url())]);
    assert!(
        error["hint"].as_str().unwrap().contains("`main`"),
        "{error}"
    );
    assert_nothing_ran(&markers);
}
