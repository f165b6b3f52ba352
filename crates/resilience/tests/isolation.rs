//! Bulkheads against Erlang's formula, and idempotency keys in every order of steps.

use base::{Rng, Span, Time};
use proptest::collection::vec;
use proptest::prelude::*;
use queue::erlang::Erlang;
use resilience::bulkhead::{Bulkhead, BulkheadError, Compartment, Entry};
use resilience::idempotency::{Found, IdempotencyConfig, Ledger, Protocol, Request, Step};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

proptest! {
    /// Oracle: plain counts. No class ever holds more than its own.
    #[test]
    fn a_class_never_takes_the_places_of_another(steps in vec((0..3_u32, any::<bool>()), 0..300), sizes in vec((0..4_u32, 0..4_u32), 3)) {
        let sizes: Vec<Compartment> = sizes.into_iter().map(|(places, line_max)| Compartment { places, line_max }).collect();
        let (mut bulkhead, mut lines, mut under_way) = (Bulkhead::new(&sizes), vec![Vec::new(); 3], [0_u32; 3]);
        for (number, (class, enters)) in steps.into_iter().enumerate() {
            let at = class as usize;
            if enters {
                let entry = bulkhead.enter(class, number).expect("a class");
                let is_free = under_way[at] < sizes[at].places;
                let has_room = sizes[at].places > 0 && lines[at].len() < sizes[at].line_max as usize;
                prop_assert_eq!(entry, if is_free { Entry::In } else if has_room { Entry::Waits } else { Entry::Refused });
                match entry {
                    Entry::In => under_way[at] += 1,
                    Entry::Waits => lines[at].push(number),
                    Entry::Refused => {}
                }
            } else if under_way[at] == 0 {
                prop_assert_eq!(bulkhead.leave(class), Err(BulkheadError::Empty { class }));
            } else {
                let next = (!lines[at].is_empty()).then(|| lines[at].remove(0));
                prop_assert_eq!(bulkhead.leave(class), Ok(next));
                under_way[at] -= u32::from(next.is_none());
            }
            prop_assert_eq!(bulkhead.load(class), Ok((under_way[at], lines[at].len() as u32)));
        }
        prop_assert_eq!(bulkhead.enter(3, 0), Err(BulkheadError::Unknown { class: 3, classes: 3 }));
    }
}

proptest! {
    /// Oracle: the law itself, at every step of a compartment that is resized while calls come, go and give up waiting.
    #[test]
    fn a_resized_compartment_lets_in_as_many_as_it_holds_in_their_order(steps in vec((0..4_u8, 0..6_u32), 0..300)) {
        let mut bulkhead = Bulkhead::new(&[Compartment { places: 2, line_max: 3 }]);
        let (mut places, mut line, mut under_way) = (2, Vec::new(), 0_u32);
        for (number, (what, amount)) in steps.into_iter().enumerate() {
            let before = under_way;
            match what {
                0 => match bulkhead.enter(0, number)? {
                    Entry::In => under_way += 1,
                    Entry::Waits => line.push(number),
                    Entry::Refused => prop_assert!(under_way >= places),
                },
                1 if under_way > 0 => {
                    under_way -= 1;
                    if let Some(next) = bulkhead.leave(0)? {
                        prop_assert_eq!(next, line.remove(0));
                        under_way += 1;
                    }
                }
                2 => {
                    places = amount;
                    bulkhead.resize(0, Compartment { places, line_max: 3 })?;
                    while let Some(next) = bulkhead.next(0)? {
                        prop_assert_eq!(next, line.remove(0));
                        under_way += 1;
                    }
                    prop_assert!(line.is_empty() || under_way >= places, "{under_way} of {places}, and {line:?} wait");
                }
                _ => {
                    let gone = line.get(amount as usize).copied();
                    prop_assert_eq!(bulkhead.withdraw(0, &gone.unwrap_or(usize::MAX))?, gone.is_some());
                    line.retain(|waiting| Some(*waiting) != gone);
                }
            }
            prop_assert!(under_way <= places || under_way <= before, "{under_way} of {places}, {before} before");
            prop_assert_eq!(bulkhead.load(0)?, (under_way, line.len() as u32));
        }
    }
}

/// The share of calls refused by compartments of `places` each without a line, under Poisson calls of `offered` erlangs in all.
fn refused(compartments: u32, places: u32, offered: f64) -> f64 {
    let mut bulkhead = Bulkhead::new(&vec![Compartment { places, line_max: 0 }; compartments as usize]);
    let (mut rng, mut now, mut ends, mut lost, n) = (Rng::new(6), 0.0, Vec::<(f64, u32)>::new(), 0_u32, 200_000);
    for _ in 0..n {
        now += rng.exponential() / offered;
        let (over, under_way): (Vec<_>, Vec<_>) = ends.into_iter().partition(|(end, _)| *end <= now);
        ends = under_way;
        over.into_iter().for_each(|(_, class)| assert_eq!(bulkhead.leave(class), Ok(None)));
        let class = rng.below(u64::from(compartments)) as u32;
        match bulkhead.enter(class, ()).expect("a class") {
            Entry::In => ends.push((now + rng.exponential(), class)),
            _ => lost += 1,
        }
    }
    f64::from(lost) / f64::from(n)
}

/// Oracle: Erlang B, once for eight shared places and once for four of one's own at half the load. Isolation costs admissions.
#[test]
fn a_bulkhead_refuses_what_erlang_says() {
    for (compartments, places, offered) in [(1, 8, 5.0), (2, 4, 5.0)] {
        let expected = Erlang::new(u64::from(places), offered / f64::from(compartments)).expect("a load").blocking();
        let measured = refused(compartments, places, offered);
        assert!(
            (measured / expected - 1.0).abs() < 0.05,
            "{compartments} of {places}: {measured}, Erlang B {expected}"
        );
    }
}

/// A dependency that hangs takes all the places of a shared pool, and only its own of a bulkhead.
#[test]
fn a_class_that_hangs_sinks_alone() {
    let serve_fast = |mut pool: Bulkhead<()>, fast: u32| {
        (0..100).for_each(|_| assert!(pool.enter(0, ()).is_ok(), "the slow ones come, and never leave"));
        (0..1_000).filter(|_| pool.enter(fast, ()) == Ok(Entry::In) && pool.leave(fast).is_ok()).count()
    };
    assert_eq!(serve_fast(Bulkhead::new(&[Compartment { places: 8, line_max: 0 }]), 0), 0, "shared");
    assert_eq!(serve_fast(Bulkhead::new(&[Compartment { places: 4, line_max: 0 }; 2]), 1), 1_000, "apart");
}

fn config(protocol: Protocol) -> IdempotencyConfig {
    IdempotencyConfig { protocol, ..IdempotencyConfig::default() }
}

/// Does the next thing of a request; charging gives the number of the charge. False when there is nothing more to do.
fn step(request: &mut Request, ledger: &mut Ledger, charges: &mut u64, now: Time) -> bool {
    match request.step() {
        Step::AskLedger | Step::Store => request.on_ledger(ledger, now),
        Step::Act => {
            *charges += 1;
            request.on_result(ledger, Some(*charges));
        }
        Step::Answer(_) | Step::Conflict(_) | Step::Mismatch | Step::Failed => return false,
    }
    true
}

/// Oracle for races: every order of the steps. Gives the most charges, and whether two answers ever differed.
fn every_order(requests: &[Request], ledger: &Ledger, charges: u64) -> (u64, bool) {
    let (mut most, mut differ, mut is_end) = (charges, false, true);
    for next in 0..requests.len() {
        let (mut requests, mut ledger, mut charges) = (requests.to_vec(), ledger.clone(), charges);
        if step(&mut requests[next], &mut ledger, &mut charges, Time::ZERO) {
            is_end = false;
            let (charged, differed) = every_order(&requests, &ledger, charges);
            (most, differ) = (most.max(charged), differ || differed);
        }
    }
    if is_end {
        let answers: Vec<u64> = requests
            .iter()
            .filter_map(|request| if let Step::Answer(result) = request.step() { Some(result) } else { None })
            .collect();
        differ = answers.windows(2).any(|pair| pair[0] != pair[1]);
    }
    (most, differ)
}

/// Notes: two requests with one key within the second that the charge takes are charged twice; none with an atomic reserve.
#[test]
fn two_at_once_are_charged_twice_by_looking_first_and_once_by_reserving() {
    let at_once = |protocol, n: usize| every_order(&vec![Request::new(config(protocol), 7, 1); n], &Ledger::new(), 0);
    assert_eq!(at_once(Protocol::CheckThenAct, 2), (2, true), "charges, and two different answers to one key");
    assert_eq!(at_once(Protocol::CheckThenAct, 3), (3, true));
    assert_eq!(at_once(Protocol::Reserve, 2), (1, false));
    assert_eq!(at_once(Protocol::Reserve, 3), (1, false));
}

/// Notes: one after the other, the same key gives the same payment, by either protocol; until the record's day is over.
#[test]
fn one_after_the_other_is_charged_once_for_as_long_as_it_is_remembered() {
    for protocol in [Protocol::CheckThenAct, Protocol::Reserve] {
        let (mut ledger, mut charges) = (Ledger::new(), 0);
        let mut ask = |now: Time, ledger: &mut Ledger| {
            let mut request = Request::new(config(protocol), 7, 1);
            while step(&mut request, ledger, &mut charges, now) {}
            request.step()
        };
        let day = Time::ZERO + Span::from_secs(86_400);
        assert_eq!(
            [ask(Time::ZERO, &mut ledger), ask(day - Span(1), &mut ledger)],
            [Step::Answer(1); 2],
            "{protocol:?}"
        );
        assert_eq!(
            ask(day, &mut ledger),
            Step::Answer(2),
            "{protocol:?}: a retry after the record is gone charges again"
        );
        ledger.expire(day + Span::from_secs(86_400));
        assert_eq!(ledger.records(), 0);
    }
}

/// Notes: a crash between charge and store, and the retry charges again. A reservation cannot prevent it: it delays it by its lease.
#[test]
fn a_crash_between_charge_and_store_is_charged_again() {
    for (protocol, at_once) in [(Protocol::CheckThenAct, 2), (Protocol::Reserve, 1)] {
        let (mut ledger, mut charges) = (Ledger::new(), 0);
        let mut dies = Request::new(config(protocol), 7, 1);
        assert!(
            step(&mut dies, &mut ledger, &mut charges, Time::ZERO)
                && step(&mut dies, &mut ledger, &mut charges, Time::ZERO)
        );
        let mut retry = Request::new(config(protocol), 7, 1);
        while step(&mut retry, &mut ledger, &mut charges, Time::ZERO) {}
        assert_eq!(charges, at_once, "{protocol:?}, at once");
        let lease_over = Time::ZERO + Span::from_secs(60);
        let mut later = Request::new(config(protocol), 7, 1);
        while step(&mut later, &mut ledger, &mut charges, lease_over) {}
        assert_eq!((charges, matches!(later.step(), Step::Answer(_))), (2, true), "{protocol:?}, after the lease");
    }
}

/// A holder that was taken for dead and is not must not overwrite the result that others have been given.
#[test]
fn a_late_holder_does_not_overwrite() {
    let (mut ledger, key, lease) = (Ledger::new(), 7, Span::from_secs(1));
    let Found::Absent { ticket: slow } = ledger.reserve(Time::ZERO, key, 1, lease) else { panic!("free") };
    let later = Time::ZERO + lease;
    let Found::Absent { ticket } = ledger.reserve(later, key, 1, lease) else { panic!("the lease is over") };
    assert!(ledger.store(later, key, 1, ticket, 2, Span::MAX) && !ledger.store(later, key, 1, slow, 1, Span::MAX));
    ledger.release(key, slow);
    assert_eq!(ledger.look_up(later, key, 1), Found::Done { result: 2 });
}

/// Notes: a key that is not bound to its payload gives the old result for another amount.
#[test]
fn a_key_belongs_to_its_payload() {
    let (mut ledger, mut charges) = (Ledger::new(), 0);
    let mut first = Request::new(config(Protocol::Reserve), 7, 9_999);
    while step(&mut first, &mut ledger, &mut charges, Time::ZERO) {}
    let mut other = Request::new(config(Protocol::Reserve), 7, 1_000);
    while step(&mut other, &mut ledger, &mut charges, Time::ZERO) {}
    assert_eq!((other.step(), charges), (Step::Mismatch, 1));
}

#[test]
fn a_failure_frees_the_key_and_a_second_one_waits_for_the_first() {
    let mut ledger = Ledger::new();
    let mut first = Request::new(config(Protocol::Reserve), 7, 1);
    first.on_ledger(&mut ledger, Time::ZERO);
    let mut second = Request::new(config(Protocol::Reserve), 7, 1);
    second.on_ledger(&mut ledger, Time::ZERO);
    assert_eq!(second.step(), Step::Conflict(Time::ZERO + Span::from_secs(60)));
    first.on_result(&mut ledger, None);
    assert_eq!((first.step(), ledger.records()), (Step::Failed, 0));
    let mut third = Request::new(config(Protocol::Reserve), 7, 1);
    third.on_ledger(&mut ledger, Time::ZERO);
    assert_eq!(third.step(), Step::Act);
}
