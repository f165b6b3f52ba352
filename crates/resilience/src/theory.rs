//! What retries and breakers do on average, in closed form: what the mechanisms are checked against.

/// Calls that reach the bottom of a chain of `depth` services for one at its top when every call fails and every service makes
/// `attempts` calls: attempts^depth.
///
/// ```
/// assert_eq!(resilience::theory::amplification(3, 4), 81.0);
/// ```
#[must_use]
pub fn amplification(attempts: u32, depth: u32) -> f64 {
    libm::pow(f64::from(attempts), f64::from(depth))
}

/// Calls made on average when each fails with probability `failing` (0 to 1) and at most `attempts` are made:
/// (1 - p^n) / (1 - p).
#[must_use]
pub fn expected_attempts(failing: f64, attempts: u32) -> f64 {
    let rest = 1.0 - failing;
    if rest <= 0.0 {
        return f64::from(attempts);
    }
    (1.0 - libm::pow(failing, f64::from(attempts))) / rest
}

/// Calls on average until `run` failures come in a row for the first time, when each call fails with probability `failing`:
/// (1 - e^k) / (e^k (1 - e)). This is when a breaker that counts consecutive failures opens.
///
/// ```
/// // Three in a row at 10% errors: once in 1,110 calls.
/// assert!((resilience::theory::calls_until_run(0.1, 3) - 1_110.0).abs() < 1e-6);
/// ```
#[must_use]
pub fn calls_until_run(failing: f64, run: u32) -> f64 {
    if failing >= 1.0 {
        return f64::from(run);
    }
    let all = libm::pow(failing, f64::from(run));
    (1.0 - all) / (all * (1.0 - failing))
}

/// The mean of the `n`-th wait (from 1) with decorrelated jitter and no cap, in bases: 2 × 1.5^n - 1.
#[must_use]
pub fn decorrelated_mean(n: u32) -> f64 {
    2.0 * libm::pow(1.5, f64::from(n)) - 1.0
}
