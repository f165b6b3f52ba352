//! Lock service: a lock as a lease, those who take it before they write, and the resource that it protects.
//!
//! The protocol is [`lease::lock`]: member 0 keeps the lease, member 1 is the resource, the others take the lock, work, write and
//! release it, one request at a time. This file gives them lines, a network, timers and a clock.

mod form;

use crate::face::{Face, Mood, Phase};
use crate::front::Front;
use crate::hosted::{Host, Hosted};
use crate::kind::{Cx, Glance, Kind, Setup};
use crate::kinds::Message;
use crate::settings::Settings;
use base::{Delay, Rng, Time};
use check::CheckKind;
use lease::lock::{Member, Note, Reply as Told, Request as Ask};
use machine::Peer;
use queue::Fifo;
use scenario::{KindSpec, Text};
use sim::{CallId, Reply, Request};
use std::collections::VecDeque;
use trace::{Record, Status};

/// One member: the lock's store, the resource, or one who takes the lock.
#[derive(Clone)]
pub struct LockService {
    number: u8,
    member: Box<Hosted<Member, Teller>>,
    line: Fifo<(CallId, Request)>,
    hold: Delay,
}

/// Tells callers what the machine says, and remembers who held the lock when.
#[derive(Clone, Default)]
struct Teller {
    /// What it is at work for.
    current: Option<CallId>,
    /// It has answered: the next in line.
    is_free: bool,
    holds: VecDeque<Hold>,
    /// At the resource: writes of holders that had been replaced, done all the same.
    out_of_order: u64,
    done: u64,
    fenced: u64,
    /// Gave up waiting for the lock.
    gave_up: u64,
}

/// A time in which a member believed that it held the lock.
#[derive(Clone, Copy)]
struct Hold {
    token: u64,
    began: Time,
    ended: Option<Time>,
    mood: Mood,
}

/// Holds that a member remembers.
const HOLDS_MAX: usize = 12;
/// How far back a face looks, in milliseconds.
const SPAN_MS: f64 = 5_000.0;
const STORE: u8 = 0;
const RESOURCE: u8 = 1;

impl Teller {
    fn end(&mut self, now: Time, mood: Mood) {
        if let Some(hold) = self.holds.back_mut().filter(|hold| hold.ended.is_none()) {
            (hold.ended, hold.mood) = (Some(now), mood);
        }
    }

    fn believes(&self) -> Option<u64> {
        self.holds.back().filter(|hold| hold.ended.is_none()).map(|hold| hold.token)
    }
}

impl Host<Member> for Teller {
    fn wrap(message: lease::lock::Message) -> Message {
        Message::LockService(message)
    }

    fn reply(&mut self, cx: &mut Cx<'_>, _machine: &Member, token: u64, reply: Told) {
        let answer = match reply {
            Told::Written { token } => {
                self.done += 1;
                Reply { status: Status::Ok, store: cx.home(), version: token, value: 0 }
            }
            Told::Fenced { .. } => {
                self.fenced += 1;
                if let Some(hold) = self.holds.back_mut() {
                    hold.mood = Mood::Failed;
                }
                Reply::plain(Status::Failed)
            }
            Told::TimedOut => {
                self.gave_up += 1;
                Reply::plain(Status::Unavailable)
            }
            Told::Busy => Reply::plain(Status::Overloaded),
        };
        (self.current, self.is_free) = (None, true);
        cx.reply(CallId::from_token(token), answer);
    }

    fn note(&mut self, cx: &mut Cx<'_>, _machine: &Member, note: Note) {
        match note {
            Note::Entered { token } => {
                if self.holds.len() == HOLDS_MAX {
                    self.holds.pop_front();
                }
                self.holds.push_back(Hold { token, began: cx.now(), ended: None, mood: Mood::Open });
            }
            Note::Left { .. } => self.end(cx.now(), Mood::Done),
            Note::Applied { token, largest } => {
                self.out_of_order += u64::from(token < largest);
                let lock = cx.home();
                cx.record(Record::Guarded { lock, key: 0, token });
            }
        }
    }
}

impl LockService {
    fn begin(&mut self, cx: &mut Cx<'_>, call: CallId) {
        self.member.host.current = Some(call);
        let lasts = cx.work(&self.hold);
        self.member.on_request(cx, call.token(), Ask::Work { lasts });
    }

    /// Takes the next in line once the one before is answered.
    fn go_on(&mut self, cx: &mut Cx<'_>) {
        while std::mem::take(&mut self.member.host.is_free) {
            match self.line.pop() {
                Some((call, _)) => {
                    cx.shift_load(-1, 0);
                    self.begin(cx, call);
                }
                None => cx.shift_load(0, -1),
            }
        }
    }

    fn phases(&self, now: Time) -> Vec<Phase> {
        let ago = |at: Time| now.since(at).as_millis_f64();
        let phase = |hold: &Hold| Phase {
            lane: format!(".{}", self.number),
            label: if hold.token == 0 { "without the lock".into() } else { format!("token {}", hold.token) },
            began: ago(hold.began),
            ended: hold.ended.map_or(0.0, ago),
            mood: hold.mood,
        };
        self.member.host.holds.iter().map(phase).filter(|phase| phase.ended < SPAN_MS).collect()
    }
}

impl Kind for LockService {
    const SLUG: &'static str = "lock-service";
    type Message = lease::lock::Message;
    const CHECKS: &'static [CheckKind] = &[CheckKind::StaleReads, CheckKind::MutualExclusion];

    fn spec() -> KindSpec {
        form::spec(Self::SLUG)
    }

    fn members(settings: &Settings<'_>) -> u8 {
        settings.whole("members").clamp(3, 18) as u8
    }

    fn front(_settings: &Settings<'_>, _members: u8, _seed_of: &dyn Fn(u8) -> u64) -> Front {
        Front::Guarded(0)
    }

    fn mesh(settings: &Settings<'_>) -> Delay {
        Delay::constant(settings.millis("mesh_ms"))
    }

    fn new(setup: &Setup<'_>) -> LockService {
        let settings = &setup.settings;
        let me = Peer(u16::from(setup.number));
        let machine = Member::new(me, form::config(settings)).expect("the range of each field lies within the range of the protocol");
        let rng = Rng::stream(setup.seed, &[u64::from(setup.number)]);
        LockService {
            number: setup.number,
            member: Box::new(Hosted::new(machine, Teller::default(), rng)),
            line: Fifo::new(settings.whole("line_max")),
            hold: settings.delay("hold_ms", "hold_law"),
        }
    }

    fn retune(&mut self, _cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let settings = &setup.settings;
        self.line.set_capacity(settings.whole("line_max"));
        self.hold = settings.delay("hold_ms", "hold_law");
        let config = form::config(settings);
        self.member.machine.retune(config).expect("the range of each field lies within the range of the protocol");
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        self.member.on_start(cx);
    }

    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        if !request.write {
            // The resource shows whose write stands. It is one thing, whatever key is asked for.
            let version = self.member.machine.image().last();
            let answer = Reply { status: Status::Ok, store: cx.home(), version, value: version };
            return cx.reply(call, answer);
        }
        if self.member.host.current.is_none() {
            cx.shift_load(0, 1);
            self.begin(cx, call);
            self.go_on(cx);
        } else if self.line.push((call, request)).is_ok() {
            cx.shift_load(1, 0);
        } else {
            cx.reply(call, Reply::plain(Status::Overloaded));
        }
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        self.member.on_timer(cx, token);
        self.go_on(cx);
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: u8, message: lease::lock::Message) {
        self.member.on_message(cx, from, message);
        self.go_on(cx);
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        let busy = i32::from(self.member.host.current.is_some());
        cx.shift_load(-(self.line.len() as i32), -busy);
        self.line.clear();
        let now = cx.now();
        let host = &mut self.member.host;
        (host.current, host.is_free) = (None, false);
        host.end(now, Mood::Undone);
        self.member.on_crash();
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.member.on_restart(cx);
    }

    fn summary(settings: &Settings<'_>) -> String {
        let (ttl, rule) = (settings.millis("ttl_ms"), settings.choice_name("rule"));
        format!("{rule} · lease {ttl}")
    }

    /// Who believed when that it held the lock: two at one moment is what must do no harm.
    fn face(members: &[&LockService], glance: &Glance<'_>) -> Face {
        let phases = members.iter().flat_map(|member| member.phases(glance.now)).collect();
        Face::Timeline { phases, span: SPAN_MS }
    }

    fn gauges(members: &[&LockService], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let sum = |of: fn(&Teller) -> u64| Some(members.iter().map(|member| of(&member.member.host)).sum::<u64>() as f64);
        vec![
            sum(|host| host.out_of_order),
            sum(|host| host.fenced),
            sum(|host| u64::from(host.believes().is_some())),
            glance.p99_ms(),
        ]
    }

    fn member_face(&self, glance: &Glance<'_>) -> Face {
        let (image, host) = (self.member.machine.image(), &self.member.host);
        let rows: Vec<(&str, String)> = match self.number {
            STORE => {
                let held = image.holder(glance.now);
                let holder = held.map_or("nobody".into(), |(peer, token, _)| format!(".{} by token {token}", peer.0));
                let left = held.map_or("—".into(), |(_, _, until)| format!("{:.0} ms", until.since(glance.now).as_millis_f64()));
                vec![("held by", holder), ("for another", left), ("tokens given", image.counter().to_string())]
            }
            RESOURCE => vec![
                ("written by token", image.last().to_string()),
                ("largest seen", image.largest().to_string()),
                ("overwritten by older", host.out_of_order.to_string()),
            ],
            _ => vec![
                ("holds, it believes", host.believes().map_or("nothing".into(), |token| format!("token {token}"))),
                ("in line", self.line.len().to_string()),
                ("writes done", host.done.to_string()),
                ("fenced off", host.fenced.to_string()),
                ("gave up waiting", host.gave_up.to_string()),
            ],
        };
        let rows = rows.into_iter().map(|(what, value)| vec![what.to_string(), value]).collect();
        Face::Table { head: vec!["What".into(), "Now".into()], rows }
    }

    fn role(&self) -> Text {
        let host = &self.member.host;
        match self.number {
            STORE => "lock".into(),
            RESOURCE => "resource".into(),
            _ if host.believes().is_some() => "holds".into(),
            _ if host.current.is_some() => "waits".into(),
            _ => "idle".into(),
        }
    }

    fn note(&self, _members: &[&LockService]) -> String {
        let (image, host) = (self.member.machine.image(), &self.member.host);
        match self.number {
            STORE => format!("{} tokens given", image.counter()),
            RESOURCE => format!("written by token {}", image.last()),
            _ => format!("{} done · {} fenced · {} in line", host.done, host.fenced, self.line.len()),
        }
    }
}
