//! What every check keeps, held over the list: a check that is added is tested here without a further line, but for its stories.

#![cfg(not(target_arch = "wasm32"))] // reads its stories from files, which Node does not show to WASM

use crate::stories;
use base::{Rng, Span, Time};
use check::{CheckKind, Finding, Judge, Names, Panel, Spec, Topic, Verdict};
use std::collections::BTreeSet;
use stories::Story;
use trace::{Record, Status};

fn verdict(spec: &Spec, records: &[(Time, Record)], now: Time) -> Verdict {
    let mut panel = Panel::new(std::slice::from_ref(spec));
    panel.observe_all(records);
    panel.verdicts(now, &stories::names()).remove(0)
}

#[test]
fn every_story_ends_as_it_is_told() {
    let is_writing = std::env::var_os("STORIES").is_some_and(|value| value == "write");
    for book in stories::books() {
        if is_writing {
            book.write();
            continue;
        }
        for story in &book.stories {
            assert_eq!(story.told(), story.expected, "{}: {}", book.kind.slug(), story.title);
        }
    }
}

#[test]
fn every_check_can_hold_be_broken_and_be_untold() {
    for book in stories::books() {
        let told: BTreeSet<Finding> = book.stories.iter().map(Story::finding).collect();
        assert_eq!(told.len(), 3, "{} has stories only for {told:?}", book.kind.slug());
    }
}

#[test]
fn every_file_of_a_check_is_on_the_list() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/checks");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .expect("the checks lie in one folder")
        .map(|file| file.expect("readable").path().file_stem().expect("named").to_string_lossy().into_owned())
        .collect();
    let listed: BTreeSet<String> = CheckKind::ALL.iter().map(|kind| kind.file().to_string()).collect();
    assert_eq!(files, listed, "a file in checks/ and a line in the list of lib.rs belong together");
}

#[test]
fn slugs_are_unique_and_find_their_check_in_every_form() {
    let slugs: BTreeSet<&str> = CheckKind::ALL.iter().map(|kind| kind.slug()).collect();
    assert_eq!(slugs.len(), CheckKind::ALL.len());
    for kind in CheckKind::ALL {
        assert_eq!(CheckKind::from_slug(kind.slug()), Some(*kind));
        assert_eq!(serde_json::to_string(kind).expect("plain"), format!("\"{}\"", kind.slug()));
        assert!(!kind.title().is_empty() && kind.help().ends_with('.') && !kind.topics().is_empty());
    }
    assert_eq!(CheckKind::from_slug("lost"), None);
}

#[test]
fn nothing_is_proved_by_nothing() {
    for kind in CheckKind::ALL {
        let verdict = verdict(&Spec::new(*kind, 0), &[], Time(5));
        assert_eq!((verdict.finding, verdict.broken_at, verdict.evidence_total), (Finding::Untold, None, 0));
        assert!(verdict.evidence.is_empty() && !verdict.headline.is_empty() && !verdict.detail.is_empty());
        assert_eq!((verdict.check.as_str(), verdict.on.as_str()), (kind.slug(), "posts"));
    }
}

/// The rules of the crate's documentation, all along random runs.
#[test]
fn evidence_is_there_exactly_when_broken_and_in_order_of_time() {
    let mut broken = BTreeSet::new();
    for seed in 0..40 {
        let records = random_records(seed, 1_000);
        for kind in CheckKind::ALL {
            let mut panel = Panel::new(&[random_spec(*kind, seed)]);
            for (step, (at, record)) in records.iter().enumerate() {
                panel.observe(*at, record);
                if step % 9 > 0 {
                    continue;
                }
                let verdict = panel.verdicts(*at, &stories::names()).remove(0);
                let context = format!("{} at {at} under seed {seed}: {verdict:?}", kind.slug());
                assert_eq!(verdict.evidence.is_empty(), verdict.finding != Finding::Broken, "{context}");
                assert_eq!(verdict.broken_at.is_some(), verdict.finding == Finding::Broken, "{context}");
                assert!(verdict.broken_at.is_none_or(|broken| broken <= *at), "{context}");
                assert!(verdict.evidence.len() as u64 <= verdict.evidence_total, "{context}");
                assert!(verdict.evidence.is_sorted_by_key(|piece| piece.at), "{context}");
                assert!(verdict.figure.is_finite() && verdict.figure >= 0.0, "{context}");
                if verdict.finding == Finding::Broken {
                    broken.insert(*kind);
                }
            }
        }
    }
    assert_eq!(broken.len(), CheckKind::ALL.len(), "random runs break every check at times, but only broke {broken:?}");
}

#[test]
fn asking_changes_nothing_and_a_clone_goes_its_own_way() {
    for seed in 0..40 {
        let records = random_records(seed, 600);
        for kind in CheckKind::ALL {
            let spec = random_spec(*kind, seed);
            let mut asked = Panel::new(std::slice::from_ref(&spec));
            let mut kept = Vec::new();
            for (at, record) in &records {
                asked.observe(*at, record);
                let verdict = asked.verdicts(*at, &stories::names());
                let summary = Verdict {
                    evidence: verdict[0].evidence.clone(),
                    ..asked.summaries(*at, &stories::names()).remove(0)
                };
                assert_eq!(summary, verdict[0], "a summary is the verdict without its evidence");
                if kept.len() < 20 {
                    kept.push((asked.clone(), *at, verdict));
                }
            }
            let end = records.last().expect("not empty").0;
            assert_eq!(
                asked.verdicts(end, &stories::names()).remove(0),
                verdict(&spec, &records, end),
                "{} {seed}",
                kind.slug()
            );
            for (clone, at, before) in kept {
                assert_eq!(clone.verdicts(at, &stories::names()), before, "{} {seed}", kind.slug());
            }
        }
    }
}

#[test]
fn replaying_from_a_clone_gives_the_same_verdicts() {
    let specs: Vec<Spec> = CheckKind::ALL.iter().map(|kind| random_spec(*kind, 3)).collect();
    for seed in 0..40 {
        let records = random_records(seed, 1_000);
        let mut once = Panel::new(&specs);
        once.observe_all(&records[..500]);
        let mut again = once.clone();
        once.observe_all(&records[500..]);
        again.observe_all(&records[500..]);
        let end = records[999].0;
        assert_eq!(once.verdicts(end, &stories::names()), again.verdicts(end, &stories::names()), "seed {seed}");
    }
}

#[test]
fn records_of_other_boxes_are_nobodys_business() {
    for seed in 0..40 {
        let records = random_records(seed, 500);
        let of_box =
            |of: u16| -> Vec<_> { records.iter().copied().filter(|(_, record)| box_of(record) == Some(of)).collect() };
        let end = records[499].0;
        for kind in CheckKind::ALL {
            let spec = random_spec(*kind, seed);
            assert_eq!(verdict(&spec, &records, end), verdict(&spec, &of_box(0), end), "{} {seed}", kind.slug());
            assert_eq!(verdict(&spec, &of_box(1), end).finding, Finding::Untold, "{} {seed}", kind.slug());
        }
    }
}

/// Oracle: every judge on its own, shown only its box and topics by hand.
#[test]
fn a_panel_shows_each_judge_what_it_asked_for() {
    let specs: Vec<Spec> = (0..3)
        .flat_map(|on| CheckKind::ALL.iter().map(move |kind| Spec { on, ..random_spec(*kind, u64::from(on)) }))
        .collect();
    for seed in 0..20 {
        let records = random_records(seed, 500);
        let mut panel = Panel::new(&specs);
        panel.observe_all(&records);
        let end = records[499].0;
        for (spec, verdict) in specs.iter().zip(panel.verdicts(end, &stories::names())) {
            let mut alone = Judge::new(spec);
            let heard = |record: &Record| topic_of(record).is_some_and(|topic| spec.kind.topics().contains(&topic));
            for (at, record) in records.iter().filter(|(_, record)| box_of(record) == Some(spec.on) && heard(record)) {
                alone.observe(*at, record);
            }
            assert_eq!(
                verdict,
                alone.verdict(end, &stories::names()),
                "{} on {} under seed {seed}",
                spec.kind.slug(),
                spec.on
            );
        }
    }
}

#[test]
fn no_bound_and_no_number_is_too_strange() {
    let bounds = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 0.0, 1e300, f64::MIN_POSITIVE, 100.0, 99.999_999];
    let huge = [0, 1, 2, u64::MAX / 2, u64::MAX - 1, u64::MAX];
    let mut rng = Rng::new(8);
    for kind in CheckKind::ALL {
        for bound in bounds {
            let mut panel = Panel::new(&[Spec::new(*kind, 0).of_members(0..3).within(bound)]);
            for step in 0..300 {
                let mut pick = || huge[rng.below(6) as usize];
                let (a, b, c) = (pick(), pick(), pick());
                let at = Time(if step < 200 { step * 1_000_000 } else { u64::MAX });
                let record = match rng.below(22) {
                    0 => Record::Answered { client: 0, op: 255, status: Status::Failed, latency: Span(a) },
                    1 => Record::Answered { client: 0, op: 0, status: Status::Ok, latency: Span(a) },
                    2 => Record::Wrote { store: 0, key: a, version: b, write: c },
                    3 => Record::Read { store: 0, key: a, version: b, began: Time(c) },
                    4 => Record::Acknowledged { store: 0, member: a as u16, key: a, version: b, write: c },
                    5 => Record::Held { store: 0, member: a as u16, version: b },
                    6 => Record::Promoted { store: 0, member: a as u16, term: b, version: c },
                    7 => Record::Discarded { store: 0, member: 1, from: a, to: b },
                    8 => Record::Admitted { limiter: 0, budget: a as u32, window: Span(b) },
                    9 => Record::Resized { store: 0, members: 3, moved: a, astray: b, total: c, ideal: a as u32 },
                    10 => Record::Queued { queue: 0, message: a, copies: b as u32 },
                    11 => Record::Granted { lock: 0, key: a, holder: b, token: c },
                    12 => Record::Released { lock: 0, key: a, holder: b, token: c },
                    13 => Record::Guarded { lock: 0, key: a, token: b },
                    14 => Record::Applied { store: 0, member: a as u16, key: b, write: c },
                    15 => Record::Undone { store: 0, member: a as u16, key: b, write: c },
                    16 => Record::Copied { store: 0, member: a as u16, key: b, version: c },
                    17 => Record::Troubled { store: 0, troubles: a as u16 },
                    18 => Record::Overwritten { store: 0, member: a as u16, key: b, version: c, write: a, kept: b },
                    19 => Record::DiskLost { store: 0, member: a as u16 },
                    20 => Record::Lost { store: 0, key: a, version: b, write: c },
                    _ => Record::Delivered { queue: 0, message: a },
                };
                panel.observe(at, &record);
            }
            let verdict = panel.verdicts(Time::NEVER, &Names::default()).remove(0);
            let text = format!("{verdict:?}");
            assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        }
    }
}

#[test]
fn evidence_is_capped_and_the_total_is_not() {
    let mut panel = Panel::new(&[Spec::new(CheckKind::StaleReads, 0)]);
    panel.observe(Time(1), &Record::Wrote { store: 0, key: 1, version: 2, write: 0 });
    let reads = Verdict::EVIDENCE_MAX as u64 + 500;
    for at in 0..reads {
        panel.observe(Time(10 + at), &Record::Read { store: 0, key: 1, version: 1, began: Time(2 + at) });
    }
    let verdict = panel.verdicts(Time(9_000), &Names::default()).remove(0);
    assert_eq!((verdict.evidence.len(), verdict.evidence_total), (Verdict::EVIDENCE_MAX, reads));
}

fn topic_of(record: &Record) -> Option<Topic> {
    Some(match record {
        Record::Answered { .. } => Topic::Answered,
        Record::Wrote { .. } => Topic::Wrote,
        Record::Read { .. } => Topic::Read,
        Record::Acknowledged { .. } => Topic::Acknowledged,
        Record::Held { .. } => Topic::Held,
        Record::Promoted { .. } => Topic::Promoted,
        Record::Discarded { .. } => Topic::Discarded,
        Record::Admitted { .. } => Topic::Admitted,
        Record::Resized { .. } => Topic::Resized,
        Record::Queued { .. } | Record::Delivered { .. } | Record::Dropped { .. } => Topic::Message,
        Record::Granted { .. } | Record::Released { .. } | Record::Guarded { .. } => Topic::Lock,
        Record::Applied { .. } | Record::Undone { .. } => Topic::Effect,
        Record::Copied { .. } | Record::Troubled { .. } => Topic::Copy,
        Record::Overwritten { .. } => Topic::Overwritten,
        _ => return None,
    })
}

fn box_of(record: &Record) -> Option<u16> {
    Some(match *record {
        Record::Answered { client: on, .. }
        | Record::Wrote { store: on, .. }
        | Record::Read { store: on, .. }
        | Record::Acknowledged { store: on, .. }
        | Record::Held { store: on, .. }
        | Record::Promoted { store: on, .. }
        | Record::Discarded { store: on, .. }
        | Record::Admitted { limiter: on, .. }
        | Record::Resized { store: on, .. }
        | Record::Queued { queue: on, .. }
        | Record::Delivered { queue: on, .. }
        | Record::Dropped { queue: on, .. }
        | Record::Granted { lock: on, .. }
        | Record::Released { lock: on, .. }
        | Record::Guarded { lock: on, .. }
        | Record::Applied { store: on, .. }
        | Record::Undone { store: on, .. }
        | Record::Copied { store: on, .. }
        | Record::Overwritten { store: on, .. }
        | Record::Troubled { store: on, .. } => on,
        _ => return None,
    })
}

fn random_spec(kind: CheckKind, seed: u64) -> Spec {
    let spec = Spec::new(kind, 0).of_members(0..3);
    let mut rng = Rng::stream(seed, &[1]);
    match kind {
        CheckKind::StaleReads => spec.within([0.0, 5.0][rng.below(2) as usize]),
        CheckKind::P99 => spec.within(30.0),
        CheckKind::Convergence => spec.within(40.0),
        CheckKind::Availability => spec.within([50.0, 90.0, 100.0][rng.below(3) as usize]),
        _ => spec,
    }
}

/// Records of two boxes, in order of time, that make sense one by one but not together.
fn random_records(seed: u64, length: u64) -> Vec<(Time, Record)> {
    let mut rng = Rng::stream(seed, &[2]);
    let (mut now, mut index, mut term) = (0, [0u64; 2], [1u64; 2]);
    (0..length)
        .map(|step| {
            now += rng.below(3) * 1_000_000;
            let on = u16::from(rng.chance(0.3));
            let (place, member, key) = (usize::from(on), rng.below(3) as u16, rng.below(4));
            index[place] += 1;
            let newest = term[place] << 40 | index[place];
            let older = newest - rng.below(index[place].min(6) + 1).min(index[place]);
            let record = match rng.below(47) {
                0..4 | 34..38 | 47.. => {
                    let status = if rng.chance(0.2) { Status::TimedOut } else { Status::Ok };
                    Record::Answered { client: on, op: 0, status, latency: Span::from_millis(rng.below(40)) }
                }
                4..8 => Record::Acknowledged { store: on, member, key, version: newest, write: step },
                8..10 | 38..42 => Record::Wrote { store: on, key, version: older, write: step },
                10..13 | 42..46 => {
                    Record::Read { store: on, key, version: older, began: Time(now - rng.below(9_000_000).min(now)) }
                }
                13 => Record::Held { store: on, member, version: older },
                14 if rng.chance(0.3) => {
                    // Now and then two claim one term.
                    term[place] += u64::from(rng.chance(0.9));
                    Record::Promoted { store: on, member, term: term[place], version: older }
                }
                15 => Record::Discarded { store: on, member, from: older, to: newest },
                14..18 => Record::Admitted { limiter: on, budget: 4, window: Span::from_millis(20) },
                18 => Record::Resized {
                    store: on,
                    members: 4,
                    moved: 20 + rng.below(14),
                    astray: 0,
                    total: 100,
                    ideal: 250_000,
                },
                19..21 => Record::Queued { queue: on, message: step, copies: rng.below(3) as u32 },
                21..23 => Record::Delivered { queue: on, message: step.saturating_sub(rng.below(20)) },
                23 => Record::Dropped { queue: on, message: step.saturating_sub(rng.below(20)) },
                24..26 => Record::Granted { lock: on, key, holder: rng.below(2), token: step },
                26..28 => {
                    Record::Released { lock: on, key, holder: rng.below(2), token: step.saturating_sub(rng.below(9)) }
                }
                28 => Record::Guarded { lock: on, key, token: step.saturating_sub(rng.below(20)) },
                29 => Record::Applied { store: on, member, key, write: step.saturating_sub(rng.below(20)) },
                30 => Record::Undone { store: on, member, key, write: step.saturating_sub(rng.below(20)) },
                31..33 => Record::Copied { store: on, member, key, version: older },
                33 => Record::Troubled { store: on, troubles: rng.below(2) as u16 },
                46 => Record::Overwritten { store: on, member, key, version: older, write: step, kept: newest },
            };
            (Time(now), record)
        })
        .collect()
}
