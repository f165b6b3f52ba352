//! A pair of balancers on a small network of its own: heartbeats that take a while, crashes, and a wire that is cut.

use balance::standby::{Duty, Role, Standby, StandbyConfig};
use base::{Span, Time};
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const MS: u64 = 1_000_000;

fn config(priority: u8, preempts: bool) -> StandbyConfig {
    StandbyConfig { priority, preempts, ..StandbyConfig::default() }
}

/// Two of a pair; what happens to them is given as functions of the time in milliseconds. Gives, for each of them, the stretches of
/// milliseconds during which it was active.
struct World {
    pair: [Standby; 2],
    priorities: [u8; 2],
    active: [Vec<u64>; 2],
}

impl World {
    fn new(priorities: [u8; 2], preempts: bool) -> World {
        let pair = priorities.map(|priority| Standby::new(config(priority, preempts), Time::ZERO));
        World { pair, priorities, active: [Vec::new(), Vec::new()] }
    }

    /// Runs to `end_ms`, a millisecond a step; a heartbeat arrives within its step unless the wire is cut or the hearer is down.
    fn run(&mut self, from_ms: u64, end_ms: u64, is_down: [bool; 2], is_cut: bool) {
        for ms in from_ms..end_ms {
            let now = Time(ms * MS);
            for (one, down) in is_down.into_iter().enumerate() {
                let beats = !down && self.pair[one].on_time(now) != Duty::None;
                if beats && !is_cut && !is_down[1 - one] {
                    self.pair[1 - one].on_beat(now, self.priorities[one]);
                }
            }
            for (one, standby) in self.pair.iter().enumerate() {
                if !is_down[one] && standby.role() == Role::Active {
                    self.active[one].push(ms);
                }
            }
        }
    }
}

/// RFC 9568, section 6.1: 3 × interval + (256 - priority) / 256 × interval.
#[test]
fn patience_is_the_rfcs() {
    let expected = [(100, 3_609_375_000), (255, 3_003_906_250), (1, 3_996_093_750)];
    for (priority, ns) in expected {
        assert_eq!(config(priority, true).patience(), Span(ns), "priority {priority}");
    }
}

#[test]
fn the_higher_rank_comes_first_and_only_one_is_active() {
    let mut world = World::new([100, 200], true);
    world.run(0, 20_000, [false; 2], false);
    assert!(world.active[0].is_empty());
    assert_eq!(world.active[1].first(), Some(&3_219), "3 s and 56/256 s");
    assert_eq!(world.active[1].len(), 20_000 - 3_219);
}

/// Notes: the passive one takes the address over after so many missed beats; until then it belongs to nobody.
#[test]
fn a_crash_leaves_the_address_to_nobody_for_the_patience_of_the_other() {
    let mut world = World::new([100, 200], true);
    world.run(0, 10_000, [false; 2], false);
    world.run(10_000, 20_000, [false, true], false);
    let gap = world.active[0][0] - 10_000;
    // The last beat was sent up to a second before the crash.
    assert!((2_609..=3_610).contains(&gap), "nobody for {gap} ms");
}

/// Two of one address: what a heartbeat alone cannot prevent.
#[test]
fn a_cut_wire_makes_both_active_until_it_heals() {
    let mut world = World::new([100, 200], true);
    world.run(0, 10_000, [false; 2], false);
    world.run(10_000, 30_000, [false; 2], true);
    let both = world.active[0].len();
    assert!(both > 16_000, "both for {both} ms of the 20 s of the cut");
    world.run(30_000, 40_000, [false; 2], false);
    assert!(world.active[0].last().is_some_and(|last| *last < 31_000), "the lower yields at the next beat");
    assert_eq!(world.pair.each_ref().map(Standby::role), [Role::Passive, Role::Active]);
}

/// A pair that preempts moves twice for one failure, one that does not moves once.
#[test]
fn preemption_takes_the_address_back() {
    for (preempts, roles) in [(true, [Role::Passive, Role::Active]), (false, [Role::Active, Role::Passive])] {
        let mut world = World::new([100, 200], preempts);
        world.run(0, 10_000, [false; 2], false);
        world.run(10_000, 20_000, [false, true], false);
        world.pair[1] = Standby::new(config(200, preempts), Time(20_000 * MS));
        world.run(20_000, 40_000, [false; 2], false);
        assert_eq!(world.pair.each_ref().map(Standby::role), roles, "preempts: {preempts}");
    }
}

proptest! {
    #[test]
    fn no_settings_make_it_panic_or_stand_still(beat: u64, misses: u32, priority: u8, preempts: bool, moments in prop::collection::vec(any::<(u64, u8)>(), 0..40)) {
        let mut one = Standby::new(StandbyConfig { beat: Span(beat), misses, priority, preempts }, Time::ZERO);
        for (now, other) in moments {
            let next = one.next_time();
            let duty = one.on_time(Time(now));
            prop_assert_eq!(duty == Duty::None, Time(now) < next);
            prop_assert!(one.next_time() > Time(now) || duty == Duty::None || one.next_time() == Time::NEVER);
            one.on_beat(Time(now), other);
        }
    }
}
