//! Hashes whose values are promises: the same on every platform and in every version, because links and digests hold them.
//!
//! Not for untrusted hash tables: the mixing is public and unkeyed.

/// The finaliser of SplitMix64 (Stafford's variant 13): a bijection of 64 bits in which every input bit reaches every output bit.
#[inline]
pub(crate) fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A stable, well-spread hash of a number.
#[inline]
#[must_use]
pub fn stable_hash_u64(value: u64) -> u64 {
    mix(value.wrapping_add(0x9E37_79B9_7F4A_7C15))
}

/// A stable hash of a text: FNV-1a over its bytes, then mixed so that the low and high bits are equally good.
#[must_use]
pub fn stable_hash(text: &str) -> u64 {
    let fnv = text
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3));
    mix(fnv)
}

/// A running hash of everything that happened in a run, in order. One multiplication and one rotation a word.
///
/// Two runs with equal digests made the same transitions at the same virtual times. It proves sameness, not secrecy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(u64);

impl Default for Digest {
    fn default() -> Digest {
        Digest(0x5157_A7E5_EED5_0001)
    }
}

impl Digest {
    /// Folds one word in.
    #[inline]
    pub fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    /// The digest so far.
    #[must_use]
    pub fn value(self) -> u64 {
        mix(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// Oracle: SplitMix64's published outputs for seed 1234567 (the reference implementation's test vector).
    #[test]
    fn mixing_equals_the_published_vector() {
        let mut state = 1_234_567_u64;
        let outputs: Vec<u64> = (0..3)
            .map(|_| {
                state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
                mix(state)
            })
            .collect();
        assert_eq!(outputs, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn digest_sees_order_and_repetition() {
        let of = |words: &[u64]| {
            let mut digest = Digest::default();
            words.iter().for_each(|word| digest.add(*word));
            digest.value()
        };
        assert_ne!(of(&[1, 2]), of(&[2, 1]));
        assert_ne!(of(&[0]), of(&[0, 0]));
        assert_eq!(of(&[5, 6]), of(&[5, 6]));
    }
}
