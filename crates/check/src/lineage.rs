//! Which log holds which entry, told from promotions alone.
//!
//! A version is `term << 40 | index`. A term has one leader, which only appends, and a leader begins with the log it has; so a log
//! is known entirely by its last version (log matching: Ongaro and Ousterhout, 2014, §5.3). The logs of a run form a tree:
//!
//! ```text
//!  term 1   1.1 ─ 1.2 ─ 1.3 ─ 1.4 ─ 1.5        the log that ends in 2.4 holds 1.1, 1.2, 1.3 and 2.4,
//!                          └─ 2.4 ─ 2.5        not 1.4: term 2 was begun by a member whose log ended in 1.3
//! ```

use trace::MemberIndex;

/// The term in which a version was written.
#[inline]
pub(crate) fn term_of(version: u64) -> u64 {
    version >> 40
}

/// The place in the log at which a version was written.
#[inline]
pub(crate) fn index_of(version: u64) -> u64 {
    version & ((1 << 40) - 1)
}

/// A version as it is said: `1.4019`; one that knows no terms by its number.
pub(crate) fn said(version: u64) -> String {
    match term_of(version) {
        0 => version.to_string(),
        term => format!("{term}.{}", index_of(version)),
    }
}

/// One term and how it began.
#[derive(Clone, Copy, Debug)]
struct Reign {
    term: u64,
    member: MemberIndex,
    /// The last version of the log that its leader began with.
    base: u64,
}

/// Every promotion so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lineage {
    /// Ascending by term.
    reigns: Vec<Reign>,
}

impl Lineage {
    /// Notes a promotion. True if it begins the newest term so far: its log is the one that counts from now on.
    pub(crate) fn promote(&mut self, member: MemberIndex, term: u64, base: u64) -> bool {
        match self.reigns.binary_search_by_key(&term, |reign| reign.term) {
            Ok(_) => false,
            Err(at) => {
                self.reigns.insert(at, Reign { term, member, base });
                at + 1 == self.reigns.len()
            }
        }
    }

    /// The newest term, once there was a promotion.
    #[inline]
    pub(crate) fn newest(&self) -> Option<u64> {
        self.reigns.last().map(|reign| reign.term)
    }

    /// The member that led `term`, when its promotion was seen.
    pub(crate) fn leader(&self, term: u64) -> Option<MemberIndex> {
        self.reign(term).map(|reign| reign.member)
    }

    fn reign(&self, term: u64) -> Option<&Reign> {
        self.reigns.binary_search_by_key(&term, |reign| reign.term).ok().map(|at| &self.reigns[at])
    }

    /// The last version of `term` in the log that ends in `end`; `None` when it has none. A term whose beginning was not seen is
    /// taken to hold all that is older: nobody is accused for want of a record.
    pub(crate) fn upto(&self, end: u64, term: u64) -> Option<u64> {
        let mut end = end;
        while term < term_of(end) {
            match self.reign(term_of(end)) {
                Some(reign) if term_of(reign.base) < reign.term => end = reign.base,
                _ => return Some((term << 40) | ((1 << 40) - 1)),
            }
        }
        (term == term_of(end)).then_some(end)
    }

    /// Whether the log that ends in `end` holds `version`.
    pub(crate) fn holds(&self, end: u64, version: u64) -> bool {
        self.upto(end, term_of(version)).is_some_and(|last| version <= last)
    }

    /// Whether the log of the newest leader holds `version`, or will if it is of its own term. True before any promotion.
    #[inline]
    pub(crate) fn is_current(&self, version: u64) -> bool {
        match self.reigns.last() {
            Some(newest) if term_of(version) < newest.term => self.holds(newest.base, version),
            _ => true,
        }
    }
}

/// What every newest leader so far has had in its log: the versions that no promotion has left behind.
///
/// All newest logs are paths from the root of the tree, so what they share is a path as well, and each promotion can only cut it
/// shorter: O(1) amortised. A version once left behind stays left behind here, even if a later leader brings it back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trunk {
    lineage: Lineage,
    /// The path below the newest term: (term, last version of it), ascending. What is older than its first term is on it too.
    path: Vec<(u64, u64)>,
}

impl Trunk {
    /// Notes a promotion; one that does not begin the newest term cuts nothing.
    pub(crate) fn promote(&mut self, member: MemberIndex, term: u64, base: u64) {
        let before = self.lineage.newest();
        if !self.lineage.promote(member, term, base) {
            return;
        }
        match before {
            None => self.path.push((term_of(base), base)),
            Some(newest) => {
                self.path.push((newest, (newest << 40) | ((1 << 40) - 1)));
                self.cut(base);
            }
        }
    }

    /// Shortens the path to what the log that ends in `end` holds of it.
    fn cut(&mut self, mut end: u64) {
        loop {
            while self.path.last().is_some_and(|(term, _)| *term > term_of(end)) {
                self.path.pop();
            }
            match self.path.last_mut() {
                Some((term, last)) if *term == term_of(end) => return *last = end.min(*last),
                None => return self.path.push((term_of(end), end)),
                Some(_) => {}
            }
            match self.lineage.reign(term_of(end)) {
                Some(reign) if reign.base < end => end = reign.base,
                _ => return,
            }
        }
    }

    /// Whether no promotion has left `version` behind.
    #[inline]
    pub(crate) fn holds(&self, version: u64) -> bool {
        let term = term_of(version);
        if self.lineage.newest().is_none_or(|newest| term >= newest) {
            return true;
        }
        match self.path.iter().rev().find(|(on, _)| *on <= term) {
            Some((on, last)) => *on == term && version <= *last,
            None => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn v(term: u64, index: u64) -> u64 {
        term << 40 | index
    }

    /// The tree of the module's picture, and a third term begun by the deposed leader of the first.
    #[test]
    fn a_log_holds_its_own_branch_and_no_other() {
        let mut lineage = Lineage::default();
        assert!(lineage.is_current(v(1, 5)) && lineage.newest().is_none());
        assert!(lineage.promote(1, 2, v(1, 3)));
        for (version, held) in [(v(1, 3), true), (v(1, 4), false), (v(2, 4), true), (v(2, 5), false), (v(3, 1), false)]
        {
            assert_eq!(lineage.holds(v(2, 4), version), held, "{}", said(version));
        }
        assert!(lineage.is_current(v(2, 99)) && !lineage.is_current(v(1, 4)));
        assert!(lineage.promote(0, 3, v(1, 5)));
        assert!(lineage.holds(v(3, 6), v(1, 5)) && !lineage.holds(v(3, 6), v(2, 4)) && lineage.holds(v(3, 6), v(3, 6)));
        assert!(lineage.is_current(v(1, 4)) && !lineage.is_current(v(2, 4)));
        assert_eq!((lineage.upto(v(3, 6), 1), lineage.upto(v(3, 6), 2)), (Some(v(1, 5)), None));
        assert_eq!((lineage.leader(3), lineage.leader(1)), (Some(0), None));
    }

    #[test]
    fn an_older_or_repeated_promotion_is_not_the_newest() {
        let mut lineage = Lineage::default();
        assert!(lineage.promote(0, 4, v(1, 9)) && !lineage.promote(1, 3, v(1, 2)) && !lineage.promote(0, 4, v(4, 12)));
        assert!(lineage.promote(2, 5, v(3, 7)));
        assert!(lineage.is_current(v(1, 2)) && !lineage.is_current(v(1, 3)) && !lineage.is_current(v(4, 10)));
    }

    /// Oracle: a version is on the trunk if it was current after every promotion since.
    #[test]
    fn the_trunk_is_what_every_newest_log_had() {
        let mut rng = base::Rng::new(9);
        for _ in 0..2_000 {
            let (mut trunk, mut lineage) = (Trunk::default(), Lineage::default());
            let mut alive: Vec<u64> = (1..=6).map(|index| v(1, index)).collect();
            let mut ends = alive.clone();
            for term in 2..8 {
                let base = ends[rng.below(ends.len() as u64) as usize];
                trunk.promote(0, term, base);
                lineage.promote(0, term, base);
                alive.retain(|version| lineage.is_current(*version));
                let written = (1..=rng.below(4)).map(|more| v(term, index_of(base) + more));
                alive.extend(written.clone());
                ends.extend(written);
                for version in &ends {
                    assert_eq!(trunk.holds(*version), alive.contains(version), "{} in {trunk:?}", said(*version));
                }
            }
        }
    }
}
