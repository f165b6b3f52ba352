//! Weighted voting: a member has as many votes as it is worth, and more than half of all votes is enough.
//!
//! The rule: sum of the weights that answered > half of the sum of all. Members of weight 0 hold copies and decide nothing. A member
//! that has more than half alone is a quorum alone, and nothing works without it. O(members) a question, exact for any weights.
//!
//! Source: Gifford, *Weighted Voting for Replicated Data*, 1979, with both quorums a majority of the votes.

use crate::{Members, QuorumError, QuorumSystem, checked_members};

/// A majority of votes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weighted {
    weights: Vec<u64>,
    total: u128,
}

impl Weighted {
    /// Member i has `weights[i]` votes.
    ///
    /// # Errors
    /// [`QuorumError`]: no member or more than 64, or no weight above 0.
    pub fn new(weights: &[u64]) -> Result<Weighted, QuorumError> {
        checked_members(weights.len() as u64)?;
        let total = weights.iter().map(|weight| u128::from(*weight)).sum();
        if total == 0 {
            return Err(QuorumError::Weightless);
        }
        Ok(Weighted { weights: weights.to_vec(), total })
    }

    /// Two votes for the first member and one for every other.
    ///
    /// # Errors
    /// [`QuorumError::Members`] unless it is 1 to 64.
    pub fn over(members: u32) -> Result<Weighted, QuorumError> {
        let members = checked_members(members.into())?;
        let weights: Vec<u64> = (0..members).map(|member| 1 + u64::from(member == 0)).collect();
        Weighted::new(&weights)
    }

    /// The votes of these members.
    #[must_use]
    pub fn votes(&self, answered: Members) -> u128 {
        let votes = |(member, weight): (u32, &u64)| if answered.contains(member) { u128::from(*weight) } else { 0 };
        (0..).zip(&self.weights).map(votes).sum()
    }

    /// Whether these have more than half of the votes.
    #[must_use]
    pub fn is_met(&self, answered: Members) -> bool {
        self.votes(answered) > self.total / 2
    }
}

impl QuorumSystem for Weighted {
    fn members(&self) -> u32 {
        self.weights.len() as u32
    }
    fn can_read(&self, answered: Members) -> bool {
        self.is_met(answered)
    }
    fn can_write(&self, answered: Members) -> bool {
        self.is_met(answered)
    }
    fn reads_meet_writes(&self) -> bool {
        true
    }
    fn writes_meet_writes(&self) -> bool {
        true
    }
}
