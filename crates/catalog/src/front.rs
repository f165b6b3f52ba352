//! What callers know of a box: which of its members a request goes to.
//!
//! It stands for the client library, the registry or the virtual address through which a group is reached. It is always
//! reachable, and it learns of a new leader or a changed ring at the moment at which a member announces it.

use crate::chains::ChainFront;
use crate::commits::CommitFront;
use crate::cookies::CookieFront;
use crate::disks::DisksFront;
use crate::ids::IdFront;
use crate::leaders::LeadersFront;
use crate::listed::ListFront;
use crate::mailboxes::HubFront;
use crate::shards::ShardFront;
use crate::slots::SlotFront;
use crate::spans::SpanFront;
use crate::words::PrefixFront;
use base::stable_hash_u64;
use placement::{Place, Placement};
use sim::{Life, Request};
use trace::MemberIndex;

/// Which member of a box a call goes to.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one for each box, and it is asked at every call: no detour")]
pub enum Front {
    /// The only one.
    Only,
    /// Everybody in turn, another one at each attempt: any member serves any request.
    Turn(u32),
    /// To the member nearest to the user that is up.
    Nearest,
    /// Writes to the leader, reads to whom the box lets read.
    Leader(LeaderFront),
    /// To the owner of the key.
    Ring(RingFront),
    /// To the instances of a group that are ready, in turn.
    Scaled(crate::kinds::autoscaled::Group),
    /// To the shard of the key, also while keys move.
    Shards(Box<ShardFront>),
    /// Everybody in turn, and what they gave is looked at.
    Ids(Box<IdFront>),
    /// To the server at which the user's device is connected.
    Hub(Box<HubFront>),
    /// To one of those that the registry's list names.
    Listed(Box<ListFront>),
    /// Writes to the coordinator, reads to those who hold the rows.
    Commits(Box<CommitFront>),
    /// To a leader of many, and what was written over is remembered.
    Leaders(Box<LeadersFront>),
    /// To head or tail of a chain, as its master says.
    Chain(Box<ChainFront>),
    /// To the member that has the words with this first letter.
    Prefix(Box<PrefixFront>),
    /// The only one, which says which spans it wants.
    Spans(SpanFront),
    /// To a server, with what the user's browser holds.
    Cookies(Box<CookieFront>),
    /// To a member that holds data; the first keeps the index.
    Disks(Box<DisksFront>),
    /// Reads to the second member; writes to those after it in turn, which ask the first for leave.
    Guarded(u32),
    /// To the leader of a log that is agreed on slot by slot, or to everybody in turn.
    Slots(Box<SlotFront>),
}

impl Front {
    /// Whether this member is one of those that serve now, or will.
    #[must_use]
    pub fn has(&self, number: u8) -> bool {
        match self {
            Front::Ring(front) => front.has(number) || front.next.is_some(),
            Front::Shards(front) => front.has(number),
            _ => true,
        }
    }

    /// Begins a change in which a new member, number `members`, joins, or the last one leaves: its number. `None` when the members
    /// of such a box do not change, or cannot now.
    pub fn begin(&mut self, grow: bool, members: u8, seed_of: &dyn Fn(u8) -> u64) -> Option<u8> {
        match self {
            Front::Ring(front) => front.change(grow, members, seed_of),
            Front::Shards(front) => front.begin(grow, members, seed_of),
            _ => None,
        }
    }

    /// So many members run when the change begins.
    pub fn taking_part(&mut self, hands: u32) {
        if let Front::Ring(front) = self {
            front.handing = hands;
        }
    }
}

/// How a group with a leader is reached.
#[derive(Clone, Debug)]
pub struct LeaderFront {
    /// The member that announced itself leader last.
    pub leader: u8,
    /// The term of that announcement.
    pub term: u64,
    /// Who answers reads.
    pub reads: Reads,
    /// Whose turn it is.
    pub turn: u32,
}

/// Who answers reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// Only the leader.
    Leader,
    /// The others, in turn.
    Followers,
    /// Everybody, in turn.
    Anybody,
}

/// How a ring is reached.
#[derive(Clone, Debug)]
pub struct RingFront {
    /// Who owns what.
    pub ring: Placement,
    /// Who will own what once the keys have been handed over.
    pub next: Option<Placement>,
    /// Who joins or leaves in the present change.
    pub changing: u8,
    /// Members that have not finished handing over.
    pub handing: u32,
    /// Keys that the members taking part held when the present change began.
    pub total: u64,
    /// Of those, keys that change hands.
    pub moved: u64,
    /// Of those, keys that go neither to the newcomer nor away from the leaver.
    pub astray: u64,
    /// The last change that was completed.
    pub last: Option<Change>,
    /// Where the last key fell, as its hash.
    pub probe: u64,
}

/// A completed change of members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Members afterwards.
    pub members: u16,
    /// Keys before.
    pub total: u64,
    /// Keys that changed hands.
    pub moved: u64,
    /// Keys that need not have.
    pub astray: u64,
    /// The share that had to, in millionths.
    pub ideal: u32,
}

impl RingFront {
    /// Most members that can ever have been on one ring in one run.
    pub const MEMBERS_MAX: u8 = 32;

    /// A ring at rest.
    #[must_use]
    pub fn new(ring: Placement) -> RingFront {
        RingFront { ring, next: None, changing: 0, handing: 0, total: 0, moved: 0, astray: 0, last: None, probe: 0 }
    }

    /// Begins a change: see [`Front::begin`].
    fn change(&mut self, grow: bool, members: u8, seed_of: &dyn Fn(u8) -> u64) -> Option<u8> {
        let mut next = self.ring.clone();
        if self.next.is_some() || (grow && members >= RingFront::MEMBERS_MAX) || (!grow && next.members().len() < 2) {
            return None;
        }
        let changing = if grow { members } else { *next.members().last()? as u8 };
        if grow {
            next.add(u32::from(changing), seed_of(changing), 1).ok()?;
        } else {
            next.remove(u32::from(changing));
        }
        (self.next, self.changing, self.handing) = (Some(next), changing, 0);
        (self.total, self.moved, self.astray) = (0, 0, 0);
        Some(changing)
    }

    /// Gives the callers the new ring.
    pub fn complete(&mut self) -> Option<Change> {
        let next = self.next.take()?;
        let most = next.members().len().max(self.ring.members().len()).max(1);
        let members = next.members().len() as u16;
        self.ring = next;
        let ideal = (1e6 / most as f64 + 0.5) as u32;
        self.last = Some(Change { members, total: self.total, moved: self.moved, astray: self.astray, ideal });
        self.last
    }

    /// Whether this member is on the ring now.
    #[must_use]
    pub fn has(&self, number: u8) -> bool {
        self.ring.members().contains(&u32::from(number))
    }
}

impl sim::Front for Front {
    #[inline]
    fn route(&mut self, request: &Request, attempt: u8, lives: &[Life], members: &[MemberIndex]) -> Option<u8> {
        match self {
            Front::Only | Front::Spans(_) => (!members.is_empty()).then_some(0),
            Front::Nearest => first_up(stable_hash_u64(u64::from(request.user)), lives, members),
            Front::Turn(turn) => next(turn, members),
            Front::Ids(front) => next(&mut front.turn, members),
            Front::Hub(front) => front.route(request.user),
            Front::Listed(front) => front.route(request),
            Front::Commits(front) => front.route(request.key, request.write, members.len()),
            Front::Leaders(front) => front.route(request, lives, members),
            Front::Chain(front) => front.route(request, attempt),
            Front::Prefix(front) => front.route(request),
            Front::Slots(front) => front.route(request, members),
            Front::Disks(front) => front.route(lives, members),
            Front::Cookies(front) => front.route(request, lives, members),
            Front::Leader(front) => Some(front.route(request, attempt, members.len() as u32)),
            Front::Ring(front) => {
                front.probe = stable_hash_u64(request.key);
                front.ring.owner(front.probe).map(|owner| owner as u8)
            }
            Front::Scaled(group) => {
                let is_up = |number: usize| members.get(number).is_some_and(|member| lives[usize::from(*member)].up);
                group.route(is_up)
            }
            Front::Shards(front) => front.asked(front.spread.position(request.key)).map(|owner| owner as u8),
            Front::Guarded(_) if !request.write => (members.len() > 1).then_some(1),
            Front::Guarded(turn) => {
                *turn = turn.wrapping_add(1);
                turn.checked_rem((members.len() as u32).saturating_sub(2)).map(|number| number as u8 + 2)
            }
        }
    }
}

/// The member whose number is `home` modulo the members, or the first after it that is up; that one itself when nobody is.
pub(crate) fn first_up(home: u64, lives: &[Life], members: &[MemberIndex]) -> Option<u8> {
    let count = members.len() as u64;
    let near = (0..count).map(|away| ((home % count + away) % count) as usize);
    let is_up = |number: &usize| lives[usize::from(members[*number])].up;
    near.clone().find(is_up).or(near.clone().next()).map(|number| number as u8)
}

/// Whose turn it is next.
pub(crate) fn next(turn: &mut u32, members: &[MemberIndex]) -> Option<u8> {
    *turn = turn.wrapping_add(1);
    turn.checked_rem(members.len() as u32).map(|number| number as u8)
}

impl LeaderFront {
    fn route(&mut self, request: &Request, attempt: u8, members: u32) -> u8 {
        let leader = u32::from(self.leader);
        if request.write || members < 2 || self.reads == Reads::Leader {
            return self.leader;
        }
        if attempt == 0 {
            self.turn = self.turn.wrapping_add(1);
        }
        let turn = self.turn.wrapping_add(u32::from(attempt));
        match self.reads {
            Reads::Followers => ((leader + 1 + turn % (members - 1)) % members) as u8,
            Reads::Anybody | Reads::Leader => (turn % members) as u8,
        }
    }
}
