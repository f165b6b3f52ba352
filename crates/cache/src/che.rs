//! Che's approximation: the hit ratio of an LRU cache from the popularities alone.
//!
//! A key stays in an LRU cache until as many *other* keys as fit have been asked for. Che, Tung and Wang (2002) replace that random
//! time by one constant, the characteristic time T, at which the expected number of different keys equals the capacity:
//!
//! ```text
//!   sum over i of (1 - exp(-p_i T))  =  capacity          T counted in requests
//!   hit ratio of key i               =  1 - exp(-p_i T)
//! ```
//!
//! The requests are independent draws from fixed popularities. Fricker, Robert and Roberts (2012) show why it is so accurate: for
//! Zipf popularities the error is well below one point already for small caches. Cost: about ten passes over the popularities.

/// Stop when a step of Newton's method changes the time by less than this share.
const PRECISION: f64 = 1e-12;

/// More than enough steps: the convergence is quadratic.
const STEPS: u32 = 200;

/// The expected hit ratio of an LRU cache of `capacity` entries under independent requests with these popularities.
///
/// They need not sum to one; a popularity that is negative or not a number counts as zero. A cache that holds every key ever asked
/// for hits always, and an empty one never.
///
/// ```
/// let zipf: Vec<f64> = (1..=10_000).map(|rank| 1.0 / f64::from(rank)).collect();
/// let ratio = cache::che_hit_ratio(&zipf, 100);
/// assert!((ratio - 0.391).abs() < 0.001, "one percent of the keys, {ratio:.3} of the traffic");
/// ```
#[must_use]
pub fn che_hit_ratio(popularities: &[f64], capacity: u64) -> f64 {
    let sum: f64 = popularities.iter().map(|p| clean(*p)).sum();
    if sum <= 0.0 || capacity == 0 {
        return 0.0;
    }
    let Some(time) = characteristic_time(popularities, capacity) else {
        return 1.0;
    };
    popularities.iter().map(|p| clean(*p) / sum).map(|p| p * -libm::expm1(-p * time)).sum()
}

/// The characteristic time T, in requests: how long an entry survives without being used. `None` if every key fits.
#[must_use]
pub fn characteristic_time(popularities: &[f64], capacity: u64) -> Option<f64> {
    let asked_for = popularities.iter().filter(|p| clean(**p) > 0.0).count() as u64;
    if asked_for <= capacity {
        return None;
    }
    let sum: f64 = popularities.iter().map(|p| clean(*p)).sum();
    // The expected number of different keys is concave in time, and at time `capacity` it is below `capacity`: from there
    // Newton's method climbs to the root without ever passing it.
    let mut time = capacity as f64;
    for _ in 0..STEPS {
        let (mut different, mut slope) = (0.0, 0.0);
        for p in popularities.iter().map(|p| clean(*p) / sum) {
            let unseen = libm::exp(-p * time);
            different += if p > 0.0 { 1.0 - unseen } else { 0.0 };
            slope += p * unseen;
        }
        let step = (capacity as f64 - different) / slope;
        if step.is_nan() || step <= time * PRECISION {
            break;
        }
        time += step;
    }
    Some(time)
}

fn clean(popularity: f64) -> f64 {
    if popularity > 0.0 && popularity.is_finite() { popularity } else { 0.0 }
}
