//! A program is what runs, not what it is called: how it is found, and the variables that it is given.

use std::{
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    sync::Arc,
};

use annexe::{
    Extension, SearchPath, ServiceOptions,
    capability::{Capability, DeniedBy, Grants},
};

use super::process;
use crate::{
    accesses::Accesses,
    guest::{self, Place, found, words},
};

/// A machine whose search path has one folder with the program `tool`, and a guest whose work directory has one of
/// that name too.
struct Machine {
    place: Place,
    accesses: Arc<Accesses>,
}

impl Machine {
    fn new() -> Self {
        let place = Place::new();
        let this = Self {
            place,
            accesses: Arc::default(),
        };
        this.program("machine/tool", "echo the machine\\'s $TOOL $@");
        let planted = format!("touch {}", this.marker().display());
        for name in ["tool", "TOOL", "libc.so.6", "sub/tool"] {
            this.program(&format!("work/{name}"), &planted);
        }
        symlink(this.work().join("tool"), this.work().join("link")).unwrap();
        symlink(this.tool(), this.work().join("to-the-machine")).unwrap();
        symlink(this.root().join("machine"), this.work().join("folder")).unwrap();
        this
    }

    fn program(&self, path: &str, script: &str) {
        let file = self.root().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).unwrap();
    }

    fn root(&self) -> PathBuf {
        let parent = self.place.worktree_dir().parent().unwrap().to_owned();
        std::fs::canonicalize(parent).unwrap()
    }

    fn work(&self) -> PathBuf {
        self.root().join("work")
    }

    fn tool(&self) -> PathBuf {
        self.root().join("machine/tool")
    }

    fn marker(&self) -> PathBuf {
        self.root().join("marker")
    }

    async fn start(&self, version: &str, manifest: &[Capability], grants: Grants) -> Extension {
        let mut services = ServiceOptions::default();
        let (work, machine) = (self.work(), self.root().join("machine"));
        // What comes before the machine's own folder is a stranger's or the guest's.
        let path = format!(".::{}:{}:/usr/bin", work.display(), machine.display());
        services.search_path = Some(path.into());
        let host = guest::builder()
            .grants(grants)
            .services(services)
            .observer(self.accesses.clone())
            .build()
            .unwrap();
        guest::start_with(&host, version, &self.place, manifest.to_vec()).await
    }

    /// Has the guest run a line; its output, where that is the machine's own program.
    async fn runs(&self, extension: &Extension, line: &str) -> String {
        let verb = format!("run:{line}");
        let output = found(extension, &self.place, &verb).await.unwrap();
        assert_eq!(output[0], "0", "{line}: {output:?}");
        assert!(!self.marker().exists(), "{line}");
        output[1].trim_end().to_owned()
    }

    /// Has the guest run a line that must be refused; what was not allowed.
    async fn refuses(&self, extension: &Extension, line: &str) -> (Capability, Option<DeniedBy>) {
        let message = words(found(extension, &self.place, &format!("run:{line}")).await);
        let (request, by, _) = self.accesses.last();
        assert!(by.is_some(), "{line}: {message}");
        assert!(message.contains(request.kind()), "{line}: {message}");
        assert!(!self.marker().exists(), "{line}");
        (request, by)
    }
}

fn hook(name: &str) -> Capability {
    Capability::ProcessEnv { name: name.into() }
}

#[tokio::test]
async fn no_spelling_makes_another_file_the_program_that_is_granted() {
    for version in guest::since("0.3.0") {
        let machine = Machine::new();
        let listed = [process("tool", &["**"])];
        let any = [process("*", &["**"])];
        let strict = Grants::from(listed.to_vec());
        let tool = machine.tool().display().to_string();
        let work = machine.work().display().to_string();
        let odd = format!("{work}/../machine/./tool");
        // A manifest is held to its own words, a grant to what runs.
        for (manifest, grants, by) in [
            (&listed, Grants::all(), DeniedBy::Manifest),
            (&listed, strict.clone(), DeniedBy::Manifest),
            (&any, strict, DeniedBy::Grants),
        ] {
            let extension = machine.start(version, manifest, grants).await;
            let spellings = ["tool", &tool, &odd];
            let fine = if manifest == &listed { 1 } else { 3 };
            for asked in &spellings[..fine] {
                let output = machine.runs(&extension, &format!("{asked} x")).await;
                assert_eq!(output, "the machine's x", "{version} {asked}");
                let (request, by, execution) = machine.accesses.last();
                assert_eq!((request, by), (process(asked, &["x"]), None), "{version}");
                assert_eq!(execution.unwrap().file, Some(tool.clone()), "{version}");
            }
            for asked in [
                "./tool",
                "tool/../tool",
                "../work/tool",
                "sub/tool",
                "./link",
                "./to-the-machine",
                "folder/tool",
                "TOOL",
                "tool/",
                "",
                &format!("{work}/tool"),
                &format!("{work}/./tool"),
                &format!("{work}/folder/tool"),
            ] {
                let line = format!("{asked} x");
                let (request, refused) = machine.refuses(&extension, &line).await;
                assert_eq!(request, process(asked, &["x"]), "{version}");
                assert_eq!(refused, Some(by), "{version} {asked}");
            }
        }
    }
}

#[tokio::test]
async fn a_variable_that_changes_which_code_runs_needs_a_grant_of_its_own() {
    for version in guest::since("0.3.0") {
        let machine = Machine::new();
        let work = machine.work().display().to_string();
        let listed = [process("tool", &["**"])];
        let strict = Grants::from(listed.to_vec());
        let by_default = machine.start(version, &listed, Grants::all()).await;
        let by_strict = machine.start(version, &listed, strict.clone()).await;
        for name in [
            "PATH",
            "LD_PRELOAD",
            "LD_LIBRARY_PATH",
            "NODE_OPTIONS",
            "BASH_ENV",
            "GIT_CONFIG_COUNT",
            "PYTHONPATH",
            "npm_config_script_shell",
            "HOME",
        ] {
            for extension in [&by_default, &by_strict] {
                let line = format!("{name}={work} tool x");
                let refused = machine.refuses(extension, &line).await;
                let expected = (hook(name), Some(DeniedBy::Grants));
                assert_eq!(refused, expected, "{version}");
                // Neither first nor last hides it.
                let line = format!("{name}= A=b {name}={work} C=d tool x");
                assert_eq!(
                    machine.refuses(extension, &line).await,
                    expected,
                    "{version}"
                );
            }
        }
        // Where a tool keeps its packages is an extension's own business, unless nothing is.
        let line = format!("GEM_HOME={work} TOOL=one tool x");
        assert_eq!(
            machine.runs(&by_default, &line).await,
            "the machine's one x"
        );
        let (_, _, execution) = machine.accesses.last();
        let set: Vec<_> = (execution.unwrap().variables.into_iter())
            .map(|set| (set.name, set.value))
            .collect();
        let expected = [
            ("GEM_HOME".into(), Some(work.clone())),
            ("TOOL".into(), None),
        ];
        assert_eq!(set, expected, "{version}");
        assert_eq!(machine.refuses(&by_strict, &line).await.0, hook("GEM_HOME"));

        let granted = machine
            .start(version, &listed, strict.with([hook("PATH"), hook("GEM_*")]))
            .await;
        let line = format!("PATH={work} GEM_HOME={work} GEM_PATH={work} tool x");
        // Its first line names the shell by its path; what is asked for by a name is the host's all the same.
        assert_eq!(machine.runs(&granted, &line).await, "the machine's x");
    }
}

/// Options of tar name a program that compresses.
#[tokio::test]
async fn a_tools_own_hook_starts_nothing_that_is_planted() {
    let usual = SearchPath::new("/usr/bin".as_ref());
    if usual.find("tar").is_none() {
        crate::support::skip("tar", "there is no tar here");
        return;
    }
    for version in guest::since("0.3.0") {
        let machine = Machine::new();
        let listed = [process("tar", &["**"])];
        let line = format!(
            "TAR_OPTIONS=-I{}/tool tar -cf out.tar sub",
            machine.work().display()
        );
        for grants in [Grants::all(), Grants::from(listed.to_vec())] {
            let extension = machine.start(version, &listed, grants).await;
            let refused = machine.refuses(&extension, &line).await;
            let expected = (hook("TAR_OPTIONS"), Some(DeniedBy::Grants));
            assert_eq!(refused, expected, "{version}");
            machine.runs(&extension, "tar -cf out.tar sub").await;
        }
    }
}

#[tokio::test]
async fn what_a_program_starts_is_not_looked_up_in_the_guests_folder() {
    let machine = Machine::new();
    machine.program("machine/starter", "planted; echo \"$PATH\"");
    let planted = format!("touch {}", machine.marker().display());
    machine.program("work/planted", &planted);
    let any = [process("starter", &["**"])];
    let expected = format!("{}:/usr/bin", machine.root().join("machine").display());
    for version in guest::since("0.3.0") {
        let extension = machine.start(version, &any, Grants::all()).await;
        assert_eq!(machine.runs(&extension, "starter").await, expected);
        // Nor where it is given the host's own.
        let own = std::env::var("PATH").unwrap();
        let line = format!("PATH={own} starter");
        assert!(!machine.runs(&extension, &line).await.is_empty());
    }
}

#[tokio::test]
async fn who_may_run_any_program_may_set_its_variables_and_still_gets_the_hosts_own() {
    for version in guest::since("0.3.0") {
        let machine = Machine::new();
        let any = [process("*", &["**"])];
        let work = machine.work().display().to_string();
        let line = format!("PATH={work} LD_LIBRARY_PATH=/no/such tool x");
        let extension = machine.start(version, &any, Grants::all()).await;
        assert_eq!(machine.runs(&extension, &line).await, "the machine's x");
        let denying = Grants::all().without([hook("LD_*")]);
        let extension = machine.start(version, &any, denying).await;
        let refused = machine.refuses(&extension, &line).await;
        assert_eq!(refused.0, hook("LD_LIBRARY_PATH"), "{version}");
        // What is denied by its name is denied by every path to it.
        let denying = Grants::all().without([process("tool", &["**"])]);
        let extension = machine.start(version, &any, denying).await;
        let path = machine.tool().display().to_string();
        for asked in ["tool", "./to-the-machine", "folder/tool", "./tool", &*path] {
            let refused = machine.refuses(&extension, &format!("{asked} x")).await;
            let expected = (process(asked, &["x"]), Some(DeniedBy::Grants));
            assert_eq!(refused, expected, "{version}");
        }
    }
}

#[tokio::test]
async fn a_variable_that_is_handed_on_as_it_is_changes_nothing() {
    let machine = Machine::new();
    let listed = [process("tool", &["**"])];
    let strict = Grants::from(listed.to_vec()).with([Capability::Env { name: "*".into() }]);
    let own = std::env::var_os("PATH").unwrap();
    let shell = &machine.place.environment()[1].1;
    for version in guest::since("0.3.0") {
        let extension = machine.start(version, &listed, strict.clone()).await;
        let line = format!("PATH={} tool x", own.to_string_lossy());
        assert_eq!(machine.runs(&extension, &line).await, "the machine's x");
        // The shell's own is none of its business before it was shown.
        let line = format!("PATH={shell} tool x");
        assert_eq!(machine.refuses(&extension, &line).await.0, hook("PATH"));
        let echo = extension.language_server_command("echo".into(), machine.place.worktree());
        drop(echo.await);
        assert_eq!(machine.runs(&extension, &line).await, "the machine's x");
        let line = format!("PATH={shell}:/other tool x");
        assert_eq!(machine.refuses(&extension, &line).await.0, hook("PATH"));
    }
}

#[tokio::test]
async fn what_is_no_variable_is_an_error() {
    let machine = Machine::new();
    let any = [process("*", &["**"])];
    for version in guest::since("0.3.0") {
        let extension = machine.start(version, &any, Grants::all()).await;
        for line in ["=x tool", "A\0B=x tool", "A=\0 tool"] {
            let asked = found(&extension, &machine.place, &format!("run:{line}")).await;
            let message = words(asked);
            assert!(message.contains("the variable"), "{version}: {message}");
        }
        let count = found(&extension, &machine.place, "count").await.unwrap();
        assert_eq!(count, ["4"], "{version}");
    }
}

#[tokio::test]
async fn a_name_is_not_looked_up_where_the_guest_or_the_current_folder_is() {
    let machine = Machine::new();
    std::fs::rename(
        machine.tool(),
        Path::new(&machine.root()).join("machine/gone"),
    )
    .unwrap();
    let any = [process("*", &["**"])];
    let extension = machine.start("0.7.0", &any, Grants::all()).await;
    let message = words(found(&extension, &machine.place, "run:tool x").await);
    assert!(message.contains("there is no such program"), "{message}");
    assert!(!machine.marker().exists());
    let (_, by, execution) = machine.accesses.last();
    assert_eq!((by, execution.unwrap().file), (None, None));
}
