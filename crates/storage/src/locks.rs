//! Row locks, shared and exclusive, first come first served, with deadlocks found as they come to be.
//!
//! ```text
//!   T1 holds a, waits for b ──▶ T2 holds b, waits for a ──▶ T1     a cycle: one of them has to give up
//! ```
//!
//! The rules: an exclusive lock is held alone, shared ones with each other. Who waits is served in order of arrival, so that nobody
//! starves; only whoever already holds the row and wants more of it passes the line. A wait that closes cycles in the graph of who
//! waits for whom names victims at once, of each cycle the youngest, the one with the highest number, because it has done the least.
//! Locks are kept until their transaction ends (strict two-phase locking), which makes what they guard serializable.
//!
//! Cost: a request O(transactions + waits) for the search of a cycle. Source: Gray and Reuter, "Transaction Processing", 1993, §7.11
//! and §8.5; Eswaran et al., CACM 1976.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A transaction; a later one has a higher number.
pub type Owner = u64;
/// A row.
pub type RowId = u64;

/// How a row is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// To read it: with others.
    Shared,
    /// To write it: alone.
    Exclusive,
}

/// What a request comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The lock is held.
    Granted,
    /// In the line for it.
    Waiting,
    /// The wait closes a cycle, or several. The request is in the line, but they do not move until [`Locks::release`] of the victims.
    Deadlock {
        /// Who should give up, so that no cycle is left: the youngest of the first cycle, then of the next.
        victims: Vec<Owner>,
        /// Everybody in the first cycle, each waiting for the next, from the one who asked on.
        cycle: Vec<Owner>,
    },
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockError {
    /// Who waits can ask for nothing else.
    AlreadyWaiting {
        /// Who.
        owner: Owner,
        /// For which row.
        row: RowId,
    },
}

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LockError::AlreadyWaiting { owner, row } => write!(f, "transaction {owner} is waiting for row {row}"),
        }
    }
}

impl core::error::Error for LockError {}

#[derive(Clone, Debug, Default)]
struct Line {
    holders: BTreeMap<Owner, Mode>,
    waiting: VecDeque<(Owner, Mode)>,
}

/// All rows that are locked.
#[derive(Clone, Debug, Default)]
pub struct Locks {
    rows: BTreeMap<RowId, Line>,
    waits: BTreeMap<Owner, RowId>,
}

impl Locks {
    /// Nothing is locked.
    #[must_use]
    pub fn new() -> Locks {
        Locks::default()
    }

    /// Asks for a row. Refused to who is waiting already.
    pub fn acquire(&mut self, owner: Owner, row: RowId, mode: Mode) -> Result<Outcome, LockError> {
        if let Some(row) = self.waits.get(&owner) {
            return Err(LockError::AlreadyWaiting { owner, row: *row });
        }
        let line = self.rows.entry(row).or_default();
        let held = line.holders.get(&owner).copied();
        if held.is_some_and(|held| held >= mode) {
            return Ok(Outcome::Granted);
        }
        // Who holds the row and wants more of it cannot stand behind those who wait for it to let go.
        let is_upgrade = held.is_some();
        if (is_upgrade || line.waiting.is_empty()) && line.is_free_for(owner, mode) {
            line.holders.insert(owner, mode);
            return Ok(Outcome::Granted);
        }
        let place = if is_upgrade { line.upgrades() } else { line.waiting.len() };
        line.waiting.insert(place, (owner, mode));
        self.waits.insert(owner, row);
        let mut victims = BTreeSet::new();
        let Some(cycle) = self.cycle(owner, &victims) else { return Ok(Outcome::Waiting) };
        let mut order = Vec::new();
        let mut next = Some(cycle.clone());
        while let Some(victim) = next.and_then(|cycle| cycle.into_iter().max()) {
            order.push(victim);
            victims.insert(victim);
            next = if victim == owner { None } else { self.cycle(owner, &victims) };
        }
        Ok(Outcome::Deadlock { victims: order, cycle })
    }

    /// Ends a transaction: its locks and its wait are gone. Says who got which row by that, in order.
    pub fn release(&mut self, owner: Owner) -> Vec<(Owner, RowId)> {
        self.waits.remove(&owner);
        let mut granted = Vec::new();
        for (row, line) in &mut self.rows {
            line.holders.remove(&owner);
            line.waiting.retain(|(waiting, _)| *waiting != owner);
            while let Some((next, mode)) =
                line.waiting.front().copied().filter(|(next, mode)| line.is_free_for(*next, *mode))
            {
                line.waiting.pop_front();
                line.holders.insert(next, mode);
                granted.push((next, *row));
            }
        }
        for (next, _) in &granted {
            self.waits.remove(next);
        }
        self.rows.retain(|_, line| !line.holders.is_empty());
        granted
    }

    /// Whether and how a transaction holds a row.
    #[must_use]
    pub fn held(&self, owner: Owner, row: RowId) -> Option<Mode> {
        self.rows.get(&row)?.holders.get(&owner).copied()
    }

    /// Whom a transaction waits for: who holds the row, and who is before it in the line, in ways that do not go together.
    #[must_use]
    pub fn waits_for(&self, owner: Owner) -> BTreeSet<Owner> {
        let Some(line) = self.waits.get(&owner).and_then(|row| self.rows.get(row)) else { return BTreeSet::new() };
        let wanted = line.waiting.iter().find(|(waiting, _)| *waiting == owner).map(|(_, mode)| *mode);
        let before =
            line.waiting.iter().take_while(|(waiting, _)| *waiting != owner).map(|(other, mode)| (other, mode));
        let others = line.holders.iter().chain(before).filter(|(other, _)| **other != owner);
        let is_against = |mode: Mode| mode == Mode::Exclusive || wanted == Some(Mode::Exclusive);
        others.filter(|(_, mode)| is_against(**mode)).map(|(other, _)| *other).collect()
    }

    /// A shortest cycle of waits through `start`, from it on, without those that have given up.
    fn cycle(&self, start: Owner, gone: &BTreeSet<Owner>) -> Option<Vec<Owner>> {
        let mut came_from: BTreeMap<Owner, Owner> = BTreeMap::new();
        let mut open = VecDeque::from([start]);
        while let Some(at) = open.pop_front() {
            for next in self.waits_for(at).difference(gone).copied() {
                if next == start {
                    let mut path: Vec<Owner> =
                        core::iter::successors(Some(at), |at| came_from.get(at).copied()).collect();
                    path.reverse();
                    return Some(path);
                }
                came_from.entry(next).or_insert_with(|| {
                    open.push_back(next);
                    at
                });
            }
        }
        None
    }
}

impl Line {
    fn is_free_for(&self, owner: Owner, mode: Mode) -> bool {
        let mut others = self.holders.iter().filter(|(other, _)| **other != owner);
        others.all(|(_, held)| *held == Mode::Shared && mode == Mode::Shared)
    }

    /// How many at the head of the line hold the row already.
    fn upgrades(&self) -> usize {
        self.waiting.iter().take_while(|(owner, _)| self.holders.contains_key(owner)).count()
    }
}
