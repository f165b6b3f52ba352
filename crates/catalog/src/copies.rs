//! Copies of the same keys at several members: how they are told apart, and side by side in a table.

use crate::face::Face;
use std::collections::BTreeSet;

/// Keys that a table shows.
pub(crate) const SHOWN: usize = 10;
/// Members that have a column of their own.
const COLUMNS: usize = 6;

/// The version of a copy for who compares copies: its newest write, which orders them, and in the last 16 bits a hash of what a reader
/// sees, so that two that read differently differ though they hold the same newest write.
pub(crate) fn version(newest: u64, seen: u64) -> u64 {
    newest & !0xFFFF | seen & 0xFFFF
}

/// What so many members hold of the keys that changed lately; those of which they hold different copies first.
pub(crate) fn table(members: usize, recent: impl Iterator<Item = u64>, seen: impl Fn(usize, u64) -> String) -> Face {
    let candidates: BTreeSet<u64> = recent.collect();
    let differs = |key: &u64| (1..members).any(|member| seen(member, *key) != seen(0, *key));
    let (apart, alike): (Vec<u64>, Vec<u64>) = candidates.into_iter().partition(differs);
    let columns = members.min(COLUMNS);
    let row = |key: u64| [key.to_string()].into_iter().chain((0..columns).map(|member| seen(member, key))).collect();
    let head = ["Key".to_string()].into_iter().chain((0..columns).map(|member| format!(".{member} holds")));
    Face::Table { head: head.collect(), rows: apart.into_iter().chain(alike).take(SHOWN).map(row).collect() }
}
