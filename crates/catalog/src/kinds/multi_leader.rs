//! Multi-leader store: every member takes writes at once and tells the others later, and what crosses on the way is a conflict.
//!
//! The protocol is [`replication::multi_leader`]; this file gives it workers, a network, timers and clocks, is the client that reads
//! before it writes, and tells the trace which copy each leader holds and which acknowledged write was dropped.

mod form;

use crate::copies::{self, SHOWN};
use crate::desk::Desk;
use crate::face::Face;
use crate::front::Front;
use crate::hosted::{Host, Hosted};
use crate::kind::{Cx, Glance, Kind, Setup};
use crate::kinds::Message;
use crate::leaders::LeadersFront;
use crate::settings::Settings;
use base::{Delay, Rng, Time, stable_hash_u64};
use check::CheckKind;
use foldhash::quality::FixedState;
use hashbrown::HashMap;
use machine::Peer;
use replication::multi_leader::{Change, Item, Leader, MergeRule, Note, Reply as Told, Request as Ask, Resolve};
use scenario::{KindSpec, Text};
use sim::{CallId, Reply, Request};
use std::collections::VecDeque;
use trace::{Record, Status};

/// One leader.
#[derive(Clone)]
pub struct MultiLeader {
    leader: Box<Hosted<Leader, Teller>>,
    desk: Desk<(CallId, Request)>,
}

/// What leaders say to each other.
#[derive(Clone, Debug)]
pub struct Said {
    message: replication::multi_leader::Message,
    /// Of a copy: the name of the newest write in it, by which reads are judged.
    newest: u64,
}

/// A write by its name, which orders the writes of a key, and its id.
#[derive(Clone, Copy, Debug, Default)]
struct Named {
    version: u64,
    write: u64,
}

/// Something that a leader decided about a key.
#[derive(Clone, Copy, Debug)]
struct Decided {
    key: u64,
    at: Time,
    what: Fate,
}

#[derive(Clone, Copy, Debug)]
enum Fate {
    /// This write of its own was dropped.
    Dropped(u64),
    /// So many versions stand beside each other.
    Beside(u64),
}

/// Tells callers and the trace what the machine says.
#[derive(Clone)]
struct Teller {
    /// By key: the name of the newest write in the copy that is held. It is as durable as the copy.
    newest: HashMap<u64, u64, FixedState>,
    /// What is being written.
    writing: Named,
    /// The newest write in the copy that is being heard.
    hearing: u64,
    /// What was held of the key before it was heard.
    before: Named,
    /// A write that was just dropped, and what was kept.
    gone: Option<(Named, u64)>,
    conflicts: u64,
    dropped: u64,
    decided: VecDeque<Decided>,
}

/// Decisions that are remembered for the face.
const DECIDED: usize = 24;
/// Elements of a set.
const ELEMENTS: u64 = 16;

/// A name of a write at a moment by the writer's clock.
fn name(at: Time, member: u32) -> u64 {
    (at.0 + 1) << 5 | u64::from(member)
}

/// The write that a copy under last-write-wins holds.
fn held(machine: &Leader, key: u64) -> Named {
    match machine.copy(key) {
        Some(Item::Last(Some(held))) => {
            Named { version: name(held.at, held.version.dot.replica), write: held.version.value.unwrap_or(0) }
        }
        _ => Named::default(),
    }
}

impl Default for Teller {
    fn default() -> Teller {
        Teller {
            newest: HashMap::with_hasher(FixedState::with_seed(0)),
            writing: Named::default(),
            hearing: 0,
            before: Named::default(),
            gone: None,
            conflicts: 0,
            dropped: 0,
            decided: VecDeque::with_capacity(DECIDED),
        }
    }
}

impl Teller {
    /// The version of the copy of a key as a reader learns it; 0 for never written.
    fn version(&self, machine: &Leader, key: u64) -> u64 {
        match machine.copy(key) {
            Some(Item::Last(_)) => held(machine, key).version,
            _ => self.newest.get(&key).copied().unwrap_or(0),
        }
    }

    /// The version of a copy such that two that read differently differ: the newest write, and in its last bits what a reader sees.
    fn copied(&self, cx: &mut Cx<'_>, machine: &Leader, key: u64) {
        let version = match machine.copy(key) {
            Some(Item::Last(_)) => held(machine, key).version,
            _ => {
                let seen = machine.read(key).into_iter();
                let seen = seen.fold(0, |sum, value| stable_hash_u64(sum ^ value as u64));
                copies::version(self.newest.get(&key).copied().unwrap_or(0), seen)
            }
        };
        cx.record(Record::Copied { store: cx.home(), member: cx.me(), key, version });
    }

    fn decide(&mut self, key: u64, at: Time, what: Fate) {
        if self.decided.len() == DECIDED {
            self.decided.pop_front();
        }
        self.decided.push_back(Decided { key, at, what });
    }

    /// Tells of a write that was dropped, if one was.
    fn mourn(&mut self, cx: &mut Cx<'_>, key: u64) {
        let Some((Named { version, write }, kept)) = self.gone.take() else { return };
        self.dropped += 1;
        self.decide(key, cx.now(), Fate::Dropped(write));
        cx.record(Record::Overwritten { store: cx.home(), member: cx.me(), key, version, write, kept });
    }
}

impl Host<Leader> for Teller {
    /// Only for what says no copy: see [`Host::send`] below.
    fn wrap(message: replication::multi_leader::Message) -> Message {
        Message::MultiLeader(Said { message, newest: 0 })
    }

    fn send(&mut self, cx: &mut Cx<'_>, to: Peer, message: replication::multi_leader::Message) {
        let newest = match &message {
            replication::multi_leader::Message::Share { key, .. } => self.newest.get(key).copied().unwrap_or(0),
            _ => 0,
        };
        cx.send(to.0 as u8, Message::MultiLeader(Said { message, newest }));
    }

    fn reply(&mut self, cx: &mut Cx<'_>, _machine: &Leader, token: u64, reply: Told) {
        let store = cx.home();
        let answer = match reply {
            Told::Written { .. } => Reply { status: Status::Ok, store, version: self.writing.version, value: 0 },
            // A client of this box asks for nothing else, and a key that knows no such change is never asked for one.
            _ => Reply::plain(Status::Failed),
        };
        cx.reply(CallId::from_token(token), answer);
    }

    fn note(&mut self, cx: &mut Cx<'_>, machine: &Leader, note: Note) {
        match note {
            Note::Written { key, dot, replaces } => {
                let Named { version, write } = self.writing;
                if let (Front::Leaders(front), Some(former)) = (cx.front(), replaces.filter(|former| former.replica != dot.replica)) {
                    front.replace(former);
                }
                let newest = self.newest.entry(key).or_default();
                *newest = version.max(*newest);
                cx.record(Record::Acknowledged { store: cx.home(), member: cx.me(), key, version, write });
                self.copied(cx, machine, key);
                self.mourn(cx, key);
            }
            Note::Applied { key } => {
                let newest = self.newest.entry(key).or_default();
                *newest = self.hearing.max(*newest);
                self.copied(cx, machine, key);
                self.mourn(cx, key);
            }
            Note::Lost { key, lost, kept: _ } => {
                let is_replaced = matches!(cx.front(), Front::Leaders(front) if front.has_replaced(lost));
                // What was held before is what this leader took last; a write that loses on arrival was never held.
                let gone = if self.hearing > 0 { self.before } else { self.writing };
                self.gone = (!is_replaced).then(|| (gone, held(machine, key).version));
            }
            Note::Conflict { key, versions } => {
                self.conflicts += 1;
                self.decide(key, cx.now(), Fate::Beside(versions));
            }
        }
    }
}

impl MultiLeader {
    fn resolve(&self) -> Resolve {
        self.leader.machine.config().resolve
    }

    fn serve(&mut self, cx: &mut Cx<'_>, job: u32) {
        let (call, request) = self.desk.close(job);
        let (key, machine) = (request.key, &self.leader.machine);
        if !request.write {
            let version = self.leader.host.version(machine, key);
            let seen = machine.read(key);
            let value = if self.resolve() == Resolve::Set { seen.len() as u64 } else { seen.last().map_or(0, |seen| *seen as u64) };
            return cx.reply(call, Reply { status: Status::Ok, store: cx.home(), version, value });
        }
        let version = name(cx.now() + machine.clock_ahead(), u32::from(cx.number()));
        let (change, context) = (self.change(&request, version), machine.context(key));
        let host = &mut self.leader.host;
        (host.writing, host.hearing) = (Named { version, write: request.value }, 0);
        self.leader.on_request(cx, call.token(), Ask::Write { key, change, context });
    }

    /// What a client wants done to a key whose copy here it has read.
    fn change(&self, request: &Request, name: u64) -> Change {
        let luck = stable_hash_u64(request.value);
        let element = luck % ELEMENTS;
        let seen = self.leader.machine.read(request.key);
        match self.resolve() {
            Resolve::LastWriteWins => Change::Put(request.value),
            Resolve::Siblings => Change::Put(name),
            Resolve::Merge(MergeRule::Union) => Change::Put(seen.first().map_or(0, |set| *set as u64) ^ 1 << element),
            Resolve::Merge(_) => Change::Put(luck % 1_000),
            Resolve::Counter => Change::Put(1),
            Resolve::Set if seen.contains(&i128::from(element)) => Change::Remove(element),
            Resolve::Set => Change::Put(element),
        }
    }

    /// What a reader of a key sees here, in a few words.
    fn seen(&self, key: u64) -> String {
        let seen = self.leader.machine.read(key);
        let each = |values: &mut dyn Iterator<Item = String>, between: &str| values.collect::<Vec<_>>().join(between);
        match self.resolve() {
            _ if seen.is_empty() && self.leader.machine.copy(key).is_none() => "–".into(),
            Resolve::Set => format!("{{{}}}", each(&mut seen.iter().map(i128::to_string), " ")),
            Resolve::Merge(MergeRule::Union) => {
                let set = seen.first().copied().unwrap_or(0);
                let inside = |element: &u64| set >> element & 1 == 1;
                format!("{{{}}}", each(&mut (0..ELEMENTS).filter(inside).map(|element| element.to_string()), " "))
            }
            Resolve::Siblings => each(&mut seen.iter().map(|name| said(*name as u64)), " | "),
            _ => each(&mut seen.iter().map(i128::to_string), " "),
        }
    }
}

/// The name of a write as people say it: when, and through whom.
fn said(name: u64) -> String {
    format!("{:.3} s by .{}", ((name >> 5).saturating_sub(1)) as f64 / 1e9, name & 31)
}

impl Kind for MultiLeader {
    const SLUG: &'static str = "multi-leader";
    type Message = Said;
    const CHECKS: &'static [CheckKind] = &[CheckKind::Overwrites, CheckKind::Convergence, CheckKind::StaleReads];

    fn spec() -> KindSpec {
        form::spec(Self::SLUG)
    }

    fn members(settings: &Settings<'_>) -> u8 {
        settings.whole("members").clamp(1, 32) as u8
    }

    fn front(settings: &Settings<'_>, _members: u8, _seed_of: &dyn Fn(u8) -> u64) -> Front {
        Front::Leaders(Box::new(LeadersFront::new(form::routing(settings))))
    }

    fn mesh(settings: &Settings<'_>) -> Delay {
        Delay::constant(settings.millis("mesh_ms"))
    }

    fn new(setup: &Setup<'_>) -> MultiLeader {
        let settings = &setup.settings;
        let me = Peer(u16::from(setup.number));
        let machine = Leader::new(me, form::config(settings, setup.members));
        let mut machine = machine.expect("the range of each field lies within the range of the protocol");
        machine.set_clock_ahead(settings.millis("clock_ms").scaled(f64::from(setup.number)));
        let rng = Rng::stream(setup.seed, &[u64::from(setup.number)]);
        MultiLeader { leader: Box::new(Hosted::new(machine, Teller::default(), rng)), desk: Desk::new(settings) }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let settings = &setup.settings;
        self.desk.retune(cx, settings);
        if let Front::Leaders(front) = cx.front() {
            front.routing = form::routing(settings);
        }
        let machine = &mut self.leader.machine;
        machine.set_clock_ahead(settings.millis("clock_ms").scaled(f64::from(setup.number)));
        machine.retune(form::config(settings, setup.members)).expect("the range of each field lies within the range of the protocol");
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        self.leader.on_start(cx);
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        self.desk.take(cx, call, (call, request));
    }

    #[inline]
    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        if !self.leader.on_timer(cx, token) {
            self.serve(cx, token as u32);
            self.desk.release(cx);
        }
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: u8, said: Said) {
        if let replication::multi_leader::Message::Share { key, .. } = &said.message {
            let before = held(&self.leader.machine, *key);
            let host = &mut self.leader.host;
            (host.before, host.hearing) = (before, said.newest);
        }
        self.leader.on_message(cx, from, said.message);
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        self.desk.abandon(cx);
        self.leader.on_crash();
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.leader.on_restart(cx);
    }

    fn summary(settings: &Settings<'_>) -> String {
        let members = settings.whole("members");
        format!("{members} leaders · {} · {}", settings.choice_name("topology"), settings.choice_name("rule"))
    }

    /// The same keys at every leader.
    fn face(members: &[&MultiLeader], _glance: &Glance<'_>) -> Face {
        let recent = members.iter().flat_map(|member| member.leader.machine.recent().take(3 * SHOWN));
        copies::table(members.len(), recent, |member, key| members[member].seen(key))
    }

    fn gauges(members: &[&MultiLeader], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let sum = |of: fn(&MultiLeader) -> u64| Some(members.iter().map(|member| of(member)).sum::<u64>() as f64);
        vec![
            sum(|member| member.leader.machine.owed()),
            sum(|member| member.leader.host.dropped),
            sum(|member| member.leader.host.conflicts),
            glance.p99_ms(),
        ]
    }

    /// What it holds of the keys that changed last, and what it decided about them.
    fn member_face(&self, glance: &Glance<'_>) -> Face {
        let fate = |key: u64| {
            let last = self.leader.host.decided.iter().rev().find(|decided| decided.key == key);
            last.map_or_else(String::new, |Decided { at, what, .. }| {
                let ago = glance.now.since(*at).as_secs_f64();
                match what {
                    Fate::Dropped(write) => format!("dropped its write {write} {ago:.1} s ago"),
                    Fate::Beside(versions) => format!("{versions} versions met {ago:.1} s ago"),
                }
            })
        };
        let decided = self.leader.host.decided.iter().rev().map(|decided| decided.key);
        let mut keys: Vec<u64> = Vec::with_capacity(SHOWN);
        for key in decided.take(SHOWN / 2).chain(self.leader.machine.recent().take(SHOWN)) {
            if keys.len() < SHOWN && !keys.contains(&key) {
                keys.push(key);
            }
        }
        let row = |key: u64| vec![key.to_string(), self.seen(key), fate(key)];
        let head = ["Key", "Holds", "Decided"].map(String::from).to_vec();
        Face::Table { head, rows: keys.into_iter().map(row).collect() }
    }

    fn role(&self) -> Text {
        if self.leader.machine.owed() > 0 { "owes changes".into() } else { Text::default() }
    }

    fn note(&self, _members: &[&MultiLeader]) -> String {
        let (machine, host) = (&self.leader.machine, &self.leader.host);
        let lost = if host.dropped > 0 { format!(" · {} dropped", host.dropped) } else { String::new() };
        format!("{} keys · owes {}{lost}", machine.keys(), machine.owed())
    }
}
