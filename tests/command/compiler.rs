//! The process that compiles: its limits, its ends, and that nobody waits for it who does not have to.
#![cfg(unix)]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use annexe::{
    CacheConfiguration, CallResources, CodeOrigin, Component, EngineError, Host, HostBuilder,
    HostError, Identity,
    compiler::{ChildCompiler, Compiler, CompilerError},
    delegate::LocalWorktree,
    registry::{Access, Location, Registry, RegistryConfiguration},
    store::{ExtensionStore, StoreConfiguration},
    types::VersionRequirement,
};
use serde_json::json;

use crate::support::{
    guests::heavy,
    place::{Place, Ran, wasm},
    publish::Package,
};

/// How long something is waited for that has to come.
const LONGEST: Duration = Duration::from_secs(120);

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let until = Instant::now() + LONGEST;
    while !is_so() {
        assert!(Instant::now() < until, "{what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// A place whose compiled cache is its own, and cold, and a registry with `echo` and, of another component, `other`.
fn place() -> (Place, String) {
    let mut place = Place::new();
    let cache = place.beside("cold").into_os_string();
    place.environment.push(("ANNEXE_CACHE".into(), cache));
    let registry = place.registry(&[("echo", "1.0.0"), ("echo", "1.1.0")]);
    let other = place.extension("other", "2.0.0");
    fs::copy(wasm("0.0.4"), other.join("extension.wasm")).unwrap();
    place.publish(&registry, "other", "2.0.0");
    (place, registry)
}

/// Gives `echo` a version that takes the engine long. The command would compile it to publish it.
fn publish_heavy(registry: &str) {
    let server = "[language_servers.echo]\nlanguages = [\"Rust\"]\n";
    Package::of("echo", "Echo", "2.0.0", server)
        .wasm(heavy::component())
        .publish(Path::new(registry));
}

/// A program that notes in the file `started` that it was, does what the script says, and then compiles.
fn program(place: &Place, script: &str) -> Compiler {
    let path = place.beside("compiler");
    let folder = path.parent().unwrap().display();
    let command = env!("CARGO_BIN_EXE_annexe");
    let text = format!(
        "#!/bin/sh\ncd '{folder}'\necho >>started\n{script}\nexec '{command}' __compile \"$@\"\n"
    );
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    Compiler::Child(ChildCompiler::new(path))
}

/// Waits until the test says so.
const UNTIL_GO: &str = "while [ ! -e go ]; do sleep 0.02; done";

fn starts(place: &Place) -> usize {
    fs::read_to_string(place.beside("started")).map_or(0, |text| text.lines().count())
}

fn cached(place: &Place) -> HostBuilder {
    let cache = CacheConfiguration::new(place.beside("own-cache"), place.beside("own-key"));
    Host::builder().cache(cache)
}

fn store(place: &Place, host: Host) -> ExtensionStore {
    ExtensionStore::open(StoreConfiguration::new(place.store()), host).unwrap()
}

async fn open(registry: &str) -> Registry {
    let location: Location = registry.parse().unwrap();
    let configuration = RegistryConfiguration::from(location);
    Registry::open_configured(&configuration, &Access::default())
        .await
        .unwrap()
}

async fn compile(host: &Host, wasm: Vec<u8>) -> Result<Component, CompilerError> {
    host.compile(wasm).await.map_err(|error| {
        let expected = match error {
            HostError::Engine(EngineError::Compiler(error)) => Ok(error),
            other => Err(other),
        };
        expected.unwrap()
    })
}

async fn assert_runs(place: &Place, host: &Host, component: &Component) {
    let identity = Identity::new("echo".parse().unwrap(), place.path("work"));
    let extension = host.start(component, identity).await.unwrap();
    let mut resources = CallResources::default();
    let worktree = LocalWorktree::new(1, place.here(), Vec::new());
    resources.worktree = Some(std::sync::Arc::new(worktree));
    let answer = extension.call_by_name("language-server-command", json!(["echo"]), &resources);
    assert_eq!(answer.await.unwrap()["args"][0], "echo");
}

#[tokio::test(flavor = "multi_thread")]
async fn others_change_the_store_while_a_component_is_compiled_and_what_they_do_is_kept() {
    let (place, registry) = place();
    let host = cached(&place).compiler(program(&place, UNTIL_GO)).build();
    let store = store(&place, host.unwrap());
    let asked = open(&registry).await;
    let installing = tokio::spawn({
        let store = store.clone();
        async move {
            let requirement = VersionRequirement::STAR;
            store
                .install(&asked, &"echo".parse().unwrap(), &requirement)
                .await
        }
    });
    let (place, registry) = tokio::task::spawn_blocking(move || {
        wait_until("it compiles", || starts(&place) > 0);
        // Each of them ends.
        place.ok(["install", "other", "--registry", &registry]);
        assert_eq!(place.json(["list"])[0]["id"], "other");
        place.ok(["pin", "other"]);
        place.ok(["gc"]);
        fs::write(place.beside("go"), "").unwrap();
        (place, registry)
    })
    .await
    .unwrap();
    let receipt = installing.await.unwrap().unwrap();
    assert!(matches!(receipt.code, Some(CodeOrigin::Compiled { .. })));
    assert_eq!(receipt.installed.version.to_string(), "1.1.0");
    let installed = store.generation().unwrap();
    assert_eq!(installed.number, 3);
    assert!(installed.extensions["other"].pinned);
    assert_eq!(
        starts(&place),
        1,
        "the change was decided anew, and nothing compiled again"
    );
    place.assert_clean();
    drop(registry);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_start_that_compiles() {
    let (place, registry) = place();
    place.ok(["install", "echo", "--registry", &registry]);
    let host = cached(&place).compiler(program(&place, UNTIL_GO)).build();
    let store = store(&place, host.unwrap());
    let starting = tokio::spawn({
        let store = store.clone();
        async move { store.start(&"echo".parse().unwrap()).await }
    });
    let place = tokio::task::spawn_blocking(move || {
        wait_until("it compiles", || starts(&place) > 0);
        // It waits for all that read the files of what is installed.
        place.ok(["gc"]);
        fs::write(place.beside("go"), "").unwrap();
        place
    })
    .await
    .unwrap();
    starting.await.unwrap().unwrap();
    assert_eq!(starts(&place), 1);
}

#[test]
fn a_component_that_takes_too_long_is_ended_by_name_and_figure_and_nothing_is_left() {
    let (place, registry) = place();
    place.ok(["install", "echo", "--registry", &registry]);
    let before = place.json(["list"]);
    publish_heavy(&registry);
    place.configure("[compiler]\ntime_seconds = 0.3\n");
    let ran = place.run(["install", "echo", "--registry", &registry]);
    assert_eq!(ran.code, 1, "{ran:?}");
    for words in [
        "`echo` 2.0.0",
        "the component was still being compiled after 0.3 s",
        "raise `time_seconds` of `[compiler]`",
    ] {
        assert!(ran.stderr.contains(words), "{words}: {}", ran.stderr);
    }
    assert_eq!(place.json(["list"]), before);
    assert_nothing_left(&place);
    let error = place.error(1, ["update", "echo", "--registry", &registry]);
    assert_eq!(error["kind"], "limit", "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_component_that_takes_too_much_memory_is_ended_by_figure_and_nothing_is_left() {
    let (place, registry) = place();
    publish_heavy(&registry);
    place.configure("[compiler]\nmemory_bytes = 67108864\n");
    let error = place.error(1, ["install", "echo", "--registry", &registry]);
    let text = error.to_string();
    for words in [
        "compiling the component takes more than 64 MiB of memory",
        "raise `memory_bytes` of `[compiler]`",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(error["kind"], "limit", "{error}");
    assert_eq!(place.json(["list"]), json!([]));
    assert_nothing_left(&place);
    // What is usual stays below it.
    place.ok(["install", "other", "--registry", &registry]);
}

/// No child, no file in the cache, nothing staged.
fn assert_nothing_left(place: &Place) {
    place.assert_clean();
    let cold = place.beside("cold/compiled/v1");
    let entries = fs::read_dir(cold).into_iter().flatten().flatten();
    let left: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_none_or(|it| it != "cwasm"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(compilers_of(None, place).is_empty());
}

/// The processes that compile for a command of this place: of one command, where its process is given.
fn compilers_of(command: Option<u32>, place: &Place) -> Vec<u32> {
    let home = format!("HOME={}", place.home().display());
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers
        .filter(|process: &u32| {
            let read = |name| fs::read(format!("/proc/{process}/{name}")).unwrap_or_default();
            let has = |text: Vec<u8>, words: &str| {
                text.split(|byte| *byte == 0)
                    .any(|it| it == words.as_bytes())
            };
            let parent = || {
                let status = String::from_utf8_lossy(&read("status")).into_owned();
                let line = status.lines().find_map(|line| line.strip_prefix("PPid:"));
                line.and_then(|text| text.trim().parse().ok())
            };
            has(read("cmdline"), "__compile")
                && has(read("environ"), &home)
                && command.is_none_or(|it| parent() == Some(it))
        })
        .collect()
}

/// A command that has begun to compile what takes long.
fn compiling(place: &Place, registry: &str) -> Child {
    let mut command = place.command();
    command.args(["install", "echo", "--registry", registry]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let id = child.id();
    wait_until("it compiles", || !compilers_of(Some(id), place).is_empty());
    child
}

#[cfg(target_os = "linux")]
#[test]
fn the_compiler_ends_with_the_command_however_that_ends() {
    let (place, registry) = place();
    publish_heavy(&registry);
    for signal in ["INT", "TERM", "KILL"] {
        let child = compiling(&place, &registry);
        let kill = std::process::Command::new("kill")
            .args([&format!("-{signal}"), &child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
        let output = child.wait_with_output().unwrap();
        wait_until(signal, || compilers_of(None, &place).is_empty());
        if signal != "KILL" {
            let ran = Ran::from(output);
            assert_eq!(
                (ran.code, ran.stderr.as_str()),
                (130, "interrupted\n"),
                "{signal}"
            );
            assert_nothing_left(&place);
        }
    }
    assert_eq!(place.json(["list"]), json!([]));
    place.ok(["install", "other", "--registry", &registry]);
    place.assert_clean();
}

#[cfg(target_os = "linux")]
#[test]
fn a_compiler_that_is_killed_is_an_error_with_a_way_out() {
    let (place, registry) = place();
    publish_heavy(&registry);
    let child = compiling(&place, &registry);
    for compiler in compilers_of(Some(child.id()), &place) {
        let kill = std::process::Command::new("kill")
            .args(["-KILL", &compiler.to_string()])
            .status();
        assert!(kill.unwrap().success());
    }
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 1, "{ran:?}");
    for words in [
        "the process that compiles the component has failed: signal: 9 (SIGKILL)",
        "hint: try again",
    ] {
        assert!(ran.stderr.contains(words), "{words}: {}", ran.stderr);
    }
    assert_nothing_left(&place);
}

#[tokio::test]
async fn whatever_else_a_compiler_does_is_an_error() {
    let place = Place::new();
    let wasm = || fs::read(wasm("0.0.1")).unwrap();
    for (script, expected) in [
        ("exit 7", "exit status: 7"),
        (
            "echo 'no room\nfor this' >&2; exit 1",
            "exit status: 1: no room for this",
        ),
        ("kill -9 $$", "signal: 9 (SIGKILL)"),
    ] {
        let host = cached(&place).compiler(program(&place, script)).build();
        let error = compile(&host.unwrap(), wasm()).await.unwrap_err();
        let words = "the process that compiles the component has failed: ";
        assert_eq!(error.to_string(), format!("{words}{expected}"));
    }
    let other = "set -- component 0000000000000000000000000000000000000000000000000000000000000000 9999999999";
    let host = cached(&place).compiler(program(&place, other)).build();
    let error = compile(&host.unwrap(), wasm()).await.unwrap_err();
    assert!(matches!(error, CompilerError::OtherVersion(_)), "{error}");
    let nowhere = Compiler::Child(ChildCompiler::new(place.beside("nowhere")));
    let host = cached(&place).compiler(nowhere).build().unwrap();
    let error = compile(&host, wasm()).await.unwrap_err();
    assert!(matches!(error, CompilerError::Start { .. }), "{error}");
    // What is not what it says is no code.
    let host = cached(&place)
        .compiler(program(&place, "echo code; exit"))
        .build();
    let error = host.unwrap().compile(wasm()).await.unwrap_err();
    assert!(
        matches!(error, HostError::Engine(EngineError::Compile { .. })),
        "{error}"
    );
    let entries = fs::read_dir(place.beside("own-cache/v1")).unwrap();
    assert_eq!(entries.count(), 0);
}

#[tokio::test]
async fn a_child_compiles_what_this_process_would_byte_by_byte() {
    let place = Place::new();
    let entry = |folder: &Path| {
        let mut entries = fs::read_dir(folder.join("v1")).unwrap();
        let path = entries.next().unwrap().unwrap().path();
        (
            path.file_name().unwrap().to_owned(),
            fs::read(path).unwrap(),
        )
    };
    let (child, own) = (place.beside("child"), place.beside("own"));
    let key = place.beside("key");
    for (folder, compiler) in [(&child, program(&place, "")), (&own, Compiler::ThisProcess)] {
        let cache = CacheConfiguration::new(folder, &key);
        let host = Host::builder()
            .cache(cache)
            .compiler(compiler)
            .build()
            .unwrap();
        let component = host
            .compile(fs::read(wasm("0.0.1")).unwrap())
            .await
            .unwrap();
        assert_runs(&place, &host, &component).await;
    }
    assert!(entry(&child) == entry(&own));
    assert_eq!(starts(&place), 1);
}

#[tokio::test]
async fn without_a_cache_a_child_compiles_too() {
    let place = Place::new();
    let host = Host::builder()
        .compiler(program(&place, ""))
        .build()
        .unwrap();
    let component = compile(&host, fs::read(wasm("0.0.1")).unwrap())
        .await
        .unwrap();
    assert!(matches!(component.origin(), CodeOrigin::Compiled { .. }));
    assert_runs(&place, &host, &component).await;
    assert_eq!(starts(&place), 1);
}

#[tokio::test]
async fn what_the_engine_refuses_is_refused_in_the_same_words() {
    let place = Place::new();
    // Nothing but the engine looks into a function: this one leaves a value behind.
    let mut broken = fs::read(wasm("0.0.1")).unwrap();
    broken.extend(
        *b"\x01\x1a\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x06\x01\x04\0\x41\0\x0b",
    );
    let mut words = Vec::new();
    for compiler in [program(&place, ""), Compiler::ThisProcess] {
        let host = cached(&place).compiler(compiler).build().unwrap();
        let error = host.compile(broken.clone()).await.unwrap_err();
        assert!(
            matches!(error, HostError::Engine(EngineError::Compile { .. })),
            "{error}"
        );
        words.push(error.to_string());
    }
    assert_eq!(words[0], words[1]);
    assert!(words[0].contains("type mismatch"), "{words:?}");
}

#[tokio::test]
async fn a_compilation_that_nobody_waits_for_is_ended() {
    let place = Place::new();
    let host = cached(&place)
        .compiler(program(&place, "echo $$ >process; sleep 600"))
        .build();
    let host = host.unwrap();
    let process = place.beside("process");
    let wasm = fs::read(wasm("0.0.1")).unwrap();
    tokio::select! {
        ended = host.compile(wasm.clone()) => panic!("{ended:?}"),
        () = async {
            while !fs::read_to_string(&process).is_ok_and(|text| text.ends_with('\n')) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        } => {}
    }
    let process = fs::read_to_string(process).unwrap();
    let is_alive = || {
        let status = fs::read_to_string(format!("/proc/{}/status", process.trim()));
        status.is_ok_and(|status| !status.contains("State:\tZ"))
    };
    let until = Instant::now() + LONGEST;
    while is_alive() {
        assert!(Instant::now() < until);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // Whoever comes next has the turn.
    fs::write(
        place.beside("compiler"),
        format!(
            "#!/bin/sh\nexec '{}' __compile \"$@\"\n",
            env!("CARGO_BIN_EXE_annexe")
        ),
    )
    .unwrap();
    assert_runs(&place, &host, &host.compile(wasm).await.unwrap()).await;
}
