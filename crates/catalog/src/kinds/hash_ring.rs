//! Hash-ring store: each key lives at the member that owns its place on the ring; members join and leave, and keys move.
//!
//! A change of members is a handover. Every member that loses keys sends them to their new owners in batches, each repeated until
//! it is confirmed, and answers for them meanwhile. Once everything is confirmed the ring changes for the callers and the old owners
//! forget what is no longer theirs. Writes that reach an old owner meanwhile, or late, are passed on the same way; the higher
//! version wins.

use crate::desk::Desk;
use crate::face::Face;
use crate::front::{Front, RingFront};
use crate::kind::{Cx, Decision, Glance, Kind, Setup, Word};
use crate::kinds::Message;
use crate::settings::{FieldExt, Settings, law, number, whole, gauge};
use check::CheckKind;
use base::{Delay, Law, Span, Time, stable_hash_u64};
use foldhash::quality::FixedState;
use hashbrown::HashMap;
use placement::{Config, Place, Placement, RingConfig};
use scenario::{KindSpec, Ports, Verb};
use sim::{CallId, Reply, Request};
use std::collections::VecDeque;
use std::sync::Arc;
use trace::{Record, Status};

/// One member of a ring.
#[derive(Clone)]
pub struct HashRing {
    number: u8,
    table: HashMap<u64, (u64, u64), FixedState>,
    /// One more than the highest key ever held here: what has to be looked through when keys move.
    key_bound: u64,
    preloaded: u64,
    /// Batches for other members, the first of them on its way.
    outgoing: VecDeque<Batch>,
    /// Number of the batch on its way; older confirmations and retries are void.
    serial: u32,
    /// Taking part in a change of members and not done yet.
    handing: bool,
    desk: Desk<(CallId, Request)>,
}

type Batch = (u8, Arc<Vec<(u64, u64, u64)>>);

/// What members say to each other when keys change hands.
#[derive(Clone, Debug)]
pub enum Handover {
    /// Keys with version and value.
    Keys {
        /// The sender's number for this batch.
        serial: u32,
        /// The keys.
        keys: Arc<Vec<(u64, u64, u64)>>,
    },
    /// A batch has arrived and is on disk.
    Confirmed {
        /// Of the batch.
        serial: u32,
    },
    /// The ring has changed; forget what is no longer yours.
    Changed,
}

/// Keys in one message of a handover.
const BATCH: usize = 256;
/// How long a member waits for a confirmation before it sends a batch again.
const AGAIN: Span = Span::from_millis(500);
/// Arcs that a face shows.
const ARCS_SHOWN: usize = 240;
/// Set in the token of a retry; else the token is a job whose work is done.
const RETRY: u64 = 1 << 63;

impl HashRing {
    fn keep(&mut self, key: u64, version: u64, value: u64) {
        self.key_bound = self.key_bound.max(key.saturating_add(1));
        let entry = self.table.entry(key).or_insert((0, 0));
        if version > entry.0 {
            *entry = (version, value);
        }
    }

    /// The next version of a key. Versions grow with time, in microseconds so that ten hours fit below the terms of a log; the
    /// member's number keeps two writes at one moment apart.
    fn version_after(&self, key: u64, now: Time) -> u64 {
        let held = self.table.get(&key).map_or(0, |(version, _)| *version);
        (now.0 / 1_000).max((held >> 5) + 1) << 5 | u64::from(self.number)
    }

    fn serve(&mut self, cx: &mut Cx<'_>, job: u32) {
        let (call, request) = self.desk.close(job);
        let store = cx.home();
        self.tell_owner(cx, request.key);
        if !request.write {
            let reply = match self.table.get(&request.key) {
                Some((version, value)) => Reply { status: Status::Ok, store, version: *version, value: *value },
                None => Reply { status: Status::Missing, store, version: 0, value: 0 },
            };
            cx.reply(call, reply);
            return;
        }
        let version = self.version_after(request.key, cx.now());
        self.keep(request.key, version, request.value);
        if let Some(owner) = self.owner_elsewhere(cx, request.key) {
            self.pass_to(cx, owner, vec![(request.key, version, request.value)]);
        }
        cx.reply(call, Reply { status: Status::Ok, store, version, value: request.value });
    }

    /// The member that must have `key` under the coming ring, or under the present one, if that is not this member.
    fn owner_elsewhere(&self, cx: &mut Cx<'_>, key: u64) -> Option<u8> {
        let Front::Ring(front) = cx.front() else { return None };
        let ring = front.next.as_ref().unwrap_or(&front.ring);
        let owner = ring.owner(stable_hash_u64(key))? as u8;
        (owner != self.number).then_some(owner)
    }

    /// Where a key lies on the ring, and who is next clockwise, where somebody looks.
    fn tell_owner(&self, cx: &mut Cx<'_>, key: u64) {
        if !cx.is_looked_into() {
            return;
        }
        let Front::Ring(front) = cx.front() else { return };
        let hash = stable_hash_u64(key);
        let (now, next) = (front.ring.owner(hash), front.next.as_ref().and_then(|ring| ring.owner(hash)));
        let turn = hash as f64 / u64::MAX as f64 * 360.0;
        let Some(now) = now else { return };
        cx.decide(|| match next {
            Some(next) if next != now => {
                let words = [key.into(), Word::Level(turn), Word::Peer(now as u8), Word::Peer(next as u8)];
                Decision::new("key {} lies at {}° on the ring: {} has it and {} is to have it", words)
            }
            _ => Decision::new("key {} lies at {}° on the ring: {} is next clockwise", [key.into(), Word::Level(turn), Word::Peer(now as u8)]),
        });
    }

    fn pass_to(&mut self, cx: &mut Cx<'_>, to: u8, keys: Vec<(u64, u64, u64)>) {
        self.outgoing.push_back((to, Arc::new(keys)));
        if self.outgoing.len() == 1 {
            self.send_first(cx);
        }
    }

    fn send_first(&mut self, cx: &mut Cx<'_>) {
        let Some((to, keys)) = self.outgoing.front().cloned() else { return };
        self.serial = self.serial.wrapping_add(1);
        cx.timer(AGAIN, RETRY | u64::from(self.serial));
        cx.send(to, Message::HashRing(Handover::Keys { serial: self.serial, keys }));
    }

    /// This member has handed everything over, or can't any more; after the last one the callers get the new ring.
    fn finish(&mut self, cx: &mut Cx<'_>) {
        self.handing = false;
        let store = cx.home();
        let Front::Ring(front) = cx.front() else { return };
        front.handing = front.handing.saturating_sub(1);
        if front.handing > 0 {
            return;
        }
        let Some(change) = front.complete() else { return };
        cx.record(Record::Resized {
            store,
            members: change.members,
            moved: change.moved,
            astray: change.astray,
            total: change.total,
            ideal: change.ideal,
        });
        for member in 0..cx.core().boxes[usize::from(store)].members.len() as u8 {
            cx.send(member, Message::HashRing(Handover::Changed));
        }
    }

    /// Forgets the keys that belong to somebody else, unless they are still on their way there.
    fn forget_foreign(&mut self, cx: &mut Cx<'_>) {
        if !self.outgoing.is_empty() {
            return;
        }
        for key in 0..self.key_bound {
            if self.table.contains_key(&key) && self.owner_elsewhere(cx, key).is_some() {
                self.table.remove(&key);
            }
        }
    }
}

impl Kind for HashRing {
    const SLUG: &'static str = "hash-ring";
    type Message = Handover;
    const CHECKS: &'static [CheckKind] = &[CheckKind::StaleReads, CheckKind::KeysMoved];

    fn spec() -> KindSpec {
        KindSpec {
            slug: Self::SLUG.into(),
            title: "Hash-ring store".into(),
            group: "Data".into(),
            purpose: "A store that spreads its keys over members by consistent hashing.".into(),
            icon: "M9 3a6 6 0 1 0 0 12a6 6 0 1 0 0-12M9 1.600a1.400 1.400 0 1 0 0 2.800M14 10.600a1.400 1.400 0 1 0 0 2.800M4 10.600a1.400 1.400 0 1 0 0 2.800".into(),
            fields: vec![
                whole("members", "Members", "", (1.0, 16.0), 4.0, "Members at the start"),
                whole("points", "Points each", "", (1.0, 1_000.0), 150.0, "Places that each member takes on the ring; more spread the keys more evenly"),
                whole("keys", "Keys", "", (0.0, 1e6), 10_000.0, "Keys that are there from the start"),
                whole("workers", "Connections", "", (1.0, 10_000.0), 32.0, "Requests that one member works on at the same time").live(),
                whole("line_max", "Line", "", (0.0, 1e6), 1_000.0, "Requests that may wait at one member; more are refused").live(),
                number("time_ms", "Work", "ms", (0.0, 60_000.0), 1.0, "Mean time of one read or write, its disk included").live(),
                law("time_law", "Work varies", Law::Exponential).live(),
                number("mesh_ms", "Between members", "ms", (0.0, 60_000.0), 1.0, "One-way latency from member to member"),
            ],
            ports: Ports { accepts: true, out_max: 0, refusal: "A store is called; it calls nobody".into() },
            verbs: vec![
                Verb::AddMember, Verb::RemoveMember, Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Heal,
            ],
            gauges: vec![
                gauge("imbalance", "Max/mean", ""),
                gauge("moved_percent", "Moved", "%"),
                gauge("rate", "Requests", "/s"),
                gauge("p99_ms", "p99", "ms"),
            ],
            members: Some("members".into()),
            modelled: vec![
                "the ring with every point, and every key at the member that owns it".into(),
                "a change of members as a handover in confirmed batches, while reads and writes go on".into(),
            ],
            left_out: vec![
                "copies: each key lives at one member, and is out of reach while that is down".into(),
                "how callers learn of the new ring: they have it at once".into(),
            ],
        }
    }

    fn members(settings: &Settings<'_>) -> u8 {
        settings.whole("members").clamp(1, 16) as u8
    }

    fn front(settings: &Settings<'_>, members: u8, seed_of: &dyn Fn(u8) -> u64) -> Front {
        let mut ring = Config::Ring(RingConfig { points: settings.whole("points") }).build();
        for member in 0..members {
            // Members are new and few: the ring has room for them.
            let _ = ring.add(u32::from(member), seed_of(member), 1);
        }
        Front::Ring(RingFront::new(ring))
    }

    fn mesh(settings: &Settings<'_>) -> Delay {
        Delay::constant(settings.millis("mesh_ms"))
    }

    fn new(setup: &Setup<'_>) -> HashRing {
        let settings = &setup.settings;
        HashRing {
            number: setup.number,
            table: HashMap::with_hasher(FixedState::with_seed(0)),
            key_bound: 0,
            preloaded: u64::from(settings.whole("keys")),
            outgoing: VecDeque::new(),
            serial: 0,
            handing: false,
            desk: Desk::new(settings),
        }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let settings = &setup.settings;
        self.desk.retune(cx, settings);
    }

    /// Takes the keys that are there from the start and belong to this member; a newcomer has none yet.
    fn on_start(&mut self, cx: &mut Cx<'_>) {
        let number = u32::from(self.number);
        let Front::Ring(front) = cx.front() else { return };
        let mine: Vec<u64> = (0..self.preloaded).filter(|key| front.ring.owner(stable_hash_u64(*key)) == Some(number)).collect();
        self.table.reserve(mine.len());
        mine.into_iter().for_each(|key| self.keep(key, 1, 0));
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        self.desk.take(cx, call, (call, request));
    }

    #[inline]
    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        if token & RETRY != 0 {
            if token as u32 == self.serial {
                self.send_first(cx);
            }
            return;
        }
        self.serve(cx, token as u32);
        self.desk.release(cx);
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: u8, message: Handover) {
        match message {
            Handover::Keys { serial, keys } => {
                keys.iter().for_each(|(key, version, value)| self.keep(*key, *version, *value));
                cx.send(from, Message::HashRing(Handover::Confirmed { serial }));
            }
            Handover::Confirmed { serial } if serial == self.serial && !self.outgoing.is_empty() => {
                self.outgoing.pop_front();
                self.send_first(cx);
                if self.outgoing.is_empty() {
                    self.serial = self.serial.wrapping_add(1);
                    if self.handing { self.finish(cx) } else { self.forget_foreign(cx) }
                }
            }
            Handover::Changed => self.forget_foreign(cx),
            Handover::Confirmed { .. } => {}
        }
    }

    /// The table is on disk; what was in hand is gone, and the others stop waiting for it.
    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        self.desk.abandon(cx);
        self.outgoing.clear();
        if self.handing {
            self.finish(cx);
        }
    }

    /// Sends what has come to belong to somebody else meanwhile.
    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        for key in 0..self.key_bound {
            if let (Some((version, value)), Some(owner)) = (self.table.get(&key).copied(), self.owner_elsewhere(cx, key)) {
                self.pass_to(cx, owner, vec![(key, version, value)]);
            }
        }
    }

    /// Begins to send every key that belongs to somebody else under the coming ring.
    fn hand_over(&mut self, cx: &mut Cx<'_>) {
        let Front::Ring(front) = cx.front() else { return };
        let Some(next) = front.next.clone() else { return };
        let changing = u32::from(front.changing);
        front.total += self.table.len() as u64;
        let mut batches: Vec<Vec<(u64, u64, u64)>> = vec![Vec::new(); usize::from(RingFront::MEMBERS_MAX)];
        let (mut moved, mut astray) = (0, 0);
        for key in 0..self.key_bound {
            let Some((version, value)) = self.table.get(&key).copied() else { continue };
            let Some(to) = next.owner(stable_hash_u64(key)).filter(|to| *to != u32::from(self.number)) else { continue };
            moved += 1;
            astray += u64::from(to != changing && u32::from(self.number) != changing);
            batches[to as usize].push((key, version, value));
        }
        if let Front::Ring(front) = cx.front() {
            front.moved += moved;
            front.astray += astray;
        }
        self.handing = true;
        for (to, keys) in batches.iter().enumerate() {
            for batch in keys.chunks(BATCH) {
                self.pass_to(cx, to as u8, batch.to_vec());
            }
        }
        if self.outgoing.is_empty() {
            self.finish(cx);
        }
    }

    fn summary(settings: &Settings<'_>) -> String {
        format!("{} members × {} points", settings.whole("members"), settings.whole("points"))
    }

    fn face(members: &[&HashRing], glance: &Glance<'_>) -> Face {
        let Front::Ring(front) = glance.front() else { return Face::Nothing };
        let Placement::Ring(ring) = &front.ring else { return Face::Nothing };
        let arcs = ring.arcs(ARCS_SHOWN);
        let arcs = arcs.iter().map(|arc| crate::face::Arc { start: arc.start, length: arc.length, owner: arc.owner as u16 });
        let owners = (0..members.len()).map(|number| format!(".{number}")).collect();
        let asked = glance.sample.count.arrived > 0;
        let probe = asked.then(|| front.probe as f64 / 18_446_744_073_709_551_616.0);
        Face::Ring { arcs: arcs.collect(), owners, probe }
    }

    fn gauges(members: &[&HashRing], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let Front::Ring(front) = glance.front() else { return Vec::new() };
        let held: Vec<usize> = members.iter().filter(|me| front.has(me.number)).map(|me| me.table.len()).collect();
        let (sum, most) = (held.iter().sum::<usize>(), held.iter().copied().max().unwrap_or(0));
        let imbalance = (sum > 0).then(|| (most * held.len()) as f64 / sum as f64);
        let moved = front.last.map(|change| change.moved as f64 / change.total.max(1) as f64 * 100.0);
        vec![imbalance, moved, Some(glance.rate(glance.sample.count.arrived)), glance.p99_ms()]
    }

    fn note(&self, _members: &[&HashRing]) -> String {
        format!("{} keys", self.table.len())
    }
}
