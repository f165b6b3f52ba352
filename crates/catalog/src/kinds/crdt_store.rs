//! CRDT store: replicas that take writes alone, and tell each other what is new until all hold the same.
//!
//! Types and gossip are [`crdt`]; this file gives them workers, a network and timers, makes operations of writes, and tells the trace
//! which copy each replica holds.

mod form;

use crate::copies::{self, SHOWN};
use crate::desk::Desk;
use crate::face::Face;
use crate::front::Front;
use crate::kind::{Cx, Glance, Kind, Setup};
use crate::kinds::Message;
use crate::settings::Settings;
use base::{Delay, Span, Time, stable_hash_u64};
use check::CheckKind;
use crdt::{Kind as Type, Operation, Parcel, Replica, Replicated, Value};
use scenario::{KindSpec, Text};
use sim::{CallId, Reply, Request};
use trace::{Record, Status};

/// One replica.
#[derive(Clone)]
pub struct CrdtStore {
    number: u8,
    members: u8,
    of: Type,
    replica: Box<Replica>,
    every: Span,
    fanout: u8,
    /// How long an answer is waited for before a replica is told again.
    patience: Span,
    /// Until when each of the others is not told again.
    told: Vec<Time>,
    tally: Tally,
    desk: Desk<(CallId, Request)>,
}

/// What has happened at a replica.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    writes: u64,
    /// Entries sent.
    sent: u64,
    /// Parcels with all copies.
    whole: u64,
    /// Copies that changed by hearing.
    heard: u64,
    /// Parcels that brought nothing new.
    idle: u64,
}

/// What replicas say to each other.
#[derive(Clone, Debug)]
pub enum Said {
    /// This is new.
    News(Parcel),
    /// It is on my disk, up to here.
    Known(u64),
}

/// The token of the timer for telling others.
const TELL: u64 = 1 << 40;
/// Elements of a set, entries of a map, and values of a list, from which a write draws.
const ELEMENTS: u64 = 16;
const ENTRIES: u64 = 8;
const VALUES: u64 = 32;

/// What a write with this luck does to a copy.
fn operation(copy: &Replicated, luck: u64, request: &Request, cx: &Cx<'_>) -> Operation {
    let (element, entry) = (luck % ELEMENTS, luck % ENTRIES);
    let holds = |element: u64| matches!(copy.value(), Value::Set(set) if set.contains(&element));
    match copy.kind() {
        Type::GCounter => Operation::Increment(1),
        Type::PnCounter if luck.is_multiple_of(3) => Operation::Decrement(1),
        Type::PnCounter => Operation::Increment(1),
        Type::LwwRegister | Type::MvRegister => Operation::Write(cx.now(), request.value),
        Type::GSet => Operation::Add(element),
        Type::TwoPhaseSet | Type::OrSet | Type::RwSet if holds(element) => Operation::Remove(element),
        Type::TwoPhaseSet | Type::OrSet | Type::RwSet => Operation::Add(element),
        Type::EwFlag | Type::DwFlag if copy.value() == Value::Flag(true) => Operation::Disable,
        Type::EwFlag | Type::DwFlag => Operation::Enable,
        Type::LwwMap | Type::OrMap if (luck >> 8).is_multiple_of(4) => Operation::Delete(cx.now(), entry),
        Type::LwwMap | Type::OrMap => Operation::Put(cx.now(), entry, request.value),
        Type::Sequence => {
            let length = if let Value::Sequence(values) = copy.value() { values.len() as u64 } else { 0 };
            if length < VALUES { Operation::Insert(luck % (length + 1), request.value) } else { Operation::Cut(luck % length) }
        }
    }
}

/// What a reader gets as one number: a count, a value, or how many things there are.
fn number(value: &Value) -> u64 {
    match value {
        Value::Count(count) => *count as u64,
        Value::Register(value) => value.unwrap_or(0),
        Value::Set(all) | Value::Sequence(all) => all.len() as u64,
        Value::Flag(is_up) => u64::from(*is_up),
        Value::Map(entries) => entries.len() as u64,
    }
}

/// What a reader sees, in a few words.
fn said(value: &Value) -> String {
    let list = |all: &[u64], between: &str| all.iter().map(u64::to_string).collect::<Vec<_>>().join(between);
    match value {
        Value::Count(count) => count.to_string(),
        Value::Register(None) => "–".into(),
        Value::Register(Some(value)) => value.to_string(),
        Value::Set(all) => format!("{{{}}}", list(all, " ")),
        Value::Flag(is_up) => if *is_up { "up" } else { "down" }.into(),
        Value::Map(entries) => {
            let entries = entries.iter().map(|(key, values)| format!("{key}: {}", list(values, " | ")));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::Sequence(all) if all.len() > 8 => format!("{} … ({})", list(&all[..6], " "), all.len()),
        Value::Sequence(all) => list(all, " "),
    }
}

impl CrdtStore {
    fn serve(&mut self, cx: &mut Cx<'_>, job: u32) {
        let (call, request) = self.desk.close(job);
        let (key, store) = (request.key, cx.home());
        if !request.write {
            let value = self.replica.copy(key).map_or(0, |copy| number(&copy.value()));
            return cx.reply(call, Reply { status: Status::Ok, store, version: self.replica.stamp(key), value });
        }
        // The name of the write: when, and through whom. It orders the writes of a key.
        let version = (cx.now().0 + 1) << 5 | u64::from(self.number);
        let luck = stable_hash_u64(request.value);
        let operation = match self.replica.copy(key) {
            Some(copy) => operation(copy, luck, &request, cx),
            None => operation(&self.of.fresh(), luck, &request, cx),
        };
        let reply = match self.replica.apply(key, operation, version) {
            Ok(()) => {
                self.tally.writes += 1;
                self.copied(cx, key);
                Reply { status: Status::Ok, store, version, value: 0 }
            }
            // Every operation here is one that the type has, in a place that there is; only a counter can be full.
            Err(_) => Reply::plain(Status::Failed),
        };
        cx.reply(call, reply);
    }

    /// The version of a copy such that two that read differently differ: the newest write, and in its last bits what a reader sees.
    fn copied(&self, cx: &mut Cx<'_>, key: u64) {
        let seen = self.replica.copy(key).map_or(0, |copy| base::stable_hash(&said(&copy.value())));
        let version = copies::version(self.replica.stamp(key), seen);
        cx.record(Record::Copied { store: cx.home(), member: cx.me(), key, version });
    }

    /// Tells some others what they lack.
    fn tell(&mut self, cx: &mut Cx<'_>) {
        cx.timer(self.every, TELL);
        let mut others = [0_u8; 16];
        let others = &mut others[..usize::from(self.members.clamp(1, 16)) - 1];
        let me = self.number;
        others.iter_mut().zip((0..self.members).filter(|other| *other != me)).for_each(|(place, other)| *place = other);
        for at in 0..others.len().min(usize::from(self.fanout)) {
            let drawn = at + cx.rng().below((others.len() - at) as u64) as usize;
            others.swap(at, drawn);
            let to = usize::from(others[at]);
            if self.told.get(to).is_none_or(|until| *until > cx.now()) {
                continue;
            }
            let Some(parcel) = self.replica.tell(u32::from(others[at])) else { continue };
            self.told[to] = cx.now() + self.patience;
            self.tally.sent += parcel.size();
            self.tally.whole += u64::from(parcel.is_whole);
            cx.send(others[at], Message::CrdtStore(Said::News(parcel)));
        }
    }

    fn owed(&self) -> u64 {
        (0..self.members).filter(|other| *other != self.number).map(|other| self.replica.owed(u32::from(other))).sum()
    }

    fn seen(&self, key: u64) -> String {
        self.replica.copy(key).map_or_else(|| "–".into(), |copy| said(&copy.value()))
    }
}

impl Kind for CrdtStore {
    const SLUG: &'static str = "crdt-store";
    type Message = Said;
    const CHECKS: &'static [CheckKind] = &[CheckKind::Convergence, CheckKind::StaleReads];

    fn spec() -> KindSpec {
        form::spec(Self::SLUG)
    }

    fn members(settings: &Settings<'_>) -> u8 {
        settings.whole("members").clamp(1, 16) as u8
    }

    fn front(settings: &Settings<'_>, _members: u8, _seed_of: &dyn Fn(u8) -> u64) -> Front {
        form::front(settings)
    }

    fn mesh(settings: &Settings<'_>) -> Delay {
        Delay::constant(settings.millis("mesh_ms"))
    }

    fn new(setup: &Setup<'_>) -> CrdtStore {
        let (settings, number) = (&setup.settings, setup.number);
        let of = settings.one_of("type", Type::ALL);
        CrdtStore {
            number,
            members: setup.members,
            of,
            replica: Box::new(Replica::new(u32::from(number), of, form::sends(settings), settings.whole("log_max"))),
            every: settings.millis("gossip_ms"),
            fanout: settings.whole("fanout") as u8,
            patience: settings.millis("mesh_ms").scaled(2.5),
            told: vec![Time::ZERO; usize::from(setup.members)],
            tally: Tally::default(),
            desk: Desk::new(settings),
        }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let settings = &setup.settings;
        self.desk.retune(cx, settings);
        self.replica.retune(form::sends(settings), settings.whole("log_max"));
        (self.every, self.fanout) = (settings.millis("gossip_ms"), settings.whole("fanout") as u8);
    }

    /// Replicas begin one after the other, so that they do not all tell at the same moment.
    fn on_start(&mut self, cx: &mut Cx<'_>) {
        let share = f64::from(self.number + 1) / f64::from(self.members.max(1));
        cx.timer(self.every.scaled(share), TELL);
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        self.desk.take(cx, call, (call, request));
    }

    #[inline]
    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        if token == TELL {
            return self.tell(cx);
        }
        self.serve(cx, token as u32);
        self.desk.release(cx);
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: u8, said: Said) {
        match said {
            Said::News(parcel) => {
                let upto = parcel.upto;
                let changed = self.replica.hear(parcel);
                self.tally.heard += changed.len() as u64;
                self.tally.idle += u64::from(changed.is_empty());
                changed.into_iter().for_each(|key| self.copied(cx, key));
                cx.send(from, Message::CrdtStore(Said::Known(upto)));
            }
            Said::Known(upto) => {
                self.replica.on_acknowledged(u32::from(from), upto);
                if let Some(until) = self.told.get_mut(usize::from(from)) {
                    *until = Time::ZERO;
                }
            }
        }
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        self.desk.abandon(cx);
        self.replica.on_crash();
        self.told.fill(Time::ZERO);
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        cx.timer(self.every, TELL);
    }

    fn summary(settings: &Settings<'_>) -> String {
        let (replicas, sends) = (settings.whole("members"), settings.choice_name("sends"));
        format!("{} · {replicas} replicas · {sends}", settings.choice_name("type"))
    }

    /// The same keys at every replica.
    fn face(members: &[&CrdtStore], _glance: &Glance<'_>) -> Face {
        let recent = members.iter().flat_map(|member| member.replica.recent().take(3 * SHOWN));
        copies::table(members.len(), recent, |member, key| members[member].seen(key))
    }

    fn gauges(members: &[&CrdtStore], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let sum = |of: fn(&CrdtStore) -> u64| members.iter().map(|member| of(member)).sum::<u64>();
        let (writes, sent) = (sum(|member| member.tally.writes), sum(|member| member.tally.sent));
        vec![
            Some(sum(CrdtStore::owed) as f64),
            (writes > 0).then(|| sent as f64 / writes as f64),
            Some(sum(|member| member.tally.whole) as f64),
            glance.p99_ms(),
        ]
    }

    /// What it holds, how large each copy is, and what it has told and heard.
    fn member_face(&self, _glance: &Glance<'_>) -> Face {
        let mut keys: Vec<u64> = Vec::with_capacity(SHOWN);
        for key in self.replica.recent().take(4 * SHOWN) {
            if keys.len() < SHOWN && !keys.contains(&key) {
                keys.push(key);
            }
        }
        let row = |key: u64| {
            let size = self.replica.copy(key).map_or(0, crdt::Crdt::size);
            vec![key.to_string(), self.seen(key), size.to_string()]
        };
        let Tally { sent, whole, heard, idle, .. } = self.tally;
        let told = [("told", sent, "entries"), ("told all", whole, "times"), ("heard", heard, "news"), ("heard nothing new", idle, "times")];
        let told = told.map(|(what, count, unit)| vec![what.to_string(), format!("{count} {unit}"), String::new()]);
        let head = ["Key", "Holds", "Entries"].map(String::from).to_vec();
        Face::Table { head, rows: keys.into_iter().map(row).chain(told).collect() }
    }

    fn role(&self) -> Text {
        Text::default()
    }

    fn note(&self, _members: &[&CrdtStore]) -> String {
        format!("{} keys · owes {}", self.replica.keys(), self.owed())
    }
}
