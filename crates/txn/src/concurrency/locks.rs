//! A table of shared and exclusive locks, first come, first served, with deadlocks found as they arise.

use std::collections::{BTreeMap, BTreeSet};

/// How a key is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockMode {
    /// With others that read.
    Shared,
    /// Alone.
    Exclusive,
}

/// The answer to asking for a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// It is held.
    Held,
    /// Others come first.
    Waits,
    /// Waiting would close a circle: whoever asked must give up what it holds.
    Deadlock,
}

#[derive(Clone, Debug, Default)]
struct Queue {
    held: BTreeMap<u64, LockMode>,
    waiting: Vec<(u64, LockMode)>,
}

/// Who holds what, and who waits for whom.
#[derive(Clone, Debug, Default)]
pub struct LockTable {
    keys: BTreeMap<u64, Queue>,
}

impl LockTable {
    /// Asks for a key. Who holds it exclusively or asks for no more than it has, has it. O(holders + waiters), and the search for a
    /// circle O(edges of the waits-for graph).
    pub fn acquire(&mut self, id: u64, key: u64, mode: LockMode) -> Grant {
        let queue = self.keys.entry(key).or_default();
        if queue.held.get(&id).is_some_and(|held| *held >= mode) {
            return Grant::Held;
        }
        if queue.waiting.iter().any(|(of, _)| *of == id) {
            return Grant::Waits;
        }
        // One who holds it shared and wants it alone goes first: those before it wait for it to let go.
        let is_upgrade = queue.held.contains_key(&id);
        let place = if is_upgrade { 0 } else { queue.waiting.len() };
        queue.waiting.insert(place, (id, mode));
        queue.admit();
        if queue.held.get(&id).is_some_and(|held| *held >= mode) {
            return Grant::Held;
        }
        if self.waits_for_itself(id) {
            if let Some(queue) = self.keys.get_mut(&key) {
                queue.waiting.retain(|(of, _)| *of != id);
            }
            return Grant::Deadlock;
        }
        Grant::Waits
    }

    /// Whether a key is held at least so.
    #[must_use]
    pub fn holds(&self, id: u64, key: u64, mode: LockMode) -> bool {
        self.keys.get(&key).and_then(|queue| queue.held.get(&id)).is_some_and(|held| *held >= mode)
    }

    /// Lets go of one key, or of the wish for it.
    pub fn release(&mut self, id: u64, key: u64) {
        if let Some(queue) = self.keys.get_mut(&key) {
            queue.held.remove(&id);
            queue.waiting.retain(|(of, _)| *of != id);
            queue.admit();
        }
    }

    /// Lets go of everything.
    pub fn release_all(&mut self, id: u64) {
        let keys: Vec<u64> = self.keys.keys().copied().collect();
        keys.into_iter().for_each(|key| self.release(id, key));
        self.keys.retain(|_, queue| !queue.held.is_empty() || !queue.waiting.is_empty());
    }

    /// Whether the waits-for graph leads from `id` back to it (Bernstein et al., §3.4).
    fn waits_for_itself(&self, id: u64) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = self.before(id);
        while let Some(other) = open.pop() {
            if other == id {
                return true;
            }
            if seen.insert(other) {
                open.extend(self.before(other));
            }
        }
        false
    }

    /// Whom `id` waits for: holders that are in its way, and those that came first.
    fn before(&self, id: u64) -> Vec<u64> {
        let mut before = Vec::new();
        for queue in self.keys.values() {
            let Some(place) = queue.waiting.iter().position(|(of, _)| *of == id) else { continue };
            let mode = queue.waiting[place].1;
            let in_the_way = |held: &LockMode| mode == LockMode::Exclusive || *held == LockMode::Exclusive;
            before.extend(queue.held.iter().filter(|(of, held)| **of != id && in_the_way(held)).map(|(of, _)| *of));
            before.extend(queue.waiting[..place].iter().map(|(of, _)| *of));
        }
        before
    }
}

impl Queue {
    /// Gives the key to the first in the line, and to those after it that can share it.
    fn admit(&mut self) {
        while let Some((id, mode)) = self.waiting.first().copied() {
            let others = self.held.iter().filter(|(of, _)| **of != id);
            let is_free = match mode {
                LockMode::Shared => others.clone().all(|(_, held)| *held == LockMode::Shared),
                LockMode::Exclusive => others.count() == 0,
            };
            if !is_free {
                return;
            }
            self.held.insert(id, mode);
            self.waiting.remove(0);
        }
    }
}
