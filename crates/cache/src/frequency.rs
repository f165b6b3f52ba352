//! How often keys were asked for lately, roughly and in little memory: a count-min table of small counters that are halved from time
//! to time.
//!
//! ```text
//!   row 0   0 3 0 7 ...        a use adds one to a key's counter in each row; a key's frequency is the least of its counters
//!   row 1   5 0 0 3 ...        after 10 uses per entry of the cache all counters are halved: what was popular fades
//! ```
//!
//! Never less than the uses since the last halving (as far as counters go), and more only when others share all four counters.
//! Einziger, Friedman and Manes, "TinyLFU: A Highly Efficient Cache Admission Policy", 2017, section 3.3. Counters stop at 15.

use base::stable_hash_u64;

const ROWS: u64 = 4;
const COUNT_MAX: u8 = 15;
/// Uses per entry of the cache after which all counters are halved.
const SAMPLE: u64 = 10;
/// Counters of a row: a power of two between these.
const WIDTH: (u64, u64) = (16, 1 << 20);

#[derive(Clone, Debug)]
pub(crate) struct Frequency {
    counts: Vec<u8>,
    uses: u64,
    sample: u64,
}

impl Default for Frequency {
    fn default() -> Frequency {
        let mut frequency = Frequency { counts: Vec::new(), uses: 0, sample: 0 };
        frequency.fit(0);
        frequency
    }
}

impl Frequency {
    /// Makes the table right for a cache of `capacity` entries. A table that is too small is replaced by an empty one.
    pub(crate) fn fit(&mut self, capacity: u32) {
        let width = u64::from(capacity).next_power_of_two().clamp(WIDTH.0, WIDTH.1);
        self.sample = SAMPLE * u64::from(capacity).max(WIDTH.0);
        if (self.counts.len() as u64) < width * ROWS {
            self.counts = vec![0; (width * ROWS) as usize];
            self.uses = 0;
        }
    }

    /// The counters of `key`, one in each row: two halves of one hash make all four (Kirsch and Mitzenmacher, 2008).
    fn places(&self, key: u64) -> [usize; ROWS as usize] {
        let hash = stable_hash_u64(key);
        let width = self.counts.len() as u64 / ROWS;
        let place = |row: u64| row * width + (hash.wrapping_add(row.wrapping_mul((hash >> 32) | 1)) & (width - 1));
        core::array::from_fn(|row| place(row as u64) as usize)
    }

    /// Counts a use of `key`.
    pub(crate) fn add(&mut self, key: u64) {
        for place in self.places(key) {
            self.counts[place] = (self.counts[place] + 1).min(COUNT_MAX);
        }
        self.uses += 1;
        if self.uses >= self.sample {
            self.counts.iter_mut().for_each(|count| *count /= 2);
            self.uses /= 2;
        }
    }

    /// How often `key` was used lately, at most 15.
    pub(crate) fn of(&self, key: u64) -> u8 {
        self.places(key).map(|place| self.counts[place]).into_iter().min().unwrap_or(0)
    }

    pub(crate) fn clear(&mut self) {
        self.counts.fill(0);
        self.uses = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Rng;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// Oracle: exact counts, of keys that are fewer than the counters.
    #[test]
    fn a_frequency_is_never_below_the_exact_one_and_rarely_above() {
        let (mut frequency, mut rng) = (Frequency::default(), Rng::new(3));
        frequency.fit(1_000);
        let mut exact = [0_u8; 400];
        for _ in 0..1_000 {
            let key = rng.below(400);
            frequency.add(key);
            exact[key as usize] = (exact[key as usize] + 1).min(COUNT_MAX);
        }
        let over = (0..400_u64).filter(|key| frequency.of(*key) > exact[*key as usize]).count();
        assert!((0..400_u64).all(|key| frequency.of(key) >= exact[key as usize]));
        assert!(over <= 20, "{over} of 400 keys are overestimated");
    }

    #[test]
    fn old_uses_are_halved_away() {
        let mut frequency = Frequency::default();
        frequency.fit(16);
        (0..12).for_each(|_| frequency.add(7));
        assert_eq!(frequency.of(7), 12);
        (0..148).for_each(|other| frequency.add(1_000 + other));
        assert!(frequency.of(7) <= 11, "after 160 uses all are halved: {}", frequency.of(7));
        (0..10_000).for_each(|other| frequency.add(2_000 + other % 3));
        assert!(frequency.of(7) <= 1, "{}", frequency.of(7));
        frequency.clear();
        assert_eq!(frequency.of(2_000), 0);
    }
}
