//! The writes of each key as a chain from the newest back, so that the earliest write above a version is found in O(log n).
//!
//! In a chain version and time fall together: whoever appends leaves out what is not newer than the newest. Every write points to
//! the one before it and to one further back (Myers, "An applicative random-access stack", 1983): as far as the two jumps behind
//! it together if they are equally long, else one step.
//!
//! ```text
//!  key 7:   w1 <── w2 <── w3 <── w4 <── w5 <── w6 <── w7      one step back
//!            ^─────────────────── w4 <───────────────── w7      and the jumps of w7 and w4
//! ```
//!
//! The chains of all keys lie on one [`Tape`] that forgets its oldest end; the newest write of a key is kept by whoever asks, and
//! so outlives that. An append reads one older write, and writes one.

use crate::tape::Tape;
use base::Time;

/// A write in its chain.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Link {
    pub(crate) version: u64,
    pub(crate) at: Time,
    /// How far back on the tape the previous write is, and the one to jump to; 0 when there is none.
    back: u32,
    jump: u32,
    /// How long the chain is up to here, and up to where it jumps.
    depth: u32,
    jump_depth: u32,
}

/// The newest write of a key.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Newest {
    pub(crate) link: Link,
    /// Its position on the tape, plus one; 0 when there is no write.
    place: u64,
}

impl Newest {
    /// Whether the key was never written.
    #[inline]
    pub(crate) fn is_none(&self) -> bool {
        self.place == 0
    }
}

/// An answer, and what lies behind it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) link: Link,
    /// False when an earlier one that answers as well may have been forgotten.
    pub(crate) is_earliest: bool,
    /// The write before.
    pub(crate) before: Newest,
}

/// All chains.
#[derive(Clone, Debug)]
pub(crate) struct Chains {
    links: Tape<Link>,
    room: usize,
}

impl Chains {
    /// No chains yet; `room` writes are remembered in all.
    pub(crate) fn new(room: usize) -> Chains {
        Chains { links: Tape::default(), room }
    }

    /// Adds a write in front of `before`; the chain's new end.
    pub(crate) fn append(&mut self, before: Newest, version: u64, at: Time) -> Newest {
        let position = self.links.end();
        let first = Link { version, at, back: 0, jump: 0, depth: 1, jump_depth: 1 };
        let link = if before.is_none() { first } else { self.link(position, before, first) };
        self.links.push(link);
        if self.links.len() > self.room {
            self.links.drop_first();
        }
        Newest { link, place: position + 1 }
    }

    fn link(&self, position: u64, before: Newest, first: Link) -> Link {
        let (p, previous) = (before.link, before.place - 1);
        let back = distance(position, previous);
        let short = Link { back, jump: back, depth: p.depth.saturating_add(1), jump_depth: p.depth, ..first };
        let Some((over, j)) = self.step(previous, p.jump) else { return short };
        let is_even = p.depth.saturating_sub(p.jump_depth) == j.depth.saturating_sub(j.jump_depth);
        match over.checked_sub(u64::from(j.jump)) {
            Some(further) if is_even => Link { jump: distance(position, further), jump_depth: j.jump_depth, ..short },
            _ => short,
        }
    }

    /// The link `back` from `position`, unless there is none or it was forgotten.
    #[inline]
    fn step(&self, position: u64, back: u32) -> Option<(u64, Link)> {
        let there = position.checked_sub(u64::from(back)).filter(|_| back > 0)?;
        Some((there, *self.links.get(there)?))
    }

    /// The earliest write of a chain for whose version `is_after` holds. It holds for the newest, and where it does not hold it
    /// does not hold further back.
    pub(crate) fn earliest(&self, newest: Newest, is_after: impl Fn(u64) -> bool) -> Found {
        let (mut here, mut link) = (newest.place - 1, newest.link);
        let further = |here, link: &Link| {
            let jump = self.step(here, link.jump).filter(|(_, over)| is_after(over.version));
            jump.or_else(|| self.step(here, link.back).filter(|(_, over)| is_after(over.version)))
        };
        while let Some(earlier) = further(here, &link) {
            (here, link) = earlier;
        }
        let before = self.step(here, link.back);
        let is_earliest = link.back == 0 || before.is_some();
        let before = before.map(|(there, link)| Newest { link, place: there + 1 }).unwrap_or_default();
        Found { link, is_earliest, before }
    }
}

/// How far back `there` lies; what is too far to be remembered is as far as can be said.
fn distance(here: u64, there: u64) -> u32 {
    u32::try_from(here - there).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Rng;
    use core::cell::Cell;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// Oracle: each chain as a plain list.
    #[test]
    fn the_earliest_is_found_among_many_chains() {
        let mut rng = Rng::new(4);
        let mut chains = Chains::new(1_000_000);
        let mut newest = [Newest::default(); 5];
        let mut lists = vec![Vec::new(); 5];
        for version in 1..20_000 {
            let key = rng.below(5).min(rng.below(5)) as usize;
            newest[key] = chains.append(newest[key], version, Time(version * 3));
            lists[key].push(version);
            let (key, above) = (rng.below(5) as usize, rng.below(version));
            if newest[key].is_none() || newest[key].link.version <= above {
                continue;
            }
            let at = lists[key].partition_point(|version| *version <= above);
            let found = chains.earliest(newest[key], |version| version > above);
            assert_eq!((found.link.version, found.is_earliest), (lists[key][at], true), "above {above}");
            assert_eq!(found.before.link.version, at.checked_sub(1).map_or(0, |before| lists[key][before]));
            assert_eq!(found.before.is_none(), at == 0);
        }
    }

    #[test]
    fn a_long_look_back_takes_few_steps() {
        let mut chains = Chains::new(200_000);
        let newest =
            (1..=100_000).fold(Newest::default(), |newest, version| chains.append(newest, version, Time(version)));
        for above in [0, 1, 12_345, 99_000, 99_998] {
            let steps = Cell::new(0);
            let is_after = |version| {
                steps.set(steps.get() + 1);
                version > above
            };
            assert_eq!(chains.earliest(newest, is_after).link.version, above + 1);
            assert!(steps.get() <= 100, "{} steps to {above}", steps.get());
        }
    }

    #[test]
    fn what_was_forgotten_is_not_taken_for_the_beginning() {
        let mut chains = Chains::new(10);
        let newest = (1..=30).fold(Newest::default(), |newest, version| chains.append(newest, version, Time(version)));
        let found = chains.earliest(newest, |version| version > 5);
        assert_eq!((found.link.version, found.is_earliest), (21, false));
        assert!(chains.earliest(newest, |version| version > 25).is_earliest);
        let alone = chains.append(Newest::default(), 1, Time(31));
        for version in 0..20 {
            chains.append(Newest::default(), version, Time(32));
        }
        assert!(chains.earliest(alone, |_| true).is_earliest, "the only write of a key is its first, forgotten or not");
    }
}
