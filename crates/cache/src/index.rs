//! From key to slot: open addressing with linear probing, at most half full, deletion by shifting back (Knuth, volume 3, 6.4,
//! algorithm R).
//!
//! Written here rather than taken from a hash map because its order and growth are the same on every platform, a clone is one
//! copy of memory, and a lookup of dense keys costs about as much as a vector's. A place holds 32 bits of the key's hash beside the
//! slot: the home place is their top bits, so growing never looks at the keys. Nobody can iterate over it.

use crate::list::NONE;

#[derive(Clone, Copy, Debug)]
struct Place {
    tag: u32,
    slot: u32,
}

const EMPTY: Place = Place { tag: 0, slot: NONE };

/// Smallest number of places, a power of two.
const SMALLEST: usize = 8;

#[derive(Clone, Debug)]
pub(crate) struct Index {
    places: Vec<Place>,
    /// 32 less the binary logarithm of the number of places.
    shift: u32,
    len: usize,
}

impl Default for Index {
    fn default() -> Index {
        Index::with_places(SMALLEST)
    }
}

/// Fibonacci hashing (Knuth, volume 3, 6.4): dense keys spread evenly. The fold lets the upper half of a key take part.
#[inline]
fn tag_of(key: u64) -> u32 {
    ((key ^ (key >> 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32
}

impl Index {
    fn with_places(places: usize) -> Index {
        Index { places: vec![EMPTY; places], shift: 32 - places.trailing_zeros(), len: 0 }
    }

    #[inline]
    fn home(&self, tag: u32) -> usize {
        (tag >> self.shift) as usize
    }

    #[inline]
    fn after(&self, place: usize) -> usize {
        (place + 1) & (self.places.len() - 1)
    }

    /// The slot of `key`, where `holds` says whether a slot holds it.
    #[inline]
    pub(crate) fn find(&self, key: u64, holds: impl Fn(u32) -> bool) -> Option<u32> {
        let tag = tag_of(key);
        let mut at = self.home(tag);
        loop {
            let place = self.places[at];
            if place.slot == NONE {
                return None;
            }
            if place.tag == tag && holds(place.slot) {
                return Some(place.slot);
            }
            at = self.after(at);
        }
    }

    /// Notes that `slot` holds `key`, which is not in the index.
    #[inline]
    pub(crate) fn insert(&mut self, key: u64, slot: u32) {
        if (self.len + 1) * 2 > self.places.len() {
            self.grow();
        }
        self.len += 1;
        self.place(Place { tag: tag_of(key), slot });
    }

    #[inline]
    fn place(&mut self, place: Place) {
        let mut at = self.home(place.tag);
        while self.places[at].slot != NONE {
            at = self.after(at);
        }
        self.places[at] = place;
    }

    #[cold]
    fn grow(&mut self) {
        let mut grown = Index::with_places(self.places.len() * 2);
        grown.len = self.len;
        self.places.iter().filter(|place| place.slot != NONE).for_each(|place| grown.place(*place));
        *self = grown;
    }

    /// Forgets that `slot` holds `key`; it must be in the index.
    #[inline]
    pub(crate) fn remove(&mut self, key: u64, slot: u32) {
        let mut gap = self.home(tag_of(key));
        while self.places[gap].slot != slot {
            gap = self.after(gap);
        }
        self.len -= 1;
        // Moves back whatever would be cut off from its home by the gap.
        let mut at = self.after(gap);
        while self.places[at].slot != NONE {
            let mask = self.places.len() - 1;
            let from_home = at.wrapping_sub(self.home(self.places[at].tag)) & mask;
            if from_home >= at.wrapping_sub(gap) & mask {
                self.places[gap] = self.places[at];
                gap = at;
            }
            at = self.after(at);
        }
        self.places[gap] = EMPTY;
    }

    /// Forgets everything and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.places.fill(EMPTY);
        self.len = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Rng;
    use std::collections::BTreeMap;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// Oracle: an ordered map, over keys that share homes (few, and far apart), through growth and shifting back.
    #[test]
    fn answers_as_an_ordered_map_does() {
        let (mut index, mut model, mut rng) = (Index::default(), BTreeMap::new(), Rng::new(5));
        let mut keys = Vec::new();
        for step in 0..200_000 {
            let key = rng.below(300) << (20 * rng.below(3));
            let found = index.find(key, |slot| keys[slot as usize] == key);
            assert_eq!(found, model.get(&key).copied(), "step {step}, key {key}");
            match found {
                Some(slot) => {
                    index.remove(key, slot);
                    model.remove(&key);
                }
                None => {
                    let slot = keys.len() as u32;
                    keys.push(key);
                    index.insert(key, slot);
                    model.insert(key, slot);
                }
            }
            assert_eq!(index.len, model.len());
        }
    }

    #[test]
    fn keys_with_equal_tags_stay_apart() {
        let (mut by_tag, mut rng) = (BTreeMap::new(), Rng::new(7));
        // A pair among so many is certain enough: a hundred thousand random tags have one on average.
        let pair = core::iter::repeat_with(|| rng.next_u64()).take(1_000_000).find_map(|key| {
            let other = by_tag.insert(tag_of(key), key)?;
            Some([other, key])
        });
        let keys = pair.expect("two keys of one tag");
        let mut index = Index::default();
        let find = |index: &Index, at: usize| index.find(keys[at], |slot| keys[slot as usize] == keys[at]);
        index.insert(keys[0], 0);
        assert_eq!([find(&index, 0), find(&index, 1)], [Some(0), None]);
        index.insert(keys[1], 1);
        assert_eq!([find(&index, 0), find(&index, 1)], [Some(0), Some(1)]);
        index.remove(keys[0], 0);
        assert_eq!([find(&index, 0), find(&index, 1)], [None, Some(1)]);
    }
}
