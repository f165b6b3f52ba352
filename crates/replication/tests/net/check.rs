//! What must be true after every transition, and what must be true in the end.

use super::Net;
use machine::Peer;
use replication::*;
use std::collections::{BTreeMap, BTreeSet};

/// The whole history that `runs` tell: the term of each index.
fn history(image: &Image) -> Vec<u64> {
    let log = image.log();
    (1..=log.last().index).map(|index| log.term_at(index).unwrap()).collect()
}

impl Net {
    /// What a leader believes of a follower's disk is on that disk.
    pub fn check_persisted(&self, leader: Peer, member: Peer, upto: u64) {
        let [leader, follower] = [leader, member].map(|peer| &self.members[usize::from(peer.0)]);
        if leader.term() == follower.term() {
            let at = Position { term: leader.disk().log().term_at(upto).unwrap(), index: upto };
            assert!(follower.disk().log().holds(at), "{member:?} does not hold {at:?}");
        }
    }

    /// A leader waits for followers again when enough of them have what was written while it did not.
    pub fn check_recovered(&self, leader: Peer) {
        let (member, upto) = (&self.members[usize::from(leader.0)], self.degraded_at[usize::from(leader.0)]);
        let caught_up = member.followers().filter(|follower| follower.persisted >= upto).count();
        assert!(caught_up >= member.config().required().into(), "{caught_up} followers have up to {upto}");
    }

    /// Always: what disappears from a disk was said to be discarded, and nothing else was; a version is one write for ever;
    /// readers see what was acknowledged at a leader and everything elsewhere; fenced, at most one leader is trusted.
    pub fn check(&mut self, me: usize, discarded: &BTreeSet<u64>) {
        let member = &self.members[me];
        let log = member.disk().log();
        let old = &self.histories[me];
        let appended_only =
            log.last().index >= old.len() as u64 && log.term_at(old.len() as u64) == Some(*old.last().unwrap_or(&0));
        let gone: BTreeSet<u64> = if appended_only {
            BTreeSet::new()
        } else {
            let now = history(member.disk());
            let same = old.iter().zip(&now).take_while(|(a, b)| a == b).count();
            (same..old.len()).map(|i| version(old[i], i as u64 + 1)).collect()
        };
        assert_eq!(discarded, &gone, "member {me} at {}: discarded is not what is gone", self.now);
        let history = &mut self.histories[me];
        history.truncate(if appended_only { history.len() } else { 0 });
        history.extend((history.len() as u64 + 1..=log.last().index).map(|index| log.term_at(index).unwrap()));

        if !self.up[me] {
            return;
        }
        let shown = if member.role() == RoleName::Leader { member.acknowledged() } else { log.last().index };
        assert_eq!(member.shown(), shown, "member {me} as {:?}", member.role());
        assert!(log.kept() <= self.retain_max + member.waiting() + member.config().window + 128);
        if self.members.iter().all(|other| other.config().fenced && other.config() == member.config()) {
            let trusted: Vec<usize> =
                (0..self.members.len()).filter(|me| self.up[*me] && self.members[*me].is_trusted(self.now)).collect();
            assert!(trusted.len() < 2, "at {} {trusted:?} may acknowledge", self.now);
        }
    }

    /// After the quiet: one leader, one log, one state, and that state is what the log says.
    pub fn check_converged(&self) {
        let leaders = self.leaders();
        assert_eq!(leaders.len(), 1, "leaders {leaders:?}");
        let first = &self.members[0];
        let mut state = BTreeMap::new();
        for (index, term) in (1..).zip(history(first.disk())) {
            let version = version(term, index);
            let (key, value) = self.appended[&version];
            state.insert(key, (version, value));
        }
        for member in &self.members {
            let (ours, theirs) = (member.disk().log(), first.disk().log());
            assert_eq!((ours.last(), ours.runs()), (theirs.last(), theirs.runs()), "{:?}", member.me());
            for entry in member.tail(u64::MAX) {
                assert_eq!(self.appended.get(&entry.version()), Some(&(entry.key, entry.value)));
            }
            for (key, _) in self.appended.values() {
                assert_eq!(member.read(*key), state.get(key).copied(), "key {key} at {:?}", member.me());
            }
        }
    }

    /// Acknowledged versions that `member` does not have.
    pub fn lost(&self, member: usize) -> BTreeSet<u64> {
        let holds = |version: &&u64| !self.members[member].holds(**version);
        self.acknowledged.iter().filter(holds).copied().collect()
    }
}
