//! Bloom filter: a bit array and k hash functions; "certainly not" or "maybe".
//!
//! ```text
//!   add x:       0 1 0 0 1 0 0 1        its k bits are set
//!   contains y:  0 1 0 0 1 0 0 1        a bit that is clear: certainly not; all set: x did that, or others together
//!                  ^       ^ clear
//! ```
//!
//! The rule: no false negatives, ever; false positives with (1 - e^(-kn/m))^k after n items. Bloom, "Space/Time Trade-offs in Hash
//! Coding with Allowable Errors", 1970. O(k). It cannot forget and cannot grow: past the n it was made for, the rate rises quickly.

use crate::positions::positions;
use crate::{SizeError, share, within};
use base::logarithm;

/// The most bits that a filter is built with: 256 MiB.
const BITS_MAX: u64 = 1 << 31;
/// More hash functions than any sensible rate asks for.
const HASHES_MAX: u64 = 1_100;

/// How large a Bloom filter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BloomSize {
    /// Bits of the array: m.
    pub bits: u64,
    /// Hash functions: k.
    pub hashes: u32,
}

impl BloomSize {
    /// The textbook's size for `items` items and a rate of false positives of `rate`: m = -n ln p / (ln 2)^2 rounded up, and
    /// k = m/n ln 2 to the nearest, at least 1.
    ///
    /// # Errors
    /// [`SizeError`] if `items` is 0, `rate` is not strictly between 0 and 1, or the bits are too many for 64 bits.
    pub fn for_items(items: u64, rate: f64) -> Result<BloomSize, SizeError> {
        let items = within("items", items, 1, u64::MAX)?;
        let n = items as f64;
        let ln_2 = core::f64::consts::LN_2;
        let bits = libm::ceil(-n * logarithm(share("rate", rate)?) / (ln_2 * ln_2));
        if bits >= u64::MAX as f64 {
            return Err(SizeError::OutOfRange { field: "items", value: items, min: 1, max: u64::MAX / 2_000 });
        }
        let hashes = libm::round(bits / n * ln_2);
        Ok(BloomSize { bits: bits as u64, hashes: (hashes as u32).max(1) })
    }

    /// **Wrong, as listed in a crawler's design**: "10 billion pages at 1 % in 1.5 GB", which is 1.2 bits an item, the right 9.6 divided
    /// by eight once too often. The best that can be done with it is one hash function and a rate of 57 %; see the tests.
    ///
    /// # Errors
    /// [`SizeError`] if `items` is 0 or the bits are too many for 64 bits.
    pub fn as_listed(items: u64) -> Result<BloomSize, SizeError> {
        let items = within("items", items, 1, u64::MAX / 2)?;
        Ok(BloomSize { bits: items + items.div_ceil(5), hashes: 1 })
    }

    /// The expected rate of false positives after `items` different items: (1 - e^(-kn/m))^k.
    #[must_use]
    pub fn false_positives(&self, items: u64) -> f64 {
        let k = f64::from(self.hashes);
        libm::pow(-libm::expm1(-k * items as f64 / self.bits as f64), k)
    }
}

/// A set that answers "certainly not" or "maybe".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bloom {
    words: Vec<u64>,
    size: BloomSize,
}

impl Bloom {
    /// An empty filter.
    ///
    /// # Errors
    /// [`SizeError::OutOfRange`] if it has no bit, more than 2^31, no hash function, or more than 1,100.
    pub fn new(size: BloomSize) -> Result<Bloom, SizeError> {
        let bits = within("bits", size.bits, 1, BITS_MAX)?;
        within("hashes", u64::from(size.hashes), 1, HASHES_MAX)?;
        Ok(Bloom { words: vec![0; bits.div_ceil(64) as usize], size })
    }

    /// Puts `item` in. Whether it changed anything: `false` means that it looked as if it were in already.
    pub fn add(&mut self, item: u64) -> bool {
        let mut is_new = false;
        for at in positions(item, self.size.bits, self.size.hashes) {
            let (word, bit) = (&mut self.words[(at / 64) as usize], 1 << (at % 64));
            is_new |= *word & bit == 0;
            *word |= bit;
        }
        is_new
    }

    /// `false`: certainly not in. `true`: maybe.
    #[must_use]
    pub fn contains(&self, item: u64) -> bool {
        positions(item, self.size.bits, self.size.hashes).all(|at| self.words[(at / 64) as usize] >> (at % 64) & 1 == 1)
    }

    /// Its size.
    #[must_use]
    pub fn size(&self) -> BloomSize {
        self.size
    }

    /// Bits that are set.
    #[must_use]
    pub fn ones(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// How many different items are in it, from the bits alone: -m/k ln(1 - ones/m) (Swamidass and Baldi, 2007). Infinite once all
    /// bits are set.
    #[must_use]
    pub fn items(&self) -> f64 {
        let m = self.size.bits as f64;
        -m / f64::from(self.size.hashes) * libm::log1p(-(self.ones() as f64) / m)
    }

    /// Takes in everything that is in `other`; `false`, and nothing is changed, if it is of another size.
    #[must_use]
    pub fn merge(&mut self, other: &Bloom) -> bool {
        let fits = self.size == other.size;
        if fits {
            self.words.iter_mut().zip(&other.words).for_each(|(ours, theirs)| *ours |= theirs);
        }
        fits
    }
}
