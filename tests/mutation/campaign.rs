//! Inputs of all kinds, tried by as many workers as there are processors.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use crate::{
    child::{self, Ended},
    kind::{Kind, Way},
    kinds::KINDS,
    random::Random,
    verdict::{Output, fault},
    world::{World, overwrite},
};

/// How long it goes on.
#[derive(Debug, Clone, Copy)]
pub enum Length {
    /// So many inputs of each kind, beginning with the one of this number.
    Inputs { first: u64, count: u64 },
    /// So long, and as long for one kind as for another.
    Time(Duration),
}

/// What is tried.
#[derive(Debug, Clone)]
pub struct Campaign {
    pub seed: u64,
    pub length: Length,
    /// The beginning of the names of the kinds.
    pub kinds: String,
}

/// What has come of a kind.
#[derive(Debug, Clone, Copy, Default)]
struct Figures {
    begun: u64,
    inputs: u64,
    refused: u64,
    faults: u64,
    time: Duration,
}

/// What has gone wrong.
struct Fault {
    /// What it is about, which tells it from others.
    reason: String,
    folder: PathBuf,
    command: String,
}

struct Shared {
    started: Instant,
    figures: Vec<Figures>,
    faults: Vec<Fault>,
}

impl Campaign {
    /// Tries all, prints the figures, and returns what has gone wrong.
    pub fn run(&self) -> Vec<String> {
        let shared = Mutex::new(Shared {
            started: Instant::now(),
            figures: vec![Figures::default(); KINDS.len()],
            faults: Vec::new(),
        });
        let workers = thread::available_parallelism().map_or(2, usize::from);
        thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| self.work(&shared));
            }
        });
        let shared = shared.into_inner().unwrap();
        print(&shared, self.seed);
        let faults = shared.faults.iter();
        faults
            .map(|fault| {
                format!(
                    "{}: {}\n  {}",
                    fault.folder.display(),
                    fault.reason,
                    fault.command
                )
            })
            .collect()
    }

    fn work(&self, shared: &Mutex<Shared>) {
        let world = World::new();
        let originals: Vec<_> = KINDS.iter().map(|kind| kind.originals(&world)).collect();
        while let Some((place, number)) = self.next(shared) {
            let kind = &KINDS[place];
            let started = Instant::now();
            let (ended, wrong) = self.try_one(kind, number, &originals[place], &world);
            let mut shared = shared.lock().unwrap();
            let figures = &mut shared.figures[place];
            figures.inputs += 1;
            figures.time += started.elapsed();
            figures.refused += u64::from(ended.status.code() != Some(0));
            if let Some(wrong) = wrong {
                figures.faults += 1;
                println!("{}: {}", wrong.folder.display(), wrong.reason);
                shared.faults.push(wrong);
            }
        }
    }

    /// The next input: of the kind that has had the least time.
    fn next(&self, shared: &Mutex<Shared>) -> Option<(usize, u64)> {
        let mut shared = shared.lock().unwrap();
        let is_chosen = |place: &usize| KINDS[*place].name.starts_with(&self.kinds);
        let mut places = (0..KINDS.len()).filter(is_chosen);
        let (place, first) = match self.length {
            Length::Inputs { first, count } => {
                let place = places.find(|place| shared.figures[*place].begun < count)?;
                (place, first)
            }
            Length::Time(time) => {
                if shared.started.elapsed() > time {
                    return None;
                }
                let had = |place: &usize| {
                    let figures = &shared.figures[*place];
                    let each = figures.time / (figures.inputs.max(1) as u32);
                    each * (figures.begun as u32)
                };
                (places.min_by_key(had)?, 0)
            }
        };
        let figures = &mut shared.figures[place];
        figures.begun += 1;
        Some((place, first + figures.begun - 1))
    }

    fn try_one(
        &self,
        kind: &Kind,
        number: u64,
        originals: &[Vec<u8>],
        world: &World,
    ) -> (Ended, Option<Fault>) {
        let mut random = Random::new(self.seed, kind.name, number);
        let input = kind.input(originals, &mut random);
        let mut words = random.pick(kind.commands).to_vec();
        let is_json = !kind.passes && !words.contains(&"--sarif") && random.one_in(4);
        if is_json {
            words.insert(0, "--json");
        }
        let (ended, command) = run(kind, &words, &input, world);
        let output = match kind.passes {
            true => Output::Passed,
            false => Output::Words { is_json },
        };
        let codes: &[i32] = match kind.way {
            Way::Word => &[0, 1, 2],
            _ => &[0, 1],
        };
        let is_done = ended.code() == Ok(0);
        let wrong = fault(&ended, input.len(), codes, output);
        let lost = || world.lost().filter(|_| !is_done);
        let wrong = wrong.or_else(|| Some(format!("lost {}", lost()?)));
        let kept = wrong.map(|reason| {
            let name = format!("{}-{number}", kind.name);
            keep(&name, reason, &input, command, &ended)
        });
        put_back(kind, originals, world);
        (ended, kept)
    }
}

/// Runs a command on an input, and returns how it ended and what it was.
pub fn run(kind: &Kind, words: &[&str], input: &[u8], world: &World) -> (Ended, String) {
    let word = String::from_utf8_lossy(input).replace('\0', "0");
    let word: String = word.chars().take(20_000).collect();
    let words: Vec<String> = words
        .iter()
        .map(|it| it.replace("{input}", &word))
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let path = world.path(kind.path);
    if kind.way != Way::Word {
        overwrite(&path, input);
        (kind.fit)(world, input);
    }
    let first = world.path("frames.first");
    let stdin = match kind.way {
        Way::Input => Some(path.as_path()),
        _ if kind.passes => Some(first.as_path()),
        _ => None,
    };
    let command = world.command(&words);
    let shown = words.join(" ");
    (child::run(command, stdin, &world.root()), shown)
}

/// Makes everything as it was before an input.
pub fn put_back(kind: &Kind, originals: &[Vec<u8>], world: &World) {
    match kind.changes {
        true => world.restore(),
        false => overwrite(&world.path(kind.path), &originals[0]),
    }
}

/// Keeps an input, and what has come of it.
fn keep(name: &str, reason: String, input: &[u8], command: String, ended: &Ended) -> Fault {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("mutation")
        .join(name);
    fs::create_dir_all(&folder).unwrap();
    for (name, content) in [
        ("input", input),
        ("command", command.as_bytes()),
        ("reason", reason.as_bytes()),
        ("stdout", &ended.stdout),
        ("stderr", &ended.stderr),
    ] {
        fs::write(folder.join(name), content).unwrap();
    }
    let command = command.chars().take(400).collect();
    Fault {
        reason,
        folder,
        command,
    }
}

fn print(shared: &Shared, seed: u64) {
    println!("seed {seed}");
    println!(
        "{:20} {:>8} {:>8} {:>8} {:>6}",
        "kind", "inputs", "refused", "seconds", "faults"
    );
    let mut all = Figures::default();
    let row = |name: &str, figures: &Figures| {
        let Figures {
            inputs,
            refused,
            faults,
            time,
            ..
        } = figures;
        println!(
            "{name:20} {inputs:8} {refused:8} {:8.1} {faults:6}",
            time.as_secs_f64()
        );
    };
    for (kind, figures) in KINDS.iter().zip(&shared.figures) {
        if figures.inputs > 0 {
            row(kind.name, figures);
        }
        all.inputs += figures.inputs;
        all.refused += figures.refused;
        all.faults += figures.faults;
        all.time += figures.time;
    }
    row("all", &all);
    println!("{:.0} s in all", shared.started.elapsed().as_secs_f64());
}
