//! The child process: reads a component, compiles it within its limits, and writes the machine code.

use std::{
    ffi::OsString,
    io::{self, Read as _, Write as _},
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
    sync::mpsc::{self, Sender},
    thread,
};

use super::super::{compatibility, configuration::configuration};
use crate::{base::digest::Blake3Digest, package::version::Artefact};

/// The exit code for a component that the engine does not accept; standard error says why.
pub(super) const REFUSED: u8 = 3;

/// The exit code where the code would be another than the host's own.
pub(super) const OTHER_VERSION: u8 = 4;

/// The request of a host, as the arguments of its child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) artefact: Artefact,
    /// Everything but the component that the code depends on.
    pub(super) compatibility: Blake3Digest,
    pub(super) memory_bytes: u64,
}

impl Request {
    /// The arguments that say this.
    pub(super) fn arguments(self) -> [String; 3] {
        let artefact = match self.artefact {
            Artefact::Component => "component",
            Artefact::Module => "module",
        };
        [
            artefact.into(),
            self.compatibility.to_string(),
            self.memory_bytes.to_string(),
        ]
    }

    fn of_arguments(arguments: impl IntoIterator<Item = OsString>) -> Option<Self> {
        let mut texts = arguments.into_iter().map(|it| it.into_string().ok());
        let mut next = move || texts.next().flatten();
        Some(Self {
            artefact: match next()?.as_str() {
                "component" => Artefact::Component,
                "module" => Artefact::Module,
                _ => return None,
            },
            compatibility: next()?.parse().ok()?,
            memory_bytes: next()?.parse().ok()?,
        })
    }
}

/// Compiles one component for the host that has started this process with these arguments: the whole work of a
/// [`ChildCompiler::program`](super::ChildCompiler::program), to be called first of all and returned from `main`. Reads
/// standard input, and writes to standard output and standard error; ends when standard input does.
pub fn serve(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let outcome = match Request::of_arguments(arguments) {
        Some(request) => compile(request),
        None => Err(Failure::of("these are not the arguments of a host")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Who does not listen has gone.
            let _ = io::stderr().write_all(failure.message.as_bytes());
            ExitCode::from(failure.code)
        }
    }
}

struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    fn of(message: impl Into<String>) -> Self {
        Self {
            code: 1,
            message: message.into(),
        }
    }
}

/// The news that the process waits for.
enum News {
    Compiled(Result<Vec<u8>, Failure>),
    /// The host has ended, or waits no more.
    InputEnded,
}

fn compile(request: Request) -> Result<(), Failure> {
    limit_memory(request.memory_bytes).map_err(|error| {
        let message = format!("the limit of memory cannot be set: {error}");
        Failure::of(message)
    })?;
    let engine = wasmtime::Engine::new(&configuration(false))
        .map_err(|error| Failure::of(format!("the engine cannot be set up: {error:#}")))?;
    if compatibility(&engine) != request.compatibility {
        return Err(Failure {
            code: OTHER_VERSION,
            message: "another version".into(),
        });
    }
    let wasm = read().map_err(|error| Failure::of(format!("nothing to compile: {error}")))?;
    let (sender, news) = mpsc::channel();
    let to_watch = sender.clone();
    let watching = thread::Builder::new().spawn(move || watch_input(&to_watch));
    watching.map_err(|error| Failure::of(error.to_string()))?;
    let compiling = thread::Builder::new().spawn(move || {
        // A panic has written its message itself.
        let compiled = catch_unwind(AssertUnwindSafe(|| {
            let compiled = match request.artefact {
                Artefact::Component => engine.precompile_component(&wasm),
                Artefact::Module => engine.precompile_module(&wasm),
            };
            compiled.map_err(|error| Failure {
                code: REFUSED,
                message: format!("{error:#}"),
            })
        }));
        let compiled = compiled.unwrap_or_else(|_| Err(Failure::of("")));
        let _ = sender.send(News::Compiled(compiled));
    });
    compiling.map_err(|error| Failure::of(error.to_string()))?;
    match news.recv() {
        Ok(News::Compiled(code)) => {
            let mut output = io::stdout().lock();
            let written = output.write_all(&code?).and_then(|()| output.flush());
            written.map_err(|error| Failure::of(error.to_string()))
        }
        Ok(News::InputEnded) | Err(_) => Err(Failure::of("the host has gone")),
    }
}

/// Reads the component, whose length comes first: what follows is the host, for as long as it waits.
fn read() -> io::Result<Vec<u8>> {
    let mut input = io::stdin().lock();
    let mut length = [0; 8];
    input.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    let mut wasm = Vec::new();
    input.take(length).read_to_end(&mut wasm)?;
    match wasm.len() as u64 == length {
        true => Ok(wasm),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

fn watch_input(told: &Sender<News>) {
    let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
    let _ = told.send(News::InputEnded);
}

/// Limits the memory that this process may write to, and keeps it from leaving a core dump when it runs into that.
#[cfg(unix)]
fn limit_memory(bytes: u64) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let lower = |resource, bytes: u64| {
        let maximum = getrlimit(resource).maximum;
        let bytes = Some(maximum.map_or(bytes, |it| it.min(bytes)));
        let limit = Rlimit {
            current: bytes,
            maximum: bytes,
        };
        setrlimit(resource, limit)
    };
    lower(Resource::Core, 0)?;
    lower(Resource::Data, bytes)?;
    Ok(())
}

#[cfg(not(unix))]
fn limit_memory(_: u64) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_as_it_was_written_and_nothing_else_is_one() {
        let request = Request {
            artefact: Artefact::Module,
            compatibility: Blake3Digest::of(b"settings"),
            memory_bytes: 5,
        };
        let arguments = request.arguments().map(OsString::from);
        assert_eq!(Request::of_arguments(arguments.clone()), Some(request));
        for place in 0..3 {
            let mut wrong = arguments.clone();
            wrong[place] = "-5".into();
            assert_eq!(Request::of_arguments(wrong), None);
            assert_eq!(
                Request::of_arguments(arguments[..place].iter().cloned()),
                None
            );
        }
    }

    #[test]
    fn core_dumps_are_no_part_of_what_code_depends_on() {
        let of = |core_dumps| {
            let engine = wasmtime::Engine::new(&configuration(core_dumps)).unwrap();
            compatibility(&engine)
        };
        assert_eq!(of(false), of(true));
    }
}
