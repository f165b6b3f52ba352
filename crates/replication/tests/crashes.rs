//! What one crash of the leader loses, in each mode; and what shipping costs without one.

use crate::net;
use base::{Rng, Span, Time};
use net::{Line, Net, Wire, for_seeds};
use replication::*;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::rc::Rc;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const HEARTBEAT: Span = Span::from_millis(100);

fn ms(n: u64) -> Span {
    Span::from_millis(n)
}

/// A group under steady writes whose leader crashes once, at a moment drawn by luck. Gives the net after the failover.
fn crash_once(seed: u64, acknowledge: Acknowledge, loss: f64, edit: impl FnOnce(&mut Config)) -> (Net, Time) {
    let mut rng = Rng::stream(seed, &[7]);
    let mut config = Config {
        members: 2 + rng.below(4) as u16,
        acknowledge,
        heartbeat: HEARTBEAT,
        resend_after: ms(50),
        window: [1, 4, 256][rng.below(3) as usize],
        ..Config::default()
    };
    edit(&mut config);
    let latency_max = ms(1 + rng.below(20));
    let wire = Wire { latency_min: ms(1), latency_max, loss, duplication: 0.1 };
    let mut net = Net::new(config, wire, seed);
    net.start();
    let crash_at = ms(50 + rng.below(400));
    let mut token = 0;
    while net.now.since(Time::ZERO) < crash_at {
        token += 1;
        net.write(0, token, rng.below(20), token);
        net.run(Span(rng.below(2_000_000)));
    }
    net.crash(0);
    let crashed = net.now;
    net.run(ms(1_500));
    (net, crashed)
}

#[test]
fn synchronous_loses_nothing_when_the_leader_crashes() {
    let mut acknowledged = 0;
    for_seeds(2_000, |seed| {
        let (net, _) = crash_once(seed, Acknowledge::Sync, 0.05, |_| {});
        acknowledged += net.acknowledged.len();
        for leader in net.leaders() {
            assert_eq!(net.lost(leader), BTreeSet::new());
        }
        assert!(!net.leaders().is_empty());
    });
    assert!(acknowledged > 2_000, "{acknowledged}");
}

/// One follower has every acknowledged write, and on a wire that loses nothing it is asked. (With losses the most advanced may stay
/// unasked; that is a limit of the protocol, shown below.)
#[test]
fn semi_synchronous_loses_nothing_when_the_leader_crashes() {
    let (mut acknowledged, mut behind) = (0, 0);
    for_seeds(2_000, |seed| {
        let mode = Acknowledge::SemiSync { followers: 1, degrade_after: None };
        let (net, _) = crash_once(seed, mode, 0.0, |_| {});
        acknowledged += net.acknowledged.len();
        let leaders = net.leaders();
        assert_eq!(leaders.len(), 1, "{leaders:?}");
        assert_eq!(net.lost(leaders[0]), BTreeSet::new());
        behind += u64::from(leaders[0] != 1);
    });
    assert!(acknowledged > 2_000 && behind > 100, "{acknowledged} acknowledged, {behind} times not simply the first");
}

/// Asserted to fail: semi-synchronous with one follower, where the wire to the most advanced follower is cut as the leader dies.
#[test]
fn semi_synchronous_may_lose_if_the_most_advanced_is_out_of_reach() {
    let config =
        Config { acknowledge: Acknowledge::SemiSync { followers: 1, degrade_after: None }, ..Config::default() };
    let mut net = Net::new(config, Wire::constant(ms(10)), 1);
    net.start();
    net.split(&[&[0], &[1]]);
    net.write(0, 1, 1, 1);
    net.run(ms(50));
    assert_eq!(net.acknowledged.len(), 1);
    net.crash(0);
    net.split(&[&[1], &[2]]);
    net.run(ms(6_000));
    assert_eq!(net.lost(1).len(), 1, "member 1 leads without it");
}

#[test]
fn asynchronous_loses_exactly_what_the_promoted_follower_lacks() {
    let mut lost_in_total = 0;
    for_seeds(2_000, |seed| {
        let (net, _) = crash_once(seed, Acknowledge::Async, 0.05, |config| config.ship_delay = ms(seed % 50));
        let promoted = net.notes.iter().find_map(|(_, at, note)| match note {
            Note::Promoted { last_index, .. } => Some((usize::from(at.0), *last_index)),
            _ => None,
        });
        let (leader, last_index) = promoted.unwrap();
        let beyond = |version: &&u64| version_term(**version) == 1 && version_index(**version) > last_index;
        let expected: BTreeSet<u64> = net.acknowledged.iter().filter(beyond).copied().collect();
        if net.leaders() == [leader] {
            assert_eq!(net.lost(leader), expected);
            lost_in_total += expected.len();
        }
    });
    assert!(lost_in_total > 2_000, "{lost_in_total}");
}

/// 1,000 writes a second, 100 ms of delay, constant wires: the lost ones are those appended in the last 100 ms, by the clock alone.
#[test]
fn a_delay_in_shipping_loses_exactly_the_writes_within_it() {
    for crash_ms in [1, 99, 100, 101, 500, 1_234] {
        let config = Config { ship_delay: ms(100), ..Config::default() };
        let mut net = Net::new(config, Wire::constant(ms(5)), 1);
        net.start();
        let mut expected = BTreeSet::new();
        for at in 0..crash_ms {
            net.write(0, at, at % 50, at);
            if at + 100 > crash_ms {
                expected.insert(version(1, at + 1));
            }
            net.run(ms(1));
        }
        net.crash(0);
        net.run(ms(6_000));
        assert_eq!(net.leaders(), [1]);
        assert_eq!(net.lost(1), expected, "crashed after {crash_ms} ms");
    }
}

/// The whole state is state as of what may have left: a follower that is sent it is as far behind as the others.
#[test]
fn what_is_held_back_is_not_installed_either() {
    let config = Config { members: 2, ship_delay: ms(1_000), retain_max: 128, ..Config::default() };
    let mut net = Net::new(config, Wire::constant(ms(5)), 1);
    net.start();
    net.crash(1);
    for at in 0..500 {
        if at == 400 {
            net.restart(1);
        }
        net.write(0, at, at % 50, at);
        net.run(ms(10));
        let [held, last] = [net.members[1].last().index, net.members[0].last().index];
        assert!(held <= last.saturating_sub(99), "after {at} writes: {held} of {last}, 100 of them too young");
    }
    assert!(net.notes.iter().any(|(_, _, note)| matches!(note, Note::Installed { .. })));
    assert_eq!(net.members[1].last().index, 400);
}

/// Each entry travels once, however much the wire reorders, as long as it loses nothing and answers come in time.
#[test]
fn a_wire_that_only_reorders_costs_no_resend() {
    let wire = Wire { latency_max: ms(40), ..Wire::constant(ms(1)) };
    let mut net = Net::new(Config::default(), wire, 1);
    let arrived = Rc::new(Cell::new(0));
    let count = Rc::clone(&arrived);
    net.tell = Some(Box::new(move |_, line| {
        if let Line::Arrived { message: Message::Ship { .. }, .. } = line {
            count.set(count.get() + 1);
        }
    }));
    net.start();
    for at in 0..1_000 {
        net.write(0, at, at % 50, at);
        net.run(ms(1));
    }
    net.run(ms(500));
    assert_eq!(arrived.get(), 2 * 1_000);
    net.check_converged();
}

/// For each mode: the leader crashes after each event of one write in turn. What does the client believe, and is it so?
#[test]
fn a_crash_at_every_step_of_a_write() {
    let mut table = String::new();
    let semi_sync = Acknowledge::SemiSync { followers: 1, degrade_after: None };
    for (name, acknowledge) in [("async", Acknowledge::Async), ("semi-sync 1", semi_sync), ("sync", Acknowledge::Sync)]
    {
        for events in 0..=4 {
            let config = Config { acknowledge, ..Config::default() };
            let mut net = Net::new(config, Wire::constant(ms(10)), 1);
            net.start();
            net.run(ms(100));
            net.write(0, 1, 1, 1);
            // Each step is one arrival: at 1, at 2, answer of 1, answer of 2. The second of a pair is cut to make it later.
            let lost_at: &[(u16, u16)] = match events {
                0 => &[(0, 1), (0, 2)],
                1 => &[(0, 2), (1, 0)],
                2 => &[(1, 0), (2, 0)],
                3 => &[(2, 0)],
                _ => &[],
            };
            net.unsend(lost_at);
            net.run(ms(21));
            net.crash(0);
            net.run(ms(6_000));
            let leader = net.leaders()[0];
            let told = if net.acknowledged.is_empty() { "no answer" } else { "written" };
            let is = if net.members[leader].holds(version(1, 1)) { "survives" } else { "lost" };
            table += &format!("{name}, {events} steps: {told}, {is}\n");
        }
    }
    let expected = "\
async, 0 steps: written, lost
async, 1 steps: written, survives
async, 2 steps: written, survives
async, 3 steps: written, survives
async, 4 steps: written, survives
semi-sync 1, 0 steps: no answer, lost
semi-sync 1, 1 steps: no answer, survives
semi-sync 1, 2 steps: no answer, survives
semi-sync 1, 3 steps: written, survives
semi-sync 1, 4 steps: written, survives
sync, 0 steps: no answer, lost
sync, 1 steps: no answer, survives
sync, 2 steps: no answer, survives
sync, 3 steps: no answer, survives
sync, 4 steps: written, survives
";
    assert_eq!(table, expected);
}
