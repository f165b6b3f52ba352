//! Numbers of twice the precision: an unevaluated sum of two floats, about 32 decimal digits.
//!
//! A long recursion in plain floats loses a digit now and then; in these, what is rounded to a float at the end is right in its last
//! bit. Additions and multiplications of floats only, in a fixed order and without fused operations: the same bits everywhere.
//! Values must stay below 2^900 or so, because splitting a float multiplies it by 2^27.
//!
//! Source: Dekker, "A floating-point technique for extending the available precision", 1971; Knuth's two-sum.

/// `high + low`, where `low` is below half a unit in the last place of `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wide {
    high: f64,
    low: f64,
}

impl From<f64> for Wide {
    fn from(value: f64) -> Wide {
        Wide { high: value, low: 0.0 }
    }
}

impl Wide {
    /// The number `high + low`, for constants; `low` must be below half a unit in the last place of `high`.
    pub(crate) const fn new(high: f64, low: f64) -> Wide {
        Wide { high, low }
    }

    /// `a + b`, exactly.
    #[must_use]
    pub fn sum(a: f64, b: f64) -> Wide {
        let high = a + b;
        let part = high - a;
        Wide { high, low: (a - (high - part)) + (b - part) }
    }

    /// The nearest float.
    #[must_use]
    pub fn rounded(self) -> f64 {
        self.high
    }

    /// The sum, to about 104 bits.
    #[must_use]
    pub fn plus(self, other: Wide) -> Wide {
        let sum = Wide::sum(self.high, other.high);
        Wide::sum(sum.high, sum.low + (self.low + other.low))
    }

    /// The product, to about 104 bits.
    #[must_use]
    pub fn times(self, other: Wide) -> Wide {
        let product = product(self.high, other.high);
        Wide::sum(product.high, product.low + (self.high * other.low + self.low * other.high))
    }

    /// The quotient, to about 104 bits: one of floats, corrected twice by what it leaves over. `other` is not 0.
    #[must_use]
    pub fn over(self, other: Wide) -> Wide {
        let first = self.high / other.high;
        let rest = self.plus(other.times(Wide::from(-first)));
        let second = rest.high / other.high;
        let rest = rest.plus(other.times(Wide::from(-second)));
        Wide::sum(first, second).plus(Wide::from(rest.high / other.high))
    }

    /// Times a power of two, exactly as long as nothing underflows.
    #[must_use]
    pub fn scaled(self, power: f64) -> Wide {
        Wide { high: self.high * power, low: self.low * power }
    }
}

/// `a × b`, exactly.
fn product(a: f64, b: f64) -> Wide {
    let high = a * b;
    let ((a_high, a_low), (b_high, b_low)) = (split(a), split(b));
    Wide { high, low: ((a_high * b_high - high) + a_high * b_low + a_low * b_high) + a_low * b_low }
}

/// The upper and the lower half of a float's digits.
fn split(value: f64) -> (f64, f64) {
    const HALF: f64 = ((1_u64 << 27) + 1) as f64;
    let large = HALF * value;
    let high = large - (large - value);
    (high, value - high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rng;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// Oracle: products of whole numbers in 128 bits, and the quotients that they undo.
    #[test]
    fn products_of_whole_numbers_are_exact_and_quotients_undo_them() {
        let mut rng = Rng::new(1);
        for _ in 0..10_000 {
            let (a, b) = (rng.next_u64() >> 12, (rng.next_u64() >> 12) + 1);
            let whole = Wide::from(a as f64).times(Wide::from(b as f64));
            assert_eq!(whole.high as u128 as i128 + whole.low as i128, i128::from(a) * i128::from(b), "{a} × {b}");
            assert_eq!(whole.over(Wide::from(b as f64)).rounded(), a as f64, "{a} × {b} / {b}");
        }
    }

    #[test]
    fn a_sum_keeps_what_a_float_would_lose() {
        let sum = Wide::sum(1e16, 1.0).plus(Wide::from(-1e16));
        let large = std::hint::black_box(1e16);
        assert_eq!((large + 1.0 - large, sum.rounded()), (0.0, 1.0));
    }
}
