//! Numbers of twice the precision: an unevaluated sum of two floats, about 32 decimal digits.
//!
//! A long recursion in plain floats loses a digit now and then; in these, what is rounded to a float at the end is right in its last
//! bit. Additions and multiplications of floats only, in a fixed order and without fused operations: the same bits everywhere.
//! Values must stay below 2^900 or so, because splitting a float multiplies it by 2^27.
//!
//! Source: Dekker, "A floating-point technique for extending the available precision", 1971; Knuth's two-sum.

/// `high + low`, where `low` is below half a unit in the last place of `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Wide {
    pub(crate) high: f64,
    low: f64,
}

impl From<f64> for Wide {
    fn from(value: f64) -> Wide {
        Wide { high: value, low: 0.0 }
    }
}

impl Wide {
    /// a - b, exactly.
    pub(crate) fn difference(a: f64, b: f64) -> Wide {
        two_sum(a, -b)
    }

    pub(crate) fn plus(self, other: f64) -> Wide {
        let sum = two_sum(self.high, other);
        quick_two_sum(sum.high, sum.low + self.low)
    }

    pub(crate) fn times(self, other: Wide) -> Wide {
        let product = two_product(self.high, other.high);
        quick_two_sum(product.high, product.low + (self.high * other.low + self.low * other.high))
    }

    /// One over it; it is not 0. A quotient of floats, corrected once by what it leaves over.
    pub(crate) fn inverse(self) -> Wide {
        let guess = 1.0 / self.high;
        let rest = self.times(Wide::from(-guess)).plus(1.0);
        let next = guess * rest.high;
        let rest = rest.plus_wide(self.times(Wide::from(-next)));
        quick_two_sum(guess, next).plus(guess * rest.high)
    }

    /// Times a power of two, exactly as long as nothing underflows.
    pub(crate) fn scaled(self, power: f64) -> Wide {
        Wide { high: self.high * power, low: self.low * power }
    }

    fn plus_wide(self, other: Wide) -> Wide {
        self.plus(other.high).plus(other.low)
    }
}

/// a + b, exactly.
fn two_sum(a: f64, b: f64) -> Wide {
    let high = a + b;
    let part = high - a;
    Wide { high, low: (a - (high - part)) + (b - part) }
}

/// a + b, exactly, where a is the larger.
fn quick_two_sum(a: f64, b: f64) -> Wide {
    let high = a + b;
    Wide { high, low: b - (high - a) }
}

/// a × b, exactly.
fn two_product(a: f64, b: f64) -> Wide {
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
