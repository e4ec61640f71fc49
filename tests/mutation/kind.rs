//! A kind of file: what it is made of, where it lies, and who reads it.

use std::fs;

use crate::{archive, bytes, component, frames, random::Random, text, world::World};

/// What a file is made of, which says how it is mutated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// TOML, JSON, JSON by the line, or another text of names and values.
    Text,
    Bytes,
    TarGz,
    Gz,
    Zip,
    Component,
    Frames,
}

impl Form {
    pub fn mutate(self, input: &mut Vec<u8>, other: &[u8], random: &mut Random) {
        match self {
            Self::Text => text::mutate(input, other, random),
            Self::Bytes => bytes::mutate(input, other, random),
            Self::TarGz => archive::mutate_tar_gz(input, other, random),
            Self::Gz => archive::mutate_gz(input, other, random),
            Self::Zip => archive::mutate_zip(input, other, random),
            Self::Component => component::mutate(input, other, random),
            Self::Frames => frames::mutate(input, other, random),
        }
    }
}

/// A command line.
pub type Words = &'static [&'static str];

/// How an input comes to the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It is a file that the command reads.
    File,
    /// The command reads it as its standard input.
    Input,
    /// It is a word of the command line, in the place of `{input}`.
    Word,
}

/// A kind of file.
#[derive(Clone, Copy)]
pub struct Kind {
    pub name: &'static str,
    pub form: Form,
    /// Where it lies; see [`World::path`].
    pub path: &'static str,
    /// The command lines that read it.
    pub commands: &'static [Words],
    pub way: Way,
    /// Commands change more than they read.
    pub changes: bool,
    /// What is written is another program's.
    pub passes: bool,
    /// What is mutated, where that is not what lies there.
    pub samples: Option<fn() -> Vec<Vec<u8>>>,
    /// What else must be as the input is.
    pub fit: fn(&World, &[u8]),
}

impl Kind {
    pub const fn new(
        name: &'static str,
        form: Form,
        path: &'static str,
        commands: &'static [Words],
    ) -> Self {
        Self {
            name,
            form,
            path,
            commands,
            way: Way::File,
            changes: false,
            passes: false,
            samples: None,
            fit: |_, _| {},
        }
    }

    pub const fn changing(mut self) -> Self {
        self.changes = true;
        self
    }

    pub const fn passing(mut self, way: Way) -> Self {
        self.passes = true;
        self.way = way;
        self
    }

    pub const fn word(mut self) -> Self {
        self.way = Way::Word;
        self
    }

    pub const fn samples(mut self, samples: fn() -> Vec<Vec<u8>>) -> Self {
        self.samples = Some(samples);
        self
    }

    pub const fn fitted(mut self, fit: fn(&World, &[u8])) -> Self {
        self.fit = fit;
        self
    }

    /// What is mutated.
    pub fn originals(&self, world: &World) -> Vec<Vec<u8>> {
        match self.samples {
            Some(samples) => samples(),
            None => vec![fs::read(world.path(self.path)).unwrap()],
        }
    }

    /// The input of a number, from these samples.
    pub fn input(&self, originals: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
        let pick = |random: &mut Random| originals[random.below(originals.len())].clone();
        let (mut input, other) = (pick(random), pick(random));
        // Mostly one thing is wrong.
        let times = [1, 1, 1, 2, 4][random.below(5)];
        for _ in 0..times {
            self.form.mutate(&mut input, &other, random);
        }
        input
    }
}
