//! Chain: a store whose members stand in a row, and a master outside it who says in which.
//!
//! Protocol and master are [`replication::chain`]; this file gives them workers, a network, timers and a clock, brings the master's
//! word to the members, and tells the trace. The last member of the box is the master.

mod form;

use crate::chains::ChainFront;
use crate::desk::Desk;
use crate::face::{Face, Lane, LogCell, LogMark};
use crate::front::Front;
use crate::hosted::{Host, Hosted};
use crate::kind::{Cx, Glance, Kind, Setup, percent};
use crate::kinds::Message;
use crate::settings::Settings;
use base::{Delay, Rng, Span, Time};
use check::CheckKind;
use machine::Peer;
use replication::chain::{self as protocol, Master, Member, Note, Reads, Reply as Told, Request as Ask, Update};
use scenario::{KindSpec, Text};
use sim::{CallId, Reply, Request};
use std::collections::VecDeque;
use trace::{Record, Status};

/// One member: of the chain, or the master.
#[derive(Clone)]
pub struct Chain {
    number: u8,
    part: Part,
    /// How often the master speaks.
    every: Span,
    desk: Desk<(CallId, Request)>,
}

#[derive(Clone)]
enum Part {
    Member(Box<Hosted<Member, Teller>>),
    Master(Box<Master>),
}

/// What is said in the box.
#[derive(Clone, Debug)]
pub enum Said {
    /// Member to member.
    Word(protocol::Message),
    /// The master's word: the chain, and until when it holds.
    Configure(protocol::Chain, Time),
    /// The answer: the newest chain that is known, and whether the member holds what there is.
    Configured(u64, bool),
}

/// Tells callers, the master and the trace what the machine says.
#[derive(Clone)]
struct Teller {
    master: u8,
    /// Updates that the head has taken and not answered.
    appended: VecDeque<Update>,
    /// The last updates that came here.
    seen: VecDeque<Update>,
    /// The last update that the trace knows to be here.
    held: u64,
    reads: u64,
    asked_tail: u64,
    /// What happened last that does not happen every day.
    lately: Option<(Time, Lately)>,
}

/// What a member did when the chain changed.
#[derive(Clone, Copy, Debug)]
enum Lately {
    SentAgain(u64),
    HandedOver(u8),
    WasGiven(u64),
    Discarded(u64),
}

/// The token of the master's word among a member's requests.
const WORD: u64 = u64::MAX;
/// Updates that a face shows.
const SHOWN: usize = 14;

fn version(cx: &mut Cx<'_>, update: u64) -> u64 {
    if let Front::Chain(front) = cx.front() { front.version(update) } else { update }
}

impl Teller {
    fn see(&mut self, update: Update) {
        if self.seen.len() == 2 * SHOWN {
            self.seen.pop_front();
        }
        self.seen.push_back(update);
    }
}

impl Host<Member> for Teller {
    fn wrap(message: protocol::Message) -> Message {
        Message::Chain(Said::Word(message))
    }

    fn reply(&mut self, cx: &mut Cx<'_>, _machine: &Member, token: u64, reply: Told) {
        let (store, member) = (cx.home(), cx.me());
        let answer = match reply {
            Told::Configured { number, is_whole } => {
                return cx.send(self.master, Message::Chain(Said::Configured(number, is_whole)));
            }
            Told::Written { version: update } => {
                let version = version(cx, update);
                while let Some(first) = self.appended.front().copied().filter(|first| first.version <= update) {
                    self.appended.pop_front();
                    if first.version == update {
                        let (key, write) = (first.key, first.value);
                        cx.record(Record::Acknowledged { store, member, key, version, write });
                    }
                }
                Reply { status: Status::Ok, store, version, value: 0 }
            }
            Told::Found { value } => {
                self.reads += 1;
                // A key that nobody has written yet is there all the same, as version 0.
                let (update, value) = value.unwrap_or((0, 0));
                Reply { status: Status::Ok, store, version: version(cx, update), value }
            }
            Told::Redirect { .. } | Told::Unavailable => Reply::plain(Status::Unavailable),
            Told::Busy { .. } => Reply::plain(Status::Overloaded),
            Told::Unknown { .. } => Reply::plain(Status::Failed),
        };
        cx.reply(CallId::from_token(token), answer);
    }

    fn note(&mut self, cx: &mut Cx<'_>, machine: &Member, note: Note) {
        let (store, member) = (cx.home(), cx.me());
        let lately = match note {
            Note::Appended(update) => {
                self.see(update);
                return self.appended.push_back(update);
            }
            Note::Configured { .. } => {
                let (number, last) = (cx.number(), machine.last());
                let term = if let Front::Chain(front) = cx.front() { front.lead(number, last) } else { None };
                if let Some(term) = term {
                    let version = version(cx, last);
                    cx.record(Record::Promoted { store, member, term, version });
                }
                return;
            }
            Note::Done { upto } => {
                // The master is never promoted: for who judges what could be lost it lacks nothing.
                let version = version(cx, upto);
                let master = cx.core().boxes[usize::from(store)].members.get(usize::from(self.master)).copied();
                if let Some(member) = master {
                    cx.record(Record::Held { store, member, version });
                }
                return;
            }
            Note::AskedTail { .. } => return self.asked_tail += 1,
            Note::Resent { updates } => Lately::SentAgain(updates),
            Note::HandedOver { to } => Lately::HandedOver(to.0 as u8),
            Note::Installed { last } => Lately::WasGiven(last),
            Note::Discarded { updates } => {
                self.appended.clear();
                Lately::Discarded(updates)
            }
        };
        self.lately = Some((cx.now(), lately));
    }
}

impl Chain {
    fn member(&self) -> Option<&Hosted<Member, Teller>> {
        if let Part::Member(member) = &self.part { Some(member) } else { None }
    }

    /// The trace hears how far a member is, when that has changed.
    fn hold(member: &mut Hosted<Member, Teller>, cx: &mut Cx<'_>) {
        let last = member.machine.last();
        if std::mem::replace(&mut member.host.held, last) != last {
            let version = version(cx, last);
            cx.record(Record::Held { store: cx.home(), member: cx.me(), version });
        }
    }

    fn serve(&mut self, cx: &mut Cx<'_>, job: u32) {
        let (call, request) = self.desk.close(job);
        let Part::Member(member) = &mut self.part else {
            return cx.reply(call, Reply::plain(Status::Failed));
        };
        let ask = if request.write {
            Ask::Write { key: request.key, value: request.value }
        } else {
            Ask::Read { key: request.key }
        };
        member.on_request(cx, call.token(), ask);
        Chain::hold(member, cx);
    }

    /// The master says the chain to everybody.
    fn speak(&mut self, cx: &mut Cx<'_>) {
        let Part::Master(master) = &mut self.part else { return };
        let words = master.speak(cx.now());
        if let Front::Chain(front) = cx.front() {
            front.learn(master);
        }
        for (peer, until) in words {
            cx.send(peer.0 as u8, Message::Chain(Said::Configure(master.chain().clone(), until)));
        }
        cx.timer(self.every, 0);
    }
}

impl Kind for Chain {
    const SLUG: &'static str = "chain";
    type Message = Said;
    const CHECKS: &'static [CheckKind] = &[CheckKind::LostWrites, CheckKind::StaleReads, CheckKind::Elections];

    fn spec() -> KindSpec {
        form::spec(Self::SLUG)
    }

    fn members(settings: &Settings<'_>) -> u8 {
        settings.whole("members").clamp(2, 17) as u8
    }

    fn front(settings: &Settings<'_>, members: u8, _seed_of: &dyn Fn(u8) -> u64) -> Front {
        Front::Chain(Box::new(ChainFront::new(settings.one_of("reads", &Reads::ALL), members - 1)))
    }

    fn mesh(settings: &Settings<'_>) -> Delay {
        Delay::constant(settings.millis("mesh_ms"))
    }

    fn new(setup: &Setup<'_>) -> Chain {
        let (settings, number) = (&setup.settings, setup.number);
        let (config, word) = (form::config(settings, setup.members), form::master(settings));
        let master = setup.members.max(2) - 1;
        let part = if number == master {
            Part::Master(Box::new(Master::new(config.members, word).expect("a box has a member beside its master")))
        } else {
            let machine = Member::new(Peer(u16::from(number)), config);
            let machine = machine.expect("the range of each field lies within the range of the protocol");
            let (appended, seen) = (VecDeque::new(), VecDeque::new());
            let teller = Teller { master, appended, seen, held: 0, reads: 0, asked_tail: 0, lately: None };
            let rng = Rng::stream(setup.seed, &[u64::from(number)]);
            Part::Member(Box::new(Hosted::new(machine, teller, rng)))
        };
        Chain { number, part, every: word.every, desk: Desk::new(settings) }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let settings = &setup.settings;
        self.desk.retune(cx, settings);
        let (config, word) = (form::config(settings, setup.members), form::master(settings));
        if let Front::Chain(front) = cx.front() {
            front.reads = config.reads;
        }
        self.every = word.every;
        match &mut self.part {
            Part::Master(master) => master.retune(word),
            Part::Member(member) => {
                let retuned = member.machine.retune(config);
                retuned.expect("the range of each field lies within the range of the protocol");
            }
        }
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        match &mut self.part {
            Part::Member(member) => member.on_start(cx),
            Part::Master(_) => self.speak(cx),
        }
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        self.desk.take(cx, call, (call, request));
    }

    #[inline]
    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        let Part::Member(member) = &mut self.part else { return self.speak(cx) };
        if member.on_timer(cx, token) {
            return Chain::hold(member, cx);
        }
        self.serve(cx, token as u32);
        self.desk.release(cx);
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: u8, said: Said) {
        match (&mut self.part, said) {
            (Part::Member(member), Said::Word(message)) => {
                if let protocol::Word::Forward(update) = &message.word {
                    member.host.see(*update);
                }
                member.on_message(cx, from, message);
                Chain::hold(member, cx);
            }
            (Part::Member(member), Said::Configure(chain, until)) => {
                member.on_request(cx, WORD, Ask::Configure { chain, until });
                Chain::hold(member, cx);
            }
            (Part::Master(master), Said::Configured(number, is_whole)) => {
                master.on_configured(Peer(u16::from(from)), number, is_whole, cx.now());
                if let Front::Chain(front) = cx.front() {
                    front.learn(master);
                }
            }
            _ => {} // nobody says such a thing to such a one
        }
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        self.desk.abandon(cx);
        if let Part::Member(member) = &mut self.part {
            member.host.appended.clear();
            member.on_crash();
        }
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        match &mut self.part {
            Part::Member(member) => member.on_restart(cx),
            Part::Master(master) => {
                master.on_restart(cx.now());
                self.speak(cx);
            }
        }
    }

    fn summary(settings: &Settings<'_>) -> String {
        let members = settings.whole("members").saturating_sub(1);
        let reads = if settings.choice("reads") == 0 { "the tail" } else { "anybody" };
        format!("{members} and a master · reads by {reads}")
    }

    /// How far each is, from head to tail.
    fn face(members: &[&Chain], glance: &Glance<'_>) -> Face {
        let Front::Chain(front) = glance.front() else { return Face::Nothing };
        let last = members.iter().filter_map(|member| member.member()).map(|member| member.machine.last()).max();
        let from = last.unwrap_or(0).saturating_sub(2 * SHOWN as u64);
        let lane = |number: u8| {
            let member = members.get(usize::from(number))?;
            let machine = &member.member()?.machine;
            let marks = vec![LogMark { label: "done".into(), index: machine.done() }];
            let to = machine.last() + 1;
            Some(Lane { label: format!(".{number} {}", member.role()), from: from.min(to), to, marks })
        };
        let outside = (0..members.len() as u8).filter(|number| !front.order().contains(number));
        let lanes = front.order().iter().copied().chain(outside).filter_map(lane).collect();
        Face::Lanes { lanes, unit: "updates".into() }
    }

    fn gauges(members: &[&Chain], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let Front::Chain(front) = glance.front() else { return vec![None; 4] };
        let head = front.order().first().and_then(|head| members.get(usize::from(*head))?.member());
        let hosts = members.iter().filter_map(|member| member.member()).map(|member| &member.host);
        let (reads, asked) = hosts.fold((0, 0), |(reads, asked), host| (reads + host.reads, asked + host.asked_tail));
        vec![
            head.map(|head| head.machine.sent().count() as f64),
            Some(front.order().len() as f64),
            percent(asked, reads),
            glance.p99_ms(),
        ]
    }

    /// The last updates of a member; of the master, what it knows of each.
    fn member_face(&self, glance: &Glance<'_>) -> Face {
        let Front::Chain(front) = glance.front() else { return Face::Nothing };
        match &self.part {
            Part::Member(member) => {
                let (machine, done) = (&member.machine, member.machine.done());
                let mut seen: Vec<Update> = member.host.seen.iter().copied().filter(|seen| seen.version <= machine.last()).collect();
                seen.sort_by_key(|update| update.version);
                seen.dedup_by_key(|update| update.version);
                let cell = |update: &Update| LogCell {
                    index: update.version,
                    term: front.version(update.version) >> 40,
                    key: update.key,
                    acknowledged: update.version <= done,
                };
                let entries = seen.iter().skip(seen.len().saturating_sub(SHOWN)).map(cell).collect();
                Face::Log { entries, last: machine.last(), acknowledged: done, marks: Vec::new() }
            }
            Part::Master(master) => {
                let row = |number: u8| {
                    let peer = Peer(u16::from(number));
                    let place = master.chain().links().iter().position(|link| link.peer == peer);
                    let place = place.map_or_else(|| "out".to_string(), |place| (place + 1).to_string());
                    let heard = master.heard(peer).map_or(0.0, |heard| glance.now.since(heard).as_millis_f64());
                    vec![format!(".{number}"), place, format!("{heard:.0} ms ago")]
                };
                let head = ["Member", "Place", "Answered"].map(String::from).to_vec();
                Face::Table { head, rows: (0..self.number).map(row).collect() }
            }
        }
    }

    fn role(&self) -> Text {
        let Some(member) = self.member() else { return "master".into() };
        let (machine, me) = (&member.machine, Peer(u16::from(self.number)));
        let (head, tail) = (machine.chain().head() == Some(me), machine.is_tail());
        match (machine.chain().link(me), head, tail) {
            (None, ..) => "out".into(),
            (Some(_), ..) if !machine.is_whole() => "joining".into(),
            (_, true, true) => "head and tail".into(),
            (_, true, false) => "head".into(),
            (_, false, true) => "tail".into(),
            _ => "middle".into(),
        }
    }

    fn note(&self, _members: &[&Chain]) -> String {
        match &self.part {
            Part::Master(master) => format!("chain {} of {}", master.chain().number(), master.chain().links().len()),
            Part::Member(member) => {
                let lately = member.host.lately.map_or_else(String::new, |(at, lately)| {
                    let at = at.0 as f64 / 1e9;
                    match lately {
                        Lately::SentAgain(updates) => format!(" · sent {updates} again at {at:.1} s"),
                        Lately::HandedOver(to) => format!(" · gave .{to} its state at {at:.1} s"),
                        Lately::WasGiven(last) => format!(" · was given all up to {last} at {at:.1} s"),
                        Lately::Discarded(updates) => format!(" · began anew without {updates} at {at:.1} s"),
                    }
                });
                format!("has {} · done {}{lately}", member.machine.last(), member.machine.done())
            }
        }
    }
}
