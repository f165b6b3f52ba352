//! Having no conflicts instead of resolving them: one member writes a key, and ids that nobody else gives.

use machine::Peer;

/// The one member that takes the writes of `key` in a group of `members`, by remainder: with two, the even keys go to the first and the
/// odd ones to the second. When it fails, whoever stands in for it lacks what it had not shipped. Of a group of none: member 0.
#[must_use]
pub fn owner(key: u64, members: u16) -> Peer {
    Peer(key.checked_rem(members.into()).unwrap_or(0) as u16)
}

/// Ids that count up in steps: every member begins at another offset, and no two ever give the same.
///
/// It prevents that two rows are born with one id, and nothing else.
///
/// ```
/// use machine::Peer;
/// use replication::multi_leader::Ids;
///
/// let first: Vec<u64> = Ids::new(Peer(0), 2).take(5).collect();
/// let second: Vec<u64> = Ids::new(Peer(1), 2).take(5).collect();
/// assert_eq!((first, second), (vec![1, 3, 5, 7, 9], vec![2, 4, 6, 8, 10]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ids {
    next: Option<u64>,
    step: u64,
}

impl Ids {
    /// The ids of member `me` in a group of `members`; with 1 for `members`, those of a member that does not know of others: 1, 2, 3…
    /// A group of none counts as one.
    #[must_use]
    pub fn new(me: Peer, members: u16) -> Ids {
        Ids { next: Some(u64::from(me.0) + 1), step: u64::from(members.max(1)) }
    }
}

impl Iterator for Ids {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let id = self.next?;
        self.next = id.checked_add(self.step);
        Some(id)
    }
}
