//! What callers of a sharded store know: which shard has a key, also while keys move from shard to shard.
//!
//! It holds the table that says where keys live and, during a change of shards, for each old shard the step machine that carries out
//! its part of the plan ([`placement::StopAndCopy`] or [`placement::DualWrite`]). The shards do the work and report; callers are
//! told at every call which side is read. It is what a configuration service keeps, and always reachable.

use crate::front::{Change, RingFront};
use base::stable_hash_u64;
use placement::{
    Algorithm, DualWrite, DualWriteConfig, Phase, Place, Placement, Plan, Ranges, Side, StopAndCopy, StopPhase,
    Targets, Territory, Work,
};
use std::collections::BTreeMap;

/// Where keys live.
#[derive(Clone, Debug)]
pub enum Map {
    /// Where a rule says.
    Rule(Placement),
    /// Where a directory of equal slots says, any of which can be given to any shard.
    Directory(Ranges),
}

/// Slots of a directory, as a power of two.
const SLOT_BITS: u32 = 10;

impl Map {
    /// A table of `members` shards: by an algorithm, or without one by a directory.
    #[must_use]
    pub fn new(algorithm: Option<Algorithm>, members: u8, seed_of: &dyn Fn(u8) -> u64) -> Map {
        let Some(algorithm) = algorithm else {
            let mut slots = Ranges::of_size(1 << (64 - SLOT_BITS), 1 << SLOT_BITS);
            for slot in 0..1_u64 << SLOT_BITS {
                // A slot begins there, by the line before.
                let _ = slots.assign(slot << (64 - SLOT_BITS), (slot % u64::from(members.max(1))) as u32);
            }
            return Map::Directory(slots);
        };
        let mut rule = algorithm.config().build();
        for member in 0..members {
            // Shards are new and few: there is room for them.
            let _ = rule.add(u32::from(member), seed_of(member), 1);
        }
        Map::Rule(rule)
    }

    /// The shards that have keys, ascending.
    #[must_use]
    pub fn members(&self) -> Vec<u32> {
        match self {
            Map::Rule(rule) => rule.members(),
            Map::Directory(slots) => slots.shards(),
        }
    }

    /// The table with one shard more or less; `None` when it does not take it.
    fn changed(&self, grow: bool, member: u32, seed: u64) -> Option<Map> {
        let mut next = self.clone();
        let is_changed = match (&mut next, grow) {
            (Map::Rule(rule), true) => rule.add(member, seed, 1).is_ok(),
            (Map::Rule(rule), false) => rule.remove(member),
            (Map::Directory(slots), true) => slots.join(member) > 0,
            (Map::Directory(slots), false) => slots.leave(member) > 0,
        };
        is_changed.then_some(next)
    }
}

impl Territory for Map {
    fn owner_of(&self, position: u64) -> Option<u32> {
        match self {
            Map::Rule(rule) => rule.owner(position),
            Map::Directory(slots) => Some(slots.owner(position)),
        }
    }

    fn lasts(&self) -> Vec<u64> {
        match self {
            Map::Rule(rule) => rule.boundaries(),
            Map::Directory(slots) => slots.lasts(),
        }
    }
}

/// Where on the scale of all positions a key lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// At its hash: neighbours far apart.
    Hash,
    /// In the order of the keys: neighbours together, and what is popular with them.
    Order {
        /// Keys that lie in order; those beyond lie by their hash in the last place.
        keys: u64,
    },
}

impl Spread {
    /// The position of a key.
    #[inline]
    #[must_use]
    pub fn position(self, key: u64) -> u64 {
        match self {
            Spread::Hash => stable_hash_u64(key),
            Spread::Order { keys } => {
                let step = u64::MAX / keys.max(1);
                if key < keys { key * step } else { keys.saturating_sub(1) * step + stable_hash_u64(key) % step.max(1) }
            }
        }
    }
}

/// How keys change shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// A shard refuses everything until it has handed over what goes elsewhere.
    StopAndCopy,
    /// Both sides are written until the new one has everything.
    DualWrite(DualWriteConfig),
}

/// The part of a change that one old shard carries out.
#[derive(Clone, Debug)]
pub enum Part {
    /// It stops, copies and switches.
    Stop(StopAndCopy),
    /// It writes both sides, copies, compares and switches.
    Dual(DualWrite),
}

/// A change under way.
#[derive(Clone, Debug)]
pub struct Resharding {
    map: Map,
    plan: Plan,
    changing: u8,
    how: How,
    /// By old shard; one that has been down since the beginning has not begun.
    parts: BTreeMap<u32, Part>,
    /// Old shards that are done, one bit each.
    done: u32,
    /// Keys held by the shards when their parts began.
    total: u64,
    moved: u64,
    astray: u64,
    /// Keys that are where they belong, as far as has been reported.
    copied: u64,
}

/// What a shard is for a key at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Its only home.
    Here,
    /// One of its two homes: writes go to the other as well.
    Both {
        /// The other.
        other: u8,
        /// Whether this is the side from which it moves.
        is_old: bool,
    },
    /// Its home under maintenance.
    Stopped,
    /// Nothing to it.
    Elsewhere,
}

/// What a shard has to do next for its part of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Copy keys from this position on.
    Copy {
        /// The first position.
        first: u64,
        /// Whether a newer row at the new side stays.
        only_if_newer: bool,
    },
    /// Compare the two sides from this position on.
    Compare {
        /// The first position.
        first: u64,
    },
    /// Copy this one again.
    Repair {
        /// Its position.
        position: u64,
        /// Of the suspicion.
        serial: u64,
    },
    /// Reads have just gone over to the new side: keep both for a while.
    Soak,
    /// Nothing at present.
    Wait,
    /// Its part is done.
    Finish,
}

/// How a sharded store is reached.
#[derive(Clone, Debug)]
pub struct ShardFront {
    /// Where keys live.
    pub map: Map,
    /// Where on the scale they lie.
    pub spread: Spread,
    /// How the next change will be carried out.
    pub how: How,
    /// The last change that was completed.
    pub last: Option<Change>,
    next: Option<Resharding>,
}

impl ShardFront {
    /// Shards at rest.
    #[must_use]
    pub fn new(map: Map, spread: Spread, how: How) -> ShardFront {
        ShardFront { map, spread, how, last: None, next: None }
    }

    /// Whether this shard has keys, or is getting some.
    #[must_use]
    pub fn has(&self, number: u8) -> bool {
        self.next.is_some() || self.map.members().contains(&u32::from(number))
    }

    /// Begins a change in which a new shard, number `members`, joins, or the last one leaves: its number. `None` while another change
    /// is under way, and when there would be none left or too many.
    pub fn begin(&mut self, grow: bool, members: u8, seed_of: &dyn Fn(u8) -> u64) -> Option<u8> {
        let there = self.map.members();
        if self.next.is_some() || (grow && members >= RingFront::MEMBERS_MAX) || (!grow && there.len() < 2) {
            return None;
        }
        let changing = if grow { members } else { *there.last()? as u8 };
        let map = self.map.changed(grow, u32::from(changing), seed_of(changing))?;
        let plan = Plan::between(&self.map, &map);
        let (parts, how) = (BTreeMap::new(), self.how);
        self.next =
            Some(Resharding { map, plan, changing, how, parts, done: 0, total: 0, moved: 0, astray: 0, copied: 0 });
        Some(changing)
    }

    /// The shard that is asked for this position.
    #[inline]
    #[must_use]
    pub fn asked(&self, position: u64) -> Option<u32> {
        let old = self.map.owner_of(position)?;
        let Some(next) = &self.next else { return Some(old) };
        let reads_new = match next.parts.get(&old) {
            Some(Part::Stop(part)) => part.side() == Some(Side::New),
            Some(Part::Dual(part)) => part.read() == Side::New,
            None => false,
        };
        if reads_new { next.map.owner_of(position) } else { Some(old) }
    }

    /// Where a key of this position goes from this shard in the change under way, if it goes.
    #[must_use]
    pub fn moves_to(&self, position: u64, from: u32) -> Option<u32> {
        let range = self.next.as_ref()?.plan.of(position)?;
        range.to.filter(|_| range.from == Some(from))
    }

    /// What shard `me` is for this position.
    #[must_use]
    pub fn standing(&self, position: u64, me: u32) -> Standing {
        let here = |owner: Option<u32>| if owner == Some(me) { Standing::Here } else { Standing::Elsewhere };
        let old = self.map.owner_of(position);
        let Some(next) = &self.next else { return here(old) };
        let new = next.map.owner_of(position);
        match old.and_then(|old| next.parts.get(&old)) {
            None => here(old),
            Some(Part::Stop(part)) => match part.phase() {
                StopPhase::Serving => here(old),
                StopPhase::Stopped if old == Some(me) => Standing::Stopped,
                StopPhase::Stopped => Standing::Elsewhere,
                StopPhase::Switched => here(new),
            },
            Some(Part::Dual(part)) => {
                let Targets { old: to_old, new: to_new } = part.write(position);
                let other = |owner: Option<u32>, is_old| match owner {
                    Some(owner) if to_old && to_new => Standing::Both { other: owner as u8, is_old },
                    _ => Standing::Here,
                };
                if old == Some(me) && to_old {
                    other(new, true)
                } else if new == Some(me) && to_new && part.read() == Side::New {
                    other(old, false)
                } else {
                    Standing::Elsewhere
                }
            }
        }
    }

    /// Both legs of a write have been answered or given up: whether it may be acknowledged.
    pub fn settle(&mut self, position: u64, worked: Targets) -> bool {
        let old = self.map.owner_of(position);
        match self.next.as_mut().zip(old).and_then(|(next, old)| next.parts.get_mut(&old)) {
            Some(Part::Dual(part)) => part.on_write(position, worked),
            _ => true,
        }
    }

    /// Old shard `me` begins its part, holding `total` keys; false when it has none. It may begin again after a crash.
    pub fn enter(&mut self, me: u32, total: u64) -> bool {
        let is_old = self.map.members().contains(&me);
        let Some(next) = self.next.as_mut().filter(|_| is_old) else { return false };
        if !next.parts.contains_key(&me) {
            let plan = next.plan.leaving(me);
            let part = match next.how {
                How::StopAndCopy => {
                    let mut part = StopAndCopy::new(plan);
                    part.stop();
                    Part::Stop(part)
                }
                How::DualWrite(config) => {
                    let mut part = DualWrite::new(config, plan);
                    // From prepared there is always a way on.
                    let _ = part.advance();
                    Part::Dual(part)
                }
            };
            next.parts.insert(me, part);
            next.total += total;
        }
        next.done >> me & 1 == 0
    }

    /// Whether shard `me` has begun its part.
    #[must_use]
    pub fn has_begun(&self, me: u32) -> bool {
        self.next.as_ref().is_some_and(|next| next.parts.contains_key(&me))
    }

    /// Counts a key that shard `me` hands to `to`.
    pub fn count(&mut self, me: u32, to: u32) {
        if let Some(next) = &mut self.next {
            next.moved += 1;
            let changing = u32::from(next.changing);
            next.astray += u64::from(to != changing && me != changing);
        }
    }

    fn part(&mut self, me: u32) -> Option<&mut Part> {
        self.next.as_mut()?.parts.get_mut(&me)
    }

    /// What shard `me` has to do next; goes on to the next phase where that is safe.
    pub fn task(&mut self, me: u32) -> Task {
        let task = |work: Option<Work>| match work {
            Some(Work::Copy { rest, only_if_newer }) => Some(Task::Copy { first: rest.first, only_if_newer }),
            Some(Work::Compare { rest }) => Some(Task::Compare { first: rest.first }),
            Some(Work::Repair { hash, serial, .. }) => Some(Task::Repair { position: hash, serial }),
            None => None,
        };
        match self.part(me) {
            None => Task::Wait,
            Some(Part::Stop(part)) => task(part.work()).unwrap_or(Task::Finish),
            Some(Part::Dual(part)) => match part.phase() {
                Phase::Prepared | Phase::ReadNew => Task::Wait,
                Phase::Complete => Task::Finish,
                Phase::DualWrite => match task(part.work()) {
                    Some(task) => task,
                    None => part.advance().map_or(Task::Wait, |_| Task::Soak),
                },
            },
        }
    }

    /// Whether both sides are being kept for a while by shard `me`.
    pub fn is_soaking(&mut self, me: u32) -> bool {
        matches!(self.part(me), Some(Part::Dual(part)) if part.phase() == Phase::ReadNew)
    }

    /// Everything of shard `me` up to `through` has been copied: so many keys.
    pub fn copied(&mut self, me: u32, through: u64, keys: u64) {
        match self.part(me) {
            Some(Part::Stop(part)) => part.on_copied_through(through),
            Some(Part::Dual(part)) => part.on_copied_through(through),
            None => {}
        }
        if let Some(next) = &mut self.next {
            next.copied += keys;
        }
    }

    /// Everything of shard `me` up to `through` has been compared; these positions differ.
    pub fn compared(&mut self, me: u32, through: u64, differing: &[u64]) {
        if let Some(Part::Dual(part)) = self.part(me) {
            part.on_compared_through(through, differing);
        }
    }

    /// A repair is done.
    pub fn repaired(&mut self, me: u32, position: u64, serial: u64) {
        if let Some(Part::Dual(part)) = self.part(me) {
            part.on_repaired(position, serial);
        }
    }

    /// Both sides have been kept for long enough.
    pub fn soaked(&mut self, me: u32) {
        if let Some(Part::Dual(part)) = self.part(me)
            && part.phase() == Phase::ReadNew
        {
            // From reading new there is always a way on.
            let _ = part.advance();
        }
    }

    /// Shard `me` is done; after the last old shard the change is complete.
    pub fn finish(&mut self, me: u32) -> Option<Change> {
        let next = self.next.as_mut()?;
        next.done |= 1_u32.checked_shl(me).unwrap_or(0);
        let before = self.map.members();
        if before.iter().any(|old| next.done >> old & 1 == 0) {
            return None;
        }
        let next = self.next.take()?;
        let after = next.map.members().len();
        self.map = next.map;
        let ideal = (1e6 / before.len().max(after).max(1) as f64 + 0.5) as u32;
        self.last =
            Some(Change { members: after as u16, total: next.total, moved: next.moved, astray: next.astray, ideal });
        self.last
    }

    /// Keys that have been copied and keys that move in the change under way.
    #[must_use]
    pub fn progress(&self) -> Option<(u64, u64)> {
        self.next.as_ref().map(|next| (next.copied, next.moved))
    }
}
