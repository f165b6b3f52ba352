//! Windows against counting all events by hand.

use base::{Rng, Span, Time};
use proptest::collection::vec;
use proptest::prelude::*;
use queue::{Fired, Windowing, Windows, WindowsConfig};
use std::collections::BTreeMap;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

type Event = (u64, u64, u64);
type Results = BTreeMap<(u64, Time, Time), (u64, u64)>;

fn windows(windowing: Windowing, delay_max: u64, lateness_max: u64) -> Windows {
    let (delay_max, lateness_max) = (Span(delay_max), Span(lateness_max));
    Windows::new(WindowsConfig { windowing, delay_max, lateness_max }).expect("sizes above zero")
}

/// Feeds everything; the last result of each window, and how many events were dropped.
fn run(mut windows: Windows, events: &[Event]) -> (Results, u64, Vec<Fired>) {
    let mut fired = Vec::new();
    for (key, at, value) in events {
        windows.on_event(*key, Time(*at), *value);
        fired.extend(windows.fire());
    }
    windows.on_watermark(Time::NEVER);
    fired.extend(windows.fire());
    let last = fired.iter().map(|fired| ((fired.key, fired.start, fired.end), (fired.count, fired.sum)));
    (last.collect(), windows.dropped(), fired)
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    vec((0..2_u64, 0..60_u64, 0..9_u64), 0..40)
}

/// Every window that an event lies in, found by trying all beginnings.
fn bounds(at: u64, size: u64, step: u64) -> impl Iterator<Item = (u64, u64)> {
    (0..=at).filter(move |start| start % step == 0 && at - start < size).map(move |start| (start, start + size))
}

/// Sessions of all events at once: sort, and cut where the silence is at least the gap.
fn sessions(events: &[Event], gap: u64) -> Results {
    let mut sorted = events.to_vec();
    sorted.sort_unstable();
    let mut found: Vec<(u64, u64, u64, u64, u64)> = Vec::new();
    for (key, at, value) in sorted {
        match found.last_mut().filter(|last| last.0 == key && at < last.2) {
            Some(last) => (last.2, last.3, last.4) = (at + gap, last.3 + 1, last.4 + value),
            None => found.push((key, at, at + gap, 1, value)),
        }
    }
    found.into_iter().map(|(key, start, end, count, sum)| ((key, Time(start), Time(end)), (count, sum))).collect()
}

proptest! {
    /// An event counts in a window unless the watermark at its arrival is past the window's end and its lateness.
    #[test]
    fn tumbling_and_sliding_windows_are_what_trying_all_says(
        events in events(), size in 1..20_u64, step in 1..20_u64, delay in 0..20_u64, lateness in 0..20_u64, is_tumbling in any::<bool>(),
    ) {
        let step = if is_tumbling { size } else { step };
        let windowing = if is_tumbling { Windowing::Tumbling { size: Span(size) } } else { Windowing::Sliding { size: Span(size), step: Span(step) } };
        let (seen, dropped, fired) = run(windows(windowing, delay, lateness), &events);
        let (mut expected, mut watermark, mut lost) = (Results::new(), 0, 0);
        for (key, at, value) in &events {
            let all: Vec<(u64, u64)> = bounds(*at, size, step).collect();
            let in_time: Vec<&(u64, u64)> = all.iter().filter(|(_, end)| end + lateness > watermark).collect();
            lost += u64::from(in_time.is_empty() && !all.is_empty());
            for (start, end) in in_time {
                let of = expected.entry((*key, Time(*start), Time(*end))).or_default();
                *of = (of.0 + 1, of.1 + value);
            }
            watermark = watermark.max(at.saturating_sub(delay));
        }
        prop_assert_eq!((seen, dropped), (expected, lost));
        // The first result of a window is no update, every later one is, and each says more than the one before.
        let mut counts: BTreeMap<(u64, Time), u64> = BTreeMap::new();
        for fired in fired {
            let before = counts.insert((fired.key, fired.start), fired.count);
            prop_assert_eq!(before.is_some(), fired.is_update);
            prop_assert!(before.unwrap_or(0) < fired.count);
        }
    }

    /// With enough delay no event is late, and in whatever order they come the sessions are the same.
    #[test]
    fn sessions_do_not_depend_on_the_order_of_arrival(events in events(), gap in 1..20_u64) {
        let (seen, dropped, fired) = run(windows(Windowing::Session { gap: Span(gap) }, 60, 0), &events);
        prop_assert_eq!((seen, dropped), (sessions(&events, gap), 0));
        prop_assert!(fired.iter().all(|fired| !fired.is_update));
    }

    /// With enough lateness every event is in exactly one session in the end, though what was fired before may have grown since.
    #[test]
    fn sessions_that_were_fired_grow_with_late_events(events in events(), gap in 1..20_u64) {
        let (seen, dropped, _) = run(windows(Windowing::Session { gap: Span(gap) }, 0, 200), &events);
        prop_assert_eq!(dropped, 0);
        for (bounds, result) in sessions(&events, gap) {
            prop_assert_eq!(seen.get(&bounds), Some(&result));
        }
    }
}

#[test]
fn sizes_of_zero_and_too_many_windows_are_refused() {
    let refused =
        |windowing| Windows::new(WindowsConfig { windowing, delay_max: Span::ZERO, lateness_max: Span::ZERO }).is_err();
    assert!(refused(Windowing::Tumbling { size: Span::ZERO }));
    assert!(refused(Windowing::Sliding { size: Span(5), step: Span::ZERO }));
    assert!(refused(Windowing::Sliding { size: Span::MAX, step: Span(1) }));
    assert!(refused(Windowing::Session { gap: Span::ZERO }));
    let mut forever = windows(Windowing::Tumbling { size: Span::MAX }, 0, u64::MAX);
    assert_eq!((forever.on_event(1, Time(u64::MAX - 1), u64::MAX), forever.on_event(1, Time(5), 7)), (1, 1));
}

/// A session whose late event joins two that were fired fires once more, as one.
#[test]
fn a_late_event_joins_two_sessions() {
    let events = [(1, 0, 1), (1, 10, 1), (1, 40, 1), (1, 5, 1), (1, 99, 1)];
    let (_, dropped, fired) = run(windows(Windowing::Session { gap: Span(6) }, 0, 50), &events);
    let shown: Vec<(u64, u64, u64, bool)> = fired.iter().map(|f| (f.start.0, f.end.0, f.count, f.is_update)).collect();
    let expected = [(0, 6, 1, false), (10, 16, 1, false), (0, 16, 3, true), (40, 46, 1, false), (99, 105, 1, false)];
    assert_eq!((shown.as_slice(), dropped), (&expected[..], 0));
}

/// 08 E7 of the notes: watermarks against events out of order. The price of completeness is waiting.
#[test]
fn the_longer_the_watermark_waits_the_fewer_events_are_dropped() {
    let dropped = |delay_max| {
        let mut rng = Rng::new(3);
        let mut windows = windows(Windowing::Tumbling { size: Span(100) }, delay_max, 0);
        for at in 0..10_000_u64 {
            windows.on_event(0, Time(at.saturating_sub(rng.below(200))), 1);
        }
        windows.dropped()
    };
    let measured = [dropped(0), dropped(100), dropped(200)];
    assert!(
        measured[0] > measured[1] && measured[1] > measured[2] && measured[2] == 0,
        "dropped of 10,000: {measured:?}"
    );
}
