//! How many records a second each check takes, and all of them together: `cargo run --release -p check --example throughput`.
//!
//! The records are those of a busy page: a database with two followers and 100,000 keys, some keys asked for far more often than others, a limiter, a queue. The
//! clock is read only here, outside of the engine.

#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "it measures, and nothing it measures is part of a run"
)]

use base::{Rng, Span, Time};
use check::{CheckKind, Names, Panel, Spec};
use std::time::Instant;
use trace::{Record, Status};

const RECORDS: u64 = 4_000_000;
const CHUNK: usize = 4_096;

/// Two microseconds apart on average: half a million records for each simulated second.
fn records() -> Vec<(Time, Record)> {
    let mut rng = Rng::new(1);
    let (mut now, mut index, mut message, mut delivered) = (0, 0, 0, 0);
    let mut version = vec![0u64; 100_000];
    (0..RECORDS)
        .map(|_| {
            now += rng.below(4_000);
            let at = Time(now);
            let key = skewed(&mut rng);
            let record = match rng.below(20) {
                0..6 => {
                    Record::Answered { client: 0, op: 0, status: Status::Ok, latency: Span(rng.below(150_000_000)) }
                }
                6..8 => {
                    index += 1;
                    version[key] = 1 << 40 | index;
                    Record::Acknowledged {
                        store: 1,
                        member: 0,
                        key: key as u64,
                        version: 1 << 40 | index,
                        write: index,
                    }
                }
                8..10 => Record::Wrote { store: 1, key: key as u64, version: version[key], write: index },
                10..12 => Record::Held {
                    store: 1,
                    member: 1 + rng.below(2) as u16,
                    version: 1 << 40 | index.saturating_sub(rng.below(200)),
                },
                12..16 => {
                    let behind = if rng.chance(0.05) { 400 } else { 0 };
                    Record::Read {
                        store: 1,
                        key: key as u64,
                        version: version[key].saturating_sub(behind),
                        began: Time(now.saturating_sub(5_000_000)),
                    }
                }
                16..18 => Record::Admitted { limiter: 2, budget: 60_000, window: Span::from_secs(1) },
                18 => {
                    message += 1;
                    Record::Queued { queue: 3, message, copies: 1 }
                }
                _ => {
                    delivered = message.min(delivered + 1);
                    Record::Delivered { queue: 3, message: delivered }
                }
            };
            (at, record)
        })
        .collect()
}

/// A key that is small more often than not: the product of two uniform draws.
fn skewed(rng: &mut Rng) -> usize {
    (rng.unit() * rng.unit() * rng.unit() * 100_000.0) as usize
}

/// Records a second, the best of five runs over the same records.
fn rate(specs: &[Spec], records: &[(Time, Record)]) -> f64 {
    let once = || {
        let mut panel = Panel::new(specs);
        let began = Instant::now();
        records.chunks(CHUNK).for_each(|chunk| panel.observe_all(chunk));
        let rate = records.len() as f64 / began.elapsed().as_secs_f64();
        std::hint::black_box(panel.summaries(Time::NEVER, &Names::default()));
        rate
    };
    (0..5).map(|_| once()).fold(0.0, |best, rate| if rate > best { rate } else { best })
}

fn main() {
    let all = records();
    let on = |kind: CheckKind| match kind {
        CheckKind::P99 | CheckKind::Availability => 0,
        CheckKind::LostWrites
        | CheckKind::StaleReads
        | CheckKind::Elections
        | CheckKind::Convergence
        | CheckKind::Overwrites => 1,
        CheckKind::LimiterBudget => 2,
        CheckKind::KeysMoved | CheckKind::Delivery | CheckKind::MutualExclusion | CheckKind::EffectOnce => 3,
    };
    let specs: Vec<Spec> = CheckKind::ALL.iter().map(|kind| Spec::new(*kind, on(*kind)).of_members(0..3)).collect();
    println!("{:<16} {:>14} {:>14}", "check", "all records/s", "its own/s");
    for spec in &specs {
        let mut heard = Vec::new();
        for (at, record) in &all {
            let mine = match record {
                Record::Answered { .. } => spec.on == 0,
                Record::Wrote { .. } | Record::Read { .. } => spec.kind == CheckKind::StaleReads,
                Record::Acknowledged { .. } | Record::Held { .. } => spec.kind == CheckKind::LostWrites,
                Record::Admitted { .. } => spec.on == 2,
                _ => spec.kind == CheckKind::Delivery,
            };
            if mine {
                heard.push((*at, *record));
            }
        }
        let one = std::slice::from_ref(spec);
        let own = if heard.is_empty() { f64::NAN } else { rate(one, &heard) / 1e6 };
        println!("{:<16} {:>12.1} M {:>12.1} M", spec.kind.slug(), rate(one, &all) / 1e6, own);
    }
    println!("{:<16} {:>12.1} M", "all seven", rate(&specs, &all) / 1e6);

    let mut panel = Panel::new(&specs);
    panel.observe_all(&all);
    let began = Instant::now();
    let clones: Vec<Panel> = (0..200).map(|_| panel.clone()).collect();
    println!("a clone          {:>12.1} µs", began.elapsed().as_secs_f64() * 1e6 / clones.len() as f64);
    let began = Instant::now();
    let verdicts = panel.verdicts(all[all.len() - 1].0, &Names::default());
    println!("all verdicts     {:>12.1} µs", began.elapsed().as_secs_f64() * 1e6);
    for verdict in verdicts {
        println!("  {:?} {}: {} ({})", verdict.finding, verdict.check, verdict.headline, verdict.detail);
    }
}
