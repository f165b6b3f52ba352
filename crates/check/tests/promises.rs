//! Locks, effects, elections and copies against their definitions: all records kept, all pairs compared.

use base::{Rng, Span, Time};
use check::{CheckKind, Finding, Names, Panel, Spec, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use trace::Record;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn judged(spec: Spec, records: &[(Time, Record)], now: Time) -> Verdict {
    let mut panel = Panel::new(&[spec]);
    panel.observe_all(records);
    panel.verdicts(now, &Names::default()).remove(0)
}

/// Records a millisecond apart or at the same moment.
fn timed(seed: u64, count: u64, record: impl Fn(&mut Rng, u64) -> Record) -> Vec<(Time, Record)> {
    let mut rng = Rng::new(seed);
    let mut now = 0;
    let next = |step| {
        now += rng.below(3) * 1_000_000;
        (Time(now), record(&mut rng, step))
    };
    (0..count).map(next).collect()
}

fn compare(verdict: &Verdict, expected: &[Time], context: &str) {
    let said: Vec<Time> = verdict.evidence.iter().map(|piece| piece.at).collect();
    assert_eq!(said, expected, "{context}: {verdict:?}");
    assert_eq!(verdict.figure, expected.len() as f64, "{context}");
    assert_eq!(verdict.broken_at, expected.first().copied(), "{context}");
}

/// Both must be seen often, or a comparison shows little.
fn often(seen: &BTreeMap<Finding, u32>) {
    let count = |finding| seen.get(&finding).copied().unwrap_or(0);
    assert!(count(Finding::Holds) > 100 && count(Finding::Broken) > 100, "{seen:?}");
}

/// Oracle: each promotion with all before it.
#[test]
fn a_second_leader_of_a_term_is_found_among_all_promotions() {
    let mut seen = BTreeMap::new();
    for seed in 0..2_000 {
        let length = 1 + seed % 8;
        let record = |rng: &mut Rng, step| {
            let term = step / 2 + rng.below(4);
            Record::Promoted { store: 0, member: rng.below(3) as u16, term, version: 0 }
        };
        let records = timed(seed, length, record);
        let mut first: BTreeMap<u64, u16> = BTreeMap::new();
        let is_second = |(at, record): &(Time, Record)| {
            let Record::Promoted { member, term, .. } = *record else { return None };
            (*first.entry(term).or_insert(member) != member).then_some(*at)
        };
        let expected: Vec<Time> = records.iter().filter_map(is_second).collect();
        let verdict = judged(Spec::new(CheckKind::Elections, 0), &records, Time(u64::MAX));
        compare(&verdict, &expected, &format!("seed {seed}"));
        *seen.entry(verdict.finding).or_insert(0) += 1;
    }
    often(&seen);
}

/// Oracle: each effect with all before it.
#[test]
fn an_effect_that_happens_again_is_found_among_all_effects() {
    let mut seen = BTreeMap::new();
    for seed in 0..2_000 {
        let record = |rng: &mut Rng, step: u64| {
            let (member, write) = (rng.below(2) as u16, 5 * step + rng.below(40));
            if rng.chance(0.7) {
                Record::Applied { store: 0, member, key: 1, write }
            } else {
                Record::Undone { store: 0, member, key: 1, write }
            }
        };
        let records = timed(seed, 12, record);
        let again = |place: usize| records[..place].iter().any(|(_, before)| *before == records[place].1);
        let expected: Vec<Time> =
            (0..records.len()).filter(|place| again(*place)).map(|place| records[place].0).collect();
        let verdict = judged(Spec::new(CheckKind::EffectOnce, 0), &records, Time(u64::MAX));
        compare(&verdict, &expected, &format!("seed {seed}"));
        *seen.entry(verdict.finding).or_insert(0) += 1;
    }
    often(&seen);
}

/// Many more effects than are remembered: what is missed is said.
#[test]
fn what_was_forgotten_is_said_to_be_missing() {
    let mut panel = Panel::new(&[Spec::new(CheckKind::EffectOnce, 0)]);
    let apply = |write| Record::Applied { store: 0, member: 0, key: 1, write };
    (0..100_000).for_each(|write| panel.observe(Time(write), &apply(write)));
    panel.observe(Time(100_000), &apply(5));
    panel.observe(Time(100_001), &apply(99_999));
    let verdict = panel.verdicts(Time(100_002), &Names::default()).remove(0);
    assert_eq!((verdict.headline.as_str(), verdict.evidence_total), ("at least 1 effect happened again", 1));
}

/// Oracle: for each grant, whoever was given the lock before and has not returned it; for each write, the tokens of all before it.
#[test]
fn second_holders_and_stale_writes_are_found_among_all_records() {
    let mut seen = BTreeMap::new();
    for seed in 0..3_000 {
        let is_wild = seed % 3 == 0;
        let record = |rng: &mut Rng, step: u64| {
            let key = rng.below(2);
            match rng.below(4) {
                0 => Record::Granted { lock: 0, key, holder: if is_wild { rng.below(3) } else { key }, token: step },
                1 | 2 => Record::Released {
                    lock: 0,
                    key,
                    holder: rng.below(3),
                    token: step.saturating_sub(1 + rng.below(5)),
                },
                _ => Record::Guarded { lock: 0, key, token: if is_wild { rng.below(6) } else { step } },
            }
        };
        let records = timed(seed, 10, record);
        let is_wrong = |place: usize| match records[place].1 {
            Record::Granted { key: of, holder: new, .. } => {
                let held = records[..place].iter().rev().find_map(|(_, record)| match *record {
                    Record::Granted { key, holder, token, .. } if key == of => Some((holder, token)),
                    _ => None,
                });
                held.is_some_and(|(old, old_token)| {
                    let back = Record::Released { lock: 0, key: of, holder: old, token: old_token };
                    old != new && !records[..place].iter().any(|(_, record)| *record == back)
                })
            }
            Record::Guarded { key: of, token: new, .. } => records[..place].iter().any(|(_, record)| match *record {
                Record::Guarded { key, token, .. } => key == of && token > new,
                _ => false,
            }),
            _ => false,
        };
        let expected: Vec<Time> =
            (0..records.len()).filter(|place| is_wrong(*place)).map(|place| records[place].0).collect();
        let verdict = judged(Spec::new(CheckKind::MutualExclusion, 0), &records, Time(u64::MAX));
        compare(&verdict, &expected, &format!("seed {seed}: {records:?}"));
        *seen.entry(verdict.finding).or_insert(0) += 1;
    }
    often(&seen);
}

/// Oracle: the copies and the faults at every millisecond, each looked at anew. All moments are whole milliseconds.
#[test]
fn copies_that_stay_apart_are_found_by_looking_at_every_moment() {
    const MS: u64 = 1_000_000;
    let mut seen = BTreeMap::new();
    for seed in 0..3_000 {
        let record = |rng: &mut Rng, step: u64| match rng.below(8) {
            0 => Record::Troubled { store: 0, troubles: rng.below(2) as u16 },
            _ => {
                let (member, version) = (rng.below(2) as u16, 1 + step / 6);
                Record::Copied { store: 0, member, key: rng.below(2), version }
            }
        };
        let records = timed(seed, 20, record);
        let (bound, end) = (4 * MS, records[19].0.0 + 10 * MS);
        let mut expected = Vec::new();
        let mut counted: BTreeSet<u64> = BTreeSet::new();
        let (mut copies, mut written) = (BTreeMap::<(u64, u16), u64>::new(), BTreeMap::<u64, u64>::new());
        let (mut troubles, mut healed, mut at) = (0, 0, 0);
        let apart = |copies: &BTreeMap<(u64, u16), u64>, of: u64| {
            let versions: BTreeSet<u64> =
                copies.iter().filter(|((key, _), _)| *key == of).map(|(_, version)| *version).collect();
            versions.len() > 1
        };
        for now in (0..=end).step_by(MS as usize) {
            // What was overdue when this moment began.
            for key in 0..2 {
                let due = written.get(&key).copied().unwrap_or(0).max(healed) + bound;
                if troubles == 0 && apart(&copies, key) && due < now && counted.insert(key) {
                    expected.push((Time(due), key));
                }
            }
            while let Some((_, record)) = records.get(at).filter(|(moment, _)| moment.0 == now) {
                match *record {
                    Record::Copied { member, key, version, .. } => {
                        let newest = copies.iter().filter(|((of, _), _)| *of == key).map(|(_, version)| *version).max();
                        if newest.is_none_or(|newest| newest < version) {
                            written.insert(key, now);
                        }
                        copies.insert((key, member), version);
                        if !apart(&copies, key) {
                            counted.remove(&key);
                        }
                    }
                    Record::Troubled { troubles: new, .. } => {
                        healed = if troubles > 0 && new == 0 { now } else { healed };
                        troubles = new;
                    }
                    _ => {}
                }
                at += 1;
            }
        }
        expected.sort_unstable();
        let expected: Vec<Time> = expected.into_iter().map(|(at, _)| at).collect();
        let spec = Spec::new(CheckKind::Convergence, 0).within(Span(bound).as_millis_f64());
        let verdict = judged(spec, &records, Time(end));
        compare(&verdict, &expected, &format!("seed {seed}: {records:?}"));
        *seen.entry(verdict.finding).or_insert(0) += 1;
    }
    often(&seen);
}
