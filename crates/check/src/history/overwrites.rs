//! Which overwrite a read is waiting for.
//!
//! ```text
//!   read "5 7"    can only come true after put "5"        while "5…" is held and no other such put is left, nothing may be put
//!   read "9"      after put "9"                           over it before that read: nobody could bring it back
//! ```
//!
//! Looked up once, for every read and overwrite; the search then only counts.

use super::linear::Item;
use super::model::Model;

/// Most pairs of a read and an overwrite that are looked at: more, and nothing is known of any.
const PAIRS_MAX: usize = 1 << 25;
/// So many of the reads that wait are looked at when something is added; all of them when something is overwritten.
const LOOK_AHEAD: usize = 16;

/// For each read, how many overwrites are left that lead to it. Reads and overwrites by their ranks.
pub(super) struct Overwrites {
    left: Vec<u32>,
    /// The reads that each overwrite leads to, ascending; behind them those that the beginning leads to.
    leads: Vec<Vec<u32>>,
    /// The overwrites in force, the last one last.
    in_force: Vec<u32>,
}

impl Overwrites {
    /// `reads` in the order of their answers. `None` if nothing can be told: no reads, or too many.
    pub(super) fn of<M: Model>(items: &[Item<M>], reads: &[u32], resets: &[u32]) -> Option<Overwrites> {
        if reads.is_empty() || reads.len().saturating_mul(resets.len()) > PAIRS_MAX {
            return None;
        }
        let read = |rank: &u32| &items[reads[*rank as usize] as usize];
        let all = || 0..reads.len() as u32;
        let initial = M::initial();
        let leads_to = |reset: &u32| -> Vec<u32> {
            let reset = &items[*reset as usize];
            let Some(after) = reset.op.leaves() else { return Vec::new() };
            let is_early = |read: &Item<M>| read.ret.is_none_or(|ret| reset.call < ret);
            all().filter(|rank| is_early(read(rank)) && read(rank).op.can_come_true(&after)).collect()
        };
        let mut leads: Vec<Vec<u32>> = resets.iter().map(leads_to).collect();
        let mut left = vec![0; reads.len()];
        leads.iter().flatten().for_each(|read| left[*read as usize] += 1);
        leads.push(all().filter(|rank| read(rank).op.can_come_true(&initial)).collect());
        let in_force = vec![resets.len() as u32];
        Some(Overwrites { left, leads, in_force })
    }

    /// A read that nothing leads to.
    pub(super) fn unexplained(&self) -> Option<u32> {
        let initial = &self.leads[self.leads.len() - 1];
        (0..)
            .zip(&self.left)
            .find(|(read, left)| **left == 0 && initial.binary_search(read).is_err())
            .map(|(read, _)| read)
    }

    /// The reads from `low` on that only what is in force leads to; all of them, or the next few.
    pub(super) fn waiting(&self, low: u32, is_overwrite: bool) -> impl Iterator<Item = u32> {
        let leads = self.in_force.last().map_or(&[][..], |reset| &self.leads[*reset as usize]);
        let from = leads.partition_point(|read| *read < low);
        let count = if is_overwrite { usize::MAX } else { LOOK_AHEAD };
        leads[from..].iter().take(count).filter(|read| self.left[**read as usize] == 0).copied()
    }

    /// The overwrite of this rank was taken; it is in force if it changed anything.
    pub(super) fn take(&mut self, reset: u32, has_changed: bool) {
        self.leads[reset as usize].iter().for_each(|read| self.left[*read as usize] -= 1);
        let before = self.in_force[self.in_force.len() - 1];
        self.in_force.push(if has_changed { reset } else { before });
    }

    /// Undoes the last [`Overwrites::take`], of this rank.
    pub(super) fn put_back(&mut self, reset: u32) {
        self.in_force.pop();
        self.leads[reset as usize].iter().for_each(|read| self.left[*read as usize] += 1);
    }
}
