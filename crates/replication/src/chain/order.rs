//! Who stands where: a numbered order of members, changed only in the two ways that keep what was acknowledged.
//!
//! The rule: members leave anywhere and join at the end alone. So everybody holds at least what those behind it hold (the paper's
//! *Update Propagation Invariant*), and whoever becomes the tail has all that any tail before it has acknowledged.
//!
//! Source: van Renesse and Schneider, 2004, §3 (adding and deleting servers).

use core::fmt;
use machine::Peer;

/// One place in a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Who stands there.
    pub peer: Peer,
    /// The number of the chain in which it joined; 0 for those that were there from the beginning. Who joins again joins anew: what
    /// it kept from before is void.
    pub since: u64,
}

/// An order of members from head to tail, and its number: the greater one is the newer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    number: u64,
    links: Vec<Link>,
}

/// Why there is no such chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainError {
    /// A chain needs somebody.
    Empty,
    /// This member stands in it already.
    Twice(Peer),
    /// This member does not stand in it.
    Absent(Peer),
    /// The number stands at its greatest value.
    Exhausted,
}

impl fmt::Display for ChainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChainError::Empty => write!(f, "a chain needs at least 1 member"),
            ChainError::Twice(peer) => write!(f, "member {} stands in the chain already", peer.0),
            ChainError::Absent(peer) => write!(f, "member {} does not stand in the chain", peer.0),
            ChainError::Exhausted => write!(f, "a chain's number ends at {}", u64::MAX),
        }
    }
}

impl core::error::Error for ChainError {}

impl Chain {
    /// The first chain, number 1: these members from head to tail, all of them empty.
    ///
    /// # Errors
    /// [`ChainError::Empty`], or [`ChainError::Twice`] for the first that is named again.
    pub fn first(members: impl IntoIterator<Item = Peer>) -> Result<Chain, ChainError> {
        let mut chain = Chain { number: 1, links: Vec::new() };
        for peer in members {
            chain.must_lack(peer)?;
            chain.links.push(Link { peer, since: 0 });
        }
        if chain.links.is_empty() { Err(ChainError::Empty) } else { Ok(chain) }
    }

    /// The next chain, without a member that failed.
    ///
    /// # Errors
    /// [`ChainError::Absent`] if it is not there, [`ChainError::Empty`] if it is the last one.
    pub fn without(&self, peer: Peer) -> Result<Chain, ChainError> {
        let place = self.place(peer).ok_or(ChainError::Absent(peer))?;
        if self.links.len() == 1 {
            return Err(ChainError::Empty);
        }
        let mut next = self.next()?;
        next.links.remove(place);
        Ok(next)
    }

    /// The next chain, with a new member behind the tail.
    ///
    /// # Errors
    /// [`ChainError::Twice`] if it is there already.
    pub fn with(&self, peer: Peer) -> Result<Chain, ChainError> {
        self.must_lack(peer)?;
        let mut next = self.next()?;
        next.links.push(Link { peer, since: next.number });
        Ok(next)
    }

    fn next(&self) -> Result<Chain, ChainError> {
        let number = self.number.checked_add(1).ok_or(ChainError::Exhausted)?;
        Ok(Chain { number, links: self.links.clone() })
    }

    fn must_lack(&self, peer: Peer) -> Result<(), ChainError> {
        if self.place(peer).is_some() { Err(ChainError::Twice(peer)) } else { Ok(()) }
    }

    fn place(&self, peer: Peer) -> Option<usize> {
        self.links.iter().position(|link| link.peer == peer)
    }

    /// Its number; 0 of one that nobody has been told.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Everybody from head to tail.
    #[must_use]
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// A member's place.
    #[must_use]
    pub fn link(&self, peer: Peer) -> Option<Link> {
        self.place(peer).map(|place| self.links[place])
    }

    /// Who takes the writes.
    #[must_use]
    pub fn head(&self) -> Option<Peer> {
        self.links.first().map(|link| link.peer)
    }

    /// Who stands last.
    #[must_use]
    pub fn tail(&self) -> Option<Peer> {
        self.links.last().map(|link| link.peer)
    }

    /// Who stands before a member.
    #[must_use]
    pub fn before(&self, peer: Peer) -> Option<Peer> {
        let place = self.place(peer)?.checked_sub(1)?;
        Some(self.links[place].peer)
    }

    /// Who stands behind a member.
    #[must_use]
    pub fn behind(&self, peer: Peer) -> Option<Peer> {
        self.links.get(self.place(peer)? + 1).map(|link| link.peer)
    }
}
