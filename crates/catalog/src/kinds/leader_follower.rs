//! Leader and followers: a store whose log is shipped entry by entry, and whose leader can be lost with what it had not shipped.
//!
//! The protocol is [`replication::Replica`]; this file gives it workers, a network, timers and a clock, and tells the trace.

use crate::desk::Desk;
use crate::face::{Face, LogCell, LogMark};
use crate::front::{Front, LeaderFront, Reads};
use crate::hosted::{Host, Hosted};
use crate::kind::{Cx, Glance, Kind, Setup};
use crate::kinds::Message;
use crate::settings::{FieldExt, Settings, choice, law, number, switch, whole, gauge};
use check::CheckKind;
use base::{Delay, Law, Rng, Span};
use machine::Peer;
use replication::{Acknowledge, Config, Note, Replica, RoleName, version, version_index};
use scenario::{KindSpec, Ports, Text, Verb};
use sim::{CallId, Reply, Request};
use std::collections::VecDeque;
use trace::{Record, Status};

/// One member of a group.
#[derive(Clone)]
pub struct LeaderFollower {
    replica: Hosted<Replica, Teller>,
    desk: Desk<(CallId, Request)>,
}

/// Tells callers and the trace what the machine says.
#[derive(Clone, Default)]
struct Teller {
    /// Writes in the log that have not been acknowledged: version, key, value.
    appended: VecDeque<(u64, u64, u64)>,
    number: u16,
}

/// Entries of the log that a face shows.
const SHOWN: u64 = 14;

impl Host<Replica> for Teller {
    fn wrap(message: replication::Message) -> Message {
        Message::LeaderFollower(message)
    }

    fn reply(&mut self, cx: &mut Cx<'_>, _machine: &Replica, token: u64, reply: replication::Reply) {
        let answer = match reply {
            replication::Reply::Written { version } => Reply { status: Status::Ok, store: cx.home(), version, value: 0 },
            replication::Reply::NotLeader { .. } => Reply::plain(Status::Unavailable),
            replication::Reply::Unknown { .. } => Reply::plain(Status::Failed),
            replication::Reply::Busy { .. } => Reply::plain(Status::Overloaded),
        };
        cx.reply(CallId::from_token(token), answer);
    }

    fn note(&mut self, cx: &mut Cx<'_>, machine: &Replica, note: Note) {
        let (store, member) = (cx.home(), cx.me());
        match note {
            Note::Appended { version, key, value } => self.appended.push_back((version, key, value)),
            Note::Acknowledged { version } => {
                while let Some((older, key, write)) = self.appended.front().copied().filter(|(older, _, _)| *older <= version) {
                    self.appended.pop_front();
                    if older == version {
                        cx.record(Record::Acknowledged { store, member, key, version, write });
                    }
                }
            }
            Note::Persisted { member: peer, upto } => {
                let version = version(machine.disk().log().term_at(upto).unwrap_or(0), upto);
                let follower = cx.core().boxes[usize::from(store)].members.get(usize::from(peer.0)).copied();
                if let Some(member) = follower {
                    cx.record(Record::Held { store, member, version });
                }
            }
            Note::Promoted { term, last_index, last_term } => {
                let number = cx.number();
                if let Front::Leader(front) = cx.front()
                    && term >= front.term
                {
                    (front.leader, front.term) = (number, term);
                }
                cx.record(Record::Promoted { store, member, term, version: version(last_term, last_index) });
            }
            Note::SteppedDown { term } => {
                self.appended.clear();
                cx.record(Record::SteppedDown { store, member, term });
            }
            Note::Discarded { from, to } => cx.record(Record::Discarded { store, member, from, to }),
            Note::Degraded { .. } => cx.record(Record::Degraded { store, member, on: true }),
            Note::Recovered => cx.record(Record::Degraded { store, member, on: false }),
            Note::Suspected { .. } | Note::Installed { .. } => {}
        }
    }
}

impl LeaderFollower {
    fn serve(&mut self, cx: &mut Cx<'_>, job: u32) {
        let (call, request) = self.desk.close(job);
        if request.write {
            let write = replication::Request::Write { key: request.key, value: request.value };
            self.replica.on_request(cx, call.token(), write);
            return;
        }
        let store = cx.home();
        // A key that nobody has written yet is there all the same, as version 0.
        let (version, value) = self.replica.machine.read(request.key).unwrap_or((0, 0));
        cx.reply(call, Reply { status: Status::Ok, store, version, value });
    }

    fn config(settings: &Settings<'_>, members: u8) -> Config {
        let degrade = settings.millis("degrade_ms");
        Config {
            members: u16::from(members),
            acknowledge: match settings.choice("acknowledge") {
                0 => Acknowledge::Async,
                1 => Acknowledge::SemiSync {
                    followers: settings.whole("semi_sync").clamp(1, 6) as u16,
                    degrade_after: (degrade != Span::ZERO).then_some(degrade),
                },
                _ => Acknowledge::Sync,
            },
            ship_delay: settings.millis("ship_delay_ms"),
            heartbeat: settings.millis("heartbeat_ms"),
            missed_max: settings.whole("missed_max"),
            failover: settings.switch("failover"),
            fenced: settings.switch("fenced"),
            resend_after: Span::from_millis(200) + settings.millis("mesh_ms").scaled(3.0),
            ..Config::default()
        }
    }

    fn reads(settings: &Settings<'_>) -> Reads {
        match settings.choice("reads") {
            0 => Reads::Leader,
            1 => Reads::Followers,
            _ => Reads::Anybody,
        }
    }
}

impl Kind for LeaderFollower {
    const SLUG: &'static str = "leader-follower";
    type Message = replication::Message;
    const CHECKS: &'static [CheckKind] = &[CheckKind::LostWrites, CheckKind::StaleReads, CheckKind::Elections];

    fn spec() -> KindSpec {
        KindSpec {
            slug: Self::SLUG.into(),
            title: "Leader and followers".into(),
            group: "Data".into(),
            purpose: "A store whose leader takes the writes and ships its log to followers.".into(),
            icon: "M4 4.500c0-2.700 10-2.700 10 0s-10 2.700-10 0v9c0 2.700 10 2.700 10 0v-9M4 9c0 2.700 10 2.700 10 0".into(),
            fields: vec![
                whole("members", "Members", "", (1.0, 7.0), 3.0, "The leader and its followers"),
                choice("acknowledge", "Acknowledge", "When a client is told that its write is done", &[
                    ("async", "once the leader has it"),
                    ("semi-sync", "once some followers have it too"),
                    ("sync", "once every follower has it"),
                ]).live(),
                whole("semi_sync", "Followers to wait for", "", (1.0, 6.0), 1.0, "How many followers must have a write before it is acknowledged").live().when("acknowledge", &["semi-sync"]),
                number("degrade_ms", "Give up waiting", "ms", (0.0, 600_000.0), 10_000.0, "After this long without them it goes on as async; 0 is never").live().when("acknowledge", &["semi-sync"]),
                number("ship_delay_ms", "Shipping delay", "ms", (0.0, 60_000.0), 0.0, "In async, an entry leaves the leader this long after it was written").live(),
                number("mesh_ms", "Between members", "ms", (0.0, 60_000.0), 1.0, "One-way latency from member to member"),
                choice("reads", "Reads", "Who answers them", &[
                    ("leader", "always the latest acknowledged value"),
                    ("followers", "spares the leader, and may be stale"),
                    ("anybody", "everyone in turn, and may be stale"),
                ]).live(),
                number("heartbeat_ms", "Heartbeat", "ms", (1.0, 600_000.0), 1_000.0, "How often the leader says that it lives").live(),
                whole("missed_max", "Failover after", "missed", (1.0, 100.0), 3.0, "Missed heartbeats after which a follower looks for a new leader").live(),
                switch("failover", "Failover", true, "Whether followers replace a leader that has gone silent").live(),
                switch("fenced", "Fencing", false, "Whether only a majority can make a leader, and a leader without one stops acknowledging").live(),
                whole("workers", "Connections", "", (1.0, 10_000.0), 32.0, "Requests that one member works on at the same time").live(),
                whole("line_max", "Line", "", (0.0, 1e6), 1_000.0, "Requests that may wait at one member; more are refused").live(),
                number("time_ms", "Work", "ms", (0.0, 60_000.0), 2.0, "Mean time of one read or write at a member, its disk included").live(),
                law("time_law", "Work varies", Law::Exponential).live(),
            ],
            ports: Ports { accepts: true, out_max: 0, refusal: "A store is called; it calls nobody".into() },
            verbs: vec![
                Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Isolate, Verb::Heal,
            ],
            gauges: vec![
                gauge("lag_entries", "Behind", "entries"),
                gauge("rate", "Requests", "/s"),
                gauge("p99_ms", "p99", "ms"),
                gauge("waiting", "In line", ""),
            ],
            members: Some("members".into()),
            modelled: vec![
                "every entry of the log, shipped one by one, resent when lost, checked against the one before".into(),
                "heartbeats, failover to the most advanced follower, two leaders at once, and what is discarded afterwards".into(),
                "what a crash loses and what the disk keeps; every key is there from the start, as version 0".into(),
            ],
            left_out: vec![
                "the registry that points callers at the newest leader: it is always reachable".into(),
                "transactions, queries and indexes".into(),
            ],
        }
    }

    fn members(settings: &Settings<'_>) -> u8 {
        settings.whole("members").clamp(1, 7) as u8
    }

    fn front(settings: &Settings<'_>, _members: u8, _seed_of: &dyn Fn(u8) -> u64) -> Front {
        Front::Leader(LeaderFront { leader: 0, term: 1, reads: LeaderFollower::reads(settings), turn: 0 })
    }

    fn mesh(settings: &Settings<'_>) -> Delay {
        Delay::constant(settings.millis("mesh_ms"))
    }

    fn new(setup: &Setup<'_>) -> LeaderFollower {
        let settings = &setup.settings;
        let config = LeaderFollower::config(settings, setup.members);
        let me = Peer(u16::from(setup.number));
        let machine = Replica::new(me, config).expect("the range of each field lies within the range of the protocol");
        let rng = Rng::stream(setup.seed, &[u64::from(setup.number)]);
        let teller = Teller { number: me.0, ..Teller::default() };
        LeaderFollower { replica: Hosted::new(machine, teller, rng), desk: Desk::new(settings) }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let settings = &setup.settings;
        self.desk.retune(cx, settings);
        if let Front::Leader(front) = cx.front() {
            front.reads = LeaderFollower::reads(settings);
        }
        let config = LeaderFollower::config(settings, setup.members);
        self.replica.step(cx, |machine, now, out| {
            machine.retune(config, now, out).expect("the range of each field lies within the range of the protocol");
        });
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        self.replica.on_start(cx);
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        self.desk.take(cx, call, (call, request));
    }

    #[inline]
    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        if self.replica.on_timer(cx, token) {
            return;
        }
        self.serve(cx, token as u32);
        self.desk.release(cx);
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: u8, message: replication::Message) {
        self.replica.on_message(cx, from, message);
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        self.desk.abandon(cx);
        self.replica.host.appended.clear();
        self.replica.on_crash();
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.replica.on_restart(cx);
    }

    fn summary(settings: &Settings<'_>) -> String {
        format!("{} · {} members", settings.choice_name("acknowledge"), settings.whole("members"))
    }

    /// The members are drawn one by one.
    fn face(_members: &[&LeaderFollower], _glance: &Glance<'_>) -> Face {
        Face::Nothing
    }

    fn gauges(members: &[&LeaderFollower], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let leader = newest_leader(members);
        let lag = leader.and_then(|leader| {
            let last = leader.replica.machine.last().index;
            leader.replica.machine.followers().map(|follower| last.saturating_sub(follower.persisted)).max()
        });
        vec![
            lag.map(|lag| lag as f64),
            Some(glance.rate(glance.sample.count.arrived)),
            glance.p99_ms(),
            Some(f64::from(glance.load().0)),
        ]
    }

    fn member_face(&self, _glance: &Glance<'_>) -> Face {
        let acknowledged = self.replica.machine.acknowledged();
        let cell = |entry: replication::Entry| LogCell {
            index: entry.index,
            term: entry.term,
            key: entry.key,
            acknowledged: entry.index <= acknowledged,
        };
        let mark = |follower: replication::FollowerView| LogMark { label: format!(".{}", follower.peer.0), index: follower.persisted };
        Face::Log {
            entries: self.replica.machine.tail(SHOWN).map(cell).collect(),
            last: self.replica.machine.last().index,
            acknowledged,
            marks: self.replica.machine.followers().map(mark).collect(),
        }
    }

    fn role(&self) -> Text {
        match self.replica.machine.role() {
            RoleName::Leader => "leader".into(),
            RoleName::Follower => "follower".into(),
            RoleName::Candidate => "looking for a leader".into(),
        }
    }

    fn note(&self, members: &[&LeaderFollower]) -> String {
        let term = self.replica.machine.term();
        if self.replica.machine.role() == RoleName::Leader {
            let held = self.replica.machine.followers().map(|follower| follower.persisted).max();
            let held = held.map_or_else(String::new, |held| format!(" · held {held}"));
            return format!("acked {}{held}", self.replica.machine.acknowledged());
        }
        let leader = newest_leader(members).filter(|leader| leader.replica.host.number != self.replica.host.number);
        match leader {
            Some(leader) => {
                let behind = leader.replica.machine.last().index.saturating_sub(self.replica.machine.last().index);
                if behind == 0 { "up to date".to_string() } else { format!("{behind} behind") }
            }
            None => format!("term {term} · {} entries", version_index(self.replica.machine.last().index)),
        }
    }
}

/// The member that leads in the newest term.
fn newest_leader<'a>(members: &[&'a LeaderFollower]) -> Option<&'a LeaderFollower> {
    members.iter().copied().filter(|member| member.replica.machine.role() == RoleName::Leader).max_by_key(|member| member.replica.machine.term())
}
