//! R, W and N: a write is done when W of N copies have it, a read asks R and takes the newest version it is told.
//!
//! ```text
//!   R + W > N    a read meets the last write                        N = 3: (2,2), (1,3), (3,1)
//!   W + W > N    two writes meet: a version has one value           N = 3: W ≥ 2
//!   otherwise    C(N−W, R) of the C(N, R) sets a read may ask have only old copies
//! ```
//!
//! Small R makes reads fast and available, and writes the opposite. O(1) a question. Source: Gifford, 1979; as N, R and W in
//! DeCandia et al., *Dynamo*, 2007, §4.5; the share of stale sets is the ε of Malkhi, Reiter and Wright, *Probabilistic Quorum
//! Systems*, 1997.

use crate::{Members, QuorumError, QuorumSystem, checked_members};

/// R of N to read, W of N to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadWrite {
    members: u32,
    reads: u32,
    writes: u32,
}

impl ReadWrite {
    /// N copies, of which `reads` are enough for a read and `writes` for a write.
    ///
    /// # Errors
    /// [`QuorumError`]: N is not 1 to 64, or R or W is not 1 to N.
    pub fn new(members: u32, reads: u32, writes: u32) -> Result<ReadWrite, QuorumError> {
        let members = checked_members(members.into())?;
        for (field, count) in [("reads", reads), ("writes", writes)] {
            if !(1..=members).contains(&count) {
                return Err(QuorumError::Count { field, count, count_max: members });
            }
        }
        Ok(ReadWrite { members, reads, writes })
    }

    /// A majority to write, and as few to read as still meet it.
    ///
    /// # Errors
    /// [`QuorumError::Members`] unless it is 1 to 64.
    pub fn over(members: u32) -> Result<ReadWrite, QuorumError> {
        let writes = members / 2 + 1;
        checked_members(members.into())?;
        ReadWrite::new(members, members - writes + 1, writes)
    }

    /// Copies that answer a read.
    #[must_use]
    pub fn reads(&self) -> u32 {
        self.reads
    }

    /// Copies that confirm a write.
    #[must_use]
    pub fn writes(&self) -> u32 {
        self.writes
    }

    /// Of all sets that a read may ask, how many have none of the W copies of a write: (those, all of them). A read that asks one
    /// of them is stale; none do when R + W > N.
    #[must_use]
    pub fn stale_reads(&self) -> (u64, u64) {
        (choose(self.members - self.writes, self.reads), choose(self.members, self.reads))
    }
}

/// How many sets of `taken` there are of `count`, at most 64: the greatest, C(64, 32), has 61 bits.
pub(crate) fn choose(count: u32, taken: u32) -> u64 {
    if taken > count {
        return 0;
    }
    // Each step divides exactly: after it the product is C(count, k + 1). The wider type holds it before the division.
    let product = (0..taken).fold(1_u128, |sets, k| sets * u128::from(count - k) / u128::from(k + 1));
    product as u64
}

impl QuorumSystem for ReadWrite {
    fn members(&self) -> u32 {
        self.members
    }
    fn can_read(&self, answered: Members) -> bool {
        answered.and(Members::first(self.members)).len() >= self.reads
    }
    fn can_write(&self, answered: Members) -> bool {
        answered.and(Members::first(self.members)).len() >= self.writes
    }
    fn reads_meet_writes(&self) -> bool {
        self.reads + self.writes > self.members
    }
    fn writes_meet_writes(&self) -> bool {
        2 * self.writes > self.members
    }
}
