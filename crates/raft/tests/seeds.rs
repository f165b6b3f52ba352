//! Anything may happen: safety while everything goes wrong, progress when it stops, and no panic on any message.
//!
//! A failing seed is named, with its scenario made as small as it goes; `SEED=n` runs that one alone, `SEEDS=n` that many.

mod net;

use base::Rng;
use machine::{Machine, Out, Peer};
use net::scenario::{Outcome, Taste, any_config, any_scenario};
use net::seeds::{for_seeds, number};
use net::{Met, Net, Wire};
use raft::*;
use std::sync::Arc;

/// Seeds of each group size in a usual run.
const SEEDS: u64 = 400;

/// Figure 3's properties and linearizable reads, through crashes, cuts, loss, duplication, reordering, clocks that run apart,
/// transfers and changes of the configuration; then, without faults, a leader that serves, and equal logs.
#[test]
fn three_five_and_seven_servers_are_safe_under_any_faults_and_move_on_without() {
    let mut met = Met::default();
    for members in [3, 5, 7] {
        for_seeds(SEEDS, |seed| {
            let mut rng = Rng::stream(seed, &[9, members.into()]);
            let config = any_config(&mut rng, members);
            let scenario = any_scenario(seed, config, Taste::any(&mut rng), &mut rng, 60);
            let (outcome, more) = scenario.play();
            met.add(&more);
            if outcome != Outcome::Good {
                let small =
                    scenario.shrunk(|other| core::mem::discriminant(other) == core::mem::discriminant(&outcome));
                panic!("{members} servers: {outcome:?}\n{:#?}\n{:?}", small, small.play().0);
            }
        });
    }
    println!("{met:?}");
    if number("SEED").is_none() {
        for (name, count) in met.counts() {
            assert!(count > 0, "{name} was never met: {met:?}");
        }
    }
}
