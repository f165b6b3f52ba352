//! Compound keys: one part of a key says where a row lives, the other how rows are sorted there.
//!
//! ```text
//!   (user 7, 10:00)  (user 7, 10:05)  (user 7, 11:00)
//!   by user              one shard holds all three, sorted: her timeline is one scan, and all her load
//!   by user and hour     two shards: the load spreads by time, and a day of hers is 24 questions
//! ```
//!
//! The rule: rows with equal placed parts share a shard. A bucket of the sorting part may join the placed part; then a scan of
//! [from, to) asks once for each bucket it meets. O(1) to place, O(buckets) to scan.
//!
//! Source: Cassandra's compound primary key (partition and clustering columns); DynamoDB's partition and sort key.
//!
//! When not: bucketing spreads a user over time, not at any one time: what is written now still goes to one bucket.

use base::stable_hash_u64;
use core::fmt;

/// How compound keys are placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compound {
    /// How much of the sorting part (a time, say) shares a shard; 0 for all of it.
    pub bucket: u64,
}

/// Most buckets that one scan may meet.
pub const BUCKETS_MAX: u64 = 100_000;

/// Why a scan is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScanError {
    /// Buckets that it would meet.
    pub buckets: u64,
}

impl fmt::Display for ScanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the scan meets {} buckets, and may meet at most {BUCKETS_MAX}", self.buckets)
    }
}

impl core::error::Error for ScanError {}

impl Compound {
    /// The hash by which a row is placed: of `partition`, and of the bucket that `sort` lies in if there are buckets.
    #[must_use]
    pub fn hash(self, partition: u64, sort: u64) -> u64 {
        match sort.checked_div(self.bucket) {
            None => stable_hash_u64(partition),
            Some(bucket) => of_bucket(partition, bucket),
        }
    }

    /// The hashes that a scan of one partition from `from` up to, and without, `to` has to ask.
    pub fn scan(self, partition: u64, from: u64, to: u64) -> Result<Vec<u64>, ScanError> {
        if from >= to {
            return Ok(Vec::new());
        }
        let (Some(first), Some(last)) = (from.checked_div(self.bucket), (to - 1).checked_div(self.bucket)) else {
            return Ok(vec![stable_hash_u64(partition)]);
        };
        let buckets = (last - first).saturating_add(1);
        if buckets > BUCKETS_MAX {
            return Err(ScanError { buckets });
        }
        Ok((first..=last).map(|bucket| of_bucket(partition, bucket)).collect())
    }
}

fn of_bucket(partition: u64, bucket: u64) -> u64 {
    stable_hash_u64(stable_hash_u64(partition) ^ bucket)
}
