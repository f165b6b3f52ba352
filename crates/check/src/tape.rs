//! A sequence that grows at one end and shrinks at the other, whose clones share everything but the last stretch.
//!
//! ```text
//!  front                                             end
//!    v                                                v
//!  [··xxxxxx][xxxxxxxx][xxxxxxxx]  [xxxxx···]
//!   sealed: shared between clones   open: copied
//! ```
//!
//! Every checkpoint of a run holds a clone of every check. What has been written is never changed, so a sealed stretch can
//! belong to any number of clones: a checkpoint costs one open stretch, not the whole history. Positions count from the first
//! item ever pushed and stay valid until the item is dropped. Pushing, reading and dropping are O(1); a short tape allocates
//! nothing in steady state, a long one once a stretch.

use std::collections::VecDeque;
use std::sync::Arc;

/// Items to a stretch.
const STRETCH: usize = 512;

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Tape<T> {
    /// Position of the first item of the first stretch.
    start: u64,
    /// Position of the first item that is still there.
    front: u64,
    sealed: VecDeque<Arc<Vec<T>>>,
    open: Vec<T>,
}

impl<T> Default for Tape<T> {
    fn default() -> Tape<T> {
        Tape { start: 0, front: 0, sealed: VecDeque::new(), open: Vec::new() }
    }
}

impl<T: Copy> Tape<T> {
    /// How many items are there.
    pub(crate) fn len(&self) -> usize {
        (self.end() - self.front) as usize
    }

    /// The position that the next item will have.
    #[inline]
    pub(crate) fn end(&self) -> u64 {
        self.start + (self.sealed.len() * STRETCH + self.open.len()) as u64
    }

    /// Adds an item; its position.
    #[inline]
    pub(crate) fn push(&mut self, item: T) -> u64 {
        if self.open.len() == STRETCH {
            self.seal();
        }
        let position = self.end();
        self.open.push(item);
        position
    }

    /// Makes room in the open stretch: by closing it up when most of it was dropped, else by sealing it.
    #[cold]
    fn seal(&mut self) {
        let dropped = (self.front - self.start) as usize;
        if self.sealed.is_empty() && dropped >= STRETCH / 2 {
            self.open.drain(..dropped);
            self.start = self.front;
        } else {
            let full = core::mem::replace(&mut self.open, Vec::with_capacity(STRETCH));
            self.sealed.push_back(Arc::new(full));
        }
    }

    /// The item at `position`, unless it was dropped or never pushed.
    #[inline]
    pub(crate) fn get(&self, position: u64) -> Option<&T> {
        if position < self.front {
            return None;
        }
        let at = (position - self.start) as usize;
        let (stretch, place) = (at / STRETCH, at % STRETCH);
        match self.sealed.get(stretch) {
            Some(sealed) => sealed.get(place),
            None if stretch == self.sealed.len() => self.open.get(place),
            None => None,
        }
    }

    /// The oldest item.
    #[inline]
    pub(crate) fn first(&self) -> Option<&T> {
        self.get(self.front)
    }

    /// The newest item, to be changed; it always lies in the open stretch.
    #[inline]
    pub(crate) fn last_mut(&mut self) -> Option<&mut T> {
        if self.len() == 0 { None } else { self.open.last_mut() }
    }

    /// Drops the oldest item.
    #[inline]
    pub(crate) fn drop_first(&mut self) {
        if self.front < self.end() {
            self.front += 1;
            if self.front - self.start >= STRETCH as u64 && self.sealed.pop_front().is_some() {
                self.start += STRETCH as u64;
            }
        }
    }

    /// All items, oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + '_ {
        let skipped = (self.front - self.start) as usize;
        let (sealed, open) = if self.sealed.is_empty() { (0, skipped) } else { (skipped, 0) };
        let first = self.sealed.front().map_or(&[][..], |stretch| &stretch[sealed..]);
        let middle = self.sealed.iter().skip(1).flat_map(|stretch| stretch.iter());
        first.iter().chain(middle).chain(self.open[open..].iter())
    }
}

impl<T: Copy> Extend<T> for Tape<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        for item in items {
            self.push(item);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Rng;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// Oracle: a `VecDeque` that remembers how many were dropped.
    #[test]
    fn behaves_as_a_double_ended_queue_with_positions() {
        let mut rng = Rng::new(1);
        let (mut tape, mut oracle, mut dropped) = (Tape::default(), VecDeque::new(), 0u64);
        for step in 0..60_000u64 {
            // Long phases of growing and of shrinking, so that stretches are sealed, crossed and emptied.
            if rng.chance(if step / 5_000 % 2 == 0 { 0.7 } else { 0.3 }) {
                assert_eq!(tape.push(step), dropped + oracle.len() as u64);
                oracle.push_back(step);
            } else {
                tape.drop_first();
                dropped += u64::from(oracle.pop_front().is_some());
            }
            assert_eq!((tape.len(), tape.first()), (oracle.len(), oracle.front()));
            assert_eq!(tape.last_mut(), oracle.back_mut());
            let probe = rng.below(dropped + oracle.len() as u64 + 3);
            let expected = probe.checked_sub(dropped).and_then(|at| oracle.get(at as usize));
            assert_eq!(tape.get(probe), expected, "position {probe} after {dropped} dropped");
            if step % 1_000 == 0 {
                assert!(tape.iter().eq(oracle.iter()) && tape.iter().rev().eq(oracle.iter().rev()));
            }
        }
    }

    #[test]
    fn a_clone_is_not_touched_by_what_follows() {
        let mut tape = Tape::default();
        tape.extend(0..2_000);
        let kept = tape.clone();
        tape.extend(2_000..4_000);
        (0..1_500).for_each(|_| tape.drop_first());
        assert!(kept.iter().copied().eq(0..2_000));
        assert!(tape.iter().copied().eq(1_500..4_000));
        assert!(Arc::ptr_eq(&kept.sealed[2], &tape.sealed[0]), "what is old is shared");
    }
}
