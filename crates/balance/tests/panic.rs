//! The panic threshold against its definition, and what it is for: a pool that does not fall one by one.

use balance::Panic;
use proptest::collection::vec;
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

proptest! {
    /// Oracle: the share in whole numbers. All or exactly the healthy, whatever was asked before.
    #[test]
    fn everybody_or_the_healthy_by_the_share(pools in vec(vec(any::<bool>(), 0..30), 1..10), threshold in 0..150_u32) {
        let mut panic = Panic::new(threshold);
        for healthy in pools {
            let share = healthy.iter().map(|healthy| u64::from(*healthy) * 100).sum::<u64>();
            let is_on = share < u64::from(threshold.min(100)) * healthy.len() as u64;
            let expected = if is_on { vec![true; healthy.len()] } else { healthy.clone() };
            prop_assert_eq!(panic.candidates(&healthy), expected);
            prop_assert_eq!(panic.is_on(), is_on);
        }
    }
}

#[test]
fn a_threshold_of_zero_never_panics_and_of_a_hundred_at_the_first_illness() {
    assert_eq!(Panic::new(0).candidates(&[false; 3]), [false; 3], "nobody: the caller refuses");
    assert_eq!(Panic::new(100).candidates(&[true, true, false]), [true; 3]);
    assert_eq!(Panic::new(100).candidates(&[]), [false; 0]);
}

/// Ten members that carry 100 each, 600 to carry, and a member that is given more than it carries falls. Four fall ill for a reason of
/// their own. Without panic the six left carry all of it and stay; a fifth illness and the rest falls at once, and nobody is left. With
/// panic the five that are well are not given more than a tenth each: half is answered.
#[test]
fn a_pool_that_panics_answers_a_part_where_the_other_falls_whole() {
    let answered = |threshold, ill: usize| {
        let mut panic = Panic::new(threshold);
        let mut healthy: Vec<bool> = (0..10).map(|member| member >= ill).collect();
        for _ in 0..10 {
            let before = healthy.clone();
            let candidates = panic.candidates(&before);
            let count = candidates.iter().filter(|candidate| **candidate).count().max(1);
            let is_too_much = 600 / count > 100;
            healthy.iter_mut().for_each(|healthy| *healthy &= !is_too_much);
        }
        let candidates = panic.candidates(&healthy).to_vec();
        let given = candidates.iter().filter(|candidate| **candidate).count();
        let good = candidates.iter().zip(&healthy).filter(|(candidate, healthy)| **candidate && **healthy).count();
        (600 * good).checked_div(given).unwrap_or(0)
    };
    assert_eq!([answered(0, 4), answered(60, 4)], [600, 600]);
    assert_eq!([answered(0, 5), answered(60, 5)], [0, 300], "of 600, without and with a threshold of 60%");
}
