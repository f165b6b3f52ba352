//! Members that talk: a replicated log, a rumour, and the judge of what clients saw.

use super::{Answer, Job, Side, counted, job};
use base::{Rng, Time};
use check::history::model::{Model, Register};
use check::history::{Call, Judgement, STEPS_MAX, linearizable};
use gossip::epidemic::{Config, Rule, Rumour, Style, Timer};
use machine::{Effect, Machine, Out, Peer};
use std::collections::VecDeque;

/// Members and a wire that loses nothing and takes no time: what is sent arrives in its order. No timer fires by itself.
pub struct Wire<M: Machine> {
    pub members: Vec<M>,
    pub replies: u64,
    outs: Vec<Out<M>>,
    queue: VecDeque<(Peer, Peer, M::Message)>,
}

impl<M: Machine> Wire<M> {
    pub fn new(members: Vec<M>, seed: u64) -> Wire<M> {
        let outs = (0..members.len() as u64).map(|me| Out::new(Rng::stream(seed, &[me]))).collect();
        let mut wire = Wire { members, replies: 0, outs, queue: VecDeque::new() };
        (0..wire.members.len()).for_each(|me| wire.input(me, |member, out| member.on_start(Time::ZERO, out)));
        wire
    }

    pub fn input(&mut self, me: usize, input: impl FnOnce(&mut M, &mut Out<M>)) {
        input(&mut self.members[me], &mut self.outs[me]);
        for effect in self.outs[me].drain() {
            match effect {
                Effect::Send { to, message } => self.queue.push_back((Peer(me as u16), to, message)),
                Effect::Reply { .. } => self.replies += 1,
                _ => {}
            }
        }
    }

    pub fn deliver(&mut self) {
        while let Some((from, to, message)) = self.queue.pop_front() {
            self.input(to.0.into(), |member, out| member.on_message(from, message, Time::ZERO, out));
        }
    }
}

/// Members of a rumour's group, and how many others each tells: the study notes' gossip between servers.
const MEMBERS: u16 = 1_000;
const FANOUT: u16 = 3;

/// Rounds until all know. Beside it log2 n, the rounds of a group that doubles who knows in each. The answer: who knows in the end.
pub fn rumour(side: Side, seeds: &[u64]) -> Job<'_> {
    let doubling = u64::from(MEMBERS.next_power_of_two().trailing_zeros());
    let work = move |_: &mut ()| {
        seeds.iter().fold(Answer::default(), |sum, seed| {
            let (know, rounds) = match side {
                Side::Ours => spread(*seed),
                Side::Theirs => (u64::from(MEMBERS), doubling),
            };
            Answer { value: sum.value + know, steps: sum.steps + rounds }
        })
    };
    job((), work, |(), answer| answer)
}

/// Who knows after how many rounds, a hundred at the most.
fn spread(seed: u64) -> (u64, u64) {
    let round = base::Span::from_millis(10);
    let config = Config { members: MEMBERS, fanout: FANOUT, round, style: Style::Push, rule: Rule::Sound };
    let mut wire = Wire::new((0..MEMBERS).map(|me| Rumour::new(Peer(me), config)).collect(), seed);
    wire.input(0, |member, out| member.on_request(1, 1, Time::ZERO, out));
    let know = |wire: &Wire<Rumour>| wire.members.iter().filter(|member| member.known() == 1).count() as u64;
    let mut rounds = 0;
    while know(&wire) < u64::from(MEMBERS) && rounds < 100 {
        // All speak before any hears: news go one step a round.
        let all = 0..wire.members.len();
        all.for_each(|me| wire.input(me, |member, out| member.on_timer(Timer::Round, Time::ZERO, out)));
        wire.deliver();
        rounds += 1;
    }
    (know(&wire), rounds)
}

/// Operations of a history, and clients.
const CALLS: u64 = 14;
const CLIENTS: u64 = 4;

/// Histories of one register, of which some can be explained and some cannot. The answer: how many can.
pub fn judged(side: Side, seeds: &[u64]) -> Job<'_> {
    let histories: Vec<Vec<Call<Register>>> = seeds.iter().map(|seed| history(*seed)).collect();
    let is_good = move |history: &Vec<Call<Register>>| match side {
        Side::Ours => linearizable(history, STEPS_MAX) == Ok(Judgement::Holds),
        Side::Theirs => some_order(history, &mut Vec::new(), Register::initial()),
    };
    job(histories, move |histories| histories.iter().filter(|history| is_good(history)).count() as u64, counted)
}

/// Clients that wait for their answers; most read what was written last.
fn history(seed: u64) -> Vec<Call<Register>> {
    let mut rng = Rng::new(seed);
    let (mut free, mut last) = ([0_u64; CLIENTS as usize], None);
    let call = |_| {
        let client = rng.below(CLIENTS);
        let begin = free[client as usize] + rng.below(4);
        let end = begin + 1 + rng.below(12);
        free[client as usize] = end + 1;
        let op = if rng.chance(0.4) {
            last = Some(rng.below(3));
            Register::Write(last.unwrap_or(0))
        } else {
            Register::Read(last)
        };
        Call { client: client as u32, key: 0, call: Time(begin), ret: Some(Time(end)), op }
    };
    (0..CALLS).map(call).collect()
}

/// The definition, tried out: every order in which nothing stands before what had been answered when it was called.
fn some_order(history: &[Call<Register>], placed: &mut Vec<usize>, state: Option<u64>) -> bool {
    let left: Vec<usize> = (0..history.len()).filter(|at| !placed.contains(at)).collect();
    if left.is_empty() {
        return true;
    }
    let may_be_next =
        |at: &usize| left.iter().all(|other| history[*other].ret.is_none_or(|ret| ret >= history[*at].call));
    for at in left.iter().filter(|at| may_be_next(at)) {
        let Some(next) = history[*at].op.step(&state) else { continue };
        placed.push(*at);
        let is_found = some_order(history, placed, next);
        placed.pop();
        if is_found {
            return true;
        }
    }
    false
}
