//! A user's machine on which the tools are not installed yet.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::support::place::{Place, Ran};

/// The longest that an answer of a server is taken for new, where a test wants one that is not.
pub const PASSED: &str = "0.000001";

/// Makes a folder of these of this machine's programs, and nothing else.
pub fn link_programs(place: &Place, programs: &[&str]) -> PathBuf {
    let bin = place.path("bin");
    std::fs::create_dir(&bin).unwrap();
    let search_path = std::env::var_os("PATH").unwrap_or_default();
    for program in programs {
        let mut found = which::which_in_global(program, Some(&search_path)).unwrap();
        std::os::unix::fs::symlink(found.next().unwrap(), bin.join(program)).unwrap();
    }
    bin
}

/// Where an extension's server is asked for.
pub struct Machine {
    pub place: Place,
    extension: &'static str,
    server: &'static str,
}

impl Machine {
    /// Installs an extension, offline, which has a language server. Of this machine's programs, those named are on `PATH`.
    pub fn new(extension: &'static str, server: &'static str, programs: &[&str]) -> Self {
        let mut place = Place::new();
        let bin = link_programs(&place, programs);
        place.environment = vec![
            ("PATH".into(), bin.into_os_string()),
            // What servers answered is no other test's.
            ("ANNEXE_CACHE".into(), place.path("cache").into_os_string()),
        ];
        let machine = Self {
            place,
            extension,
            server,
        };
        let mut command = machine.command(&["install", extension, "--offline"]);
        command.arg("--registry").arg("embedded");
        assert_eq!(Ran::of(command).code, 0);
        machine
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.place.command();
        for name in ["GITHUB_TOKEN", "GH_TOKEN"] {
            command.env_remove(name);
        }
        command.args(arguments);
        command
    }

    /// `annexe call` of the server's command, which is not started yet.
    pub fn call(&self, options: &[&str]) -> Command {
        let mut command = self.command(&["call", self.extension, "language-server-command"]);
        command.arg(self.server).args(options);
        command.stdin(Stdio::null());
        command
    }

    /// Asks for the server's command, and gives the answer and what was said on stderr.
    pub fn ask(&self, options: &[&str]) -> (Value, String) {
        let ran = Ran::of(self.call(options));
        assert_eq!(ran.code, 0, "{ran:?}");
        (serde_json::from_str(&ran.stdout).unwrap(), ran.stderr)
    }

    /// Asks for the server's command in vain, and gives what was said on stderr.
    pub fn refused(&self, options: &[&str]) -> String {
        let ran = Ran::of(self.call(options));
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
        ran.stderr
    }

    /// The folder that the extension writes to.
    pub fn work_dir(&self) -> std::path::PathBuf {
        self.place.store().join("work").join(self.extension)
    }
}
