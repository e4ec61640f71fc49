//! The host's side: starts a child for a component, feeds it, and says what became of it.

use std::{
    io,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{io::AsyncWriteExt as _, process::Command};

use super::{
    ChildCompiler, CompilerLimits,
    child::{OTHER_VERSION, REFUSED, Request},
    error::CompilerError,
};
use crate::{
    base::{
        digest::Blake3Digest,
        printable::one_line,
        process::{Launcher, RunError, Streams, collect},
    },
    package::version::Artefact,
    runtime::engine::EngineError,
};

/// The most bytes that a child may write to its standard error: a panic has some hundreds.
const MOST_WORDS: u64 = 1 << 20;

/// The most characters of it that are shown.
const SHOWN: usize = 300;

/// The words by which an allocator gives up.
const OUT_OF_MEMORY: [&str; 2] = ["memory allocation of ", "Cannot allocate memory"];

/// The starter of children.
#[derive(Debug)]
pub(in super::super) struct Parent {
    options: ChildCompiler,
    launcher: Launcher,
}

impl Parent {
    pub(in super::super) fn new(options: ChildCompiler) -> Self {
        Self {
            options,
            launcher: Launcher::default(),
        }
    }

    /// Compiles in a child, which is killed where this is dropped.
    pub(in super::super) async fn compile(
        &self,
        wasm: &[u8],
        artefact: Artefact,
        compatibility: Blake3Digest,
    ) -> Result<Vec<u8>, EngineError> {
        let ChildCompiler {
            program,
            arguments,
            limits,
        } = &self.options;
        let request = Request {
            artefact,
            compatibility,
            memory_bytes: limits.memory_bytes,
        };
        let mut command = Command::new(program);
        command
            .args(arguments)
            .args(request.arguments())
            // A panic for want of memory would look for its frames in memory that is not there.
            .envs(["RUST_BACKTRACE", "RUST_LIB_BACKTRACE"].map(|name| (name, "0")))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let started = self.launcher.start(&mut command).await;
        let mut child = started.map_err(|source| CompilerError::Start {
            program: program.clone(),
            source,
        })?;
        let mut streams = child.take_streams();
        let (mut code, mut said) = (Vec::new(), Vec::new());
        let talking = async {
            talk(&mut streams, wasm, limits, &mut code, &mut said).await?;
            child.ended().await.map_err(RunError::Follow)
        };
        let followed = match tokio::time::timeout(limits.time, talking).await {
            Ok(followed) => followed.map_err(unfollowed),
            Err(_) => Err(CompilerError::Time(limits.time)),
        };
        if let Err(error) = followed {
            // Killed at once. How it ends is not what went wrong.
            let _ = child.end(Duration::ZERO).await;
            return Err(error.into());
        }
        let status = child.wait().await.map_err(CompilerError::Follow)?;
        match self.judge(status, &String::from_utf8_lossy(&said)) {
            None => Ok(code),
            Some(error) => Err(error),
        }
    }

    /// The error that a child's end stands for; `None` where it has done its work.
    fn judge(&self, status: ExitStatus, said: &str) -> Option<EngineError> {
        let code = status.code().and_then(|code| u8::try_from(code).ok());
        let error = match code {
            Some(0) => return None,
            Some(REFUSED) => {
                return Some(EngineError::Compile {
                    message: said.into(),
                });
            }
            Some(OTHER_VERSION) => CompilerError::OtherVersion(self.options.program.clone()),
            _ if OUT_OF_MEMORY.iter().any(|words| said.contains(words)) => {
                CompilerError::Memory(self.options.limits.memory_bytes)
            }
            _ => CompilerError::Ended {
                ended: status.to_string(),
                said: one_line(said.trim(), SHOWN),
            },
        };
        Some(error.into())
    }
}

/// Writes the component, and reads what comes of it. Standard input stays open: its end is that of the host.
async fn talk(
    streams: &mut Streams,
    wasm: &[u8],
    limits: &CompilerLimits,
    code: &mut Vec<u8>,
    said: &mut Vec<u8>,
) -> Result<(), RunError> {
    let (input, output, errors) = (
        streams.stdin.as_mut(),
        streams.stdout.as_mut(),
        streams.stderr.as_mut(),
    );
    let writing = async {
        if let Some(input) = input {
            let length = (wasm.len() as u64).to_le_bytes();
            // A child that does not listen says why, or how it ended does.
            if input.write_all(&length).await.is_ok() {
                let _ = input.write_all(wasm).await;
            }
        }
        Ok(())
    };
    tokio::try_join!(
        writing,
        // Code that the child held in its memory is not larger than that.
        collect(output, code, limits.memory_bytes),
        collect(errors, said, MOST_WORDS),
    )?;
    Ok(())
}

fn unfollowed(error: RunError) -> CompilerError {
    CompilerError::Follow(match error {
        RunError::Follow(source) => source,
        error => io::Error::other(error.to_string()),
    })
}
