//! The cache itself: entries in slots, an index from key to slot, and a policy that orders the slots.

use crate::index::Index;
use crate::{Algorithm, AnyPolicy, Policy, Standing};
use base::{Rng, Time};

/// What a lookup found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup<V> {
    /// The value, still alive.
    Hit(V),
    /// The key is not here.
    Miss,
    /// The key was here but its time is over; it has been removed. A miss, told apart for those who count.
    Expired(V),
}

impl<V> Lookup<V> {
    /// The value of a hit.
    #[inline]
    #[must_use]
    pub fn hit(self) -> Option<V> {
        match self {
            Lookup::Hit(value) => Some(value),
            Lookup::Miss | Lookup::Expired(_) => None,
        }
    }
}

/// Why an entry had to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Room was needed, and the policy named it.
    Capacity,
    /// Room was needed, the policy named it, and its time was over anyway.
    Expired,
}

/// An entry that had to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evicted<V> {
    /// Its key.
    pub key: u64,
    /// Its value.
    pub value: V,
    /// Why it left.
    pub why: Why,
}

/// One entry as a face shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell<V> {
    /// Its key.
    pub key: u64,
    /// Its value.
    pub value: V,
    /// When it was put or last used.
    pub used: Time,
    /// How often it was put or used.
    pub uses: u32,
    /// From when on it is a miss.
    pub expires: Time,
}

/// A bounded cache from `u64` keys to values. Every operation but [`Cache::cells`] and [`Cache::clear`] is O(1).
///
/// Memory grows with the entries, about 60 bytes and a value each, never beyond `capacity`; once full, nothing allocates.
#[derive(Clone, Debug)]
pub struct Cache<V, P = AnyPolicy> {
    entries: Vec<Cell<V>>,
    /// Slots of `entries` that hold nothing.
    free: Vec<u32>,
    index: Index,
    policy: P,
    capacity: u32,
}

impl<V: Copy> Cache<V> {
    /// An empty cache of at most `capacity` entries with the policy `algorithm`. A capacity of 0 never keeps anything. A policy that
    /// draws lots takes them from `rng`; the others leave it alone.
    #[must_use]
    pub fn of(algorithm: Algorithm, capacity: u32, rng: Rng) -> Cache<V> {
        Cache::with_policy(algorithm.build(rng), capacity)
    }
}

impl<V: Copy, P: Policy + Default> Cache<V, P> {
    /// An empty cache of at most `capacity` entries. A capacity of 0 never keeps anything.
    #[must_use]
    pub fn new(capacity: u32) -> Cache<V, P> {
        Cache::with_policy(P::default(), capacity)
    }
}

impl<V: Copy, P: Policy> Cache<V, P> {
    /// An empty cache of at most `capacity` entries with an empty `policy`.
    #[must_use]
    pub fn with_policy(mut policy: P, capacity: u32) -> Cache<V, P> {
        // The last slot number means "none" in the lists.
        let capacity = capacity.min(u32::MAX - 1);
        policy.set_capacity(capacity);
        Cache { entries: Vec::new(), free: Vec::new(), index: Index::default(), policy, capacity }
    }

    /// An empty cache whose user sees to the bound; the policy is told later how many entries there will be.
    pub(crate) fn unbounded(policy: P) -> Cache<V, P> {
        Cache { capacity: u32::MAX - 1, ..Cache::with_policy(policy, 0) }
    }

    #[inline]
    fn slot_of(&self, key: u64) -> Option<u32> {
        self.index.find(key, |slot| self.entries[slot as usize].key == key)
    }

    /// Looks `key` up and counts it as a use. An expired entry is removed.
    #[inline]
    pub fn get(&mut self, key: u64, now: Time) -> Lookup<V> {
        let Some(slot) = self.slot_of(key) else {
            return Lookup::Miss;
        };
        let entry = &mut self.entries[slot as usize];
        if entry.expires <= now {
            return Lookup::Expired(self.take(slot).value);
        }
        (entry.used, entry.uses) = (now, entry.uses.saturating_add(1));
        let value = entry.value;
        self.policy.on_use(slot);
        Lookup::Hit(value)
    }

    /// The live value of `key`, without counting it as a use.
    #[must_use]
    pub fn peek(&self, key: u64, now: Time) -> Option<V> {
        let entry = &self.entries[self.slot_of(key)? as usize];
        (now < entry.expires).then_some(entry.value)
    }

    /// Puts `value` under `key` until `expires` ([`Time::NEVER`] for no end). Putting a live key again counts as a use. Says which
    /// other key had to leave.
    #[inline]
    pub fn put(&mut self, key: u64, value: V, expires: Time, now: Time) -> Option<Evicted<V>> {
        if self.replace(key, value, expires, now) || self.capacity == 0 {
            return None;
        }
        self.policy.on_miss(key);
        let evicted = if self.len() >= self.capacity { self.evict(now) } else { None };
        self.insert(Cell { key, value, used: now, uses: 1, expires });
        evicted
    }

    /// Puts a new value under a key that is here and alive, which counts as a use. An expired entry is removed.
    #[inline]
    pub(crate) fn replace(&mut self, key: u64, value: V, expires: Time, now: Time) -> bool {
        let Some(slot) = self.slot_of(key) else {
            return false;
        };
        let entry = &mut self.entries[slot as usize];
        if entry.expires <= now {
            self.take(slot);
            return false;
        }
        *entry = Cell { key, value, used: now, uses: entry.uses.saturating_add(1), expires };
        self.policy.on_use(slot);
        true
    }

    #[inline]
    pub(crate) fn insert(&mut self, entry: Cell<V>) {
        let slot = match self.free.pop() {
            Some(slot) => {
                self.entries[slot as usize] = entry;
                slot
            }
            None => {
                self.entries.push(entry);
                self.entries.len() as u32 - 1
            }
        };
        self.index.insert(entry.key, slot);
        self.policy.on_insert(slot, entry.key);
    }

    #[inline]
    fn take(&mut self, slot: u32) -> Cell<V> {
        self.policy.on_remove(slot);
        self.vacate(slot)
    }

    /// Empties a slot of which the policy knows already.
    #[inline]
    fn vacate(&mut self, slot: u32) -> Cell<V> {
        let entry = self.entries[slot as usize];
        self.index.remove(entry.key, slot);
        self.free.push(slot);
        entry
    }

    #[inline]
    pub(crate) fn evict(&mut self, now: Time) -> Option<Evicted<V>> {
        let slot = self.policy.evict()?;
        let entry = self.vacate(slot);
        let why = if entry.expires <= now { Why::Expired } else { Why::Capacity };
        Some(Evicted { key: entry.key, value: entry.value, why })
    }

    /// What is under `key`, alive or expired.
    pub(crate) fn entry(&self, key: u64) -> Option<&Cell<V>> {
        Some(&self.entries[self.slot_of(key)? as usize])
    }

    /// Removes `key`, alive or expired, and gives its value.
    pub fn remove(&mut self, key: u64) -> Option<V> {
        let slot = self.slot_of(key)?;
        Some(self.take(slot).value)
    }

    /// Removes everything and says how many entries that were. Keeps the memory.
    pub fn clear(&mut self) -> u32 {
        let len = self.len();
        self.entries.clear();
        self.free.clear();
        self.index.clear();
        self.policy.clear();
        len
    }

    /// Changes the capacity; one that is smaller than [`Cache::len`] evicts the rest, told one by one.
    pub fn set_capacity(&mut self, capacity: u32, now: Time, mut on_evict: impl FnMut(Evicted<V>)) {
        self.capacity = capacity.min(u32::MAX - 1);
        self.policy.set_capacity(self.capacity);
        while self.len() > self.capacity {
            on_evict(self.evict(now).expect("a policy that was told of entries names one of them"));
        }
    }

    /// Number of entries, expired ones that nobody asked for included.
    #[inline]
    #[must_use]
    pub fn len(&self) -> u32 {
        (self.entries.len() - self.free.len()) as u32
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of entries it can hold.
    #[must_use]
    pub fn capacity(&self) -> u32 {
        self.capacity
    }

    /// The key that would leave if `incoming`, which is not here, were put now; `None` if nobody would. For tests and drawing: it
    /// asks a copy of the policy, O(entries).
    #[must_use]
    pub fn victim(&self, incoming: u64) -> Option<u64> {
        if self.len() < self.capacity {
            return None;
        }
        let mut policy = self.policy.clone();
        policy.on_miss(incoming);
        Some(self.entries[policy.evict()? as usize].key)
    }

    /// The policy, to look at.
    #[must_use]
    pub fn policy(&self) -> &P {
        &self.policy
    }

    #[inline]
    pub(crate) fn policy_mut(&mut self) -> &mut P {
        &mut self.policy
    }

    /// The entries in the order in which the policy keeps them, the best protected first, for drawing: `cache.cells().take(20)`.
    pub fn cells(&self) -> impl Iterator<Item = Cell<V>> + '_ {
        self.slots().map(|slot| self.entries[slot as usize])
    }

    /// Where each entry stands with the policy, by key, in the order of [`Cache::cells`].
    pub fn standings(&self) -> impl Iterator<Item = (u64, Standing)> + '_ {
        self.slots().map(|slot| (self.entries[slot as usize].key, self.policy.standing(slot)))
    }

    fn slots(&self) -> impl Iterator<Item = u32> + '_ {
        core::iter::successors(self.policy.safest(), |slot| self.policy.less_safe(*slot))
    }
}
