//! Sums that never fall: an answer that has not come yet is never less than what is there already.

use super::model::Model;
use std::collections::BTreeMap;

/// What is still expected to be there, of a sum to which nobody adds less than nothing.
pub(super) struct Sums {
    /// How often each sum is expected.
    expected: BTreeMap<i128, u32>,
    /// All that is ever added.
    total: i128,
}

impl Sums {
    /// Of these operations, each with whether it was answered. `None` if they are no sum, or one that can fall.
    pub(super) fn of<'a, M: Model + 'a>(ops: impl Iterator<Item = (&'a M, bool)>) -> Option<Sums> {
        M::sum(&M::initial())?;
        let (mut expected, mut total) = (BTreeMap::new(), 0_i128);
        for (op, is_answered) in ops {
            total = if op.adds() < 0 { None } else { total.checked_add(op.adds()) }?;
            if let Some(sum) = op.expects().filter(|_| is_answered) {
                *expected.entry(sum).or_default() += 1;
            }
        }
        Some(Sums { expected, total })
    }

    /// The least that is expected by anybody but one who expects `own`.
    pub(super) fn least(&self, own: Option<i128>) -> Option<i128> {
        let is_others = |(sum, count): &(&i128, &u32)| **count > u32::from(own == Some(**sum));
        self.expected.iter().find(is_others).map(|(sum, _)| *sum)
    }

    /// Whether `op` expects more than all others add.
    pub(super) fn is_too_high<M: Model>(&self, op: &M) -> bool {
        op.expects().is_some_and(|sum| sum > self.total - op.adds())
    }

    /// One that expects this has its answer.
    pub(super) fn take(&mut self, expected: i128) {
        if let Some(count) = self.expected.get_mut(&expected) {
            *count -= 1;
            if *count == 0 {
                self.expected.remove(&expected);
            }
        }
    }

    /// Undoes a [`Sums::take`].
    pub(super) fn put_back(&mut self, expected: i128) {
        *self.expected.entry(expected).or_default() += 1;
    }
}
