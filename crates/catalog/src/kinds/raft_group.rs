//! Raft group: a store whose members agree on one log, and that serves as long as a majority of them lives.
//!
//! The protocol is [`raft::Server`]; this file gives it workers, a network, timers and a clock, and tells the trace.

mod form;

use crate::asked::{Asked, Word, found};
use crate::desk::Desk;
use crate::face::{Face, LogCell, LogMark};
use crate::front::{Front, LeaderFront};
use crate::hosted::{Host, Hosted};
use crate::kind::{Cx, Glance, Kind, Setup};
use crate::kinds::Message;
use crate::settings::Settings;
use base::{Delay, Rng};
use check::CheckKind;
use machine::Peer;
use raft::{Note, Payload, Position, Refusal, RoleName, Server, Terms};
use replication::version;
use scenario::{KindSpec, Text};
use sim::{CallId, Reply, Request};
use trace::{Record, Status};

/// One member of a group.
#[derive(Clone)]
pub struct RaftGroup {
    server: Box<Hosted<Server, Teller>>,
    desk: Desk<(CallId, Request)>,
    reading: Reading,
    /// Whether callers ask anybody, and who does not lead passes on what he is asked.
    passes_on: bool,
}

/// How reads are served.
#[derive(Clone, Copy, PartialEq)]
enum Reading {
    /// By the protocol: read index or lease.
    Linearizable,
    /// The leader answers from its state without a question.
    Leader,
    /// Whoever is asked answers from its state.
    Anybody,
}

/// Tells callers and the trace what the machine says.
#[derive(Clone, Default)]
struct Teller {
    asked: Asked,
    /// The last entry stored in the present step.
    stored: Option<Position>,
    /// Terms that this member was elected in, since the run began.
    elected: u32,
}

/// Entries of the log that a face shows.
const SHOWN: u64 = 14;

fn version_of(at: Position) -> u64 {
    version(at.term, at.index)
}

impl Host<Server> for Teller {
    fn wrap(message: raft::Message) -> Message {
        Message::RaftGroup(Word::Said(message))
    }

    fn reply(&mut self, cx: &mut Cx<'_>, _machine: &Server, token: u64, reply: raft::Reply) {
        let Some(open) = self.asked.end(token) else { return };
        let answer = match reply {
            raft::Reply::Written { at } => open.written(cx, version_of(at)),
            raft::Reply::Value { found: at, .. } => {
                let (at, value) = at.unwrap_or_default();
                found(cx, version_of(at), value)
            }
            raft::Reply::NotLeader { .. } => Reply::plain(Status::Unavailable),
            raft::Reply::Refused(Refusal::Busy) => Reply::plain(Status::Overloaded),
            raft::Reply::Unknown { .. }
            | raft::Reply::Refused(_)
            | raft::Reply::Changed { .. }
            | raft::Reply::Transferred { .. }
            | raft::Reply::TransferFailed => Reply::plain(Status::Failed),
        };
        open.answer(cx, answer, Message::RaftGroup);
    }

    fn note(&mut self, cx: &mut Cx<'_>, _machine: &Server, note: Note) {
        let (store, member) = (cx.home(), cx.me());
        match note {
            Note::Elected { term, last } => {
                self.elected += 1;
                let number = cx.number();
                if let Front::Leader(front) = cx.front()
                    && term >= front.term
                {
                    (front.leader, front.term) = (number, term);
                }
                cx.record(Record::Promoted { store, member, term, version: version_of(last) });
            }
            Note::SteppedDown { term } => cx.record(Record::SteppedDown { store, member, term }),
            Note::Appended { entry } => self.stored = Some(entry.at),
            Note::Installed { at, keeps_tail: false, .. } => self.stored = Some(at),
            Note::Truncated { from, term, to } => {
                self.stored = None;
                let from = version(term, from);
                cx.record(Record::Discarded { store, member, from, to: version_of(to) });
            }
            Note::Installed { .. }
            | Note::Restarted { .. }
            | Note::PreCandidate { .. }
            | Note::Candidate { .. }
            | Note::Voted { .. }
            | Note::Committed { .. }
            | Note::Applied { .. }
            | Note::Compacted { .. }
            | Note::Reconfigured { .. }
            | Note::Handing { .. } => {}
        }
    }
}

impl RaftGroup {
    /// The request has had its work: asks the machine, or reads beside it.
    fn serve(&mut self, cx: &mut Cx<'_>, job: u32) {
        let (call, request) = self.desk.close(job);
        if !request.write && self.reading != Reading::Linearizable {
            return self.read_here(cx, call, request.key);
        }
        let machine = &self.server.machine;
        match machine.leader().filter(|leader| self.passes_on && *leader != machine.me()) {
            Some(leader) => cx.send(leader.0 as u8, Message::RaftGroup(Word::Ask(call, request))),
            None => self.ask(cx, call, request, None),
        }
    }

    /// Asks the machine, which refuses when it does not lead.
    fn ask(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request, passed_on: Option<u8>) {
        let token = self.server.host.asked.begin(call, request, passed_on);
        let (key, value) = (request.key, request.value);
        let asked = if request.write { raft::Request::Write { key, value } } else { raft::Request::Read { key } };
        self.server.on_request(cx, token, asked);
    }

    /// From this member's state, which may be behind.
    fn read_here(&self, cx: &mut Cx<'_>, call: CallId, key: u64) {
        let machine = &self.server.machine;
        let serves = self.reading == Reading::Anybody || machine.role() == RoleName::Leader;
        let answer = if serves {
            let (at, value) = machine.state().read(key).unwrap_or_default();
            found(cx, version_of(at), value)
        } else {
            Reply::plain(Status::Unavailable)
        };
        cx.reply(call, answer);
    }

    /// What a step has put into the log is on this member's disk.
    fn tell_held(&mut self, cx: &mut Cx<'_>) {
        if let Some(at) = self.server.host.stored.take()
            && self.server.machine.role() != RoleName::Leader
        {
            cx.record(Record::Held { store: cx.home(), member: cx.me(), version: version_of(at) });
        }
    }
}

impl Kind for RaftGroup {
    const SLUG: &'static str = "raft-group";
    type Message = Word<raft::Message>;
    const CHECKS: &'static [CheckKind] = &[CheckKind::LostWrites, CheckKind::StaleReads, CheckKind::Elections];

    fn spec() -> KindSpec {
        form::spec(Self::SLUG)
    }

    fn members(settings: &Settings<'_>) -> u8 {
        settings.whole("members").clamp(1, 7) as u8
    }

    fn front(settings: &Settings<'_>, _members: u8, _seed_of: &dyn Fn(u8) -> u64) -> Front {
        if form::passes_on(settings) {
            return Front::Turn(0);
        }
        Front::Leader(LeaderFront { leader: 0, term: 0, reads: form::asked(settings), turn: 0 })
    }

    fn mesh(settings: &Settings<'_>) -> Delay {
        Delay::constant(settings.millis("mesh_ms"))
    }

    fn new(setup: &Setup<'_>) -> RaftGroup {
        let settings = &setup.settings;
        let config = form::config(settings, setup.members);
        let me = Peer(u16::from(setup.number));
        let machine = Server::new(me, config).expect("the range of each field lies within the range of the protocol");
        let rng = Rng::stream(setup.seed, &[u64::from(setup.number)]);
        RaftGroup {
            server: Box::new(Hosted::new(machine, Teller::default(), rng)),
            desk: Desk::new(settings),
            reading: form::reading(settings),
            passes_on: form::passes_on(settings),
        }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let settings = &setup.settings;
        self.desk.retune(cx, settings);
        self.reading = form::reading(settings);
        if let Front::Leader(front) = cx.front() {
            front.reads = form::asked(settings);
        }
        // What is not live stays as the member was made with it.
        let born = *self.server.machine.config();
        let asked = form::config(settings, setup.members);
        let election_timeout = born.election_timeout;
        let heartbeat = asked.heartbeat.min(election_timeout.scaled(0.5));
        let config =
            raft::Config { members: born.members, voters: born.voters, learners: born.learners, bug: born.bug, election_timeout, heartbeat, ..asked };
        self.server.machine.retune(config).expect("the range of each field lies within the range of the protocol");
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        self.server.on_start(cx);
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        self.desk.take(cx, call, (call, request));
    }

    #[inline]
    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        if !self.server.on_timer(cx, token) {
            self.serve(cx, token as u32);
            self.desk.release(cx);
        }
        self.tell_held(cx);
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: u8, message: Word<raft::Message>) {
        match message {
            Word::Said(message) => self.server.on_message(cx, from, message),
            Word::Ask(call, request) => self.ask(cx, call, request, Some(from)),
            Word::Told(call, answer) => cx.reply(call, answer),
        }
        self.tell_held(cx);
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        self.desk.abandon(cx);
        self.server.host.asked.clear();
        self.server.host.stored = None;
        self.server.on_crash();
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.server.on_restart(cx);
    }

    fn summary(settings: &Settings<'_>) -> String {
        let bug = settings.choice_name("left_out");
        let without = if bug == form::NO_BUG { String::new() } else { format!(" · without a rule: {bug}") };
        format!("{} members · reads by {}{without}", settings.whole("members"), settings.choice_name("reads"))
    }

    /// The members are drawn one by one.
    fn face(_members: &[&RaftGroup], _glance: &Glance<'_>) -> Face {
        Face::Nothing
    }

    fn gauges(members: &[&RaftGroup], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let elections: u32 = members.iter().map(|member| member.server.host.elected).sum();
        let lag = newest_leader(members).and_then(|leader| {
            let machine = &leader.server.machine;
            let last = machine.last().index;
            machine.followers().map(|(_, progress)| last.saturating_sub(progress.matched)).max()
        });
        vec![
            Some(f64::from(elections)),
            lag.map(|lag| lag as f64),
            Some(glance.rate(glance.sample.count.arrived)),
            glance.p99_ms(),
        ]
    }

    fn member_face(&self, _glance: &Glance<'_>) -> Face {
        let machine = &self.server.machine;
        let (log, commit) = (machine.disk().log(), machine.commit());
        let cell = |entry: &raft::Entry| LogCell {
            index: entry.at.index,
            term: entry.at.term,
            key: if let Payload::Write { key, .. } = entry.payload { key } else { 0 },
            acknowledged: entry.at.index <= commit,
        };
        let entries = log.entries();
        let mark = |(peer, progress): (Peer, raft::Progress)| LogMark { label: format!(".{} holds", peer.0), index: progress.matched };
        let commit_mark = LogMark { label: "committed".into(), index: commit };
        let snapshot_mark = LogMark { label: "snapshot".into(), index: log.base_index() };
        Face::Log {
            entries: entries[entries.len().saturating_sub(SHOWN as usize)..].iter().map(cell).collect(),
            last: machine.last().index,
            acknowledged: commit,
            marks: [commit_mark, snapshot_mark].into_iter().chain(machine.followers().map(mark)).collect(),
        }
    }

    fn role(&self) -> Text {
        let machine = &self.server.machine;
        match machine.role() {
            RoleName::Leader => "leader".into(),
            RoleName::Follower if !machine.configuration().votes(machine.me()) => "learner".into(),
            RoleName::Follower => "follower".into(),
            RoleName::PreCandidate => "asks whether it would win".into(),
            RoleName::Candidate => "candidate".into(),
            RoleName::Down => "down".into(),
        }
    }

    fn note(&self, members: &[&RaftGroup]) -> String {
        let machine = &self.server.machine;
        let (term, commit) = (machine.term(), machine.commit());
        match machine.role() {
            RoleName::Leader => format!("term {term} · committed {commit} · {} waiting", machine.waiting()),
            RoleName::PreCandidate | RoleName::Candidate => {
                let voters = machine.configuration().voters.count();
                format!("term {term} · {} of {voters} votes", machine.votes().count())
            }
            RoleName::Follower | RoleName::Down => {
                let vote = machine.disk().vote().map_or_else(String::new, |vote| format!(" · voted for .{}", vote.0));
                let ahead = newest_leader(members).map_or(0, |leader| leader.server.machine.last().index);
                let behind = ahead.saturating_sub(machine.last().index);
                format!("term {term}{vote} · {behind} behind")
            }
        }
    }
}

/// The member that leads in the newest term.
fn newest_leader<'a>(members: &[&'a RaftGroup]) -> Option<&'a RaftGroup> {
    let leads = |member: &&&RaftGroup| member.server.machine.role() == RoleName::Leader;
    members.iter().filter(leads).max_by_key(|member| member.server.machine.term()).copied()
}
