//! Multi-Paxos on a small network of its own: its cost, takeovers, and anything that may happen.
//!
//! The oracle is a judge that shares nothing with the members: from who accepted what it counts what is chosen, and holds that against
//! what was applied and what clients were told.

use base::{Rng, Span, Time};
use machine::{Effect, Machine, Out, Peer};
use paxos::multi::*;
use resilience::{BackoffConfig, Jitter};
use std::collections::{BTreeMap, BTreeSet};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Seeds of each group size in a usual run; `SEEDS=n` for more.
const SEEDS: u64 = 1_000;
/// Seeds within which a bug must show.
const BUG_SEEDS: u64 = 1_000;

/// All go to one register, so that a member's register tells the last of them.
const fn write(value: u64) -> Command {
    Command::Write { key: 0, value }
}

enum Event {
    Deliver { from: Peer, to: Peer, message: Message },
    Wake { at: usize, timer: Timer, id: u64 },
}

/// Who accepted what, what follows from it, and the first thing that does not fit.
#[derive(Default)]
struct Judge {
    /// Acceptances that choose.
    needed: usize,
    asked: BTreeMap<u64, u64>,
    accepted: BTreeMap<(u64, Proposal), BTreeSet<u16>>,
    chosen: BTreeMap<u64, Command>,
    applied: BTreeMap<u64, Command>,
    /// By member: the last slot that it applied.
    last: Vec<u64>,
    complaint: Option<String>,
}

impl Judge {
    fn complain(&mut self, text: String) {
        self.complaint.get_or_insert(text);
    }

    fn accepted(&mut self, me: u16, slot: u64, proposal: Proposal) {
        let who = self.accepted.entry((slot, proposal)).or_default();
        who.insert(me);
        if who.len() >= self.needed {
            let chosen = *self.chosen.entry(slot).or_insert(proposal.command);
            if chosen != proposal.command {
                self.complain(format!("slot {slot}: {chosen:?} and {:?} are chosen", proposal.command));
            }
        }
    }

    /// A member was given all up to `slot` at once; what that has made is judged by what it reads and takes part in later.
    fn installed(&mut self, me: u16, slot: u64) {
        let last = core::mem::replace(&mut self.last[usize::from(me)], slot);
        if slot <= last {
            self.complain(format!("member {me} is given {slot} after {last}"));
        }
    }

    /// A slot that a member passes over counts as "nothing" there.
    fn applied(&mut self, me: u16, slot: u64, command: Command) {
        let last = core::mem::replace(&mut self.last[usize::from(me)], slot);
        if slot <= last {
            self.complain(format!("member {me} applies {slot} after {last}"));
        }
        for passed in last + 1..slot {
            self.carried_out(passed, Command::Nothing);
        }
        self.carried_out(slot, command);
        if let Command::Write { value, .. } = command {
            if self.chosen.get(&slot) != Some(&command) {
                self.complain(format!("member {me} applies {command:?} in {slot}, which is not chosen"));
            }
            if !self.asked.values().any(|asked| *asked == value) {
                self.complain(format!("nobody asked for {value}"));
            }
        }
    }

    fn carried_out(&mut self, slot: u64, command: Command) {
        let first = *self.applied.entry(slot).or_insert(command);
        if first != command {
            self.complain(format!("slot {slot}: {first:?} and {command:?} are applied"));
        }
    }

    fn told(&mut self, token: u64, slot: u64) {
        let wanted = write(self.asked[&token]);
        if self.applied.get(&slot) != Some(&wanted) {
            self.complain(format!("a client is told {wanted:?} is in {slot}: {:?}", self.applied.get(&slot)));
        }
    }
}

struct Net {
    now: Time,
    members: Vec<Member>,
    up: Vec<bool>,
    outs: Vec<Out<Member>>,
    timers: Vec<[Option<u64>; 3]>,
    queue: BTreeMap<(Time, u64), Event>,
    sequence: u64,
    rng: Rng,
    latency_ms: (u64, u64),
    loss: f64,
    duplication: f64,
    /// Each member's side of a partition; nothing goes from side to side.
    side: Vec<u8>,
    judge: Judge,
    replies: BTreeMap<u64, (Time, Reply)>,
    notes: Vec<(u16, Note)>,
    /// Messages sent, by kind.
    sent: BTreeMap<&'static str, u64>,
}

const fn kind(message: &Message) -> &'static str {
    match message {
        Message::Prepare { .. } => "prepare",
        Message::Promise { .. } => "promise",
        Message::Accept { .. } => "accept",
        Message::Agreed { .. } => "agreed",
        Message::Heartbeat { .. } => "heartbeat",
        Message::Refused { .. } => "refused",
        Message::Behind { .. } => "behind",
        Message::Chosen { .. } => "chosen",
        Message::Installs { .. } => "installs",
    }
}

impl Net {
    fn new(config: Config, seed: u64) -> Net {
        let count = usize::from(config.members);
        let needed = match config.quorums {
            Quorums::Majority => count / 2 + 1,
            Quorums::Flexible { accept, .. } => accept.into(),
        };
        let mut net = Net {
            now: Time::ZERO,
            members: (0..config.members).map(|me| Member::new(Peer(me), config).unwrap()).collect(),
            up: vec![true; count],
            outs: (0..config.members).map(|me| Out::new(Rng::stream(seed, &[1, me.into()]))).collect(),
            timers: vec![[None; 3]; count],
            queue: BTreeMap::new(),
            sequence: 0,
            rng: Rng::stream(seed, &[2]),
            latency_ms: (10, 10),
            loss: 0.0,
            duplication: 0.0,
            side: vec![0; count],
            judge: Judge { needed, last: vec![0; count], ..Judge::default() },
            replies: BTreeMap::new(),
            notes: Vec::new(),
            sent: BTreeMap::new(),
        };
        (0..count).for_each(|me| net.input(me, |member, now, out| member.on_start(now, out)));
        net
    }

    fn append(&mut self, at: usize, token: u64, value: u64) {
        if self.up[at] {
            self.judge.asked.insert(token, value);
            self.input(at, |member, now, out| member.on_request(token, Request::Write { key: 0, value }, now, out));
        }
    }

    fn time_out(&mut self, at: usize) {
        self.input(at, |member, now, out| member.on_timer(Timer::Takeover, now, out));
    }

    fn leaders(&self) -> Vec<usize> {
        let leads = |at: &usize| self.up[*at] && self.members[*at].role() == RoleName::Leader;
        (0..self.members.len()).filter(leads).collect()
    }

    fn crash(&mut self, at: usize) {
        if core::mem::replace(&mut self.up[at], false) {
            self.timers[at] = [None; 3];
            self.members[at].on_crash();
        }
    }

    fn restart(&mut self, at: usize) {
        if !core::mem::replace(&mut self.up[at], true) {
            self.input(at, |member, now, out| member.on_restart(now, out));
        }
    }

    fn run(&mut self, span: Span) {
        let end = self.now + span;
        while let Some(entry) = self.queue.first_entry().filter(|entry| entry.key().0 <= end) {
            let ((at, _), event) = entry.remove_entry();
            self.now = at;
            match event {
                Event::Deliver { to, .. } if !self.up[usize::from(to.0)] => {}
                Event::Deliver { from, to, message } => {
                    self.input(to.0.into(), |member, now, out| member.on_message(from, message, now, out));
                }
                Event::Wake { at, timer, id } if self.timers[at][timer as usize] == Some(id) => {
                    self.timers[at][timer as usize] = None;
                    self.input(at, |member, now, out| member.on_timer(timer, now, out));
                }
                Event::Wake { .. } => {}
            }
        }
        self.now = end;
    }

    fn input(&mut self, me: usize, input: impl FnOnce(&mut Member, Time, &mut Out<Member>)) {
        input(&mut self.members[me], self.now, &mut self.outs[me]);
        let effects: Vec<Effect<Member>> = self.outs[me].drain().collect();
        for effect in effects {
            match effect {
                Effect::Send { to, message } => self.send(Peer(me as u16), to, message),
                Effect::SetTimer { timer, after } => {
                    self.timers[me][timer as usize] = Some(self.sequence);
                    self.schedule(after, Event::Wake { at: me, timer, id: self.sequence });
                }
                Effect::CancelTimer { timer } => self.timers[me][timer as usize] = None,
                Effect::Persist { .. } => {}
                Effect::Reply { token, reply } => {
                    if let Reply::Written { slot } = reply {
                        self.judge.told(token, slot);
                    }
                    assert!(self.replies.insert(token, (self.now, reply)).is_none(), "answered twice: {token}");
                }
                Effect::Note { note } => self.noted(me as u16, note),
            }
        }
    }

    fn noted(&mut self, me: u16, note: Note) {
        self.notes.push((me, note));
        match note {
            Note::Accepted { slot, proposal } => self.judge.accepted(me, slot, proposal),
            Note::Applied { slot, command } => self.judge.applied(me, slot, command),
            Note::Installed { slot } => self.judge.installed(me, slot),
            _ => {}
        }
    }

    fn send(&mut self, from: Peer, to: Peer, message: Message) {
        *self.sent.entry(kind(&message)).or_default() += 1;
        if self.side[usize::from(from.0)] != self.side[usize::from(to.0)] || self.rng.chance(self.loss) {
            return;
        }
        for _ in 0..1 + u64::from(self.rng.chance(self.duplication)) {
            let (least, most) = self.latency_ms;
            let latency = Span::from_millis(least) + Span(self.rng.below(Span::from_millis(most - least).0 + 1));
            self.schedule(latency, Event::Deliver { from, to, message: message.clone() });
        }
    }

    fn schedule(&mut self, after: Span, event: Event) {
        self.queue.insert((self.now + after, self.sequence), event);
        self.sequence += 1;
    }

    fn reply(&self, token: u64) -> Option<Reply> {
        self.replies.get(&token).map(|(_, reply)| *reply)
    }
}

const fn ms(n: u64) -> Span {
    Span::from_millis(n)
}

/// One command after another, each asked for when the one before is done: messages and time of `count` commands.
fn cost(members: u16, count: u64) -> (u64, Span) {
    let config = Config { members, heartbeat: ms(500), takeover_after: ms(2_000), ..Config::default() };
    let mut net = Net::new(config, 1);
    net.time_out(0);
    net.run(ms(50));
    assert_eq!(net.leaders(), [0]);
    net.sent.clear();
    let mut spent = Span(0);
    for token in 0..count {
        let from = net.now;
        net.append(0, token, token);
        net.run(ms(30));
        let (at, reply) = net.replies[&token];
        assert_eq!(reply, Reply::Written { slot: token + 1 });
        spent = spent + Span(at.0 - from.0);
    }
    assert_eq!(net.judge.complaint, None);
    assert!(!net.sent.contains_key("prepare") && !net.sent.contains_key("behind"), "{:?}", net.sent);
    (net.sent["accept"] + net.sent["agreed"], spent)
}

/// The closed formula: a stable leader sends n - 1 accepts and hears n - 1 answers, which is one round trip (20 ms here).
#[test]
fn a_stable_leader_needs_one_round_trip_a_command() {
    for members in [3, 5, 7] {
        let (messages, spent) = cost(members, 100);
        println!("{members} members, 100 commands: {messages} messages, {} ms", spent.0 / 1_000_000);
        assert_eq!(messages, 100 * 2 * (u64::from(members) - 1), "{members} members");
        assert_eq!(spent, ms(100 * 20), "{members} members");
    }
}

/// Messages of a value in single decree, and the hops until its client is answered; every message takes one hop.
fn single_decree_cost(acceptors: u16) -> (u64, u64) {
    use paxos::{Config, Message, Node, Reply, Request};
    let config = Config { acceptors, proposers: 1, ..Config::default() };
    let mut nodes: Vec<Node> = (0..=acceptors).map(|me| Node::new(Peer(me), config).unwrap()).collect();
    let mut out = Out::new(Rng::new(1));
    nodes.iter_mut().for_each(|node| node.on_start(Time::ZERO, &mut out));
    nodes[usize::from(acceptors)].on_request(1, Request::Propose { value: 7, round: 1 }, Time::ZERO, &mut out);
    let take = |from: u16, out: &mut Out<Node>| {
        let (mut sent, mut is_answered) = (Vec::new(), false);
        for effect in out.drain() {
            match effect {
                Effect::Send { message: Message::Chosen { .. }, .. } => {} // learning: nobody waits for it
                Effect::Send { to, message } => sent.push((Peer(from), to, message)),
                Effect::Reply { reply, .. } => is_answered = reply == Reply::Chosen { value: 7 },
                _ => {}
            }
        }
        (sent, is_answered)
    };
    let (mut wire, _) = take(acceptors, &mut out);
    let (mut messages, mut hops, mut answered_after) = (0, 0, None);
    while !wire.is_empty() {
        hops += 1;
        for (from, to, message) in core::mem::take(&mut wire) {
            messages += 1;
            nodes[usize::from(to.0)].on_message(from, message, Time::ZERO, &mut out);
            let (sent, is_answered) = take(to.0, &mut out);
            wire.extend(sent);
            answered_after = answered_after.or(is_answered.then_some(hops));
        }
    }
    (messages, answered_after.expect("nothing is lost"))
}

/// Twice that of a stable leader: prepare, promise, accept, agreed with each acceptor; four hops are two round trips.
#[test]
fn single_decree_needs_two_round_trips_a_value() {
    for acceptors in [3, 5, 7] {
        let (messages, hops) = single_decree_cost(acceptors);
        println!("{acceptors} acceptors, one value: {messages} messages, {hops} hops");
        assert_eq!((messages, hops), (4 * u64::from(acceptors), 4));
    }
}

/// Member 0 leads and asks for 1 to 4; of 2 and 3 only one other member ever hears of 3. A new leader proposes 3 again and fills 2.
#[test]
fn a_new_leader_fills_the_gap_and_keeps_what_was_accepted() {
    let mut net = Net::new(Config { takeover_after: ms(1_000), ..Config::default() }, 1);
    net.time_out(0);
    net.run(ms(50));
    net.append(0, 1, 10);
    net.run(ms(30));
    net.side = vec![0, 1, 1];
    net.append(0, 2, 20);
    net.side = vec![0, 0, 1];
    net.append(0, 3, 30);
    net.run(ms(11));
    net.crash(0);
    net.side = vec![0, 0, 0];
    net.time_out(1);
    net.run(ms(100));
    assert_eq!(net.leaders(), [1]);
    assert!(net.notes.contains(&(1, Note::Filled { slot: 2 })), "{:?}", net.notes);
    net.append(1, 4, 40);
    net.run(ms(100));
    assert_eq!(net.reply(4), Some(Reply::Written { slot: 4 }));
    net.restart(0);
    net.run(ms(200));
    let log = [write(10), Command::Nothing, write(30), write(40)];
    for member in &net.members {
        let held: Vec<Command> = member.disk().log.values().map(|held| held.command).collect();
        assert_eq!((member.commit(), &held[..]), (4, &log[..]), "member {:?}", member.me());
    }
    assert_eq!(net.judge.complaint, None);
}

fn of(members: u16, bug: Option<Bug>) -> Config {
    Config { members, bug, ..Config::default() }
}

/// What runs have met, so that "never broken" is not "never tried".
#[derive(Debug, Default)]
struct Met {
    led: u64,
    filled: u64,
    done: u64,
    unknown: u64,
    caught_up: u64,
    installed: u64,
}

/// A run by luck: faults first, then none. What broke, if anything did.
fn any_run(taste: Config, seed: u64, met: &mut Met) -> Result<(), String> {
    let Config { members, bug, proposers, .. } = taste;
    let mut rng = Rng::stream(seed, &[9, members.into()]);
    let config = Config { heartbeat: ms(20), takeover_after: ms(60), ..taste };
    let mut net = Net::new(config, seed);
    (net.latency_ms, net.loss, net.duplication) = ((1, 1 + rng.below(30)), rng.unit() * 0.5, rng.unit() * 0.3);
    // Each run has its own taste: what is rare in all is frequent in some.
    let mut weights = [0; 8].map(|_: u64| 1 + rng.below(2) * rng.below(9));
    let pause = 5 + rng.below(80);
    if bug == Some(Bug::PromiseForgotten) {
        weights = [0, 0, 4, 0, 0, 2, 1, 2]; // crashes while an old leader's messages are still on their way
        net.latency_ms = (1, 60);
    }
    let mut token = 0;
    for _ in 0..60 {
        let one = rng.below(members.into()) as usize;
        let mut luck = rng.below(weights.iter().sum());
        let kind = weights.iter().position(|weight| luck.checked_sub(*weight).map(|rest| luck = rest).is_none());
        match kind.unwrap_or(0) {
            0 => net.crash(one),
            1 => net.restart(one),
            2 => {
                net.crash(one);
                net.restart(one);
            }
            3 => net.side.iter_mut().for_each(|side| *side = rng.below(2) as u8),
            4 => net.side.fill(0),
            5 if net.up[one] => net.time_out(one),
            _ => {
                let asked = if proposers == Proposers::Everybody { vec![one] } else { net.leaders() };
                for at in asked {
                    for _ in 0..=rng.below(3) {
                        token += 1;
                        net.append(at, token, 1_000 + token);
                    }
                }
            }
        }
        net.run(ms(rng.below(pause)));
    }
    (net.loss, net.duplication, net.latency_ms) = (0.0, 0.0, (1, 5));
    net.side.fill(0);
    (0..members.into()).for_each(|at| net.restart(at));
    let calm = calm(&mut net, token);
    for (_, note) in &net.notes {
        met.led += u64::from(matches!(note, Note::Led { .. }));
        met.filled += u64::from(matches!(note, Note::Filled { .. }));
    }
    met.done += net.replies.values().filter(|(_, reply)| matches!(reply, Reply::Written { .. })).count() as u64;
    met.unknown += net.replies.values().filter(|(_, reply)| *reply == Reply::Unknown).count() as u64;
    met.caught_up += net.sent.get("chosen").copied().unwrap_or(0);
    met.installed += net.notes.iter().filter(|(_, note)| matches!(note, Note::Installed { .. })).count() as u64;
    match net.judge.complaint {
        Some(complaint) => Err(complaint),
        None => calm.map_err(|why| format!("stalled: {why}")),
    }
}

/// Faults have stopped: one leader, which gets a command through, and equal logs.
fn calm(net: &mut Net, mut token: u64) -> Result<(), &'static str> {
    let mut why = "no leader";
    for _ in 0..20 {
        net.run(ms(200));
        let [leader] = net.leaders()[..] else { continue };
        token += 1;
        net.append(leader, token, 1_000 + token);
        net.run(ms(100));
        let Some(Reply::Written { slot }) = net.reply(token) else {
            why = "a command is not answered";
            continue;
        };
        if net.members.iter().all(|member| member.commit() == slot) {
            return Ok(());
        }
        why = "a member does not catch up";
    }
    Err(why)
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|value| value.parse().ok())
}

#[test]
fn three_and_five_members_agree_under_any_faults_and_move_on_without() {
    let mut met = Met::default();
    for members in [3, 5] {
        for seed in 0..number("SEEDS").unwrap_or(SEEDS) {
            assert_eq!(any_run(of(members, None), seed, &mut met), Ok(()), "{members} members, seed {seed}");
        }
    }
    println!("{met:?}");
    let Met { led, filled, done, unknown, caught_up, .. } = met;
    assert!(
        [led, filled, done, unknown, caught_up].iter().all(|count| *count > 50),
        "{led} {filled} {done} {unknown} {caught_up}"
    );
}

#[test]
fn groups_of_other_sizes_agree_too() {
    for members in [1, 2, 4, 9] {
        for seed in 0..50 {
            assert_eq!(any_run(of(members, None), seed, &mut Met::default()), Ok(()), "{members} members, seed {seed}");
        }
    }
}

/// Only what is wrong counts, not what stalls.
#[test]
fn every_rule_left_out_is_caught_within_a_thousand_seeds() {
    for bug in Bug::ALL {
        for members in [3, 5] {
            // Two apart fit into five, and into three are one and one.
            let apart = Quorums::Flexible { prepare: members / 2, accept: members / 2 };
            let quorums = if bug == Bug::QuorumsApart { apart } else { Quorums::Majority };
            let config = Config { quorums, ..of(members, Some(bug)) };
            let wrong = |seed: &u64| {
                any_run(config, *seed, &mut Met::default()).is_err_and(|complaint| !complaint.starts_with("stalled"))
            };
            let seed = (0..BUG_SEEDS).find(wrong);
            let what = seed.map(|seed| any_run(config, seed, &mut Met::default()));
            println!("{bug:?}, {members} members: seed {seed:?}, {what:?}");
            assert!(seed.is_some(), "{BUG_SEEDS} seeds do not show {bug:?} with {members} members");
        }
    }
}

/// Every pair of quorums that meet, with few slots kept, so that who was away is given a snapshot.
#[test]
fn any_two_quorums_that_meet_agree_and_who_was_away_long_is_given_a_snapshot() {
    let mut met = Met::default();
    for members in [3, 4, 5] {
        for accept in 1..=members {
            for prepare in members + 1 - accept..=members {
                let config = Config { quorums: Quorums::Flexible { prepare, accept }, kept: 1, ..of(members, None) };
                for seed in 0..60 {
                    let run = any_run(config, seed, &mut met);
                    assert_eq!(run, Ok(()), "{prepare} and {accept} of {members}, seed {seed}");
                }
            }
        }
    }
    println!("{met:?}");
    assert!(met.installed > 100, "{met:?}");
}

/// Everybody proposes: the same promises, whoever is asked, and every request is answered once faults stop.
#[test]
fn where_everybody_proposes_they_agree_and_everybody_is_answered() {
    let mut met = Met::default();
    for members in [1, 3, 5] {
        for seed in 0..300 {
            let config = Config { proposers: Proposers::Everybody, kept: 5, ..of(members, None) };
            assert_eq!(any_run(config, seed, &mut met), Ok(()), "{members} members, seed {seed}");
        }
    }
    println!("{met:?}");
    assert!(met.led > 1_000 && met.done > 1_000, "{met:?}");
}

/// One command at each of two members at the same moment, `rounds` times: how long until both are answered, and ballots begun.
fn duel(jitter: Jitter, seed: u64) -> (Option<Span>, usize) {
    let retry = BackoffConfig {
        base: ms(5),
        cap: ms(if jitter == Jitter::None { 5 } else { 400 }),
        jitter,
        ..BackoffConfig::default()
    };
    let config = Config { proposers: Proposers::Everybody, takeover_after: ms(600_000), retry, ..of(3, None) };
    let mut net = Net::new(config, seed);
    net.append(0, 1, 10);
    net.run(ms(12));
    net.append(1, 2, 20);
    net.run(ms(10_000));
    assert_eq!(net.judge.complaint, None);
    let done = [1, 2].map(|token| net.replies.get(&token).map(|(at, _)| *at));
    let [Some(first), Some(second)] = done else { return (None, ballots(&net)) };
    (Some(Span(first.max(second).0)), ballots(&net))
}

fn ballots(net: &Net) -> usize {
    net.notes.iter().filter(|(_, note)| matches!(note, Note::Prepared { .. })).count()
}

/// Each prepares between the other's prepare and accept, one for ever; what breaks the tie is luck. Fischer, Lynch and Paterson, 1985.
#[test]
fn two_proposers_outbid_each_other_for_ever_unless_their_waits_differ() {
    let (never, without) = duel(Jitter::None, 1);
    assert!(never.is_none() && without > 200, "{never:?} after {without} ballots");
    let mut most = (Span::ZERO, 0);
    for seed in 1..=50 {
        let (took, with) = duel(Jitter::Full, seed);
        let took = took.expect("both are answered within ten seconds");
        most = (most.0.max(took), most.1.max(with));
    }
    println!(
        "without jitter: no answer in 10 s, {without} ballots; with: at most {} ms, {} ballots",
        most.0.0 / 1_000_000,
        most.1
    );
    assert!(most.0 < ms(3_000) && most.1 < 40, "{most:?}");
}

/// Oracle: arithmetic. A log of any length keeps at most twice `kept` chosen slots and what is on its way.
#[test]
fn the_log_is_forgotten_and_the_registers_stay() {
    let mut net = Net::new(Config { kept: 10, takeover_after: ms(1_000), ..Config::default() }, 1);
    net.time_out(0);
    net.run(ms(50));
    net.crash(2);
    for token in 1..=200 {
        net.append(0, token, token);
        net.run(ms(25));
        for member in &net.members {
            assert!(member.disk().log.len() as u64 <= 2 * 10 + WINDOW, "{} slots", member.disk().log.len());
        }
    }
    assert!(net.members[0].disk().base >= 180, "{}", net.members[0].disk().base);
    net.restart(2);
    net.run(ms(500));
    assert!(net.notes.iter().any(|(me, note)| *me == 2 && matches!(note, Note::Installed { .. })));
    assert_eq!(net.members[2].read(0), Some((200, 200)));
    net.input(0, |member, now, out| member.on_request(999, Request::Read { key: 0 }, now, out));
    net.run(ms(100));
    assert_eq!(net.reply(999), Some(Reply::Value { slot: 201, found: Some((200, 200)) }));
}

#[test]
fn quorums_that_share_no_member_are_refused() {
    let apart = Config { quorums: Quorums::Flexible { prepare: 3, accept: 2 }, ..of(5, None) };
    let why = apart.check().unwrap_err();
    assert_eq!((why.field, why.value, why.low, why.high), ("prepare quorum", 3, 4, 5));
    assert!(Config { bug: Some(Bug::QuorumsApart), ..apart }.check().is_ok());
    for (prepare, accept) in [(0, 5), (5, 0), (6, 1), (1, 6)] {
        assert!(Config { quorums: Quorums::Flexible { prepare, accept }, ..of(5, None) }.check().is_err());
    }
}
