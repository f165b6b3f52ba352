//! The state that the log builds: key to (version, value), cheap to clone.
//!
//! Keys below 2^20 live in pages of [`PAGE`] cells, shared between clones until one of them writes: a checkpoint of a world costs
//! a pointer a page, and an [`Install`](crate::Message::Install) ships the same pages. Larger keys live in a tree, which is slower
//! and copied whole; they are rare. Neither depends on hashing, so that every walk has one order.
//!
//! Cost: read and write O(1), one allocation for the first write to a page (after a clone); 16 bytes a cell.

use crate::words::Entry;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Keys below this are dense.
const DENSE: u64 = 1 << 20;
/// Cells of a page: 4 KB.
const PAGE: usize = 256;

/// (version, value); version 0 is no value, because terms begin at 1.
type Cell = (u64, u64);

/// Key to (version, value).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    pages: Vec<Option<Arc<[Cell; PAGE]>>>,
    sparse: Arc<BTreeMap<u64, Cell>>,
}

impl Table {
    /// The version and value of `key`, if it was ever written.
    #[inline]
    #[must_use]
    pub fn read(&self, key: u64) -> Option<(u64, u64)> {
        if key >= DENSE {
            return self.sparse.get(&key).copied();
        }
        let page = self.pages.get(key as usize / PAGE)?.as_ref()?;
        Some(page[key as usize % PAGE]).filter(|(version, _)| *version != 0)
    }

    /// Carries out one entry.
    pub fn apply(&mut self, entry: &Entry) {
        let cell = (entry.version(), entry.value);
        if entry.key >= DENSE {
            Arc::make_mut(&mut self.sparse).insert(entry.key, cell);
            return;
        }
        let (page, slot) = (entry.key as usize / PAGE, entry.key as usize % PAGE);
        if page >= self.pages.len() {
            self.pages.resize(page + 1, None);
        }
        let page = self.pages[page].get_or_insert_with(|| Arc::new([(0, 0); PAGE]));
        Arc::make_mut(page)[slot] = cell;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// Oracle: a tree.
    #[test]
    fn reads_what_was_written_last_at_any_key() {
        let (mut table, mut oracle, mut rng) = (Table::default(), BTreeMap::new(), base::Rng::new(3));
        let mut copies = Vec::new();
        for index in 1..=20_000 {
            let key = match rng.below(4) {
                0 => rng.next_u64(),
                1 => DENSE - 2 + rng.below(4),
                _ => rng.below(2_000),
            };
            let entry = Entry { term: 1 + index / 9_000, index, key, value: rng.next_u64() };
            table.apply(&entry);
            oracle.insert(key, (entry.version(), entry.value));
            if index % 4_000 == 0 {
                copies.push((table.clone(), oracle.clone()));
            }
        }
        copies.push((table, oracle));
        for (table, oracle) in copies {
            oracle.iter().for_each(|(key, cell)| assert_eq!(table.read(*key), Some(*cell), "key {key}"));
            (0..2_100).for_each(|key| assert_eq!(table.read(key), oracle.get(&key).copied(), "key {key}"));
            assert_eq!(table.read(DENSE - 3), None);
        }
    }
}
