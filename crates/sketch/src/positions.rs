//! Many hash values from one: the i-th is `first + i * step`, which is as good as independent ones (Kirsch and Mitzenmacher, "Less
//! Hashing, Same Performance", 2008). 64 bits each, so that any table can be addressed to its end; hashes of 32 bits reach 4.29e9.

use base::stable_hash_u64;

/// Places of `item` in a table of `size`, one for each of `count` hash functions.
pub(crate) fn positions(item: u64, size: u64, count: u32) -> impl Iterator<Item = u64> {
    let first = stable_hash_u64(item);
    let step = stable_hash_u64(first ^ 0x9E37_79B9_7F4A_7C15) | 1;
    (0..u64::from(count)).map(move |i| reduce(first.wrapping_add(i.wrapping_mul(step)), size))
}

/// A hash as a place in 0..size, by multiplication (Lemire, 2019).
pub(crate) fn reduce(hash: u64, size: u64) -> u64 {
    ((u128::from(hash) * u128::from(size)) >> 64) as u64
}
