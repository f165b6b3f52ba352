//! The natural logarithm, rounded to the nearest number: what every careful library gives, to the last digit.
//!
//! ```text
//!   x = m · 2^e with m near 1        ln x = e · ln 2 + 2 · (s + s³/3 + s⁵/5 + …)        s = (m - 1) / (m + 1)
//! ```
//!
//! The rule: everything is worked out in numbers of twice the precision ([`Wide`]) and rounded once at the end. Scores are compared and published, and a last digit that differs looks like another formula;
//! [`libm::log`] is wrong in it once in thirty times. About a microsecond: for what is published or
//! compared, not for a hot path.

use crate::wide::Wide;

/// ln 2.
const LN_2: Wide = Wide::new(core::f64::consts::LN_2, 2.319_046_813_846_299_6e-17);

/// Terms of the series: the square of s is below 0.03, and 0.03^22 below 2^-110.
const TERMS: u32 = 22;

/// The natural logarithm of a positive number, rounded to the nearest; of anything else what [`libm::log`] says: minus infinity of 0,
/// NaN of what is negative. About a microsecond; [`libm::log`] is a hundred times faster and now and then wrong in its last bit.
#[must_use]
pub fn logarithm(x: f64) -> f64 {
    if !x.is_normal() || x < 0.0 {
        return libm::log(x);
    }
    let (mut mantissa, mut exponent) = libm::frexp(x);
    if mantissa < core::f64::consts::FRAC_1_SQRT_2 {
        (mantissa, exponent) = (mantissa * 2.0, exponent - 1);
    }
    let s = Wide::from(mantissa - 1.0).over(Wide::sum(mantissa, 1.0));
    let square = s.times(s);
    let (mut power, mut sum) = (s, s);
    for term in 1..TERMS {
        power = power.times(square);
        sum = sum.plus(power.over(Wide::from(f64::from(2 * term + 1))));
    }
    let whole = LN_2.times(Wide::from(f64::from(exponent))).plus(sum.times(Wide::from(2.0)));
    whole.rounded()
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// Oracle: Python's `decimal` with 60 digits, rounded once; among them numbers at which `libm::log` is off by one place.
    #[test]
    fn logarithms_are_rounded_to_the_nearest() {
        for (x, expected) in CASES {
            assert_eq!(logarithm(x), expected, "of {x}");
        }
        assert!(
            logarithm(-1.0).is_nan()
                && logarithm(0.0) == f64::NEG_INFINITY
                && logarithm(f64::INFINITY) == f64::INFINITY
        );
    }

    #[allow(clippy::approx_constant, reason = "the oracle writes out what it says")]
    const CASES: [(f64, f64); 19] = [
        (1.0, 0.0),
        (2.0, 0.6931471805599453),
        (3.0, 1.0986122886681098),
        (0.5, -0.6931471805599453),
        (10.0, 2.302585092994046),
        (1.5, 0.4054651081081644),
        (1e+300, 690.7755278982137),
        (1e-300, -690.7755278982137),
        (0.1, -2.3025850929940455),
        (1.0000000000000002, 2.2204460492503128e-16),
        (0.9999999999999999, -1.1102230246251565e-16),
        (123456.789, 11.723646487185881),
        (20.666666666666668, 3.028522096376982),
        (4.769230769230769, 1.5621850275835547),
        (3.263157894736842, 1.1826954058786512),
        (1.878787878787879, 0.6306268235786113),
        (1.169811320754717, 0.15684247149296968),
        (1.0508474576271187, 0.049596941139372186),
        (286.0, 5.655991810819852),
    ];
}
