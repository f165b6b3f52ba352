//! Health checks against a model that looks the whole history up.

use balance::{Change, Health, HealthConfig};
use proptest::collection::vec;
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The state after `probes`, from nothing but the outcomes since the last change.
fn looked_up(probes: &[bool], fall: usize, rise: usize) -> bool {
    let (mut healthy, mut since) = (true, 0);
    for end in 1..=probes.len() {
        let needed = if healthy { fall } else { rise };
        if end - since >= needed && probes[end - needed..end].iter().all(|ok| *ok != healthy) {
            (healthy, since) = (!healthy, end);
        }
    }
    healthy
}

proptest! {
    #[test]
    fn changes_after_exactly_the_run_of_probes_that_it_takes(probes in vec(any::<bool>(), 0..60), fall in 1..5_u32, rise in 1..5_u32) {
        let mut health = Health::new(3, HealthConfig { fall, rise, ejects_after: None });
        let mut was = true;
        for end in 1..=probes.len() {
            let change = health.on_probe(1, probes[end - 1]);
            let is = looked_up(&probes[..end], fall as usize, rise as usize);
            let expected = (was != is).then_some(if is { Change::Up } else { Change::Down });
            prop_assert_eq!(change, expected, "after {:?}", &probes[..end]);
            prop_assert_eq!(health.healthy(), [true, is, true]);
            was = is;
        }
    }
}

#[test]
fn a_single_lost_probe_takes_nobody_out() {
    let mut health = Health::new(1, HealthConfig::default());
    for _ in 0..100 {
        assert_eq!([health.on_probe(0, false), health.on_probe(0, false), health.on_probe(0, true)], [None; 3]);
    }
    assert_eq!(health.progress(0), Some((0, 3)));
}

#[test]
fn failed_requests_eject_and_only_probes_bring_back() {
    let mut health = Health::new(2, HealthConfig { fall: 3, rise: 2, ejects_after: Some(2) });
    assert_eq!([health.on_reply(1, false), health.on_reply(1, true), health.on_reply(1, false)], [None; 3]);
    assert_eq!(health.on_reply(1, false), Some(Change::Down));
    assert_eq!(
        [health.on_reply(1, true), health.on_reply(1, false), health.on_reply(1, false)],
        [None; 3],
        "late answers"
    );
    assert_eq!([health.on_probe(1, true), health.on_probe(1, true)], [None, Some(Change::Up)]);
    assert_eq!(health.on_reply(1, false), None, "the count began anew");
}

#[test]
fn an_unknown_member_is_ignored() {
    let mut health = Health::new(1, HealthConfig { ejects_after: Some(1), ..HealthConfig::default() });
    assert_eq!([health.on_probe(1, false), health.on_reply(9, false)], [None; 2]);
    assert_eq!(health.progress(1), None);
}

#[test]
fn thresholds_of_zero_count_as_one() {
    let mut health = Health::new(1, HealthConfig { fall: 0, rise: 0, ejects_after: Some(0) });
    assert_eq!([health.on_probe(0, false), health.on_probe(0, true)], [Some(Change::Down), Some(Change::Up)]);
    assert_eq!(health.on_reply(0, false), Some(Change::Down));
}
