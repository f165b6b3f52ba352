//! A cache bounded by weight: entries have sizes, and a heavy newcomer may push several light ones out.
//!
//! ```text
//!   room 10:  a 4   b 3   c 2        put d 6:  c and b would leave 4 + 6; the policy names who goes until it fits
//! ```
//!
//! The rule: the weights of all entries never exceed the room. The policies are those of the counted cache. Those that divide their
//! room into shares count entries, and are told with every newcomer how many fit now. None of them looks at weights when it chooses:
//! hits are what they are after, not bytes.

use crate::{Algorithm, AnyPolicy, Cache, Cell, Evicted, Lookup, Policy};
use base::{Rng, Time};
use core::fmt;

/// A cache from `u64` keys to values, bounded by the sum of their weights. Operations cost what they do in [`Cache`], a put that of the
/// evictions it needs.
#[derive(Clone, Debug)]
pub struct WeightedCache<V, P = AnyPolicy> {
    cache: Cache<Heavy<V>, P>,
    room: u64,
    used: u64,
}

#[derive(Clone, Copy, Debug)]
struct Heavy<V> {
    value: V,
    weight: u64,
}

/// Why a value cannot be put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooHeavy {
    /// Its weight.
    pub weight: u64,
    /// The room of the whole cache.
    pub room: u64,
}

impl fmt::Display for TooHeavy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the entry weighs {}, but the whole cache has room for {}", self.weight, self.room)
    }
}

impl core::error::Error for TooHeavy {}

impl<V: Copy> WeightedCache<V> {
    /// An empty cache with room for `room` units of weight and the policy `algorithm`, which draws its lots from `rng` if it does so.
    #[must_use]
    pub fn of(algorithm: Algorithm, room: u64, rng: Rng) -> WeightedCache<V> {
        WeightedCache { cache: Cache::unbounded(algorithm.build(rng)), room, used: 0 }
    }
}

impl<V: Copy, P: Policy> WeightedCache<V, P> {
    /// Looks `key` up and counts it as a use. An expired entry is removed.
    pub fn get(&mut self, key: u64, now: Time) -> Lookup<V> {
        match self.cache.get(key, now) {
            Lookup::Hit(heavy) => Lookup::Hit(heavy.value),
            Lookup::Miss => Lookup::Miss,
            Lookup::Expired(heavy) => {
                self.used -= heavy.weight;
                Lookup::Expired(heavy.value)
            }
        }
    }

    /// Puts `value` of `weight` (0 counts as 1, so that the number of entries has a bound too) under `key` until `expires`, and tells one by one who had to leave. Putting a live key again counts as
    /// a use; if it has become heavier, the policy may name that key itself among those who leave.
    ///
    /// # Errors
    /// [`TooHeavy`] if it would not fit alone. What was under the key before is removed even then: it is out of date.
    pub fn put(
        &mut self,
        key: u64,
        value: V,
        weight: u64,
        expires: Time,
        now: Time,
        mut on_evict: impl FnMut(Evicted<V>),
    ) -> Result<(), TooHeavy> {
        let weight = weight.max(1);
        if weight > self.room {
            self.remove(key);
            return Err(TooHeavy { weight, room: self.room });
        }
        self.used -= self.cache.entry(key).map_or(0, |cell| cell.value.weight);
        let heavy = Heavy { value, weight };
        if self.cache.replace(key, heavy, expires, now) {
            self.used += weight;
            self.make_room(0, now, &mut on_evict);
            return Ok(());
        }
        self.cache.policy_mut().on_miss(key);
        self.make_room(weight, now, &mut on_evict);
        // As many as there are now, and the newcomer: what fits.
        let count = self.cache.len() + 1;
        self.cache.policy_mut().set_capacity(count);
        self.cache.insert(Cell { key, value: heavy, used: now, uses: 1, expires });
        self.used += weight;
        Ok(())
    }

    fn make_room(&mut self, weight: u64, now: Time, on_evict: &mut impl FnMut(Evicted<V>)) {
        while self.used > self.room - weight
            && let Some(Evicted { key, value: Heavy { value, weight }, why }) = self.cache.evict(now)
        {
            self.used -= weight;
            on_evict(Evicted { key, value, why });
        }
    }

    /// Removes `key`, alive or expired, and gives its value.
    pub fn remove(&mut self, key: u64) -> Option<V> {
        let heavy = self.cache.remove(key)?;
        self.used -= heavy.weight;
        Some(heavy.value)
    }

    /// Removes everything and says how many entries that were.
    pub fn clear(&mut self) -> u32 {
        self.used = 0;
        self.cache.clear()
    }

    /// Changes the room, and tells one by one who has to leave.
    pub fn set_room(&mut self, room: u64, now: Time, mut on_evict: impl FnMut(Evicted<V>)) {
        self.room = room;
        self.make_room(0, now, &mut on_evict);
    }

    /// Weight of all entries, at most [`WeightedCache::room`].
    #[must_use]
    pub fn used(&self) -> u64 {
        self.used
    }

    /// Weight it can hold.
    #[must_use]
    pub fn room(&self) -> u64 {
        self.room
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.cache.len()
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cache.is_empty()
    }

    /// Key and weight of each entry, in the order in which the policy keeps them.
    pub fn weights(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.cache.cells().map(|cell| (cell.key, cell.value.weight))
    }
}
