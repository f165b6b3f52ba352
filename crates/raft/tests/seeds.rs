//! Anything may happen: safety while everything goes wrong, progress when it stops, and no panic on any message.
//!
//! A failing seed is named, with its scenario made as small as it goes; `SEED=n` runs that one alone, `SEEDS=n` that many.

use crate::net;
use base::{Rng, Span, Time};
use machine::{Machine, Out, Peer};
use net::scenario::{Outcome, Taste, any_config, any_scenario};
use net::{Met, Net, Wire};
use raft::*;
use std::sync::Arc;
use stories::{for_seeds, from_environment};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Seeds of each group size in a usual run.
const SEEDS: u64 = 400;

/// Runs `count` scenarios of groups of each size, and says what they met.
fn play_all(sizes: &[u16], count: u64) -> Met {
    let mut met = Met::default();
    for members in sizes {
        for_seeds(count, |seed| {
            let mut rng = Rng::stream(seed, &[9, (*members).into()]);
            let config = any_config(&mut rng, *members);
            let scenario = any_scenario(seed, config, Taste::any(&mut rng), &mut rng, 60);
            let (outcome, more) = scenario.play();
            met.add(&more);
            if outcome != Outcome::Good {
                let kind = core::mem::discriminant(&outcome);
                let small = scenario.shrunk(|other| core::mem::discriminant(other) == kind);
                panic!("{members} servers: {outcome:?}\n{small:#?}\n{:?}", small.play().0);
            }
        });
    }
    println!("{met:?}");
    met
}

/// Figure 3's properties and linearizable reads, through crashes, cuts, loss, duplication, reordering, clocks that run apart,
/// transfers and changes of the configuration; then, without faults, a leader that serves, and equal logs.
#[test]
fn three_five_and_seven_servers_are_safe_under_any_faults_and_move_on_without() {
    let met = play_all(&[3, 5, 7], SEEDS);
    if from_environment("SEED").is_none() {
        for (name, count) in met.counts() {
            assert!(count > 0, "{name} was never met: {met:?}");
        }
    }
}

/// Even groups buy nothing, and cost nothing either; one server is a group too.
#[test]
fn groups_of_other_sizes_are_safe_too() {
    play_all(&[1, 2, 4, 6], SEEDS / 4);
}

/// Nonsense from the network, and from clients: a server may do with it what it likes, except panic.
#[test]
fn no_message_and_no_request_makes_a_server_panic() {
    for_seeds(2_000, |seed| {
        let mut rng = Rng::stream(seed, &[11]);
        let members = 1 + rng.below(9) as u16;
        let config = any_config(&mut rng, members);
        let mut net = Net::new(config, Wire::constant(Span::from_millis(1)), seed);
        net.start();
        net.time_out(0);
        net.run(Span::from_millis(20));
        let mut out = Out::new(Rng::new(seed));
        let mut server = net.servers[rng.below(config.members.into()) as usize].clone();
        let mut now = net.now;
        for token in 0..200 {
            now = Time(now.0.saturating_add(number_of_any_size(&mut rng) % 100_000_000));
            match rng.below(8) {
                0 => server.on_request(token, any_request(&mut rng), now, &mut out),
                1 => server.on_timer(if rng.chance(0.5) { Timer::Election } else { Timer::Heartbeat }, now, &mut out),
                2 if rng.chance(0.2) => {
                    server.on_crash();
                    server.on_restart(now, &mut out);
                }
                _ => server.on_message(Peer(rng.below(12) as u16), any_message(&mut rng), now, &mut out),
            }
            out.drain().for_each(drop);
            let _ = (server.followers().count(), server.is_leased(now), server.waiting(), server.last());
        }
    });
}

/// Small numbers, so that they sometimes fit; and the largest.
fn number_of_any_size(rng: &mut Rng) -> u64 {
    match rng.below(12) {
        0 => u64::MAX - rng.below(3),
        1 => 1 << rng.below(64),
        _ => rng.below(6),
    }
}

fn any_set(rng: &mut Rng) -> Members {
    (0..12).map(Peer).filter(|_| rng.chance(0.4)).collect()
}

fn any_request(rng: &mut Rng) -> Request {
    match rng.below(4) {
        0 => Request::Write { key: number_of_any_size(rng), value: 0 },
        1 => Request::Read { key: number_of_any_size(rng) },
        2 => Request::Change { voters: any_set(rng), learners: any_set(rng) },
        _ => Request::Transfer { to: Peer(rng.below(12) as u16) },
    }
}

fn any_entry(rng: &mut Rng, at: Position) -> Entry {
    let payload = match rng.below(3) {
        0 => Payload::Blank,
        1 => Payload::Write { key: number_of_any_size(rng), value: 1 },
        _ => Payload::Membership(Membership { voters: any_set(rng), outgoing: any_set(rng), learners: any_set(rng) }),
    };
    Entry { at, payload }
}

fn any_message(rng: &mut Rng) -> Message {
    let mut next = || number_of_any_size(rng);
    let (term, upto, round) = (next(), next(), next());
    let at = Position { term: next(), index: next() };
    let is_granted = rng.chance(0.5);
    match rng.below(9) {
        0 => Message::Vote { term, last: at, is_transfer: is_granted },
        1 => Message::Voted { term, is_granted },
        2 => Message::PreVote { term, last: at },
        3 => Message::PreVoted { term, is_granted },
        4 => {
            let places = (1..=rng.below(4)).map(|step| {
                let index = at.index.wrapping_add(if rng.chance(0.9) { step } else { rng.below(9) });
                Position { term: at.term.saturating_add(rng.below(2)), index }
            });
            let places: Vec<Position> = places.collect();
            let entries = places.into_iter().map(|place| any_entry(rng, place)).collect();
            Message::Append { term, prev: at, entries, commit: upto, round }
        }
        5 => {
            let membership = Membership::new(any_set(rng), any_set(rng));
            Message::Install { term, snapshot: Arc::new(Snapshot { at, membership, state: State::default() }), round }
        }
        6 => Message::Accepted { term, upto, round },
        7 => {
            let conflict = Conflict { term: is_granted.then_some(at.term), first_index: at.index };
            Message::Rejected { term, prev: upto, conflict, round }
        }
        _ => Message::Succeed { term },
    }
}
