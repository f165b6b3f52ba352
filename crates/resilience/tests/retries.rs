//! Retries, budgets, deadlines and hedges against closed formulas, and what the study notes claim.

use base::{Rng, Span, Time};
use proptest::prelude::*;
use resilience::{
    Arrived, Backoff, BackoffConfig, Deadline, Hedge, HedgeConfig, Jitter, Reason, Retry, RetryBudget,
    RetryBudgetConfig, Verdict, theory,
};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const SECOND: Span = Span::from_secs(1);

fn config(jitter: Jitter) -> BackoffConfig {
    BackoffConfig { jitter, ..BackoffConfig::default() }
}

/// The waits of one operation that always fails.
fn waits(config: BackoffConfig, rng: &mut Rng) -> Vec<Span> {
    let mut backoff = Backoff::new(config).expect("the cap is above the base");
    core::iter::from_fn(|| backoff.next_wait(rng)).collect()
}

/// Notes: 5 "retries" are 5 calls with 4 waits of 1, 2, 4, 8 s; the 16 s of the table never come, nor does the cap of 60 s.
#[test]
fn five_attempts_wait_four_times() {
    let waits = waits(config(Jitter::None), &mut Rng::new(1));
    assert_eq!(waits, [1, 2, 4, 8].map(Span::from_secs));
    let after: Vec<u64> = waits
        .iter()
        .scan(0, |sum, wait| {
            *sum += wait.0 / SECOND.0;
            Some(*sum)
        })
        .collect();
    assert_eq!(after, [1, 3, 7, 15], "everybody who failed together comes back together");
}

/// Notes: with ±25% the tries come at 0.75–1.25, 2.25–3.75, 5.25–8.75 and 11.25–18.75 s; after the cap it exceeds the cap by a quarter.
#[test]
fn a_quarter_more_or_less_makes_windows_with_gaps_between() {
    let mut rng = Rng::new(1);
    let (mut least, mut most) = ([f64::MAX; 4], [0.0_f64; 4]);
    for _ in 0..20_000 {
        let mut at = 0.0;
        for (n, wait) in waits(config(Jitter::Around), &mut rng).iter().enumerate() {
            at += wait.as_secs_f64();
            (least[n], most[n]) = (least[n].clamp(0.0, at), most[n].clamp(at, f64::MAX));
        }
    }
    let windows = [(0.75, 1.25), (2.25, 3.75), (5.25, 8.75), (11.25, 18.75)];
    for (n, (from, to)) in windows.into_iter().enumerate() {
        assert!(least[n] >= from && most[n] <= to, "try {}: {} to {}", n + 2, least[n], most[n]);
    }
    assert!(most[0] < least[1] && most[1] < least[2] && most[2] < least[3], "the waves stay apart");
    let capped = BackoffConfig { cap: SECOND, attempts_max: 1_000, ..config(Jitter::Around) };
    let longest = waits(capped, &mut rng).into_iter().max().expect("many waits");
    assert!(longest > Span::from_millis(1_240), "{longest} under a cap of 1 s");
}

/// Notes 03, C26 and claim 55: the listing's base × 2^attempt + random(0, jitter) spreads every wait by as much, whatever its length. Here,
/// with the table's 1, 2, 4, 8 s and one base of luck, the tries come at 1–2, 3–5, 7–10 and 15–19 s: never early, and over the cap.
#[test]
fn luck_that_is_added_spreads_long_waits_no_wider_than_short_ones() {
    let mut rng = Rng::new(1);
    let config = BackoffConfig { attempts_max: 20, cap: Span::from_secs(64), ..config(Jitter::Additive) };
    let mut most = Span::ZERO;
    for _ in 0..5_000 {
        for (n, wait) in waits(config, &mut rng).into_iter().enumerate() {
            let plain = Span::from_secs(1 << n.min(6));
            assert!(wait >= plain && wait <= plain + SECOND, "wait {n}: {wait} around {plain}");
            most = most.max(wait);
        }
    }
    assert!(most > Span::from_millis(64_900), "{most} under a cap of 64 s");
}

/// Oracle: the means. Full d/2, equal 3d/4, around d, decorrelated 2 × 1.5^n - 1 bases, additive d and half a base.
#[test]
fn each_jitter_has_its_mean() {
    let n = 100_000;
    for jitter in Jitter::ALL {
        let (mut rng, mut sums) = (Rng::new(7), [0.0; 4]);
        let config = BackoffConfig { cap: Span::from_secs(100_000), ..config(*jitter) };
        for _ in 0..n {
            waits(config, &mut rng).iter().zip(&mut sums).for_each(|(wait, sum)| *sum += wait.as_secs_f64());
        }
        for (wait, sum) in sums.into_iter().enumerate() {
            let plain = f64::from(1 << wait);
            let expected = match jitter {
                Jitter::None | Jitter::Around => plain,
                Jitter::Full => plain / 2.0,
                Jitter::Equal => plain * 0.75,
                Jitter::Decorrelated => theory::decorrelated_mean(wait as u32 + 1),
                Jitter::Additive => plain + 0.5,
            };
            let mean = sum / f64::from(n);
            assert!((mean / expected - 1.0).abs() < 0.015, "{jitter:?}, wait {wait}: mean {mean}, expected {expected}");
        }
    }
}

/// What jitter is for: of 1,000 clients that fail together, how many come back within the fullest tenth of a second?
#[test]
fn jitter_breaks_up_the_wave() {
    let fullest = |jitter| {
        let (mut rng, mut tenths) = (Rng::new(3), vec![0_u32; 1_000]);
        for _ in 0..1_000 {
            let mut at = Span::ZERO;
            for wait in waits(config(jitter), &mut rng) {
                at = at + wait;
                tenths[(at.0 / 100_000_000) as usize] += 1;
            }
        }
        tenths.into_iter().max().expect("a thousand tenths")
    };
    let measured = Jitter::ALL.iter().map(|jitter| fullest(*jitter)).collect::<Vec<_>>();
    let [none, full, equal, decorrelated, around, additive] = measured[..] else { panic!("six kinds") };
    assert_eq!(none, 1_000);
    assert!(full < 200 && equal < 300 && decorrelated < 150 && around < 300 && additive < 150, "{measured:?}");
}

proptest! {
    #[test]
    fn no_wait_exceeds_the_cap_but_by_jitter_after_it(base: u64, cap: u64, attempts_max in 0..80_u32, seed: u64) {
        let (base, cap) = (Span(base.min(cap)), Span(base.max(cap)));
        for jitter in Jitter::ALL {
            let waits = waits(BackoffConfig { attempts_max, base, cap, jitter: *jitter }, &mut Rng::new(seed));
            prop_assert_eq!(waits.len(), attempts_max.max(1) as usize - 1, "one wait less than attempts");
            let most = match jitter {
                Jitter::Around => cap.scaled(1.25) + Span(1),
                Jitter::Additive => cap + base,
                _ => cap,
            };
            prop_assert!(waits.iter().all(|wait| *wait <= most), "{:?}: {:?} above {}", jitter, waits, most);
            if *jitter == Jitter::Decorrelated {
                prop_assert!(waits.iter().all(|wait| *wait >= base));
            }
        }
    }

    /// Law: retries <= reserve + percent / 100 × calls, in any order.
    #[test]
    fn retries_stay_within_their_budget(percent in 0..200_u32, reserve in 0..20_u32, is_call in prop::collection::vec(any::<bool>(), 0..400)) {
        let mut budget = RetryBudget::new(RetryBudgetConfig { percent, reserve });
        let (mut calls, mut retries) = (0_u64, 0_u64);
        for call in is_call {
            if call {
                budget.on_call();
                calls += 1;
            } else {
                retries += u64::from(budget.ask());
            }
            prop_assert!(retries * 100 <= u64::from(reserve) * 100 + u64::from(percent) * calls, "{} retries, {} calls", retries, calls);
        }
    }

    /// Nobody below has more time than somebody above.
    #[test]
    fn a_deadline_only_comes_nearer(timeouts in prop::collection::vec((0..2_000_u64, 0..100_u64, 0..300_u64), 1..10)) {
        let (mut now, mut deadline) = (Time::ZERO, Deadline::after(Time::ZERO, Span(1_000)));
        for (timeout, reserve, took) in timeouts {
            let Some(below) = deadline.for_call(now, Span(timeout), Span(reserve)) else { return Ok(()) };
            prop_assert!(below <= deadline && below.at() + Span(reserve) <= deadline.at() && below.left(now) <= Span(timeout));
            now += Span(took);
            deadline = below;
        }
    }
}

/// Calls that reach the bottom of a chain in which every service retries, for one at the top; the bottom always fails.
fn reach_bottom(depth: u32, budgets: &mut [RetryBudget], attempts: u32, now: Time, rng: &mut Rng) -> u64 {
    let Some(below) = depth.checked_sub(1) else { return 1 };
    let config = BackoffConfig { attempts_max: attempts, ..config(Jitter::Full) };
    let mut retry = Retry::new(config, Deadline::NEVER, &mut budgets[below as usize]).expect("a backoff");
    let mut calls = reach_bottom(below, budgets, attempts, now, rng);
    while let Verdict::RetryAfter(_) = retry.on_failure(now, &mut budgets[below as usize], rng) {
        calls += reach_bottom(below, budgets, attempts, now, rng);
    }
    calls
}

/// Notes: amplification with depth d and r attempts each is r^d; ×5 on one dead service.
#[test]
fn retries_multiply_along_a_chain() {
    for (attempts, depth) in [(5, 1), (3, 3), (5, 4)] {
        let endless = RetryBudget::new(RetryBudgetConfig { percent: 100_000, reserve: 1_000_000 });
        let calls = reach_bottom(depth, &mut vec![endless; depth as usize], attempts, Time::ZERO, &mut Rng::new(1));
        assert_eq!(calls as f64, theory::amplification(attempts, depth), "{attempts} attempts, {depth} deep");
    }
}

/// Law: with a budget of a fifth, a chain of three multiplies by 1.2³ and not by 5³.
#[test]
fn a_budget_bounds_what_a_chain_multiplies_by() {
    let mut budgets = vec![RetryBudget::new(RetryBudgetConfig { percent: 20, reserve: 10 }); 3];
    let (mut rng, n) = (Rng::new(1), 20_000_u64);
    let calls: u64 = (0..n).map(|_| reach_bottom(3, &mut budgets, 5, Time::ZERO, &mut rng)).sum();
    let factor = calls as f64 / n as f64;
    assert!((1.70..1.75).contains(&factor), "{factor}, expected 1.2³ = 1.728");
}

/// Oracle: (1 - p^n) / (1 - p).
#[test]
fn attempts_follow_the_formula() {
    let (mut rng, n) = (Rng::new(5), 200_000);
    for failing in [0.1, 0.5, 0.9] {
        let mut budget = RetryBudget::new(RetryBudgetConfig { percent: 1_000, reserve: 1_000 });
        let mut attempts = 0_u32;
        for _ in 0..n {
            let mut retry = Retry::new(config(Jitter::Full), Deadline::NEVER, &mut budget).expect("a backoff");
            attempts += 1;
            while rng.chance(failing)
                && matches!(retry.on_failure(Time::ZERO, &mut budget, &mut rng), Verdict::RetryAfter(_))
            {
                attempts += 1;
            }
        }
        let (measured, expected) = (f64::from(attempts) / f64::from(n), theory::expected_attempts(failing, 5));
        assert!((measured / expected - 1.0).abs() < 0.01, "p {failing}: {measured}, expected {expected}");
    }
}

/// Notes: without a deadline a dead host with a time-out of 5 s costs 5 × 5 + 15 = 40 s (36.25 to 43.75 with ±25%).
#[test]
fn a_deadline_ends_what_attempts_alone_would_prolong() {
    let mut rng = Rng::new(1);
    let mut took = |deadline: Deadline, jitter| {
        let mut budget = RetryBudget::new(RetryBudgetConfig::default());
        let mut retry = Retry::new(config(jitter), deadline, &mut budget).expect("a backoff");
        let mut now = Time::ZERO;
        loop {
            let call = deadline.for_call(now, Span::from_secs(5), Span::ZERO).expect("asked in time");
            now = call.at();
            match retry.on_failure(now, &mut budget, &mut rng) {
                Verdict::RetryAfter(wait) => now += wait,
                Verdict::GiveUp(reason) => return (now.as_secs_f64(), reason),
            }
        }
    };
    assert_eq!(took(Deadline::NEVER, Jitter::None), (40.0, Reason::Attempts));
    let (around, _) = took(Deadline::NEVER, Jitter::Around);
    assert!((36.25..=43.75).contains(&around), "{around}");
    assert_eq!(took(Deadline::after(Time::ZERO, Span::from_secs(12)), Jitter::None), (11.0, Reason::Deadline));
    assert_eq!(
        took(Deadline::after(Time::ZERO, Span::from_secs(8)), Jitter::None),
        (8.0, Reason::Deadline),
        "cut short in the call"
    );
}

#[test]
fn a_refused_retry_charges_nothing() {
    let mut budget = RetryBudget::new(RetryBudgetConfig { percent: 0, reserve: 1 });
    let mut rng = Rng::new(1);
    let mut late =
        Retry::new(config(Jitter::None), Deadline::after(Time::ZERO, SECOND), &mut budget).expect("a backoff");
    assert_eq!(late.on_failure(Time::ZERO, &mut budget, &mut rng), Verdict::GiveUp(Reason::Deadline));
    assert_eq!(budget.balance(), 1);
    let mut retry = Retry::new(config(Jitter::None), Deadline::NEVER, &mut budget).expect("a backoff");
    assert_eq!(retry.on_failure(Time::ZERO, &mut budget, &mut rng), Verdict::RetryAfter(SECOND));
    assert_eq!(retry.on_failure(Time::ZERO, &mut budget, &mut rng), Verdict::GiveUp(Reason::Budget));
}

#[test]
fn a_cap_below_the_base_is_refused() {
    let error =
        Backoff::new(BackoffConfig { cap: Span::from_millis(1), ..BackoffConfig::default() }).expect_err("too low");
    assert_eq!(error.to_string(), "`cap` is 1ms, but must be at least `base`, which is 1s");
}

/// Dean and Barroso's point. Oracle for exponential latencies of mean 1: hedged at `after`, P(slower than after + x) = e^-after × e^-x × e^-x;
/// the extra calls are P(slower than after) = e^-after.
#[test]
fn a_hedge_squares_the_tail_for_a_few_more_calls() {
    let (mut rng, n, after) = (Rng::new(9), 200_000, 3.0);
    let config = HedgeConfig { after: Span::from_nanos_f64(after * 1e9), hedges_max: 1 };
    let (mut calls, mut slow, mut slow_alone) = (0_u32, 0_u32, 0_u32);
    for _ in 0..n {
        let mut hedge = Hedge::new(config, Time::ZERO);
        let first = Time((rng.exponential() * 1e9) as u64);
        let mut answers = vec![first];
        let due = hedge.next_hedge().expect("one hedge is allowed");
        if first > due {
            assert!(hedge.hedge(due) && hedge.next_hedge().is_none());
            answers.push(due + Span((rng.exponential() * 1e9) as u64));
        }
        let answered = *answers.iter().min().expect("one answer at least");
        assert_eq!(hedge.on_reply(true), Arrived::First { under_way: answers.len() as u32 - 1 });
        calls += hedge.calls();
        slow += u32::from(answered.as_secs_f64() > after + 1.0);
        slow_alone += u32::from(first.as_secs_f64() > after + 1.0);
    }
    let share = |count: u32| f64::from(count) / f64::from(n);
    let extra = share(calls) - 1.0;
    assert!((extra - libm::exp(-after)).abs() < 0.003, "{extra} more calls, expected {}", libm::exp(-after));
    let (expected, alone) = (libm::exp(-after - 2.0), libm::exp(-after - 1.0));
    assert!((share(slow) / expected - 1.0).abs() < 0.1, "slow {}, expected {expected}", share(slow));
    assert!((share(slow_alone) / alone - 1.0).abs() < 0.1, "without hedges {}, expected {alone}", share(slow_alone));
}

#[test]
fn the_first_good_answer_counts_and_the_last_failure() {
    let config = HedgeConfig { after: Span(10), hedges_max: 2 };
    let mut hedge = Hedge::new(config, Time::ZERO);
    assert!(
        !hedge.hedge(Time(9))
            && hedge.hedge(Time(10))
            && !hedge.hedge(Time(19))
            && hedge.hedge(Time(20))
            && !hedge.hedge(Time(99))
    );
    assert_eq!(
        [hedge.on_reply(false), hedge.on_reply(true), hedge.on_reply(true)],
        [Arrived::FailedOthersUnderWay, Arrived::First { under_way: 1 }, Arrived::Late,]
    );
    let mut hedge = Hedge::new(config, Time::ZERO);
    assert_eq!((hedge.on_reply(false), hedge.on_reply(false)), (Arrived::FailedLast, Arrived::FailedLast));
}

/// Why a deadline travels as the time that is left: as a moment it is off by the difference of the clocks.
#[test]
fn a_deadline_as_time_left_does_not_mind_clocks_that_differ() {
    let (sender, ahead) = (Time::ZERO + Span::from_secs(100), Span::from_secs(2));
    let receiver = sender + ahead;
    let deadline = Deadline::after(sender, SECOND);
    assert!(deadline.is_over(receiver), "as a moment it is over on arrival");
    let received = Deadline::after(receiver, deadline.left(sender));
    assert!(!received.is_over(receiver) && received.is_over(receiver + SECOND), "as time left it is a second");
}
