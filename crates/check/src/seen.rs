//! What a search has seen: states, each with a number, and configurations as rows of numbers. Compared whole, never by a hash alone,
//! or two of them could be taken for one and a verdict be wrong.

use core::hash::{Hash, Hasher};
use hashbrown::HashTable;

/// A small, fast hasher with the same values everywhere.
#[derive(Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        base::stable_hash_u64(self.0)
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

fn hashed(value: &(impl Hash + ?Sized)) -> u64 {
    let mut mix = Mix::default();
    value.hash(&mut mix);
    mix.finish()
}

/// States by number: equal states have equal numbers.
pub(crate) struct States<S> {
    states: Vec<S>,
    numbers: HashTable<u32>,
}

impl<S: Eq + Hash> States<S> {
    pub(crate) fn new() -> Self {
        States { states: Vec::new(), numbers: HashTable::new() }
    }

    pub(crate) fn number(&mut self, state: S) -> u32 {
        let hash = hashed(&state);
        let states = &self.states;
        if let Some(known) = self.numbers.find(hash, |number| states[*number as usize] == state) {
            return *known;
        }
        let number = states.len() as u32;
        self.states.push(state);
        let states = &self.states;
        self.numbers.insert_unique(hash, number, |number| hashed(&states[*number as usize]));
        number
    }

    pub(crate) fn len(&self) -> u32 {
        self.states.len() as u32
    }

    pub(crate) fn get(&self, number: u32) -> &S {
        &self.states[number as usize]
    }
}

/// Configurations: rows of numbers, all in one piece of memory.
pub(crate) struct Configurations {
    words: Vec<u64>,
    ends: Vec<usize>,
    rows: HashTable<u32>,
}

impl Configurations {
    pub(crate) fn new() -> Self {
        Configurations { words: Vec::new(), ends: vec![0], rows: HashTable::new() }
    }

    /// Notes a configuration; false if it has been seen before.
    pub(crate) fn insert(&mut self, row: &[u64]) -> bool {
        let hash = hashed(row);
        let (words, ends) = (&self.words, &self.ends);
        let at = |row: &u32| &words[ends[*row as usize]..ends[*row as usize + 1]];
        if self.rows.find(hash, |known| at(known) == row).is_some() {
            return false;
        }
        let number = ends.len() as u32 - 1;
        self.words.extend_from_slice(row);
        self.ends.push(self.words.len());
        let (words, ends) = (&self.words, &self.ends);
        let at = |row: &u32| &words[ends[*row as usize]..ends[*row as usize + 1]];
        self.rows.insert_unique(hash, number, |row| hashed(at(row)));
        true
    }
}
