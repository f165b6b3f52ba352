//! Random streams: xoshiro256++ (Blackman and Vigna, 2019), seeded by SplitMix64 (Steele, Lea and Flood, 2014).
//!
//! The generator is written here rather than taken from a crate, because its values are part of every shared link: a changed
//! number would change every run. A stream is derived from a seed and a stable path, never from another stream's state, so that
//! adding a box changes no other box's luck. Period 2^256 - 1; 32 bytes of state; about 1 ns a draw.

use crate::hash::{mix, stable_hash_u64};

/// One stream of random numbers. Cloning it repeats it from here on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// The stream of `seed` itself.
    #[must_use]
    pub fn new(seed: u64) -> Rng {
        let mut z = seed;
        let state = core::array::from_fn(|_| {
            z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
            mix(z)
        });
        Rng { state }
    }

    /// The stream at `path` under `seed`: equal paths give equal streams, different paths unrelated ones.
    #[must_use]
    pub fn stream(seed: u64, path: &[u64]) -> Rng {
        Rng::new(path.iter().fold(stable_hash_u64(seed), |hash, part| stable_hash_u64(hash ^ stable_hash_u64(*part))))
    }

    /// The next 64 random bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let shifted = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= shifted;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform in [0, 1), 53 random bits.
    #[inline]
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform in (0, 1): safe to take the logarithm of.
    #[inline]
    pub fn unit_open(&mut self) -> f64 {
        ((self.next_u64() >> 11) as f64 + 0.5) * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform in 0..`bound` without bias (Lemire, 2019, multiply and reject). `bound` 0 gives 0.
    #[inline]
    pub fn below(&mut self, bound: u64) -> u64 {
        let (mut high, mut low) = wide_product(self.next_u64(), bound);
        if low < bound {
            let threshold = bound.wrapping_neg() % bound;
            while low < threshold {
                (high, low) = wide_product(self.next_u64(), bound);
            }
        }
        high
    }

    /// True with probability `p`; a `p` at or below 0 is never, at or above 1 always.
    #[inline]
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Exponential with mean 1, by the ziggurat.
    #[inline(always)]
    pub fn exponential(&mut self) -> f64 {
        crate::ziggurat::exponential(self)
    }

    /// Normal with mean 0 and deviation 1 (Box and Muller, 1958; one of the pair, so that a draw keeps no hidden state).
    pub fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(self.unit_open()));
        radius * libm::cos(core::f64::consts::TAU * self.unit())
    }

    /// Fisher-Yates shuffle of `items`.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last as u64 + 1) as usize;
            items.swap(last, other);
        }
    }
}

/// The upper and the lower half of a product. A factor of 32 bits, which nearly every bound is, needs no product of 128, for which
/// WASM has to call a function.
#[inline]
fn wide_product(word: u64, factor: u64) -> (u64, u64) {
    if factor >> 32 == 0 {
        let carried = ((word & 0xFFFF_FFFF) * factor) >> 32;
        return (((word >> 32) * factor + carried) >> 32, word.wrapping_mul(factor));
    }
    let product = u128::from(word) * u128::from(factor);
    ((product >> 64) as u64, product as u64)
}

/// Lets our streams drive anything written for the `rand` family of crates.
impl rand_core::RngCore for Rng {
    fn next_u32(&mut self) -> u32 {
        (Rng::next_u64(self) >> 32) as u32
    }
    fn next_u64(&mut self) -> u64 {
        Rng::next_u64(self)
    }
    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        rand_core::impls::fill_bytes_via_next(self, bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::{RngCore, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// Oracle: the `rand_xoshiro` crate, seeded the same way.
    #[test]
    fn equals_the_published_generator() {
        for seed in [0, 1, 42, u64::MAX] {
            let (mut ours, mut theirs) = (Rng::new(seed), Xoshiro256PlusPlus::seed_from_u64(seed));
            for draw in 0..1_000 {
                assert_eq!(ours.next_u64(), theirs.next_u64(), "seed {seed}, draw {draw}");
            }
        }
    }

    #[test]
    fn below_is_uniform_within_five_sigma() {
        let mut rng = Rng::new(7);
        let mut counts = [0u32; 6];
        for _ in 0..600_000 {
            counts[rng.below(6) as usize] += 1;
        }
        for count in counts {
            assert!((f64::from(count) - 100_000.0).abs() < 5.0 * 288.7, "{counts:?}");
        }
        assert_eq!(rng.below(0), 0);
        assert_eq!(rng.below(1), 0);
    }

    /// Oracle: the product in 128 bits.
    #[test]
    fn a_product_by_halves_is_the_whole_product() {
        let mut rng = Rng::new(3);
        for _ in 0..10_000 {
            let (word, factor) = (rng.next_u64(), rng.next_u64() >> (rng.next_u64() % 64));
            for word in [word, u64::MAX, 0] {
                for factor in [factor, u64::from(u32::MAX), u64::from(u32::MAX) + 1] {
                    let whole = u128::from(word) * u128::from(factor);
                    assert_eq!(wide_product(word, factor), ((whole >> 64) as u64, whole as u64), "{word} × {factor}");
                }
            }
        }
    }

    #[test]
    fn a_path_names_its_stream() {
        assert_eq!(Rng::stream(1, &[2, 3]), Rng::stream(1, &[2, 3]));
        for other in [&[3, 2][..], &[2], &[2, 3, 0], &[]] {
            assert_ne!(Rng::stream(1, &[2, 3]), Rng::stream(1, other), "{other:?}");
        }
        assert_ne!(Rng::stream(1, &[2, 3]), Rng::stream(2, &[2, 3]));
    }

    #[test]
    fn exponential_and_normal_have_their_moments() {
        let mut rng = Rng::new(11);
        let n = 400_000;
        let (mut e1, mut e2, mut z1, mut z2) = (0.0, 0.0, 0.0, 0.0);
        for _ in 0..n {
            let (e, z) = (rng.exponential(), rng.normal());
            e1 += e;
            e2 += e * e;
            z1 += z;
            z2 += z * z;
        }
        let n = f64::from(n);
        assert!((e1 / n - 1.0).abs() < 0.01 && (e2 / n - 2.0).abs() < 0.05, "{} {}", e1 / n, e2 / n);
        assert!((z1 / n).abs() < 0.01 && (z2 / n - 1.0).abs() < 0.02, "{} {}", z1 / n, z2 / n);
    }

    /// Oracle: the closed form of the exponential distribution, P(X > x) = e^-x, deep into the ziggurat's tail.
    #[test]
    fn exponential_tail_follows_the_closed_form() {
        let mut rng = Rng::new(13);
        let n = 2_000_000;
        let mut beyond = [0u32; 10];
        for _ in 0..n {
            let x = rng.exponential();
            for (limit, count) in beyond.iter_mut().enumerate() {
                *count += u32::from(x > limit as f64);
            }
        }
        for (limit, count) in beyond.iter().enumerate() {
            let p = libm::exp(-(limit as f64));
            let sigma = libm::sqrt(p * (1.0 - p) / f64::from(n));
            let measured = f64::from(*count) / f64::from(n);
            assert!((measured - p).abs() <= 5.0 * sigma + 1e-12, "P(X > {limit}) = {measured}, expected {p}");
        }
    }
}
