//! Which of the members that hold data a caller goes to, and which disk each of them has: what is true of the disks, known to nobody.

use crate::front;
use sim::Life;
use trace::MemberIndex;

/// How a store is reached whose first member keeps the index; the others hold the data, and each of them takes requests.
#[derive(Clone, Debug)]
pub struct DisksFront {
    turn: u64,
    /// By member, the number of its disk: it has another one when the old is gone.
    disks: Vec<u32>,
    /// Disks that are gone.
    pub lost: u32,
}

impl DisksFront {
    /// So many members with their first disks.
    #[must_use]
    pub fn new(members: u8) -> DisksFront {
        DisksFront { turn: 0, disks: vec![0; usize::from(members)], lost: 0 }
    }

    /// To the next in turn that is up.
    pub(crate) fn route(&mut self, lives: &[Life], members: &[MemberIndex]) -> Option<u8> {
        self.turn += 1;
        let holders = members.get(1..)?;
        front::first_up(self.turn, lives, holders).map(|number| number + 1)
    }

    /// A member's disk is gone: the number of its next one.
    pub(crate) fn lose(&mut self, member: u8) -> u32 {
        self.lost += 1;
        self.disks.get_mut(usize::from(member)).map_or(0, |disk| {
            *disk += 1;
            *disk
        })
    }

    /// The disk that a member has.
    pub(crate) fn disk(&self, member: u16) -> u32 {
        self.disks.get(usize::from(member)).copied().unwrap_or(0)
    }
}
