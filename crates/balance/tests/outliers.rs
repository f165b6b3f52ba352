//! Outlier ejection: laws, and the member that fails fast.

use balance::{Balance, Candidates, Change, LeastConnections, Outliers, OutliersConfig};
use base::{Rng, Span, Time};
use proptest::collection::vec;
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn config(percent_max: u32) -> OutliersConfig {
    OutliersConfig { percent_max, ..OutliersConfig::default() }
}

fn secs(n: u64) -> Time {
    Time::ZERO + Span::from_secs(n)
}

proptest! {
    /// Laws: never more out than allowed; who is out comes back when its time is over, and not before; changes are told once.
    #[test]
    fn never_more_are_out_than_allowed(
        members in 0..30_usize,
        percent_max in 0..120_u32,
        steps in vec((0..40_usize, any::<bool>(), 0..20_u64), 0..400),
    ) {
        let settings = OutliersConfig { failures: 2, base: Span(30), longest: Span(80), interval: Span(50), requests_min: 2, ..config(percent_max) };
        let (mut outliers, mut now, mut expected) = (Outliers::new(members, settings), Time::ZERO, vec![true; members]);
        let most = (members * percent_max.min(100) as usize / 100).max(1);
        for (member, ok, step) in steps {
            now += Span(step);
            for (index, change) in outliers.on_time(now) {
                prop_assert_ne!(expected[index], change == Change::Up);
                expected[index] = change == Change::Up;
            }
            if outliers.on_response(member, ok, now).is_some() {
                expected[member] = false;
            }
            prop_assert_eq!(outliers.healthy(), &expected[..]);
            prop_assert!(expected.iter().filter(|is_in| !**is_in).count() <= most);
            prop_assert!(outliers.next_time() > now);
        }
    }
}

#[test]
fn five_failures_in_a_row_are_out_for_thirty_seconds_and_then_for_longer() {
    let mut outliers = Outliers::new(10, config(10));
    let fail =
        |outliers: &mut Outliers, now| (0..5).filter_map(|_| outliers.on_response(3, false, now)).collect::<Vec<_>>();
    assert_eq!(fail(&mut outliers, secs(1)), [Change::Down]);
    assert_eq!((outliers.on_time(secs(31) - Span(1)), outliers.on_time(secs(31))), (vec![], vec![(3, Change::Up)]));
    assert_eq!(fail(&mut outliers, secs(32)), [Change::Down]);
    assert_eq!((outliers.on_time(secs(91)), outliers.on_time(secs(92))), (vec![], vec![(3, Change::Up)]), "60 s now");
}

/// An illness of all is the illness of something behind them: the pool is not emptied.
#[test]
fn when_all_fail_only_so_many_are_out() {
    let mut outliers = Outliers::new(20, config(10));
    (0..100).for_each(|n| {
        outliers.on_response(n % 20, false, secs(1));
    });
    assert_eq!(outliers.healthy().iter().filter(|is_in| !**is_in).count(), 2, "a tenth of twenty");
}

/// What failures in a row do not see: a member that fails 30% at random while the others fail 1%.
#[test]
fn a_rate_far_below_the_mean_is_an_outlier() {
    let mut outliers = Outliers::new(10, OutliersConfig { failures: 1_000, ..config(10) });
    let mut rng = Rng::new(1);
    for member in (0..10).cycle().take(5_000) {
        let failing = if member == 4 { 0.3 } else { 0.01 };
        outliers.on_response(member, !rng.chance(failing), secs(5));
    }
    assert_eq!((outliers.on_time(secs(9)), outliers.on_time(secs(10))), (vec![], vec![(4, Change::Down)]));
    let few = {
        let mut outliers = Outliers::new(10, OutliersConfig { failures: 1_000, ..config(10) });
        (0..50).for_each(|n| {
            outliers.on_response(n % 10, n % 10 != 4, secs(5));
        });
        outliers.on_time(secs(10))
    };
    assert_eq!(few, [], "too few requests to judge");
}

/// Least connections sends everything to whoever fails at once; ejection ends it after five failures.
#[test]
fn ejection_cures_what_attracts_by_failing_fast() {
    let failures = |ejects: bool| {
        let mut outliers = Outliers::new(4, config(25));
        let (mut balancer, mut outstanding, mut rng, mut failed) =
            (LeastConnections::default(), [0_u32; 4], Rng::new(1), 0);
        for n in 0..1_000_u64 {
            let now = secs(1) + Span::from_millis(n);
            let healthy = if ejects { outliers.healthy().to_vec() } else { vec![true; 4] };
            let member = balancer.pick(&Candidates::new(&healthy, &outstanding), 0, &mut rng).expect("healthy");
            if member == 0 {
                failed += 1;
                outliers.on_response(0, false, now);
            } else {
                // The good ones work on ten at a time each and never get done within this second.
                outstanding[member] = (outstanding[member] + 1).min(10);
                outliers.on_response(member, true, now);
            }
        }
        failed
    };
    let (without, with) = (failures(false), failures(true));
    assert!(without > 900 && with == 5, "of 1000 calls failed: {without} without ejection, {with} with it");
}
