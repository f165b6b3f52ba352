//! Each check against its definition, written out the slow and obvious way: all logs kept whole, all windows tried, all pairs
//! compared. Whoever changes a check for speed changes nothing here.

use crate::group;
use base::{Rng, Span, Time};
use check::{CheckKind, Evidence, Finding, Names, Panel, Spec, Verdict};
use group::{Event, Group};
use proptest::prelude::*;
use std::collections::BTreeMap;
use trace::{Record, Status};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn judged(spec: Spec, records: &[(Time, Record)]) -> Verdict {
    let mut panel = Panel::new(&[spec]);
    panel.observe_all(records);
    panel.verdicts(records.last().map_or(Time::ZERO, |(at, _)| *at), &Names::default()).remove(0)
}

fn said(version: u64) -> String {
    format!("{}.{}", version >> 40, version & ((1 << 40) - 1))
}

/// A write that a leader acknowledged, and what became of it.
struct Acknowledged {
    at: Time,
    version: u64,
    key: u64,
    write: u64,
    fate: Fate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Kept,
    AtRisk,
    Lost,
}

/// The verdict must name exactly the lost, in order, and count those at risk.
fn compare(verdict: &Verdict, all: &[Acknowledged], group: &Group, context: &str) {
    let of = |fate| all.iter().filter(move |write| write.fate == fate);
    let mut lost: Vec<&Acknowledged> = of(Fate::Lost).collect();
    lost.sort_by_key(|write| (write.at, write.version));
    let text = |lost: &&Acknowledged| {
        let by = group.leader_of(lost.version >> 40);
        let (write, key, at, version) = (lost.write, lost.key, lost.at, said(lost.version));
        Evidence {
            at,
            text: format!("write {write} of key {key} (version {version}), acknowledged at {at} by member {by}"),
        }
    };
    assert_eq!(verdict.evidence, lost.iter().map(text).collect::<Vec<_>>(), "{context}: {verdict:?}");
    assert_eq!(verdict.evidence_total, lost.len() as u64, "{context}");
    let at_risk = of(Fate::AtRisk).count();
    let risk_said = verdict.detail.contains(&format!("; {at_risk} at risk"));
    assert_eq!(risk_said, at_risk > 0, "{context}: {at_risk} at risk, but {}", verdict.detail);
}

/// Oracle: every member's log, kept whole. A write is lost when the log of a newest leader lacks it, or when it was acknowledged
/// by a leader already replaced and is erased; it is not when the log of a later newest leader has it.
#[test]
fn lost_writes_are_those_that_whole_logs_lack() {
    let mut seen = BTreeMap::<&str, u32>::new();
    for seed in 0..3_000 {
        let members = 1 + seed % 4;
        let mut group = Group::new(seed, members as usize);
        let mut panel = Panel::new(&[Spec::new(CheckKind::LostWrites, 0).of_members(0..members as u16)]);
        let mut all: Vec<Acknowledged> = Vec::new();
        for step in 0..150 {
            for event in group.step() {
                match &event {
                    Event::Acknowledged { version, key, write } => {
                        let fate = if group.newest_log().contains(version) { Fate::Kept } else { Fate::AtRisk };
                        all.push(Acknowledged { at: group.now, version: *version, key: *key, write: *write, fate });
                    }
                    Event::Promoted { is_newest: true } => {
                        for write in &mut all {
                            let has = group.newest_log().contains(&write.version);
                            *seen.entry("returned").or_default() += u32::from(has && write.fate == Fate::Lost);
                            write.fate = if has { Fate::Kept } else { Fate::Lost };
                        }
                    }
                    Event::Promoted { is_newest: false } => *seen.entry("older promotion").or_default() += 1,
                    Event::Discarded { versions } => {
                        for write in all.iter_mut().filter(|write| versions.contains(&write.version)) {
                            if write.fate == Fate::AtRisk {
                                *seen.entry("erased").or_default() += 1;
                                write.fate = Fate::Lost;
                            }
                        }
                    }
                    Event::Other => {}
                }
                panel.observe_all(&group.drain());
            }
            if step % 10 == 9 {
                let verdict = panel.verdicts(group.now, &Names::default()).remove(0);
                compare(&verdict, &all, &group, &format!("seed {seed}, step {step}"));
                let at_risk = all.iter().any(|write| write.fate == Fate::AtRisk);
                *seen.entry("lost").or_default() += u32::from(verdict.finding == Finding::Broken);
                *seen.entry("held").or_default() += u32::from(verdict.finding == Finding::Holds);
                *seen.entry("at risk").or_default() += u32::from(at_risk);
            }
        }
    }
    for what in ["lost", "held", "at risk", "returned", "erased", "older promotion"] {
        assert!(
            seen.get(what).is_some_and(|times| *times > 100),
            "{what} must happen often, or this shows little: {seen:?}"
        );
    }
}

/// A write whose caller knows that it took effect.
struct Known {
    at: Time,
    version: u64,
    key: u64,
}

/// All that callers ever learned, and with which log every newest leader began.
#[derive(Default)]
struct History {
    known: Vec<Known>,
    begun: Vec<(u64, Vec<u64>)>,
    stale: Vec<(Span, Evidence)>,
    fresh: u32,
    uncounted: usize,
    is_told: bool,
}

impl History {
    /// A write counts if every newest leader of a later term began with a log that had it.
    fn counts(&self, version: u64) -> bool {
        self.begun.iter().all(|(term, log)| *term <= version >> 40 || log.contains(&version))
    }

    /// Compares a read with every write.
    fn read(&mut self, now: Time, key: u64, version: u64, began: Time, accepted: Span) {
        let before = self.known.iter().filter(|write| write.key == key && write.at < began);
        let (counted, uncounted): (Vec<&Known>, Vec<&Known>) = before.partition(|write| self.counts(write.version));
        // In order of time already: the first that is newer is the earliest.
        let newer =
            counted.iter().find(|write| write.version > version).map(|newer| (newer.version, began.since(newer.at)));
        self.is_told |= !counted.is_empty();
        self.uncounted += uncounted.len();
        match newer {
            Some((newer, age)) if age > accepted => {
                let got = if version == 0 { "nothing".to_string() } else { format!("version {}", said(version)) };
                let (newer, old) = (said(newer), millis(age));
                let text =
                    format!("a read of key {key} got {got}; it began {old} after version {newer} was acknowledged");
                self.stale.push((age, Evidence { at: now, text }));
            }
            _ => self.fresh += 1,
        }
    }

    fn compare(&self, verdict: &Verdict, context: &str) {
        let finding = match (self.stale.len(), self.is_told) {
            (0, false) => Finding::Untold,
            (0, true) => Finding::Holds,
            _ => Finding::Broken,
        };
        let evidence: Vec<Evidence> = self.stale.iter().map(|(_, piece)| piece.clone()).collect();
        assert_eq!((verdict.finding, &verdict.evidence), (finding, &evidence), "{context}");
        assert_eq!(verdict.evidence_total, evidence.len() as u64, "{context}");
        assert!(!verdict.detail.contains("cannot be judged"), "{context}: {}", verdict.detail);
        if let Some(oldest) = self.stale.iter().map(|(age, _)| *age).max() {
            let said = format!("the stalest was overwritten {} before", millis(oldest));
            assert!(verdict.detail.contains(&said), "{context}: {said}, but {}", verdict.detail);
        }
    }
}

/// Oracle: every write ever, compared with every read.
#[test]
fn stale_reads_are_those_that_the_whole_history_convicts() {
    let (mut stale, mut fresh, mut uncounted) = (0, 0, 0);
    for seed in 0..1_500 {
        let mut group = Group::new(seed, 3);
        let mut rng = Rng::stream(seed, &[77]);
        let accepted = Span::from_millis([0, 0, 2, 7][seed as usize % 4]);
        let mut panel = Panel::new(&[Spec::new(CheckKind::StaleReads, 0).within(accepted.as_millis_f64())]);
        let (mut history, mut pending) = (History::default(), Vec::new());
        for _ in 0..150 {
            for event in group.step() {
                match event {
                    Event::Acknowledged { version, key, .. } => pending.push((key, version)),
                    Event::Promoted { is_newest: true } => {
                        history.begun.push((group.newest_term(), group.newest_log().to_vec()));
                    }
                    _ => {}
                }
                panel.observe_all(&group.drain());
            }
            let now = group.now;
            if !pending.is_empty() && rng.chance(0.6) {
                let (key, version) = pending.swap_remove(rng.below(pending.len() as u64) as usize);
                panel.observe(now, &Record::Wrote { store: 0, key, version, write: version });
                history.known.push(Known { at: now, version, key });
            }
            if rng.chance(0.5) {
                let (key, began) = (rng.below(group::KEYS), now - Span::from_millis(rng.below(12)));
                let version = group.any_version_of(key, &mut rng);
                panel.observe(now, &Record::Read { store: 0, key, version, began });
                history.read(now, key, version, began, accepted);
            }
        }
        history.compare(&panel.verdicts(group.now, &Names::default()).remove(0), &format!("seed {seed}"));
        stale += history.stale.len();
        fresh += history.fresh;
        uncounted += history.uncounted;
    }
    assert!(stale > 5_000 && fresh > 5_000 && uncounted > 1_000, "{stale} {fresh} {uncounted} show little");
}

/// A whole number of milliseconds as the verdicts say it; the group's clock knows no other times.
fn millis(span: Span) -> String {
    if span >= Span::from_secs(1) { format!("{} s", span.0 as f64 / 1e9) } else { format!("{} ms", span.0 / 1_000_000) }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    /// Oracle: all windows that end with a passage, each counted anew.
    #[test]
    fn the_fullest_window_is_found_among_all(
        passes in prop::collection::vec((0u64..40, 0u8..20), 1..120),
        budgets in prop::collection::vec((1u32..6, 20u64..80), 1..4),
    ) {
        let (mut now, mut promise) = (0, 0);
        let mut records = Vec::new();
        for (gap, change) in passes {
            now += gap.saturating_sub(15);
            promise += usize::from(change == 0);
            let (budget, window) = budgets[promise % budgets.len()];
            records.push((Time(now), budget, Span(window)));
        }
        let mut since = 0;
        let (mut fullest, mut over, mut first, mut admitted_most) = ((0u64, 1u32), 0, None, false);
        let mut was_over = false;
        for (i, (at, budget, window)) in records.iter().enumerate() {
            if i > 0 && (records[i - 1].1, records[i - 1].2) != (*budget, *window) {
                (since, was_over) = (i, false);
            }
            let count = records[since..=i].iter().filter(|(earlier, ..)| at.0 - earlier.0 < window.0).count() as u64;
            admitted_most |= (i - since + 1) as u64 > u64::from(*budget);
            if count * u64::from(fullest.1) > fullest.0 * u64::from(*budget) {
                fullest = (count, *budget);
            }
            let is_over = count > u64::from(*budget);
            over += u64::from(is_over && !was_over);
            first = first.or(is_over.then_some(*at));
            was_over = is_over;
        }
        let records: Vec<_> = records.into_iter().map(|(at, budget, window)| (at, Record::Admitted { limiter: 0, budget, window })).collect();
        let verdict = judged(Spec::new(CheckKind::LimiterBudget, 0), &records);
        prop_assert_eq!(verdict.figure, fullest.0 as f64);
        prop_assert_eq!((verdict.broken_at, verdict.evidence_total), (first, over));
        let untold = if admitted_most { Finding::Holds } else { Finding::Untold };
        prop_assert_eq!(verdict.finding, if first.is_some() { Finding::Broken } else { untold });
        prop_assert_eq!(verdict.evidence.iter().any(|piece| piece.text.starts_with(&format!("{} passed", fullest.0))), first.is_some());
    }

    /// Oracle: the sorted list of all latencies, after every request.
    #[test]
    fn p99_is_the_value_at_its_rank(latencies in prop::collection::vec((0u64..1_000, 0u8..100), 1..600), slow in 0u8..4) {
        let bound = Span::from_millis(100);
        let mut panel = Panel::new(&[Spec::new(CheckKind::P99, 0).within(100.0)]);
        let (mut sorted, mut breach) = (Vec::new(), None);
        for (at, (fine, chance)) in latencies.into_iter().enumerate() {
            let at = Time::ZERO + Span::from_millis(10 * at as u64);
            let latency = if chance < slow { bound + Span(1 + fine * 1_000_000) } else { Span(bound.0 - fine * 90_000) };
            panel.observe(at, &Record::Answered { client: 0, op: 0, status: Status::Ok, latency });
            sorted.insert(sorted.partition_point(|other| *other <= latency), latency);
            let exact = sorted[(99 * sorted.len()).div_ceil(100) - 1];
            breach = (sorted.len() >= 100 && exact > bound).then(|| breach.unwrap_or(at));
            let verdict = panel.summaries(at, &Names::default()).remove(0);
            let finding = match (sorted.len(), breach) {
                (..100, _) => Finding::Untold,
                (_, None) => Finding::Holds,
                _ => Finding::Broken,
            };
            prop_assert_eq!((verdict.finding, verdict.broken_at), (finding, breach));
            let shown = Span::from_millis_f64(verdict.figure);
            prop_assert!(shown >= exact && shown.0 as f64 <= exact.0 as f64 * 1.032, "{} shown for {}", shown, exact);
        }
    }

    /// Oracle: the worst windows, each judged from its own sorted list.
    #[test]
    fn the_evidence_of_p99_is_every_window_beyond_the_bound(latencies in prop::collection::vec(0u64..140, 100..400)) {
        let answers: Vec<_> = latencies.iter().enumerate().map(|(at, latency)| {
            // About 30 a second, with a pause of two seconds after every hundredth.
            let at = Span::from_millis(33 * at as u64 + 2_000 * (at as u64 / 100));
            (Time::ZERO + at, Span::from_millis(*latency))
        }).collect();
        let records: Vec<_> = answers.iter().map(|(at, latency)| (*at, Record::Answered { client: 0, op: 0, status: Status::Ok, latency: *latency })).collect();
        let mut windows = BTreeMap::<u64, Vec<Span>>::new();
        for (at, latency) in answers {
            windows.entry(at.0 / 1_000_000_000).or_default().push(latency);
        }
        let beyond: Vec<Time> = windows.into_iter().filter(|(_, all)| {
            100 * all.iter().filter(|latency| **latency > Span::from_millis(100)).count() > all.len()
        }).map(|(second, _)| Time(second * 1_000_000_000)).collect();
        let verdict = judged(Spec::new(CheckKind::P99, 0), &records);
        if verdict.finding == Finding::Broken {
            prop_assert_eq!(verdict.evidence.iter().map(|piece| piece.at).collect::<Vec<_>>(), beyond);
        }
    }

    /// Oracle: counting.
    #[test]
    fn availability_is_the_share_answered(ends in prop::collection::vec(0u8..30, 1..300), bound in 800u32..=1_000) {
        let statuses = [Status::TimedOut, Status::Limited, Status::Overloaded, Status::Unavailable, Status::Failed, Status::Missing];
        let mut panel = Panel::new(&[Spec::new(CheckKind::Availability, 0).within(f64::from(bound) / 10.0)]);
        let (mut good, mut total, mut breach, mut evidence) = (0u64, 0u64, None, Vec::new());
        for (at, end) in ends.into_iter().enumerate() {
            let at = Time::ZERO + Span::from_millis(40 * at as u64);
            let status = statuses.get(usize::from(end)).copied().unwrap_or(Status::Ok);
            panel.observe(at, &Record::Answered { client: 0, op: 0, status, latency: Span::from_millis(3) });
            total += 1;
            good += u64::from(status.is_ok());
            if !status.is_ok() {
                evidence.push(Evidence { at, text: format!("{} after 3 ms", status.name()) });
            }
            breach = (good * 1_000 < total * u64::from(bound)).then(|| breach.unwrap_or(at));
            let verdict = panel.verdicts(at, &Names::default()).remove(0);
            prop_assert_eq!(verdict.broken_at, breach);
            prop_assert_eq!(verdict.evidence, if breach.is_some() { evidence.clone() } else { Vec::new() });
        }
    }

    /// Oracle: whole numbers, cross-multiplied.
    #[test]
    fn keys_moved_is_judged_as_whole_numbers_judge_it(
        resizes in prop::collection::vec((1u64..200, 0u64..200, 0u64..2, 0u32..1_000_000), 1..30), bound in 0u32..60,
    ) {
        let is_beyond = |(total, moved, astray, ideal): (u64, u64, u64, u32)| {
            astray > 0 || u128::from(moved) * 100_000_000 > u128::from(ideal) * u128::from(total) * u128::from(100 + bound)
        };
        let resizes: Vec<_> = resizes.into_iter().map(|(total, moved, astray, ideal)| (total, moved.min(total), astray * (ideal as u64 % 11 / 10), ideal)).collect();
        let records: Vec<_> = resizes.iter().enumerate().map(|(at, (total, moved, astray, ideal))| {
            (Time(at as u64), Record::Resized { store: 0, members: 3, moved: *moved, astray: *astray, total: *total, ideal: *ideal })
        }).collect();
        let beyond: Vec<Time> = resizes.iter().enumerate().filter(|(_, resize)| is_beyond(**resize)).map(|(at, _)| Time(at as u64)).collect();
        let verdict = judged(Spec::new(CheckKind::KeysMoved, 0).within(f64::from(bound)), &records);
        prop_assert_eq!(verdict.broken_at, beyond.first().copied());
        prop_assert_eq!(verdict.evidence.iter().map(|piece| piece.at).collect::<Vec<_>>(), beyond);
    }

    /// Oracle: how often each message is still due.
    #[test]
    fn deliveries_are_counted_against_what_was_due(steps in prop::collection::vec((0u8..10, 0u64..12, 0u32..4), 1..300)) {
        let (mut due, mut ages) = (BTreeMap::<u64, u64>::new(), BTreeMap::<u64, Time>::new());
        let (mut lost, mut duplicates, mut records, mut next) = (0u64, 0u64, Vec::new(), 0u64);
        for (at, (what, back, copies)) in steps.into_iter().enumerate() {
            let at = Time::ZERO + Span::from_millis(at as u64);
            let message = next.saturating_sub(back);
            records.push((at, match what {
                0..4 => {
                    next += 1;
                    due.insert(next, u64::from(copies));
                    ages.insert(next, at);
                    Record::Queued { queue: 0, message: next, copies }
                }
                4..9 => {
                    let left = due.entry(message).or_default();
                    if *left == 0 { duplicates += 1 } else { *left -= 1 }
                    Record::Delivered { queue: 0, message }
                }
                _ => {
                    let left = due.entry(message).or_default();
                    if *left > 0 {
                        lost += 1;
                        *left -= 1;
                    }
                    Record::Dropped { queue: 0, message }
                }
            }));
        }
        let end = records.last().expect("not empty").0;
        let verdict = judged(Spec::new(CheckKind::Delivery, 0), &records);
        prop_assert_eq!((verdict.figure, verdict.evidence_total), ((lost + duplicates) as f64, lost + duplicates));
        let given_up = verdict.evidence.iter().filter(|piece| piece.text.ends_with("was given up")).count();
        prop_assert_eq!(given_up as u64, lost);
        let oldest = due.iter().filter(|(_, left)| **left > 0).filter_map(|(message, _)| ages.get(message)).min();
        let under_way: u64 = due.values().sum();
        let said = oldest.map(|oldest| format!("; {under_way} under way, the oldest for {}", millis(end.since(*oldest))));
        prop_assert_eq!(verdict.detail.contains("under way"), said.is_some());
        prop_assert!(said.is_none_or(|said| verdict.detail.ends_with(&said)), "{}", verdict.detail);
    }
}
