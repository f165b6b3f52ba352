//! Load shedding, held over the list of the family; CoDel against the RFC's own pseudocode; who is served under overload.

use base::{Span, Time};
use proptest::collection::vec;
use proptest::prelude::*;
use resilience::shed::{Algorithm, Line, LineConfig};
use std::collections::{BTreeSet, VecDeque};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const MS: u64 = 1_000_000;

/// RFC 8289 section 4, transliterated: one packet an item, `maxpacket` one item.
#[derive(Default)]
struct Reference {
    interval: u64,
    queue: VecDeque<(u64, u32)>,
    first_above_time: u64,
    dropping: bool,
    drop_next: u64,
    count: u32,
    lastcount: u32,
    dropped: Vec<u32>,
}

impl Reference {
    const TARGET: u64 = 5;

    fn control_law(&self, t: u64, count: u32) -> u64 {
        t + (self.interval as f64 / libm::sqrt(f64::from(count)) + 0.5) as u64
    }

    fn dodequeue(&mut self, now: u64) -> (Option<(u64, u32)>, bool) {
        let packet = self.queue.pop_front();
        let mut ok_to_drop = false;
        match packet {
            None => self.first_above_time = 0,
            Some((stamp, _)) if now - stamp < Self::TARGET || self.queue.len() <= 1 => self.first_above_time = 0,
            Some(_) if self.first_above_time == 0 => self.first_above_time = now + self.interval,
            Some(_) => ok_to_drop = now >= self.first_above_time,
        }
        (packet, ok_to_drop)
    }

    fn dequeue(&mut self, now: u64) -> Option<u32> {
        let (mut packet, mut ok_to_drop) = self.dodequeue(now);
        if packet.is_none() {
            self.dropping = false;
            return None;
        }
        if self.dropping {
            if !ok_to_drop {
                self.dropping = false;
            }
            while now >= self.drop_next && self.dropping {
                self.dropped.extend(packet.map(|(_, item)| item));
                self.count += 1;
                (packet, ok_to_drop) = self.dodequeue(now);
                if ok_to_drop {
                    self.drop_next = self.control_law(self.drop_next, self.count);
                } else {
                    self.dropping = false;
                }
            }
        } else if ok_to_drop {
            self.dropped.extend(packet.map(|(_, item)| item));
            (packet, _) = self.dodequeue(now);
            self.dropping = true;
            let delta = self.count - self.lastcount;
            self.count = 1;
            if delta > 1 && now.saturating_sub(self.drop_next) < 16 * self.interval {
                self.count = delta;
            }
            self.drop_next = self.control_law(now, self.count);
            self.lastcount = self.count;
        }
        packet.map(|(_, item)| item)
    }
}

proptest! {
    #[test]
    fn codel_is_the_rfcs_pseudocode(
        steps in vec((prop_oneof![20 => 0..12_u64, 1 => 0..300_u64], 0..4_u32, 0..4_u32), 1..600),
        interval in prop_oneof![Just(10_u64), Just(100)],
    ) {
        let config = LineConfig { room: u32::MAX, target: Span(5), interval: Span(interval), ..LineConfig::default() };
        let (mut line, mut reference, mut dropped) = (Line::new(Algorithm::CoDel, config), Reference { interval, ..Reference::default() }, Vec::new());
        let (mut now, mut item) = (1, 0);
        for (step, pushes, pops) in steps {
            now += step;
            for _ in 0..pushes {
                item += 1;
                prop_assert_eq!(line.push(Time(now), 0, item), None);
                reference.queue.push_back((now, item));
            }
            for _ in 0..pops {
                prop_assert_eq!(line.pop(Time(now), &mut dropped), reference.dequeue(now), "at {}", now);
                prop_assert_eq!(&dropped, &reference.dropped, "at {}", now);
            }
        }
    }

    /// Laws of the family: each is served or turned away once; never more than there is room; somebody who waits is served.
    #[test]
    fn everybody_is_served_or_turned_away_once(steps in vec((0..30_u64, 0..4_u8, any::<bool>()), 1..300), room in 0..20_u32) {
        for algorithm in Algorithm::ALL {
            let config = LineConfig { room, age_max: Span(60), target: Span(5), interval: Span(20) };
            let (mut line, mut now, mut came) = (Line::new(*algorithm, config), Time::ZERO, 0_u32);
            let (mut ended, mut turned_away) = (BTreeSet::new(), Vec::new());
            for (step, priority, pops) in &steps {
                now += Span(*step);
                if *pops {
                    let had = line.len();
                    let served = line.pop(now, &mut turned_away);
                    prop_assert!(served.is_some() || line.is_empty(), "{:?}: {} wait, none is served", algorithm, line.len());
                    prop_assert!(served.is_some() || had as usize == turned_away.len(), "{:?}", algorithm);
                    served.into_iter().for_each(|item| assert!(ended.insert(item), "{algorithm:?}: {item} twice"));
                } else {
                    came += 1;
                    turned_away.extend(line.push(now, *priority, came));
                }
                turned_away.drain(..).for_each(|item| assert!(ended.insert(item), "{algorithm:?}: {item} twice"));
                prop_assert!(line.len() <= room, "{:?}: {} wait, room for {}", algorithm, line.len(), room);
                prop_assert_eq!(ended.len() as u32 + line.len(), came, "{:?}", algorithm);
            }
        }
    }

    /// Oracle: the most important of those who wait, and of these the oldest.
    #[test]
    fn priority_serves_the_most_important_and_turns_away_the_least(asks in vec((0..5_u8, any::<bool>()), 1..200)) {
        let mut line = Line::new(Algorithm::Priority, LineConfig { room: 6, ..LineConfig::default() });
        let mut waiting: Vec<(u8, u32)> = Vec::new();
        for (number, (priority, pops)) in asks.into_iter().enumerate() {
            if pops {
                let best = (0..waiting.len()).min_by_key(|at| (core::cmp::Reverse(waiting[*at].0), waiting[*at].1));
                let expected = best.map(|at| waiting.remove(at).1);
                prop_assert_eq!(line.pop(Time::ZERO, &mut Vec::new()), expected);
                continue;
            }
            waiting.push((priority, number as u32));
            let worst = (0..waiting.len()).max_by_key(|at| (core::cmp::Reverse(waiting[*at].0), waiting[*at].1));
            let expected = worst.filter(|_| waiting.len() > 6).map(|at| waiting.remove(at).1);
            prop_assert_eq!(line.push(Time::ZERO, priority, number as u32), expected);
        }
    }
}

/// Oracle: while the wait stays above the target the k-th drop comes interval / √k after the one before.
#[test]
fn codel_drops_by_the_root_of_the_count() {
    let config = LineConfig { room: u32::MAX, ..LineConfig::default() };
    let (mut line, mut drops, mut turned_away) = (Line::new(Algorithm::CoDel, config), Vec::new(), Vec::new());
    for tick in 0..30_000_u64 {
        let now = Time(tick * MS / 10);
        (0..2).for_each(|_| assert!(line.push(now, 0, tick).is_none()));
        assert!(line.pop(now, &mut turned_away).is_some());
        drops.extend(turned_away.drain(..).map(|_| now.0 as f64 / MS as f64));
    }
    let mut expected = drops[0];
    for (k, drop) in drops.iter().enumerate().skip(1) {
        expected += 100.0 / libm::sqrt(k as f64);
        assert!((drop - expected).abs() <= 0.11, "drop {k} at {drop} ms, expected {expected}");
    }
    // Half of those who come are served, so that the wait of those served reaches 5 ms at 10 ms; the first goes an interval later.
    assert!((109.5..110.5).contains(&drops[0]), "{}", drops[0]);
    assert!(drops.len() > 150, "{} drops in 3 s", drops.len());
}

/// A server that does 1,000 a second, callers who leave after 100 ms, and at first 2,000 calls a second. Senders who slow down call
/// 30% less often whenever one is turned away, and a little more often otherwise. Gives the share of the server's work in the last
/// five of ten seconds that was of use to somebody.
fn goodput(algorithm: Algorithm, slow_down: bool) -> f64 {
    let age_max = Span::from_millis(100);
    let config = LineConfig { age_max, target: Span::from_millis(20), ..LineConfig::default() };
    let (mut line, mut served, mut useful, mut turned_away) = (Line::new(algorithm, config), 0_u32, 0_u32, Vec::new());
    let (mut per_ms, mut due) = (2.0, 0.0);
    for ms in 0..10_000_u64 {
        let (now, end) = (Time(ms * MS), Time((ms + 1) * MS));
        due += per_ms;
        while due >= 1.0 {
            due -= 1.0;
            turned_away.extend(line.push(now, 0, now));
        }
        let next = line.pop(end, &mut turned_away);
        if slow_down {
            per_ms = if turned_away.is_empty() { per_ms + 0.001 } else { per_ms * 0.7 };
        }
        turned_away.clear();
        if let (Some(came), true) = (next, ms >= 5_000) {
            served += 1;
            useful += u32::from(end.since(came) <= age_max);
        }
    }
    f64::from(useful) / f64::from(served)
}

#[test]
fn under_twice_the_load_only_a_line_that_sheds_by_time_does_useful_work() {
    let measured: Vec<(Algorithm, f64)> =
        Algorithm::ALL.iter().map(|algorithm| (*algorithm, goodput(*algorithm, false))).collect();
    for (algorithm, share) in &measured {
        // A known failure: CoDel counts on senders who slow down, and needs far more than ten seconds to catch up with others.
        let is_useful = matches!(algorithm, Algorithm::QueueAge | Algorithm::AdaptiveLifo);
        assert!(if is_useful { *share > 0.99 } else { *share < 0.01 }, "{measured:?}");
    }
}

#[test]
fn codel_keeps_the_wait_short_for_senders_who_slow_down() {
    let (codel, tail_drop) = (goodput(Algorithm::CoDel, true), goodput(Algorithm::TailDrop, true));
    assert!(codel > 0.95 && tail_drop < 0.5, "useful work: CoDel {codel}, tail drop {tail_drop}");
}

/// What newest-first is for: those served under load have hardly waited.
#[test]
fn adaptive_lifo_serves_fresh_ones_under_load_and_in_order_when_calm() {
    let config = LineConfig { age_max: Span::from_millis(100), target: Span::from_millis(5), ..LineConfig::default() };
    let mut line = Line::new(Algorithm::AdaptiveLifo, config);
    (0..3).for_each(|n| assert!(line.push(Time(n * MS), 0, n).is_none()));
    assert_eq!(line.pop(Time(4 * MS), &mut Vec::new()), Some(0), "calm: the oldest");
    assert_eq!(line.pop(Time(20 * MS), &mut Vec::new()), Some(2), "under load: the newest");
    let mut turned_away = Vec::new();
    assert_eq!((line.pop(Time(102 * MS), &mut turned_away), turned_away), (None, vec![1]), "beyond its age");
}

#[test]
fn names_are_those_of_the_saved_form() {
    for algorithm in Algorithm::ALL {
        assert_eq!(serde_json::to_string(algorithm).expect("a name"), format!("\"{}\"", algorithm.name()));
        assert!(!algorithm.help().is_empty());
    }
}
