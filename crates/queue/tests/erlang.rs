//! Erlang's formulas against sums, closed forms of few servers, published tables, and a simulated line.

use base::Rng;
use proptest::prelude::*;
use queue::erlang::{Erlang, ErlangError, SERVERS_MAX};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn erlang(servers: u64, offered: f64) -> Erlang {
    Erlang::new(servers, offered).expect("a load")
}

fn close(measured: f64, expected: f64, relative: f64) -> bool {
    (measured - expected).abs() <= relative * expected.abs()
}

/// Oracle: the definition, a^n/n! over the sum of a^k/k!, as one sum of products.
fn by_sum(servers: u64, offered: f64) -> (f64, f64) {
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..=servers {
        term *= offered / k as f64;
        sum += term;
    }
    let waiting = term * servers as f64 / (servers as f64 - offered);
    (term / sum, waiting / (sum - term + waiting))
}

proptest! {
    #[test]
    fn equals_the_sums(servers in 1..100_u64, load in 0.01..0.99_f64) {
        let offered = load * servers as f64;
        let (blocking, waiting) = by_sum(servers, offered);
        let erlang = erlang(servers, offered);
        prop_assert!(close(erlang.blocking(), blocking, 1e-12), "{} for {}", erlang.blocking(), blocking);
        prop_assert!(close(erlang.waiting(), waiting, 1e-12), "{} for {}", erlang.waiting(), waiting);
        let wait = erlang.mean_wait().expect("below capacity");
        prop_assert!(close(wait, waiting / (servers as f64 - offered), 1e-12));
    }

    #[test]
    fn any_load_gives_probabilities(servers in 0..5_000_u64, bits: u64) {
        let offered = f64::from_bits(bits >> 1);
        match Erlang::new(servers, offered) {
            Err(error) => prop_assert!(matches!(error, ErlangError::Offered(_)) && !offered.is_finite()),
            Ok(erlang) => {
                prop_assert!((0.0..=1.0).contains(&erlang.blocking()) && (0.0..=1.0).contains(&erlang.waiting()), "{:?}", erlang);
                prop_assert!(erlang.blocking() <= erlang.waiting() || servers == 0, "who would be lost has to wait");
                prop_assert_eq!(erlang.mean_wait().is_some(), offered < servers as f64 || offered == 0.0);
            }
        }
    }
}

/// Closed forms of one and two servers.
#[test]
fn one_and_two_servers_are_textbook_fractions() {
    for offered in [1e-300, 1e-9, 0.1, 0.5, 0.9, 0.999_999] {
        let (one, two) = (erlang(1, offered), erlang(2, offered));
        assert!(
            close(one.blocking(), offered / (1.0 + offered), 1e-15) && close(one.waiting(), offered, 1e-15),
            "{offered}"
        );
        assert!(close(one.mean_wait().unwrap_or(0.0), offered / (1.0 - offered), 1e-15), "{offered}");
        assert!(close(two.waiting(), offered * offered / (2.0 + offered), 1e-15), "{offered}");
    }
}

/// The Erlang B table as printed in textbooks: servers, blocking, the load in erlangs, to the digits printed.
#[test]
fn the_published_table_is_met() {
    for (servers, blocking, offered, unit) in [
        (1, 0.01, 0.0101, 0.000_05),
        (2, 0.01, 0.153, 0.000_5),
        (5, 0.01, 1.36, 0.005),
        (10, 0.01, 4.46, 0.005),
        (20, 0.01, 12.0, 0.05),
        (50, 0.01, 37.9, 0.05),
        (100, 0.01, 84.1, 0.05),
        (10, 0.001, 3.09, 0.005),
        (10, 0.05, 6.22, 0.005),
        (20, 0.1, 17.6, 0.05),
    ] {
        let (less, more) = (erlang(servers, offered - unit).blocking(), erlang(servers, offered + unit).blocking());
        assert!(
            less < blocking && blocking < more,
            "{servers} servers, {offered} erlangs: {less} to {more}, table {blocking}"
        );
    }
}

/// Reckoned in fractions of unbounded whole numbers and rounded once.
#[test]
fn is_right_to_the_last_bit() {
    for (servers, offered, blocking, waiting, wait) in [
        (100, 50.0, 1.6303193524036487e-10, 3.2606387042757093e-10, 6.5212774085514186e-12),
        (200, 140.0, 3.3689250851424894e-07, 1.1229741456304837e-06, 1.871623576050806e-08),
    ] {
        let erlang = erlang(servers, offered);
        assert_eq!((erlang.blocking(), erlang.waiting(), erlang.mean_wait()), (blocking, waiting, Some(wait)));
    }
}

/// The asymptote at full load: B(n, n) -> sqrt(2 / (pi n)), and from above full load 1 - n / a.
#[test]
fn hundreds_of_thousands_of_servers_are_reckoned_with() {
    let n = 400_000;
    let at_capacity = erlang(n, n as f64);
    let asymptote = libm::sqrt(2.0 / (core::f64::consts::PI * n as f64));
    assert!(close(at_capacity.blocking(), asymptote, 2e-3), "{} for {asymptote}", at_capacity.blocking());
    assert_eq!((at_capacity.waiting(), at_capacity.mean_wait()), (1.0, None));
    let over = erlang(n, 2.0 * n as f64).blocking();
    assert!(close(over, 0.5, 1e-5), "{over}");
    assert_eq!(erlang(n, 1_000.0).blocking(), 0.0, "smaller than any float");
    let near = erlang(n, n as f64 - 600.0);
    assert!((0.1..0.9).contains(&near.waiting()), "the square-root rule: {} wait", near.waiting());
}

#[test]
fn the_ends_of_the_range_are_answered() {
    assert_eq!((erlang(0, 3.0).blocking(), erlang(0, 3.0).waiting(), erlang(0, 3.0).mean_wait()), (1.0, 1.0, None));
    assert_eq!(
        (erlang(7, 0.0).blocking(), erlang(7, 0.0).waiting(), erlang(7, 0.0).mean_wait()),
        (0.0, 0.0, Some(0.0))
    );
    assert_eq!(erlang(3, f64::MAX).blocking(), 1.0);
    assert_eq!(erlang(3, 5e-324).blocking(), 0.0);
    assert_eq!(Erlang::new(SERVERS_MAX + 1, 1.0), Err(ErlangError::Servers(SERVERS_MAX + 1)));
    for offered in [-1.0, f64::NAN, f64::INFINITY] {
        let error = Erlang::new(3, offered).expect_err("no load").to_string();
        assert!(error.contains("must be a number of at least 0"), "{error}");
    }
}

/// Oracle from the other side: a line that is really run (Lindley's recursion over the earliest free server).
#[test]
fn a_simulated_line_waits_as_long() {
    let (servers, offered, n) = (4_usize, 3.2, 400_000);
    let (mut rng, mut now, mut free, mut waited, mut waiting) = (Rng::new(8), 0.0, [0.0_f64; 4], 0.0, 0_u32);
    for _ in 0..n {
        now += rng.exponential() / offered;
        let first = (0..servers).min_by(|a, b| free[*a].total_cmp(&free[*b])).expect("four servers");
        let wait = (free[first] - now).clamp(0.0, f64::MAX);
        waiting += u32::from(wait > 0.0);
        waited += wait;
        free[first] = now + wait + rng.exponential();
    }
    let erlang = erlang(servers as u64, offered);
    let (share, mean) = (f64::from(waiting) / f64::from(n), waited / f64::from(n));
    assert!(close(share, erlang.waiting(), 0.03), "{share} wait, formula {}", erlang.waiting());
    let expected = erlang.mean_wait().expect("below capacity");
    assert!(close(mean, expected, 0.08), "mean wait {mean}, formula {expected}");
}
