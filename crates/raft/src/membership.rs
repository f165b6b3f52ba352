//! Who belongs to the group: voters, during a joint change twice, and learners; and what a majority of them is.
//!
//! ```text
//!   {0,1,2}  ──joint──►  {0,1,2} and {2,3,4}  ──final──►  {2,3,4}
//!                        a majority of each                         §6, figure 11
//! ```
//! Sources: the paper's §6 (joint consensus); Ongaro, *Consensus: Bridging Theory and Practice*, 2014, §4.2.1 (learners) and §4.3.

use crate::rules::{majority, reached};
use core::fmt;
use machine::Peer;

/// The largest number of processes: seven voters, and two that are being brought in. Beyond seven voters every write costs more
/// messages and survives hardly more crashes.
pub const MEMBERS_MAX: u16 = 9;

/// A set of members, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Members(u16);

impl Members {
    /// The members from `from` to before `to`; numbers from [`MEMBERS_MAX`] on are left out.
    #[must_use]
    pub fn range(from: u16, to: u16) -> Members {
        (from..to.min(MEMBERS_MAX)).map(Peer).collect()
    }

    /// Whether `peer` is among them.
    #[must_use]
    pub fn has(self, peer: Peer) -> bool {
        peer.0 < MEMBERS_MAX && self.0 & (1 << peer.0) != 0
    }

    /// With `peer` too.
    #[must_use]
    pub fn with(self, peer: Peer) -> Members {
        if peer.0 < MEMBERS_MAX { Members(self.0 | 1 << peer.0) } else { self }
    }

    /// Those in either.
    #[must_use]
    pub const fn or(self, other: Members) -> Members {
        Members(self.0 | other.0)
    }

    /// Those in both.
    #[must_use]
    pub const fn and(self, other: Members) -> Members {
        Members(self.0 & other.0)
    }

    /// Those that are in exactly one of the two.
    #[must_use]
    pub const fn differing(self, other: Members) -> Members {
        Members(self.0 ^ other.0)
    }

    /// How many.
    #[must_use]
    pub const fn count(self) -> u64 {
        self.0.count_ones() as u64
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// In ascending order.
    pub fn iter(self) -> impl Iterator<Item = Peer> + Clone {
        (0..MEMBERS_MAX).map(Peer).filter(move |peer| self.has(*peer))
    }
}

impl FromIterator<Peer> for Members {
    fn from_iter<I: IntoIterator<Item = Peer>>(peers: I) -> Members {
        peers.into_iter().fold(Members::default(), Members::with)
    }
}

/// Written `0,1,2`; `-` for none.
impl fmt::Display for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("-");
        }
        for (place, peer) in self.iter().enumerate() {
            write!(f, "{}{}", if place == 0 { "" } else { "," }, peer.0)?;
        }
        Ok(())
    }
}

/// How votes and copies are counted: [`Counting::default`] is right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counting {
    /// "More than half of the peers", of which one is oneself: too few when the group is even.
    pub by_peers: bool,
    /// Learners count as if they voted.
    pub with_learners: bool,
}

/// The configuration of a group: an entry of the log, in effect as soon as it is in a server's log (§6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Membership {
    /// Who votes.
    pub voters: Members,
    /// Who voted before, while both have to agree (C-old of a joint C-old,new); empty otherwise.
    pub outgoing: Members,
    /// Who only receives the log.
    pub learners: Members,
}

impl Membership {
    /// Voters and learners, not joint.
    #[must_use]
    pub const fn new(voters: Members, learners: Members) -> Membership {
        Membership { voters, outgoing: Members(0), learners }
    }

    /// Whether two majorities have to agree.
    #[must_use]
    pub const fn is_joint(self) -> bool {
        !self.outgoing.is_empty()
    }

    /// Whether `peer`'s vote and copies count.
    #[must_use]
    pub fn votes(self, peer: Peer) -> bool {
        self.voters.or(self.outgoing).has(peer)
    }

    /// Everybody that the leader sends the log to.
    #[must_use]
    pub const fn all(self) -> Members {
        self.voters.or(self.outgoing).or(self.learners)
    }

    /// The greatest value that a majority has reached, of the new voters and, if joint, of the old ones too (§6).
    #[must_use]
    pub fn reached(self, value: impl Fn(Peer) -> u64) -> u64 {
        self.reached_by(Counting::default(), value)
    }

    pub(crate) fn reached_by(self, counting: Counting, value: impl Fn(Peer) -> u64) -> u64 {
        let of = |members: Members| {
            let quorum =
                if counting.by_peers { (members.count().max(1) - 1) / 2 + 1 } else { majority(members.count()) };
            let members = if counting.with_learners { members.or(self.learners) } else { members };
            let mut values = [0; MEMBERS_MAX as usize];
            let mut count = 0;
            for peer in members.iter() {
                values[count] = value(peer);
                count += 1;
            }
            reached(&mut values[..count], quorum)
        };
        let new = of(self.voters);
        if self.is_joint() { new.min(of(self.outgoing)) } else { new }
    }

    /// Whether those in `votes` are a majority, of both sides if joint.
    #[must_use]
    pub fn is_quorum(self, votes: Members) -> bool {
        self.is_quorum_by(Counting::default(), votes)
    }

    pub(crate) fn is_quorum_by(self, counting: Counting, votes: Members) -> bool {
        self.reached_by(counting, |peer| votes.has(peer).into()) > 0
    }

    /// What the leader appends first to get from here to `target`: the target itself if at most one voter differs, because then any
    /// two majorities still share a server (dissertation, §4.1); else the joint configuration (§6).
    #[must_use]
    pub fn step_towards(self, target: Membership) -> Membership {
        if self.voters.differing(target.voters).count() <= 1 {
            return target;
        }
        Membership { outgoing: self.voters, ..target }
    }

    /// A joint configuration without its old half (§6: C-new).
    #[must_use]
    pub const fn settled(self) -> Membership {
        Membership { outgoing: Members(0), ..self }
    }
}

/// Written `0,1,2`, joint `0,1,2 and 2,3,4`, with learners `0,1,2 learners 3`.
impl fmt::Display for Membership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_joint() {
            write!(f, "{} and ", self.outgoing)?;
        }
        write!(f, "{}", self.voters)?;
        if self.learners.is_empty() { Ok(()) } else { write!(f, " learners {}", self.learners) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn sets(count: u16) -> impl Iterator<Item = Members> {
        (0..1 << count).map(Members)
    }

    /// Oracle: counting, over all subsets of all groups of up to seven.
    #[test]
    fn a_majority_is_more_than_half_and_survives_the_published_number_of_failures() {
        for (members, survives) in [(1, 0), (2, 0), (3, 1), (4, 1), (5, 2), (6, 2), (7, 3)] {
            let group = Membership::new(Members::range(0, members), Members::default());
            for votes in sets(members) {
                assert_eq!(group.is_quorum(votes), votes.count() * 2 > u64::from(members), "{votes} of {members}");
            }
            assert_eq!(u64::from(members) - majority(members.into()), survives, "the published table for {members}");
        }
    }

    /// Why a change by one needs no joint state, and a larger one does (dissertation, figure 4.3; paper, figure 10).
    #[test]
    fn majorities_of_neighbours_overlap_and_others_need_not() {
        for (old, new) in sets(5).flat_map(|old| sets(5).map(move |new| (old, new))) {
            let [old, new] = [old, new].map(|voters| Membership::new(voters, Members::default()));
            if old.voters.is_empty() || new.voters.is_empty() {
                continue;
            }
            let apart = sets(5).any(|side| {
                old.is_quorum(side) && sets(5).any(|other| side.and(other).is_empty() && new.is_quorum(other))
            });
            let step = old.step_towards(new);
            assert!(!apart || step.is_joint(), "{old} to {new}");
            let joint_apart = sets(5).any(|side| {
                step.is_quorum(side) && (old.is_quorum(Members(31 & !side.0)) || new.is_quorum(Members(31 & !side.0)))
            });
            assert!(!joint_apart, "{old} by {step} to {new}");
        }
    }

    /// A sketch that is often seen divides the number of peers, N - 1: right for odd groups, too few in even ones.
    #[test]
    fn half_of_the_peers_is_a_majority_only_in_odd_groups() {
        let wrong = Counting { by_peers: true, ..Counting::default() };
        for (members, needs) in [(2, 1), (3, 2), (4, 2), (5, 3), (6, 3), (7, 4), (8, 4)] {
            let group = Membership::new(Members::range(0, members), Members::default());
            let least = (1..=members).find(|n| group.is_quorum_by(wrong, Members::range(0, *n)));
            assert_eq!(least, Some(needs), "of {members}");
            assert_eq!(u64::from(needs) < majority(members.into()), members % 2 == 0, "of {members}");
        }
    }
}
