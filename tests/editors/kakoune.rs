//! Kakoune, which runs in the background and is told what to do. kak-lsp is not there: what it would start is in the
//! options that it reads.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use crate::{
    desk::{Desk, programs},
    support::place::text,
};

/// How long Kakoune may take for anything.
const LONGEST: Duration = Duration::from_secs(20);

struct Session<'a> {
    desk: &'a Desk,
    kakoune: &'a Path,
    name: String,
    child: Child,
}

impl<'a> Session<'a> {
    fn start(desk: &'a Desk, kakoune: &'a Path) -> Self {
        let name = format!("annexe-{}", std::process::id());
        let rc = desk.place.home().join(".config/kak/kakrc");
        let start = format!(
            "declare-option str lsp_servers; declare-option str lsp_language_id; \
             declare-option str comment_line; source {}",
            text(&rc)
        );
        let mut command = desk.command(kakoune);
        command.args(["-n", "-d", "-s", &name, "-E", &start]);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        Self {
            desk,
            kakoune,
            name,
            child: command.spawn().unwrap(),
        }
    }

    fn tell(&self, commands: &str) -> bool {
        let mut command = self.desk.command(self.kakoune);
        command.args(["-p", &self.name]).stdin(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        let told = child.stdin.take().unwrap().write_all(commands.as_bytes());
        told.is_ok() && child.wait().unwrap().success()
    }

    /// What the commands write into the file that they are given.
    fn answer(&self, commands: impl Fn(&str) -> String) -> String {
        let file = self.desk.place.beside("answer");
        let _ = fs::remove_file(&file);
        let end = Instant::now() + LONGEST;
        let mut told = false;
        loop {
            told = told || self.tell(&commands(text(&file)));
            if let Ok(answer) = fs::read_to_string(&file)
                && answer.ends_with("|\n")
            {
                return answer;
            }
            assert!(Instant::now() < end, "Kakoune does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        self.tell("kill!");
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn servers_are_set_for_types_that_it_has_and_for_those_that_an_extension_brings() {
    for kakoune in programs("kak", "ANNEXE_KAKOUNES") {
        let Some(desk) = Desk::with("kakoune") else {
            return;
        };
        let session = Session::start(&desk, &kakoune);
        for (name, file_type, server, id, comment) in [
            ("a.yaml", "yaml", "yaml-language-server", "", ""),
            ("a.sh", "sh", "bash-language-server", "shellscript", ""),
            ("a.klg", "tlh", "klingon-server", "", "##"),
            ("a.test.klt", "tlh", "klingon-server", "", "##"),
        ] {
            let path = desk.file(name);
            // Its own types come with files that this session is without.
            let set = match file_type {
                "tlh" => String::new(),
                known => format!("set-option buffer filetype {known}\n"),
            };
            let answer = session.answer(|file| {
                let show =
                    "%opt{filetype}|%opt{lsp_language_id}|%opt{comment_line}|%opt{lsp_servers}|\n";
                format!(
                    "edit {}\n{set}echo -to-file {file} \"{show}\"\n",
                    text(&path)
                )
            });
            assert!(
                answer.starts_with(&format!("{file_type}|{id}|{comment}|")),
                "{name}: {answer}"
            );
            let servers = answer.rsplit('|').nth(1).unwrap();
            let servers: toml::Table = servers.parse().unwrap();
            let server = &servers[&format!("annexe-{server}")];
            // The commands are asked for by the line in `kakrc`, and the command writes its own path.
            assert_eq!(
                server["command"].as_str(),
                Some(env!("CARGO_BIN_EXE_annexe"))
            );
        }
    }
}
