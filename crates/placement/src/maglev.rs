//! Maglev: members take turns to claim their favourite free entry of a table; a lookup is one array access.
//!
//! ```text
//!   a's favourites  3 0 4 1 5 2 6      entry   0 1 2 3 4 5 6
//!   b's             0 2 4 6 1 3 5      table   b a b a c c a       turn by turn: a→3, b→0, c→(3 is taken) 4, a→(0 is) 1, …
//!   c's             3 4 5 6 0 1 2
//! ```
//!
//! The rule: member i's favourites are offset, offset + skip, … modulo the size, which is a prime, so that they visit every entry.
//! Shares differ by at most one entry between members of equal weight; a member of weight w has w turns a round. When a member
//! leaves, a few entries of others change hands too: with a table a hundred times the members, about a percent. A lookup costs
//! O(1), joining O(size log size) on average.
//!
//! Source: Eisenbud and others, Maglev: A Fast and Reliable Software Network Load Balancer (2016), section 3.4.
//!
//! When not: for data, because moves are small but not minimal. It balances connections over back ends.

use crate::roster::{Roster, distinct};
use crate::slots::Slots;
use crate::{Place, PlaceError};
use base::stable_hash_u64;
use core::fmt;
use serde::{Deserialize, Serialize};

/// Settings of a [`Maglev`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct MaglevConfig {
    /// Entries of the table, 2 to 655,373; brought to the nearest bound, then up to the next prime.
    pub entries: u32,
}

/// 65,537 entries, the smaller of the paper's two sizes.
impl Default for MaglevConfig {
    fn default() -> MaglevConfig {
        MaglevConfig { entries: 65_537 }
    }
}

/// Largest table: the larger of the paper's two sizes.
const ENTRIES_MAX: u32 = 655_373;

/// Largest table that [`maglev_table`] makes.
pub const TABLE_MAX: u64 = 10_000_000;

/// In which order one back end wants the entries of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Favourites {
    /// The first one, modulo the size.
    pub offset: u64,
    /// From one to the next, modulo the size.
    pub skip: u64,
    /// Turns in a round.
    pub weight: u32,
}

/// Why there is no table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableError {
    /// Nobody could claim entries.
    Nobody,
    /// The size is out of range.
    Size {
        /// The size.
        size: u64,
    },
    /// Nobody's favourites reach these entries, because every skip has a factor in common with the size.
    Unclaimed {
        /// How many.
        entries: u64,
    },
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TableError::Nobody => write!(f, "there are no back ends with a turn, so nobody can claim an entry"),
            TableError::Size { size } => write!(f, "the size is {size}, but must be between 1 and {TABLE_MAX}"),
            TableError::Unclaimed { entries } => {
                write!(f, "{entries} entries are among nobody's favourites; a size that is a prime has none such")
            }
        }
    }
}

impl core::error::Error for TableError {}

/// Where one back end stands in its favourites.
struct Claimer {
    next: u64,
    skip: u64,
    left: u64,
    weight: u32,
}

impl Claimer {
    /// Its favourite free entry, if it has one left.
    fn claim(&mut self, table: &[u32]) -> Option<usize> {
        while self.left > 0 {
            let at = self.next;
            self.left -= 1;
            self.next = (self.next + self.skip) % table.len() as u64;
            if table[at as usize] == FREE {
                return Some(at as usize);
            }
        }
        None
    }
}

/// Marks an entry that nobody has claimed.
const FREE: u32 = u32::MAX;

/// The table of `size` entries: who, as the index of its favourites, owns each.
pub fn maglev_table(size: u64, favourites: &[Favourites]) -> Result<Vec<u32>, TableError> {
    if !(1..=TABLE_MAX).contains(&size) {
        return Err(TableError::Size { size });
    }
    let claimer = |row: &Favourites| {
        let skip = row.skip % size;
        // After so many steps the favourites repeat.
        Claimer { next: row.offset % size, skip, left: size / gcd(size, skip), weight: row.weight }
    };
    let mut claimers: Vec<Claimer> = favourites.iter().map(claimer).collect();
    if claimers.iter().all(|claimer| claimer.weight == 0) {
        return Err(TableError::Nobody);
    }
    let mut table = vec![FREE; size as usize];
    let mut free = size;
    loop {
        let before = free;
        for (index, claimer) in claimers.iter_mut().enumerate() {
            for _ in 0..claimer.weight {
                if free == 0 {
                    return Ok(table);
                }
                let Some(at) = claimer.claim(&table) else { break };
                table[at] = index as u32;
                free -= 1;
            }
        }
        if free == 0 {
            return Ok(table);
        }
        if free == before {
            return Err(TableError::Unclaimed { entries: free });
        }
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// A lookup table.
#[derive(Clone, Debug)]
pub struct Maglev {
    entries: u32,
    roster: Roster,
    /// Who owns each entry.
    table: Vec<u32>,
}

impl Maglev {
    /// A table without members.
    #[must_use]
    pub fn new(config: MaglevConfig) -> Maglev {
        Maglev {
            entries: next_prime(config.entries.clamp(2, ENTRIES_MAX)),
            roster: Roster::default(),
            table: Vec::new(),
        }
    }

    /// How many entries the table has.
    #[must_use]
    pub fn entries(&self) -> u32 {
        self.entries
    }

    fn rebuild(&mut self) {
        let entries = u64::from(self.entries);
        let favourites: Vec<Favourites> = self
            .roster
            .entries()
            .iter()
            .map(|entry| {
                let (first, second) = (stable_hash_u64(entry.seed), stable_hash_u64(!entry.seed));
                Favourites { offset: first % entries, skip: second % (entries - 1) + 1, weight: entry.weight }
            })
            .collect();
        // A prime size and a skip below it reach every entry, so a table fails only without members.
        let table = maglev_table(entries, &favourites).unwrap_or_default();
        self.table = table.iter().map(|index| self.roster.entries()[*index as usize].member).collect();
    }

    #[inline]
    fn entry(&self, hash: u64) -> usize {
        Slots::of_table(self.table.len()).of(hash) as usize
    }
}

/// The smallest prime that is not below `n`.
fn next_prime(n: u32) -> u32 {
    let is_prime = |n: &u32| (2..).take_while(|factor| factor * factor <= *n).all(|factor| !n.is_multiple_of(factor));
    // There is a prime between n and 2n (Bertrand), so the search ends.
    (n.max(2)..).find(is_prime).unwrap_or(2)
}

impl Place for Maglev {
    #[inline]
    fn owner(&self, hash: u64) -> Option<u32> {
        self.table.get(self.entry(hash)).copied()
    }

    /// The owner, then whoever has the entries after it; last those who have no entry at all.
    fn preference(&self, hash: u64, n: usize, out: &mut Vec<u32>) {
        out.clear();
        if self.table.is_empty() {
            return;
        }
        let members = self.roster.members();
        let (before, after) = self.table.split_at(self.entry(hash));
        distinct(after.iter().chain(before).chain(&members), n.min(members.len()), out);
    }

    fn add(&mut self, member: u32, seed: u64, weight: u32) -> Result<(), PlaceError> {
        self.roster.add(member, seed, weight)?;
        self.rebuild();
        Ok(())
    }

    fn remove(&mut self, member: u32) -> bool {
        let was_there = self.roster.remove(member);
        self.rebuild();
        was_there
    }

    fn members(&self) -> Vec<u32> {
        self.roster.members()
    }

    fn count(&self) -> u32 {
        self.roster.entries().len() as u32
    }

    fn boundaries(&self) -> Vec<u64> {
        let lasts = Slots::of_table(self.table.len()).lasts();
        let next = self.table.iter().skip(1).map(Some).chain([None]);
        let ends = lasts.zip(self.table.iter().map(Some).zip(next));
        ends.filter(|(_, (owner, next))| owner != next).map(|(last, _)| last).collect()
    }
}
