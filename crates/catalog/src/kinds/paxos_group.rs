//! Paxos group: a store whose members agree on a log slot by slot, under a leader, or against each other.
//!
//! The protocol is [`paxos::multi::Member`]; this file gives it workers, a network, timers and a clock, and tells the trace.

mod form;

use crate::asked::{Asked, Word, found};
use crate::desk::Desk;
use crate::face::{Face, LogCell, LogMark};
use crate::front::Front;
use crate::hosted::{Host, Hosted};
use crate::kind::{Cx, Glance, Kind, Setup};
use crate::kinds::Message;
use crate::settings::Settings;
use crate::slots::SlotFront;
use base::{Delay, Rng};
use check::CheckKind;
use machine::Peer;
use paxos::Ballot;
use paxos::multi::{self as protocol, Command, Member, Note, Proposal, Proposers, RoleName};
use scenario::{KindSpec, Text};
use sim::{CallId, Reply, Request};
use trace::{Record, Status};

/// One member of a group.
#[derive(Clone)]
pub struct PaxosGroup {
    member: Box<Hosted<Member, Teller>>,
    desk: Desk<(CallId, Request)>,
    /// Whether reads ask nobody.
    reads_here: bool,
    /// Whether who does not lead passes on what he is asked.
    passes_on: bool,
}

/// Tells callers and the trace what the machine says.
#[derive(Clone, Default)]
struct Teller {
    asked: Asked,
    /// The last slot that the present step has carried out.
    carried_out: Option<u64>,
    /// Ballots begun here.
    ballots: u64,
    /// How manieth leader of the group it is or was last.
    term: u64,
}

/// Slots that a member's face shows, and the box's.
const SHOWN: usize = 14;
const ROWS: usize = 10;

/// A ballot as one number, round before proposer, of which there are at most ten: 2.4 is 24.
fn ballot_number(ballot: Ballot) -> u64 {
    ballot.round * 10 + u64::from(ballot.proposer)
}

fn slots<'a>(cx: &'a mut Cx<'_>) -> Option<&'a mut SlotFront> {
    if let Front::Slots(front) = cx.front() { Some(front) } else { None }
}

fn version(cx: &mut Cx<'_>, slot: u64) -> u64 {
    slots(cx).map_or(slot, |front| front.version(slot))
}

impl Host<Member> for Teller {
    fn wrap(message: protocol::Message) -> Message {
        Message::PaxosGroup(Word::Said(message))
    }

    fn reply(&mut self, cx: &mut Cx<'_>, _machine: &Member, token: u64, reply: protocol::Reply) {
        let Some(open) = self.asked.end(token) else { return };
        let answer = match reply {
            protocol::Reply::Written { slot } => {
                let version = version(cx, slot);
                open.written(cx, version)
            }
            protocol::Reply::Value { found: last, .. } => {
                let (slot, value) = last.unwrap_or_default();
                let version = version(cx, slot);
                found(cx, version, value)
            }
            protocol::Reply::NotLeader { .. } => Reply::plain(Status::Unavailable),
            protocol::Reply::Busy => Reply::plain(Status::Overloaded),
            protocol::Reply::Unknown => Reply::plain(Status::Failed),
        };
        open.answer(cx, answer, Message::PaxosGroup);
    }

    fn note(&mut self, cx: &mut Cx<'_>, _machine: &Member, note: Note) {
        let (store, member, number, now) = (cx.home(), cx.me(), cx.number(), cx.now());
        match note {
            Note::Prepared { .. } => {
                self.ballots += 1;
                if let Some(front) = slots(cx) {
                    front.prepare(now);
                }
            }
            Note::Led { last, .. } => {
                let Some(front) = slots(cx) else { return };
                self.term = front.lead(number, last);
                let (term, version) = (self.term, front.version(last));
                cx.record(Record::Promoted { store, member, term, version });
            }
            Note::Deposed => cx.record(Record::SteppedDown { store, member, term: self.term }),
            Note::Applied { slot, .. } | Note::Installed { slot } => {
                self.carried_out = Some(slot);
                if let Some(front) = slots(cx) {
                    front.choose(slot, now);
                }
            }
            Note::Promised { .. } | Note::Filled { .. } | Note::Accepted { .. } => {}
        }
    }
}

impl PaxosGroup {
    /// The request has had its work: asks the machine, or reads beside it.
    fn serve(&mut self, cx: &mut Cx<'_>, job: u32) {
        let (call, request) = self.desk.close(job);
        let machine = &self.member.machine;
        if !request.write && self.reads_here {
            let (slot, value) = machine.read(request.key).unwrap_or_default();
            let version = version(cx, slot);
            let answer = found(cx, version, value);
            return cx.reply(call, answer);
        }
        match machine.leader().filter(|leader| self.passes_on && *leader != machine.me()) {
            Some(leader) => cx.send(leader.0 as u8, Message::PaxosGroup(Word::Ask(call, request))),
            None => self.ask(cx, call, request, None),
        }
    }

    /// Asks the machine, which refuses when only a leader proposes and it does not lead.
    fn ask(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request, passed_on: Option<u8>) {
        let token = self.member.host.asked.begin(call, request, passed_on);
        let (key, value) = (request.key, request.value);
        let asked = if request.write { protocol::Request::Write { key, value } } else { protocol::Request::Read { key } };
        self.member.on_request(cx, token, asked);
    }

    /// All up to what a step has carried out is on this member's disk.
    fn tell_held(&mut self, cx: &mut Cx<'_>) {
        if let Some(slot) = self.member.host.carried_out.take() {
            let version = version(cx, slot);
            cx.record(Record::Held { store: cx.home(), member: cx.me(), version });
        }
    }

    /// What a slot holds at this member, and in which ballot it took it.
    fn cell(&self, slot: u64) -> String {
        let disk = self.member.machine.disk();
        let chosen = if slot <= disk.commit { "" } else { " ?" };
        match disk.log.get(&slot) {
            Some(Proposal { ballot, command: Command::Write { key, .. } }) => format!("{ballot} write {key}{chosen}"),
            Some(Proposal { ballot, command: Command::Read { key } }) => format!("{ballot} read {key}{chosen}"),
            Some(Proposal { ballot, command: Command::Nothing }) => format!("{ballot} nothing{chosen}"),
            None if slot <= disk.base => "forgotten".into(),
            None => String::new(),
        }
    }
}

impl Kind for PaxosGroup {
    const SLUG: &'static str = "paxos-group";
    type Message = Word<protocol::Message>;
    const CHECKS: &'static [CheckKind] = &[CheckKind::LostWrites, CheckKind::StaleReads];

    fn spec() -> KindSpec {
        form::spec(Self::SLUG)
    }

    fn members(settings: &Settings<'_>) -> u8 {
        settings.whole("members").clamp(1, 7) as u8
    }

    fn front(settings: &Settings<'_>, _members: u8, _seed_of: &dyn Fn(u8) -> u64) -> Front {
        let to_leader = form::asks_leader(settings);
        Front::Slots(Box::new(SlotFront::new(to_leader, to_leader && !form::reads_here(settings))))
    }

    fn mesh(settings: &Settings<'_>) -> Delay {
        Delay::constant(settings.millis("mesh_ms"))
    }

    fn new(setup: &Setup<'_>) -> PaxosGroup {
        let settings = &setup.settings;
        let me = Peer(u16::from(setup.number));
        let machine = Member::new(me, form::config(settings, setup.members));
        let machine = machine.expect("the range of each field lies within the range of the protocol");
        let rng = Rng::stream(setup.seed, &[u64::from(setup.number)]);
        PaxosGroup {
            member: Box::new(Hosted::new(machine, Teller::default(), rng)),
            desk: Desk::new(settings),
            reads_here: form::reads_here(settings),
            passes_on: form::passes_on(settings),
        }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let settings = &setup.settings;
        self.desk.retune(cx, settings);
        self.reads_here = form::reads_here(settings);
        if let Some(front) = slots(cx) {
            front.reads_to_leader = front.writes_to_leader && !self.reads_here;
        }
        let retuned = self.member.machine.retune(form::config(settings, setup.members));
        retuned.expect("the range of each field lies within the range of the protocol");
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        self.member.on_start(cx);
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        self.desk.take(cx, call, (call, request));
    }

    #[inline]
    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        if !self.member.on_timer(cx, token) {
            self.serve(cx, token as u32);
            self.desk.release(cx);
        }
        self.tell_held(cx);
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: u8, message: Word<protocol::Message>) {
        match message {
            Word::Said(message) => self.member.on_message(cx, from, message),
            Word::Ask(call, request) => self.ask(cx, call, request, Some(from)),
            Word::Told(call, answer) => cx.reply(call, answer),
        }
        self.tell_held(cx);
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        self.desk.abandon(cx);
        self.member.host.asked.clear();
        self.member.host.carried_out = None;
        self.member.on_crash();
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.member.on_restart(cx);
    }

    fn summary(settings: &Settings<'_>) -> String {
        let members = settings.whole("members");
        let proposes = if form::asks_all(settings) { "everybody proposes" } else { "a leader proposes" };
        let (prepare, accept) = form::counts(settings, members.clamp(1, 7) as u8);
        let bug = settings.choice_name("left_out");
        let without = if bug == form::NO_BUG { String::new() } else { format!(" · without a rule: {bug}") };
        format!("{members} members · {proposes} · {prepare} promise, {accept} accept{without}")
    }

    /// The last slots, with what each member has accepted there in which ballot.
    fn face(members: &[&PaxosGroup], _glance: &Glance<'_>) -> Face {
        let last = members.iter().map(|member| member.member.machine.last()).max().unwrap_or(0);
        let rows = (last.saturating_sub(ROWS as u64 - 1).max(1)..=last).rev();
        let row = |slot: u64| {
            let cells = members.iter().map(|member| member.cell(slot));
            core::iter::once(slot.to_string()).chain(cells).collect()
        };
        let head = core::iter::once("slot".to_string()).chain((0..members.len()).map(|number| format!(".{number}")));
        Face::Table { head: head.collect(), rows: rows.map(row).collect() }
    }

    fn gauges(members: &[&PaxosGroup], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let Front::Slots(front) = glance.front() else { return vec![None; 4] };
        let (chosen, ballots) = front.paces(glance.now);
        let behind = members.iter().map(|member| front.newest().saturating_sub(member.member.machine.commit())).max();
        vec![
            Some(chosen as f64),
            Some(ballots as f64),
            front.leader().map(f64::from),
            behind.map(|behind| behind as f64),
        ]
    }

    fn member_face(&self, _glance: &Glance<'_>) -> Face {
        let machine = &self.member.machine;
        let (disk, last) = (machine.disk(), machine.last());
        let cell = |(slot, proposal): (&u64, &Proposal)| LogCell {
            index: *slot,
            term: ballot_number(proposal.ballot),
            key: match proposal.command {
                Command::Write { key, .. } | Command::Read { key } => key,
                Command::Nothing => 0,
            },
            acknowledged: *slot <= disk.commit,
        };
        let first = disk.log.len().saturating_sub(SHOWN);
        Face::Log {
            entries: disk.log.iter().skip(first).map(cell).collect(),
            last,
            acknowledged: disk.commit,
            marks: vec![
                LogMark { label: "chosen".into(), index: disk.commit },
                LogMark { label: "forgotten".into(), index: disk.base },
            ],
        }
    }

    fn role(&self) -> Text {
        match self.member.machine.role() {
            RoleName::Leader => "leader".into(),
            RoleName::Preparing => "prepares".into(),
            RoleName::Follower if self.member.machine.config().proposers == Proposers::Everybody => "acceptor".into(),
            RoleName::Follower => "follower".into(),
        }
    }

    fn note(&self, members: &[&PaxosGroup]) -> String {
        let machine = &self.member.machine;
        let (promised, ballots) = (machine.promised(), self.member.host.ballots);
        let part = match machine.role() {
            RoleName::Leader => format!("{} on their way", machine.pending()),
            RoleName::Preparing => format!("{} of {} promises", machine.promises(), machine.promises_needed()),
            RoleName::Follower => {
                let newest = members.iter().map(|member| member.member.machine.commit()).max().unwrap_or(0);
                format!("{} behind", newest.saturating_sub(machine.commit()))
            }
        };
        format!("promised {promised} · {part} · {} waiting · {ballots} ballots", machine.waiting())
    }
}
