//! What sampling keeps, against counting by hand and the binomial law.

use base::{Rng, Span, Time};
use std::collections::{BTreeMap, BTreeSet};
use telemetry::{Fate, HeadSampler, TailConfig, TailSampler, Taken, Trace, TraceSpan, TraceStore};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn at(ms: u64) -> Time {
    Time::ZERO + Span::from_millis(ms)
}

fn span(id: u32, parent: u32, began: u64, took: u64) -> TraceSpan {
    TraceSpan { id, parent, began: at(began), took: Span::from_millis(took), is_error: false, tag: u64::from(id) }
}

fn config(traces_max: u64) -> TailConfig {
    let rest = HeadSampler::new(0.0).expect("a share");
    TailConfig { wait: Span::from_secs(1), traces_max, spans_max: 8, slow: Span::from_millis(500), rest }
}

/// Oracle: the binomial law; 4 standard deviations, which luck leaves once in 16,000.
#[test]
fn a_head_sampler_keeps_its_share_of_numbers_that_count_up() {
    for share in [0.001, 0.01, 0.1, 0.5, 0.9] {
        let sampler = HeadSampler::new(share).expect("a share");
        let n = 100_000_u32;
        let kept = (0..u64::from(n)).filter(|trace| sampler.keeps(*trace)).count() as f64;
        let (mean, deviation) = (f64::from(n) * share, (f64::from(n) * share * (1.0 - share)).sqrt());
        assert!((kept - mean).abs() < 4.0 * deviation, "{kept} of {n} at {share}");
    }
}

#[test]
fn who_keeps_a_larger_share_keeps_all_that_a_smaller_one_keeps() {
    let sampler = |share| HeadSampler::new(share).expect("a share");
    let (small, large) = (sampler(0.1), sampler(0.3));
    assert!((0..10_000).all(|trace| !small.keeps(trace) || large.keeps(trace)));
    assert!((0..10_000).all(|trace| sampler(1.0).keeps(trace) && !sampler(0.0).keeps(trace)));
    for bad in [-0.1, 1.1, f64::NAN] {
        assert!(HeadSampler::new(bad).is_err());
    }
}

/// Oracle: a list of which traces had an error, kept aside.
#[test]
fn with_room_every_error_is_kept_and_without_it_is_said_how_many_were_not() {
    for (traces_max, is_enough) in [(1_000, true), (40, false)] {
        let mut tail = TailSampler::new(config(traces_max));
        let mut rng = Rng::new(7);
        let (mut bad, mut kept, mut evicted) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        // 100 traces a second, of which 100 are held at a time.
        for trace in 0..2_000_u64 {
            let now = at(trace * 10);
            while let Some((trace, fate)) = tail.decide(now) {
                assert_eq!(fate == Fate::Error, trace.has_error());
                kept.extend(fate.is_kept().then_some(trace.id));
            }
            let is_error = rng.chance(0.05);
            bad.extend(is_error.then_some(trace));
            for id in 1..=3 {
                let taken =
                    tail.take(now, trace, TraceSpan { is_error: is_error && id == 2, ..span(id, id - 1, 0, 9) });
                let Taken::Held(gone) = taken else { panic!("{taken:?}") };
                evicted.extend(gone.map(|trace| trace.id));
            }
        }
        while let Some((trace, fate)) = tail.decide(Time::NEVER) {
            kept.extend(fate.is_kept().then_some(trace.id));
        }
        let counts = tail.counts();
        assert_eq!((counts.traces, counts.errors), (2_000, bad.len() as u64));
        assert_eq!(evicted.is_empty(), is_enough, "{traces_max}");
        let lost: BTreeSet<u64> = bad.intersection(&evicted).copied().collect();
        assert_eq!(kept, bad.difference(&lost).copied().collect(), "what is kept are the errors that had room");
        assert_eq!((counts.evicted, counts.errors_evicted), (evicted.len() as u64, lost.len() as u64));
        assert_eq!((counts.kept, counts.errors_kept), (kept.len() as u64, kept.len() as u64));
        // 40 of the 100 that come in a second have their place for a second: the others go undecided.
        assert!(is_enough || counts.evicted > 1_900, "{counts:?}");
    }
}

#[test]
fn a_trace_is_decided_when_its_wait_is_over_and_what_comes_later_shares_its_fate() {
    let mut tail = TailSampler::new(config(10));
    assert_eq!(tail.take(at(0), 1, span(1, 0, 0, 600)), Taken::Held(None));
    assert_eq!(tail.take(at(0), 2, span(1, 0, 0, 499)), Taken::Held(None));
    assert_eq!(tail.due(), Some(at(1_000)));
    assert!(tail.decide(at(999)).is_none());
    assert_eq!(tail.decide(at(1_000)).map(|(trace, fate)| (trace.id, fate)), Some((1, Fate::Slow)));
    assert_eq!(tail.decide(at(1_000)).map(|(trace, fate)| (trace.id, fate)), Some((2, Fate::LeftOut)));
    assert_eq!(tail.take(at(1_001), 1, span(2, 1, 0, 1)), Taken::Late);
    assert_eq!(tail.take(at(1_001), 2, TraceSpan { is_error: true, ..span(2, 1, 0, 1) }), Taken::TooLate);
    assert_eq!((tail.counts().too_late, tail.counts().errors_too_late), (1, 1));
    // Fates are forgotten, oldest first: as many are remembered as traces may be held.
    (10..20).for_each(|trace| drop(tail.take(at(2_000), trace, span(1, 0, 0, 1))));
    while tail.decide(at(9_000)).is_some() {}
    assert_eq!(tail.take(at(9_000), 2, span(3, 1, 0, 1)), Taken::Held(None));
    tail.abandon();
    assert_eq!((tail.held(), tail.due()), ((0, 10), None));
}

#[test]
fn a_waterfall_has_children_under_their_parent_and_every_span_once() {
    let mut trace = Trace::new(1);
    for known in [span(3, 1, 30, 10), span(1, 0, 0, 50), span(2, 1, 5, 20), span(4, 2, 6, 18), span(4, 2, 6, 18)] {
        trace.add(known, 8);
    }
    let shown = |trace: &Trace| -> Vec<(u32, u16)> {
        trace.waterfall().iter().map(|row| (trace.spans[row.place].id, row.depth)).collect()
    };
    assert_eq!(shown(&trace), [(1, 0), (2, 1), (4, 2), (3, 1)], "the one that came twice counts once");
    assert!(trace.is_whole() && trace.took() == Span::from_millis(50));
    trace.spans.retain(|span| span.id != 2);
    assert_eq!(shown(&trace), [(1, 0), (3, 1), (4, 0)], "whose parent told nothing is a root of its own");
    assert!(!trace.is_whole());
    // Numbers given twice, and circles: each span is drawn once.
    let mut rng = Rng::new(3);
    for _ in 0..500 {
        let mut trace = Trace::new(2);
        for tag in 0..rng.below(12) {
            let (id, parent) = (1 + rng.below(6) as u32, rng.below(7) as u32);
            trace.spans.push(TraceSpan { tag, ..span(id, parent, rng.below(5), rng.below(5)) });
        }
        let mut places: Vec<usize> = trace.waterfall().iter().map(|row| row.place).collect();
        places.sort_unstable();
        assert_eq!(places, (0..trace.spans.len()).collect::<Vec<_>>(), "{trace:?}");
    }
}

/// Oracle: a list of all that was added.
#[test]
fn a_store_keeps_the_traces_that_came_last() {
    let mut store = TraceStore::new(5, 2);
    let mut all: BTreeMap<u64, u32> = BTreeMap::new();
    for trace in 0..20_u64 {
        for id in 1..=3 {
            assert_eq!(store.add(trace, span(id, 0, 0, 1)), id == 1);
            *all.entry(trace).or_insert(0) += 1;
        }
    }
    assert_eq!(store.newest().map(|trace| trace.id).collect::<Vec<_>>(), [19, 18, 17, 16, 15]);
    assert!(store.newest().all(|trace| (trace.spans.len(), trace.cut) == (2, 1)), "{all:?}");
    store.resize(2);
    assert_eq!((store.count(), store.get(17).is_some()), (2, false));
}
