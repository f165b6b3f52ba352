//! What every arrival process promises, held over the list of the family, and each against its closed form.

use base::{Delay, Law, Rng, Span, Time};
use proptest::prelude::*;
use workload::{
    Arrival, Arrivals, ArrivalsConfig, ArrivalsKind, BurstConfig, Closed, Constant, ConstantConfig, DayConfig, Poisson,
    PoissonConfig, RampConfig,
};

const SECOND: u64 = 1_000_000_000;

/// One of each kind, busy within ten seconds and different at every moment of them.
fn examples() -> Vec<(ArrivalsKind, Arrivals)> {
    let (on, off, period) = (Span::from_millis(700), Span::from_millis(1_100), Span::from_secs(4));
    let example = |kind: ArrivalsKind| match kind {
        ArrivalsKind::Poisson => ArrivalsConfig::Poisson(PoissonConfig { rate: 1_000.0 }),
        ArrivalsKind::Constant => ArrivalsConfig::Constant(ConstantConfig { rate: 1_000.0 }),
        ArrivalsKind::Burst => ArrivalsConfig::Burst(BurstConfig { rate: 2_000.0, idle_rate: 150.0, on, off }),
        ArrivalsKind::Ramp => ArrivalsConfig::Ramp(RampConfig { from: 100.0, to: 2_000.0, over: Span::from_secs(7) }),
        ArrivalsKind::Day => ArrivalsConfig::Day(DayConfig { rate: 1_000.0, swing: 0.8, period }),
    };
    ArrivalsKind::ALL.iter().map(|kind| (*kind, example(*kind).build().expect("in range"))).collect()
}

/// Arrivals before `end`, asking anew at every multiple of `interrupt` (as on a change of factor).
fn run(mut process: Arrivals, factor: f64, end: u64, interrupt: u64, rng: &mut Rng) -> Vec<u64> {
    let (mut now, mut mark, mut arrivals) = (Time::ZERO, interrupt, Vec::new());
    loop {
        let next = process.next(now, factor, rng).map_or(u64::MAX, |next| next.0);
        assert!(next >= now.0, "time went back");
        if next < mark.min(end) {
            arrivals.push(next);
            now = Time(next);
        } else if mark < end {
            (now, mark) = (Time(mark), mark + interrupt);
        } else {
            return arrivals;
        }
    }
}

/// The expected number of arrivals within each of 100 parts of ten seconds, by adding the rate up in small steps.
fn expected(process: &Arrivals, factor: f64) -> Vec<f64> {
    let (step, part) = (10_000, SECOND / 10);
    let rates = |from: u64| (from..from + part).step_by(step as usize).map(|at| process.rate_at(Time(at + step / 2)));
    (0..100).map(|at| rates(at * part).sum::<f64>() * factor * step as f64 / SECOND as f64).collect()
}

fn chi_square(arrivals: &[u64], expected: &[f64]) -> f64 {
    let mut counts = vec![0.0; expected.len()];
    arrivals.iter().for_each(|at| counts[(at / (SECOND / 10)) as usize] += 1.0);
    counts.iter().zip(expected).map(|(count, mean)| (count - mean) * (count - mean) / mean).sum()
}

/// Oracle: the integral of the rate. Mean and spread of the counts of a Poisson process are both known, so the statistic has two
/// tails; 100 degrees of freedom: 99.99% of samples lie within 54.1 and 161.3.
#[test]
fn counts_follow_the_integral_of_the_rate() {
    for (kind, process) in examples() {
        for (factor, interrupt) in [(1.0, u64::MAX), (2.5, u64::MAX), (1.0, SECOND / 200)] {
            let mut rng = Rng::new(29);
            let arrivals = run(process.clone(), factor, 10 * SECOND, interrupt, &mut rng);
            let statistic = chi_square(&arrivals, &expected(&process, factor));
            let range = if kind == ArrivalsKind::Constant { 0.0..2.0 } else { 54.1..161.3 };
            // Asking a constant process anew begins its gap anew: its gaps are whole only between the marks.
            let is_exact = kind != ArrivalsKind::Constant || interrupt == u64::MAX;
            assert!(!is_exact || range.contains(&statistic), "{kind:?}, factor {factor}: chi-square {statistic}");
        }
    }
}

/// Oracle: time rescaled by the integral of the rate makes the way to the next arrival exponential with mean one, from wherever one
/// asks and whatever the rate does on the way: within one phase at the full rate, across phases, cycles and the end of a ramp at less.
#[test]
fn rescaled_gaps_are_exponential() {
    for (kind, mut process) in examples().into_iter().filter(|(kind, _)| *kind != ArrivalsKind::Constant) {
        for factor in [1.0, 1e-3, 1e-4] {
            let (mut rng, mut counts, asks) = (Rng::new(31), [0.0; 20], 10_000);
            for _ in 0..asks {
                let after = rng.below(10 * SECOND);
                let next = process.next(Time(after), factor, &mut rng).expect("a next one").0;
                let steps = 500;
                let width = (next - after) as f64 / f64::from(steps);
                let rate = |step: u32| process.rate_at(Time(after + ((f64::from(step) + 0.5) * width) as u64));
                let gap: f64 = (0..steps).map(|step| rate(step) * factor * width / 1e9).sum();
                counts[((1.0 - libm::exp(-gap)) * 20.0) as usize] += 1.0;
            }
            let mean = f64::from(asks) / 20.0;
            let statistic: f64 = counts.iter().map(|count| (count - mean) * (count - mean) / mean).sum();
            // 19 degrees of freedom: 99.99% of samples lie below 51.
            assert!(statistic < 51.0, "{kind:?}, factor {factor}: {counts:?}");
        }
    }
}

#[test]
fn nothing_arrives_at_a_factor_that_is_zero_or_nonsense() {
    for (kind, mut process) in examples() {
        for factor in [0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
            assert_eq!(process.next(Time::ZERO, factor, &mut Rng::new(1)), None, "{kind:?} at {factor}");
        }
        assert!(process.next(Time::ZERO, 1.0, &mut Rng::new(1)).is_some(), "{kind:?} recovers");
    }
}

#[test]
fn constant_arrivals_are_exact_in_the_long_run() {
    let mut process = Constant::new(ConstantConfig { rate: 3.0 }).expect("in range");
    let mut now = Time::ZERO;
    for arrival in 1..=3_000_000_u64 {
        now = process.next(now, 1.0, &mut Rng::new(1)).expect("a next one");
        assert!(now.0.abs_diff(arrival * SECOND / 3) <= 1, "arrival {arrival} at {}", now.0);
    }
}

#[test]
fn poisson_draws_the_same_luck_at_every_rate() {
    let at = |rate: f64, factor: f64| {
        let mut process = Poisson::new(PoissonConfig { rate }).expect("in range");
        process.next(Time::ZERO, factor, &mut Rng::new(5)).expect("a next one")
    };
    assert_eq!(at(100.0, 2.0), at(200.0, 1.0));
    assert!(at(100.0, 1.0).0.abs_diff(2 * at(200.0, 1.0).0) <= 1);
}

#[test]
fn a_long_pause_is_skipped_at_once() {
    let (on, off) = (Span::from_micros(1), Span::from_secs(3_600));
    let config = BurstConfig { rate: 1.0, idle_rate: 0.0, on, off };
    let mut process = ArrivalsConfig::Burst(config).build().expect("in range");
    let (mut now, mut rng) = (Time::ZERO, Rng::new(3));
    for _ in 0..3 {
        let next = process.next(now, 1.0, &mut rng).expect("a next one");
        assert!(next.0 % (on.0 + off.0) <= on.0, "only within a burst: {}", next.0);
        // A millionth of an arrival is expected in each cycle of an hour.
        assert!(next.since(now) > Span::from_secs(3_600_000));
        now = next;
    }
}

#[test]
fn a_ramp_down_to_zero_ends() {
    let config = RampConfig { from: 1_000.0, to: 0.0, over: Span::from_secs(2) };
    let process = ArrivalsConfig::Ramp(config).build().expect("in range");
    let arrivals = run(process, 1.0, u64::MAX, u64::MAX, &mut Rng::new(3));
    // The area of the triangle, within five deviations.
    assert!((arrivals.len() as f64 - 1_000.0).abs() < 5.0 * 31.6, "{}", arrivals.len());
    assert!(arrivals.iter().all(|at| *at <= 2 * SECOND));
}

#[test]
fn settings_out_of_range_are_refused_with_value_and_bound() {
    let refused = |config: ArrivalsConfig| config.build().expect_err("out of range").to_string();
    let rate = refused(ArrivalsConfig::Poisson(PoissonConfig { rate: -1.0 }));
    assert_eq!(rate, "`rate` is -1, but must be between 0 and 10000000");
    let nan = refused(ArrivalsConfig::Constant(ConstantConfig { rate: f64::NAN }));
    assert_eq!(nan, "`rate` is NaN, but must be between 0 and 10000000");
    let swing = refused(ArrivalsConfig::Day(DayConfig { swing: 1.0, ..DayConfig::default() }));
    assert_eq!(swing, "`swing` is 1, but must be between 0 and 0.9");
    let on = refused(ArrivalsConfig::Burst(BurstConfig { on: Span::ZERO, ..BurstConfig::default() }));
    assert_eq!(on, "`on` is 0, but must be between 0.000001 and 315360000");
}

/// Any number at all, the odd ones often.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>(), 0.0..1e7, Just(0.0), Just(1e7), Just(f64::MIN_POSITIVE)]
}

proptest! {
    #[test]
    fn nothing_that_can_be_typed_panics_or_hangs(
        (a, b, factor) in (number(), number(), number()),
        (on, off) in (any::<u64>(), any::<u64>()),
        after: u64,
        seed: u64,
    ) {
        let (on, off) = (Span(on >> (off % 64)), Span(off >> (on % 64)));
        let configs = [
            ArrivalsConfig::Poisson(PoissonConfig { rate: a }),
            ArrivalsConfig::Constant(ConstantConfig { rate: a }),
            ArrivalsConfig::Burst(BurstConfig { rate: a, idle_rate: b, on, off }),
            ArrivalsConfig::Ramp(RampConfig { from: a, to: b, over: on }),
            ArrivalsConfig::Day(DayConfig { rate: a, swing: b, period: on }),
        ];
        for mut process in configs.iter().filter_map(|config| config.build().ok()) {
            let (mut now, mut rng) = (Time(after >> (seed % 64)), Rng::new(seed));
            for _ in 0..20 {
                let Some(next) = process.next(now, factor, &mut rng) else { break };
                prop_assert!(next >= now && next < Time::NEVER);
                now = next;
            }
        }
    }

    #[test]
    fn a_clone_lives_the_same_life(seed: u64) {
        for (_, process) in examples() {
            let run = |process: Arrivals| run(process, 1.0, SECOND / 5, u64::MAX, &mut Rng::new(seed));
            prop_assert_eq!(run(process.clone()), run(process));
        }
    }
}

#[test]
fn a_closed_loop_scales_its_users() {
    let closed = Closed { users: 50, think: Delay::new(Law::Exponential, Span::from_secs(1)) };
    assert_eq!([0.0, 1.0, 2.5, 1e9].map(|factor| closed.users(factor)), [0, 50, 125, 1_000_000]);
    assert_eq!([f64::NAN, -3.0].map(|factor| closed.users(factor)), [0, 0]);
    assert!(Closed { users: 2_000_000, ..closed }.check().is_err());
    let mean = (0..100_000).fold((Rng::new(1), 0.0), |(mut rng, sum), _| {
        let think = closed.think(&mut rng).as_secs_f64();
        (rng, sum + think)
    });
    assert!((mean.1 / 100_000.0 - 1.0).abs() < 0.02, "{}", mean.1);
}

#[test]
fn names_are_those_of_the_saved_form_and_usual_settings_are_in_range() {
    for kind in ArrivalsKind::ALL {
        assert!(kind.config().build().is_ok(), "{kind:?}");
        let saved = serde_json::to_string(kind).expect("a name");
        assert_eq!(saved, format!("\"{}\"", kind.name()));
        let text = serde_json::to_string(&kind.config()).expect("a config");
        let read: ArrivalsConfig = serde_json::from_str(&text).expect("what was written");
        assert_eq!(read, kind.config());
        assert!(!kind.help().is_empty());
    }
}

/// An algorithm whose file is there is in the list, or this fails.
#[cfg(not(target_arch = "wasm32"))]
#[test]
fn every_file_has_its_line_in_the_list() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/arrivals");
    let sources = std::fs::read_dir(folder).expect("the sources").map(|entry| entry.expect("a file").path());
    let files = sources.filter(|path| path.is_file() && !path.ends_with("mod.rs"));
    let algorithms = files
        .map(|path| std::fs::read_to_string(path).expect("text"))
        .filter(|text| text.contains("\nimpl Arrival for "));
    assert_eq!(algorithms.count(), ArrivalsKind::ALL.len());
}
