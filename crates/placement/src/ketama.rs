//! Ketama: the ring that memcached's clients agree on, whatever language they are written in.
//!
//! ```text
//!   md5("cache-a:11211-0") = 4 words = 4 points        md5(key), first word = where the key looks clockwise
//! ```
//!
//! The rule: a server of weight w among n of total weight W has ⌊w/W·40·n⌋ digests, of its name, `-` and a number from 0, each of
//! which gives four points of 32 bits, little-endian; 160 points a server if all weigh the same. A key belongs to the first point
//! at or after the first word of its own digest. Of points at one place the server that stands first in the list counts. A lookup
//! costs one MD5 and O(log points).
//!
//! Source: Richard Jones, libketama (Last.fm, 2007), `ketama.c`. The floor is taken of the exact fraction; libketama's comes from
//! single precision, which differs for about one list of weights in ten thousand.
//!
//! When not: among your own. A new server changes how many points the others have when weights differ, so that more moves than
//! need be; [`Ring`](crate::Ring) does not have that.

use core::fmt;
use md5::{Digest, Md5};

/// Digests a server, if all weigh the same.
const DIGESTS: u128 = 40;

/// Most digests of all servers together.
pub const DIGESTS_MAX: u64 = 400_000;

/// Why there is no ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KetamaError {
    /// The weights add up to zero, so that nobody has a point.
    Weightless,
    /// There are more servers than the ring has room for.
    Crowded {
        /// Servers.
        servers: u64,
    },
}

impl fmt::Display for KetamaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KetamaError::Weightless => write!(f, "the weights add up to 0, so that no server has a point on the ring"),
            KetamaError::Crowded { servers } => {
                write!(
                    f,
                    "{servers} servers need more than {DIGESTS_MAX} digests; at most {} servers",
                    DIGESTS_MAX / 40
                )
            }
        }
    }
}

impl core::error::Error for KetamaError {}

/// A ketama ring; servers are their positions in the list.
#[derive(Clone, Debug)]
pub struct Ketama {
    points: Vec<(u32, u32)>,
}

impl Ketama {
    /// The ring of servers, by name and weight.
    pub fn new(servers: &[(&str, u64)]) -> Result<Ketama, KetamaError> {
        let total: u128 = servers.iter().map(|(_, weight)| u128::from(*weight)).sum();
        if total == 0 {
            return Err(KetamaError::Weightless);
        }
        let count = servers.len() as u64;
        if u128::from(count) * DIGESTS > u128::from(DIGESTS_MAX) {
            return Err(KetamaError::Crowded { servers: count });
        }
        let mut points = Vec::new();
        for (server, (name, weight)) in servers.iter().enumerate() {
            let digests = u128::from(*weight) * DIGESTS * u128::from(count) / total;
            for number in 0..digests {
                let words = words(format!("{name}-{number}").as_bytes());
                points.extend(words.map(|word| (word, server as u32)));
            }
        }
        points.sort_unstable();
        Ok(Ketama { points })
    }

    /// The points (position, server), ascending.
    #[must_use]
    pub fn points(&self) -> &[(u32, u32)] {
        &self.points
    }

    /// The server of a key; `None` if every weight was so small that nobody has a point.
    #[must_use]
    pub fn owner(&self, key: &str) -> Option<u32> {
        let [at, ..] = words(key.as_bytes());
        let found = self.points.partition_point(|(position, _)| *position < at);
        self.points.get(found).or(self.points.first()).map(|(_, server)| *server)
    }
}

/// An MD5 digest as four little-endian words.
fn words(text: &[u8]) -> [u32; 4] {
    let digest: [u8; 16] = Md5::digest(text).into();
    core::array::from_fn(|word| u32::from_le_bytes(core::array::from_fn(|byte| digest[word * 4 + byte])))
}
