//! A hash that must not be used for a ring, as a widespread listing has it: 31 times the hash so far plus the next character.
//!
//! ```text
//!   server_A:0   server_A:1 … server_A:149     150 points in one narrow band, because the last characters weigh least
//!   user_1 … user_9999                         all keys in another
//! ```
//!
//! The rule it breaks: a ring wants every input bit to reach every output bit. With this hash all of 10,000 keys belong to one of
//! three servers, and when a fourth joins all of them move to it; the ring itself is right, which is what makes it worth seeing.
//! Two names with equal hashes ("Aa" and "BB") share all their points besides.
//!
//! When to use it: to see that. [`base::stable_hash`] is the one to use.

use crate::Ring;

/// The listing's hash: 32 bits with a sign, of which it takes the magnitude. Characters count as UTF-16 units.
#[must_use]
pub fn listing_hash(text: &str) -> u64 {
    let hash = text.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    u64::from(hash.unsigned_abs())
}

/// The listing's ring: `points` points a server, at the hashes of the name, `:` and a number. Look keys up by [`listing_hash`].
#[must_use]
pub fn listing_ring(servers: &[&str], points: u32) -> Ring {
    let of = |(server, name): (usize, &&str)| {
        let name = (*name).to_owned();
        (0..points).map(move |point| (listing_hash(&format!("{name}:{point}")), server as u32))
    };
    let points: Vec<(u64, u32)> = servers.iter().enumerate().flat_map(of).collect();
    Ring::from_points(&points)
}
