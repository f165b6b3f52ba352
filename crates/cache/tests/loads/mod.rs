//! Loads to measure under.

use base::Rng;

/// Zipf ranks by bisection of the cumulated shares; slow, and nobody else's code.
pub fn zipf(exponent: f64, keys: u32) -> (Vec<f64>, impl FnMut(&mut Rng) -> u64) {
    let weights: Vec<f64> = (1..=keys).map(|rank| libm::pow(f64::from(rank), -exponent)).collect();
    let sum: f64 = weights.iter().sum();
    let shares: Vec<f64> = weights.iter().map(|weight| weight / sum).collect();
    let mut up_to = 0.0;
    let cumulated: Vec<f64> = shares
        .iter()
        .map(|share| {
            up_to += share;
            up_to
        })
        .collect();
    let pick = move |rng: &mut Rng| {
        let at = rng.unit();
        cumulated.partition_point(|end| *end <= at).min(keys as usize - 1) as u64
    };
    (shares, pick)
}
