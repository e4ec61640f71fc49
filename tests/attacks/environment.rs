//! The variables that an extension gives along with a program that it may run: those that change which code runs are
//! refused whatever the program is.

use crate::{
    place::{HostOptions, Place, try_all, try_in, which},
    table::{Row, row},
};

/// A granted program, asked for what is granted.
const GRANTED: &str = "git --version";

/// Variables by which a loader, a shell, an interpreter or a tool is made to run other code.
const HOOKS: [&str; 50] = [
    "PATH",
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "LD_AUDIT",
    "DYLD_INSERT_LIBRARIES",
    "GCONV_PATH",
    "GLIBC_TUNABLES",
    "BASH_ENV",
    "ENV",
    "SHELLOPTS",
    "PS4",
    "IFS",
    "ZDOTDIR",
    "NODE_OPTIONS",
    "NODE_PATH",
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONSTARTUP",
    "PERL5OPT",
    "PERL5LIB",
    "RUBYOPT",
    "RUBYLIB",
    "LUA_INIT",
    "JAVA_TOOL_OPTIONS",
    "CLASSPATH",
    "DOTNET_STARTUP_HOOKS",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_GLOBAL",
    "GIT_EXEC_PATH",
    "GIT_SSH_COMMAND",
    "GIT_PAGER",
    "GIT_EXTERNAL_DIFF",
    "GIT_DIR",
    "PAGER",
    "EDITOR",
    "SHELL",
    "RUSTC_WRAPPER",
    "CARGO_HOME",
    "RUSTUP_TOOLCHAIN",
    "npm_config_script_shell",
    "NPM_CONFIG_PREFIX",
    "GOFLAGS",
    "OPENSSL_CONF",
    "XDG_CONFIG_HOME",
    "TAR_OPTIONS",
    "RSYNC_RSH",
    "GOPACKAGESDRIVER",
    "JAVACMD",
    "RIPGREP_CONFIG_PATH",
    // By its ending
    "OF_ITS_OWN_PAGER",
];

/// Variables that tell a tool where it keeps packages of its own, which extensions set for Zed.
const PACKAGES: [&str; 2] = ["GEM_HOME", "GEM_PATH"];

#[tokio::test]
async fn variables_that_change_which_code_runs_are_refused() {
    let rows = HOOKS.map(|name| {
        row("0.3.0", format!("run:{name}={{work}} {GRANTED}")).fails(
            &format!("`{name}`"),
            &[&format!(
                "refused process:env {name} as {{git}} with {name}={{work}}"
            )],
        )
    });
    try_all(&rows).await;
}

#[tokio::test]
async fn variables_of_a_tools_own_packages_are_let_through_by_default_alone() {
    let rows = PACKAGES.map(|name| {
        let with = format!("as {{git}} with {name}={{work}}");
        row("0.3.0", format!("run:{name}={{work}} {GRANTED}"))
            .finds_by_default(
                "git version",
                &[&format!("allowed process:exec git --version {with}")],
            )
            .fails_strictly(
                &format!("`{name}`"),
                &[&format!("refused process:env {name} {with}")],
            )
    });
    try_all(&rows).await;
}

#[tokio::test]
async fn variables_of_no_meaning_to_anybody_are_given_along() {
    let fine = "allowed process:exec git --version as {git}";
    let with = "allowed process:exec git --version as {git} with OF_ITS_OWN";
    try_all(&[
        row("0.3.0", "run:git --version").finds("0|git version", &[fine]),
        row("0.3.0", "run:OF_ITS_OWN=1 git --version").finds("0|git version", &[with]),
        // What no system takes for a name.
        row("0.3.0", "run:=x git --version").fails("", &[]),
        row("0.3.0", "run:A\0B=x git --version").fails("", &[]),
        row("0.3.0", "run:A=x\0y git --version").fails("", &[]),
    ])
    .await;
}

/// What a guest can do with what it is granted and a file of its own, if its variables are believed.
#[tokio::test]
async fn nothing_planted_runs_through_a_granted_program() {
    let Some(_) = which("git") else {
        crate::support::skip("git", "there is no git here");
        return;
    };
    let attacks = [
        // A program of the same name, found first.
        "PATH={work}",
        "PATH={work}:/usr/bin:/bin",
        "PATH=.:/usr/bin:/bin",
        "Path={work}",
        // Git's own ways to others.
        "GIT_EXEC_PATH={work}",
        "GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.pager GIT_CONFIG_VALUE_0={work}/git",
        "GIT_CONFIG_PARAMETERS='core.pager={work}/git'",
    ];
    let mut rows: Vec<Row> = vec![row("0.0.1", "plant:git")];
    for variables in attacks {
        // Which of the variables is named, and whether the last one runs git itself, is told above.
        rows.push(row("0.3.0", format!("run:{variables} {GRANTED}")));
    }
    for options in [HostOptions::by_default(), HostOptions::strict()] {
        let place = Place::new(options).await;
        let wrong = try_in(&place, &rows, |row| row.by_default.clone()).await;
        let ran: Vec<_> = wrong.iter().filter(|it| it.contains("planted")).collect();
        assert!(ran.is_empty(), "{ran:?}");
    }
}
