//! Each rule left out does its harm, and is caught: by the first of a thousand seeds that breaks a property (or, for bugs that only
//! stall, that stands still when all faults have ended), made as small as it goes. `--nocapture` prints the table.

mod net;

use base::Rng;
use net::scenario::{Outcome, Scenario, Taste, any_config, any_scenario};
use net::seeds::number;
use raft::*;

/// Seeds within which a bug must show.
const SEEDS: u64 = 1_000;

/// A group in which the bug has something to do.
fn group(bug: Bug, rng: &mut Rng) -> Config {
    let members = if bug == Bug::MajorityOfPeers { 4 } else { 3 + 2 * rng.below(2) as u16 };
    let mut config = Config { bug: Some(bug), ..any_config(rng, members) };
    match bug {
        Bug::LeaseWithoutProtection => {
            (config.read, config.protect_leader, config.pre_vote) = (Read::Lease, true, false)
        }
        Bug::ReadWithoutRound | Bug::ReadBeforeOwnCommit => config.read = Read::Index,
        Bug::ChangeDirectly | Bug::ChangeBeforeOwnCommit | Bug::ChangesOverlap => {
            (config.members, config.voters, config.learners) = (5, 2 + rng.below(3) as u16, 0);
        }
        Bug::CountLearners => (config.members, config.voters, config.learners) = (5, 3, 2),
        Bug::DeafToAnswers => (config.pre_vote, config.protect_leader) = (false, true),
        Bug::SameTimeouts => config.pre_vote = false,
        Bug::VoteForgotten => {
            (config.pre_vote, config.protect_leader, config.read) = (false, false, Read::Index);
        }
        _ => {}
    }
    config
}

fn scenario(bug: Bug, seed: u64) -> Scenario {
    let mut rng = Rng::stream(seed, &[10, bug as u64]);
    let config = group(bug, &mut rng);
    let taste = Taste::any(&mut rng);
    let taste = match bug {
        Bug::VoteForgotten => taste.with(&[12]),
        Bug::ChangeDirectly => taste.with(&[5, 6, 16]),
        Bug::ChangeBeforeOwnCommit | Bug::ChangesOverlap => taste.with(&[6, 11, 14, 15]),
        _ => taste,
    };
    let mut scenario = any_scenario(seed, config, taste, &mut rng, 60);
    if bug == Bug::SameTimeouts {
        scenario.fast_ppm.fill(0);
    }
    scenario
}

fn is_caught(bug: Bug, outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Broken(_) => true,
        Outcome::Stalled(_) => bug.only_stalls(),
        Outcome::Good => false,
    }
}

#[test]
fn every_rule_left_out_is_caught_within_a_thousand_seeds() {
    let mut missed = Vec::new();
    for bug in Bug::ALL {
        if std::env::var("BUG").is_ok_and(|name| name != bug.name()) {
            continue;
        }
        let seeds = number("SEED").map_or(0..SEEDS, |seed| seed..seed + 1);
        let Some(seed) = seeds.into_iter().find(|seed| is_caught(bug, &scenario(bug, *seed).play().0)) else {
            missed.push(bug);
            continue;
        };
        let found = scenario(bug, seed).play().0;
        let small =
            scenario(bug, seed).shrunk(|other| core::mem::discriminant(other) == core::mem::discriminant(&found));
        let (outcome, _) = small.play();
        let told = match outcome {
            Outcome::Broken(violation) => {
                assert!(!bug.only_stalls(), "{bug} was said to stall only: {violation}");
                violation.to_string()
            }
            Outcome::Stalled(why) => format!("stalled: {why}"),
            Outcome::Good => unreachable!("a shrunk scenario is like the one it was shrunk from"),
        };
        println!(
            "{bug:26} seed {seed:3}, {:2} of {:3} steps: {told}",
            small.steps.len(),
            scenario(bug, seed).steps.len()
        );
        if number("SHOW").is_some() {
            println!("    {} servers: {:?}", small.config.voters, small.steps);
        }
        let right = Scenario { config: Config { bug: None, ..small.config }, ..small };
        assert_eq!(right.play().0, Outcome::Good, "{bug}: the same without the bug must be well: {right:?}");
    }
    assert!(missed.is_empty(), "{SEEDS} seeds do not show {missed:?}");
}
