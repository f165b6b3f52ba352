//! Chains: each failure of the paper as a story, linearizability under every fault, and what each wrong version does.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::group;
use base::{Rng, Span, Time};
use check::history::model::Register;
use check::history::{Call, Judgement, STEPS_MAX, linearizable};
use group::Group;
use machine::Peer;
use replication::chain::*;
use std::collections::BTreeMap;

/// A group whose first `n` members are told the first chain.
fn group(config: Config, n: u16, seed: u64) -> (Group<Member>, Chain) {
    let members = (0..config.members).map(|me| Member::new(Peer(me), config).unwrap()).collect();
    let mut group = Group::new(members, seed);
    let chain = Chain::first((0..n).map(Peer)).unwrap();
    tell(&mut group, &chain, Time::NEVER);
    group.run(5);
    (group, chain)
}

/// Tokens of the master, far from those of clients.
fn master_token(group: &Group<Member>) -> u64 {
    1 << 40 | group.replies.len() as u64
}

fn tell(group: &mut Group<Member>, chain: &Chain, until: Time) {
    for at in 0..group.members.len() {
        let token = master_token(group);
        group.ask(at, token, Request::Configure { chain: chain.clone(), until });
    }
}

fn write(value: u64) -> Request {
    Request::Write { key: 1, value }
}

const READ: Request = Request::Read { key: 1 };

fn found(group: &Group<Member>, token: u64) -> Option<u64> {
    match group.reply(token) {
        Some(Reply::Found { value }) => value.map(|(_, value)| value),
        other => panic!("read {token}: {other:?}"),
    }
}

fn read(group: &mut Group<Member>, at: usize, token: u64) -> Option<u64> {
    group.ask(at, token, READ);
    group.run(20);
    found(group, token)
}

fn is_written(group: &Group<Member>, token: u64) -> bool {
    matches!(group.reply(token), Some(Reply::Written { .. }))
}

const FOUR: Config = Config {
    members: 4,
    reads: Reads::Tail,
    resend_every: Span::from_millis(50),
    window: 64,
    variant: Variant::Faithful,
};

#[test]
fn a_write_is_done_when_the_tail_has_it_and_one_message_later_the_head_says_so() {
    let (mut group, _) = group(FOUR, 4, 1);
    group.ask(0, 1, write(10));
    let asked = group.now;
    group.run(50);
    let (at, reply) = group.replies[&1];
    assert_eq!(reply, Reply::Written { version: 1 });
    assert_eq!(
        at.since(asked),
        Span::from_millis(4),
        "three forwards down, one message from the tail to the head, 1 ms each"
    );
    assert!(group.members.iter().all(|member| member.done() == 1 && member.sent().count() == 0), "the acks came up");
    assert_eq!(read(&mut group, 3, 2), Some(10));
}

#[test]
fn a_request_at_the_wrong_place_is_told_where_to_go() {
    let (mut group, _) = group(FOUR, 3, 1);
    group.ask(1, 1, write(10));
    group.ask(0, 2, READ);
    group.ask(3, 3, READ);
    assert_eq!(group.reply(1), Some(&Reply::Redirect { to: Peer(0) }));
    assert_eq!(group.reply(2), Some(&Reply::Redirect { to: Peer(2) }));
    assert_eq!(group.reply(3), Some(&Reply::Redirect { to: Peer(2) }), "a spare knows where the tail is");
}

#[test]
fn the_head_fails_and_what_only_it_had_is_lost_but_nobody_was_told() {
    let (mut group, chain) = group(FOUR, 3, 1);
    group.ask(0, 1, write(10));
    group.run(20);
    group.part(&[0], &[1, 2]);
    group.ask(0, 2, write(20));
    group.run(20);
    group.crash(0);
    tell(&mut group, &chain.without(Peer(0)).unwrap(), Time::NEVER);
    group.ask(1, 3, write(30));
    group.run(20);
    assert!(is_written(&group, 1) && is_written(&group, 3));
    assert_eq!(group.reply(2), None, "what only the head had");
    assert_eq!(read(&mut group, 2, 4), Some(30));
}

/// The head has sent 20 to the middle, which fails before it passes it on. Returns whether it was answered, and what is read.
fn middle_fails(variant: Variant) -> (bool, Option<u64>, u64) {
    let (mut group, chain) = group(Config { variant, resend_every: Span::from_secs(1), ..FOUR }, 3, 1);
    group.ask(0, 1, Request::Write { key: 1, value: 20 });
    group.crash(1);
    group.run(5);
    tell(&mut group, &chain.without(Peer(1)).unwrap(), Time::NEVER);
    group.run(5);
    group.ask(0, 2, Request::Write { key: 2, value: 99 });
    group.run(20);
    let resent = group.notes.iter().filter(|(_, _, note)| matches!(note, Note::Resent { updates: 1 })).count() as u64;
    (is_written(&group, 1), read(&mut group, 2, 3), resent)
}

#[test]
fn the_middle_fails_and_the_one_before_sends_again_what_it_had_sent() {
    assert_eq!(middle_fails(Variant::Faithful), (true, Some(20), 1));
    assert_eq!(middle_fails(Variant::NoResend), (true, None, 0), "a write that was answered is gone");
}

#[test]
fn the_tail_fails_and_what_the_one_before_has_is_done() {
    let (mut group, chain) = group(FOUR, 3, 1);
    group.part(&[1], &[2]);
    group.ask(0, 1, write(10));
    group.run(20);
    assert_eq!(group.reply(1), None);
    group.crash(2);
    tell(&mut group, &chain.without(Peer(2)).unwrap(), Time::NEVER);
    group.run(5);
    assert!(is_written(&group, 1), "without being sent again");
    assert_eq!(read(&mut group, 1, 2), Some(10));
}

#[test]
fn a_new_tail_is_given_the_state_and_the_old_one_answers_until_then() {
    let (mut group, chain) = group(FOUR, 3, 1);
    group.ask(0, 1, write(10));
    group.run(20);
    group.part(&[3], &[0, 1, 2]);
    let longer = chain.with(Peer(3)).unwrap();
    tell(&mut group, &longer, Time::NEVER);
    group.ask(0, 2, write(20));
    group.run(20);
    assert!(is_written(&group, 2) && !group.members[3].is_whole());
    assert_eq!(read(&mut group, 2, 3), Some(20), "the old tail answers");
    group.ask(3, 4, READ);
    assert_eq!(group.reply(4), Some(&Reply::Redirect { to: Peer(2) }), "the new one knows that it knows nothing");
    group.cut.clear();
    group.run(200);
    group.ask(2, 5, READ);
    assert_eq!(group.reply(5), Some(&Reply::Redirect { to: Peer(3) }));
    assert_eq!(read(&mut group, 3, 6), Some(20));
    group.ask(0, 7, write(30));
    group.run(20);
    assert_eq!(read(&mut group, 3, 8), Some(30));
}

#[test]
fn who_comes_back_begins_anew_and_says_what_it_discards() {
    let (mut group, chain) = group(FOUR, 3, 1);
    group.part(&[0], &[1, 2]);
    group.ask(0, 1, write(10));
    let shorter = chain.without(Peer(0)).unwrap();
    tell(&mut group, &shorter, Time::NEVER);
    assert_eq!(group.reply(1), Some(&Reply::Unknown { version: 1 }));
    group.ask(1, 2, write(20));
    group.run(20);
    group.cut.clear();
    tell(&mut group, &shorter.with(Peer(0)).unwrap(), Time::NEVER);
    group.run(200);
    assert!(group.notes.iter().any(|(_, at, note)| *at == Peer(0) && *note == Note::Discarded { updates: 1 }));
    assert_eq!(read(&mut group, 0, 3), Some(20), "number 1 means something else now");
}

/// A tail that is cut off, with a master that is wrong about it. Returns what it answers after a newer write was done elsewhere.
fn cut_off_tail(grant: Option<Span>) -> Option<Reply> {
    let (mut group, chain) = group(FOUR, 3, 1);
    if let Some(grant) = grant {
        let again = chain.without(Peer(2)).unwrap().with(Peer(2)).unwrap();
        let until = group.now + grant;
        tell(&mut group, &again, until);
        group.run(20);
    }
    group.ask(0, 1, write(10));
    group.run(20);
    group.part(&[2], &[0, 1, 3]);
    group.run(grant.map_or(0, |grant| grant.0 / 1_000_000));
    let shorter = group.members[0].chain().without(Peer(2)).unwrap();
    for at in [0, 1] {
        let token = master_token(&group);
        group.ask(at, token, Request::Configure { chain: shorter.clone(), until: Time::NEVER });
    }
    group.ask(0, 2, write(20));
    group.run(20);
    assert!(is_written(&group, 2));
    group.ask(2, 3, READ);
    group.reply(3).copied()
}

#[test]
fn a_tail_that_is_only_cut_off_answers_stale_unless_its_time_is_limited() {
    assert_eq!(cut_off_tail(None), Some(Reply::Found { value: Some((1, 10)) }), "the paper's members fail by stopping");
    assert_eq!(cut_off_tail(Some(Span::from_millis(200))), Some(Reply::Unavailable));
}

#[test]
fn craq_answers_clean_keys_anywhere_and_asks_the_tail_about_dirty_ones() {
    let (mut group, _) = group(Config { reads: Reads::Any, ..FOUR }, 4, 1);
    group.ask(0, 1, write(10));
    group.run(20);
    for at in 0..4 {
        group.ask(at, 10 + at as u64, READ);
        assert_eq!(found(&group, 10 + at as u64), Some(10), "at once");
    }
    group.part(&[2], &[3]);
    group.ask(0, 2, write(20));
    group.run(10);
    group.ask(1, 20, READ);
    assert_eq!(group.reply(20), None, "it asks");
    group.run(5);
    assert_eq!(found(&group, 20), Some(10), "20 is on its way and not done");
    assert!(group.notes.iter().any(|(_, at, note)| (*at, *note) == (Peer(1), Note::AskedTail { key: 1 })));
}

#[test]
fn a_full_window_refuses_writes() {
    let (mut group, _) = group(Config { window: 2, ..FOUR }, 2, 1);
    group.part(&[0], &[1]);
    for token in 1..=3 {
        group.ask(0, token, write(token));
    }
    assert_eq!(group.reply(3), Some(&Reply::Busy { waiting: 2 }));
}

/// A head that the master has taken out, wrongly and without its knowledge, takes a write. Whether it says that it is done, and what a
/// reader finds.
fn deposed_head(variant: Variant) -> (bool, Option<u64>) {
    let (mut group, chain) = group(Config { variant, ..FOUR }, 3, 1);
    let shorter = chain.without(Peer(0)).unwrap();
    for at in [1, 2] {
        let token = master_token(&group);
        group.ask(at, token, Request::Configure { chain: shorter.clone(), until: Time::NEVER });
    }
    group.ask(1, 1, write(10));
    group.run(20);
    group.ask(0, 2, write(20));
    group.run(200);
    (is_written(&group, 2), read(&mut group, 2, 3))
}

#[test]
fn words_of_another_chain_are_not_heard_and_where_they_are_a_write_that_was_answered_is_nowhere() {
    assert_eq!(deposed_head(Variant::Faithful), (false, Some(10)));
    assert_eq!(deposed_head(Variant::IgnoresNumbers), (true, Some(10)));
}

/// The tail has done a write, of which the one before has not heard, and fails; a new one joins behind.
#[test]
fn a_new_tail_is_given_what_a_tail_that_failed_has_done() {
    let (mut group, chain) = group(FOUR, 3, 1);
    group.cut.insert((2, 1));
    group.ask(0, 1, write(10));
    group.run(20);
    assert!(is_written(&group, 1) && group.members[1].done() == 0);
    group.crash(2);
    let next = chain.without(Peer(2)).unwrap().with(Peer(3)).unwrap();
    tell(&mut group, &next, Time::NEVER);
    group.run(3);
    assert_eq!(read(&mut group, 3, 2), Some(10));
}

/// How long the master's word holds in the runs.
const GRANT: Span = Span::from_millis(100);

/// A run with every fault, and what its clients saw.
struct Run {
    group: Group<Member>,
    master: Master,
    chain: Chain,
    /// Cut off from all, the master too.
    apart: Vec<bool>,
    history: Vec<Call<Register>>,
    /// The place in the history of each request that may still be answered.
    open: BTreeMap<u64, usize>,
    rng: Rng,
}

impl Run {
    fn new(config: Config, seed: u64) -> Run {
        let members = (0..config.members).map(|me| Member::new(Peer(me), config).unwrap()).collect();
        let mut group: Group<Member> = Group::new(members, seed);
        (group.loss, group.duplication, group.latency) = (0.05, 0.05, (1, 15));
        let word =
            MasterConfig { every: Span::from_millis(25), silent_after: Span::from_millis(75), grant: Some(GRANT) };
        let master = Master::new(config.members, word).unwrap();
        let mut run = Run {
            chain: master.chain().clone(),
            apart: vec![false; group.members.len()],
            group,
            master,
            history: Vec::new(),
            open: BTreeMap::new(),
            rng: Rng::stream(seed, &[7]),
        };
        run.master();
        run
    }

    fn fault(&mut self) {
        let at = self.rng.below(self.group.members.len() as u64) as usize;
        match self.rng.below(24) {
            0 => self.group.crash(at),
            1 | 2 => (0..self.group.members.len()).for_each(|at| self.group.restart(at)),
            3 => {
                let others: Vec<u16> = (0..self.group.members.len() as u16).filter(|to| *to != at as u16).collect();
                self.group.part(&[at as u16], &others);
                self.apart[at] = true;
            }
            4 | 5 => {
                self.group.cut.clear();
                self.apart.fill(false);
            }
            _ => {}
        }
    }

    /// The master speaks, and those in reach answer.
    fn master(&mut self) {
        let now = self.group.now;
        for (peer, until) in self.master.speak(now) {
            let at = usize::from(peer.0);
            if self.group.up[at] && !self.apart[at] {
                let (token, chain) = (master_token(&self.group), self.master.chain().clone());
                self.group.ask(at, token, Request::Configure { chain, until });
                if let Some(Reply::Configured { number, is_whole }) = self.group.reply(token).copied() {
                    self.master.on_configured(peer, number, is_whole, now);
                }
            }
        }
        self.chain = self.master.chain().clone();
    }

    fn client(&mut self, token: u64) {
        let key = self.rng.below(2);
        let (head, tail) = (self.chain.head().unwrap(), self.chain.tail().unwrap());
        let anywhere = Peer(self.rng.below(self.group.members.len() as u64) as u16);
        let is_write = self.rng.chance(0.5);
        let to = if self.rng.chance(0.3) {
            anywhere
        } else if is_write {
            head
        } else {
            tail
        };
        let (request, op) = match is_write {
            true => (Request::Write { key, value: token }, Register::Write(token)),
            false => (Request::Read { key }, Register::ReadUnknown),
        };
        self.open.insert(token, self.history.len());
        let client = token as u32 % 5;
        self.history.push(Call { client, key: key as u32, call: self.group.now, ret: None, op });
        self.group.ask(to.0.into(), token, request);
    }

    fn collect(&mut self) {
        let mut never = Vec::new();
        self.open.retain(|token, place| {
            let Some((at, reply)) = self.group.replies.get(token) else { return true };
            let call = &mut self.history[*place];
            match reply {
                Reply::Written { .. } => call.ret = Some(*at),
                Reply::Found { value } => {
                    (call.ret, call.op) = (Some(*at), Register::Read(value.map(|(_, value)| value)));
                }
                Reply::Unknown { .. } => {}
                _ => never.push(*place),
            }
            false
        });
        // Refused: it was not done.
        never.into_iter().for_each(|place| self.history[place].op = Register::ReadUnknown);
    }

    fn go(&mut self, steps: u64) {
        for token in 0..steps {
            self.fault();
            self.master();
            self.client(token);
            let ms = self.rng.below(25);
            self.group.run(ms);
            self.collect();
        }
    }

    /// Faults stop; a write and a read must come through, and all members hold the same.
    fn calm(&mut self, seed: u64) {
        self.apart.fill(false);
        self.group.heal();
        for _ in 0..30 {
            self.master();
            self.group.run(50);
        }
        let (head, tail) = (self.chain.head().unwrap(), self.chain.tail().unwrap());
        let op = Register::Write(4_711);
        self.history.push(Call { client: 0, key: 1, call: self.group.now, ret: None, op });
        self.group.ask(head.0.into(), 1 << 30, write(4_711));
        self.group.run(90);
        // Nobody was asked for so long that all count as silent: they answer now, and the next word grants them time again.
        self.master();
        assert!(is_written(&self.group, 1 << 30), "seed {seed}: {:?}", self.group.reply(1 << 30));
        self.master();
        assert_eq!(read(&mut self.group, tail.0.into(), 1 << 31), Some(4_711), "seed {seed}");
        let dones: Vec<u64> = self.group.members.iter().map(Member::done).collect();
        assert!(self.group.members.iter().all(|member| member.sent().count() == 0), "seed {seed}: {dones:?}");
        for key in 0..2 {
            let held: Vec<_> = self.group.members.iter().map(|member| member.held(key)).collect();
            assert!(held.iter().all(|one| *one == held[0]), "seed {seed}: {held:?}");
        }
    }
}

/// How many of the seeds give a history that no order explains, and how many requests were answered.
fn broken(config: Config, seeds: u64, must_calm: bool) -> (u64, u64) {
    let (mut broken, mut answered) = (0, 0);
    for seed in 0..seeds {
        let mut run = Run::new(config, seed);
        run.go(60);
        if must_calm {
            run.calm(seed);
        }
        run.collect();
        answered += run.history.iter().filter(|call| call.ret.is_some()).count() as u64;
        match linearizable(&run.history, STEPS_MAX).unwrap() {
            Judgement::Holds => {}
            Judgement::Broken(_) => broken += 1,
            Judgement::Unknown => panic!("seed {seed}: the steps ran out"),
        }
    }
    (broken, answered)
}

/// Oracle: the judge of histories, which knows nothing of chains.
#[test]
fn histories_are_linearizable_whatever_fails() {
    for reads in Reads::ALL {
        let (broken, answered) = broken(Config { reads, ..FOUR }, 1_000, true);
        assert_eq!(broken, 0, "{reads:?}: {broken} of 1000 runs");
        assert!(answered > 20_000, "{reads:?}: only {answered} of 60000 requests were answered");
    }
}

#[test]
fn each_wrong_version_is_caught_by_the_same_runs() {
    // The time that the master grants leaves too few words of old chains: that harm is a story of its own.
    for variant in Variant::ALL[1..].iter().filter(|variant| **variant != Variant::IgnoresNumbers) {
        let reads = if *variant == Variant::AnswersDirty { Reads::Any } else { Reads::Tail };
        let (broken, _) = broken(Config { reads, variant: *variant, ..FOUR }, 100, false);
        assert!(broken > 0, "{variant:?}: not one of 100 runs");
    }
}

#[test]
fn chains_that_cannot_be_are_refused() {
    let chain = Chain::first([Peer(0), Peer(1)]).unwrap();
    assert_eq!(Chain::first([]), Err(ChainError::Empty));
    assert_eq!(Chain::first([Peer(1), Peer(1)]), Err(ChainError::Twice(Peer(1))));
    assert_eq!(chain.with(Peer(1)), Err(ChainError::Twice(Peer(1))));
    assert_eq!(chain.without(Peer(2)).unwrap_err().to_string(), "member 2 does not stand in the chain");
    let last = chain.without(Peer(0)).unwrap();
    assert_eq!(last.without(Peer(1)), Err(ChainError::Empty));
    assert_eq!((last.number(), last.head(), last.tail()), (2, Some(Peer(1)), Some(Peer(1))));
}

#[test]
fn settings_out_of_range_are_refused() {
    for (config, text) in [
        (Config { members: 0, ..FOUR }, "members is 0; it must lie between 1 and 32"),
        (Config { window: 0, ..FOUR }, "window is 0; it must lie between 1 and 65536"),
        (
            Config { resend_every: Span::ZERO, ..FOUR },
            "resend_every (ns) is 0; it must lie between 1000000 and 3600000000000",
        ),
    ] {
        assert_eq!(config.check().map_err(|error| error.to_string()), Err(text.into()));
    }
    assert!(Member::new(Peer(4), FOUR).is_err());
}
