//! Bounded load: a ring on which nobody holds more than a little over the mean; what does not fit goes to the next.
//!
//! ```text
//!   four items, two members, ε = 0: at most ⌈4/2⌉ = 2 each
//!   a a a b     by the ring alone
//!   a a b b     the third walks on to the next member with room
//! ```
//!
//! The rule: with m items on n members no one holds more than ⌈(1 + ε)·m/n⌉; an item goes clockwise to the first member below that.
//! Since all caps together hold at least m items, one always has room. A small ε is even but lets items wander; in expectation
//! O(1/ε²) items move for one that comes or goes. Assigning costs a lookup and the steps past full members.
//!
//! Source: Mirrokni, Thorup and Zadimoghaddam, Consistent Hashing with Bounded Loads (2018).
//!
//! When not: a single hot item is still one member's ([`HotKeys`](crate::HotKeys)).

use crate::Place;
use core::fmt;
use std::collections::BTreeMap;

/// How far above the mean a member may be loaded, as a fraction, so that caps are exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excess {
    over: u64,
    under: u64,
}

/// Why items cannot be placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoundError {
    /// There is no member.
    Nobody,
    /// The fraction has zero below its line.
    Excess,
    /// As many items as were announced are there.
    Full {
        /// How many.
        items: u64,
    },
}

impl fmt::Display for BoundError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BoundError::Nobody => write!(f, "there is no member to hold an item"),
            BoundError::Excess => write!(f, "epsilon has a zero below its line"),
            BoundError::Full { items } => write!(f, "the caps were made for {items} items, and all of them are there"),
        }
    }
}

impl core::error::Error for BoundError {}

impl Excess {
    /// The fraction `over / under`, at least 0.
    pub fn new(over: u64, under: u64) -> Result<Excess, BoundError> {
        if under == 0 { Err(BoundError::Excess) } else { Ok(Excess { over, under }) }
    }

    /// The most that one of `members` may hold of `items`, rounded up; `None` without members.
    #[must_use]
    pub fn cap(self, items: u64, members: u64) -> Option<u64> {
        let (over, under) = (u128::from(self.over), u128::from(self.under));
        // ⌈(1 + over/under)·items/members⌉ in two steps, because the product of all three may need more than 128 bits.
        let below = under.checked_mul(u128::from(members)).filter(|below| *below > 0)?;
        let above = (under + over).checked_mul(u128::from(items));
        Some(above.map_or(u64::MAX, |above| u64::try_from(above.div_ceil(below)).unwrap_or(u64::MAX)))
    }
}

/// Items on a placement under caps.
#[derive(Clone, Debug)]
pub struct BoundedLoad {
    excess: Excess,
    /// Items that the caps are made for.
    items: u64,
    held: u64,
    loads: BTreeMap<u32, u64>,
    order: Vec<u32>,
}

impl BoundedLoad {
    /// Room for `items` items.
    #[must_use]
    pub fn new(excess: Excess, items: u64) -> BoundedLoad {
        BoundedLoad { excess, items, held: 0, loads: BTreeMap::new(), order: Vec::new() }
    }

    /// How many items `member` holds.
    #[must_use]
    pub fn load(&self, member: u32) -> u64 {
        self.loads.get(&member).copied().unwrap_or(0)
    }

    /// Gives an item of this hash to the first member of its preference list that is below the cap.
    pub fn assign(&mut self, place: &impl Place, hash: u64) -> Result<u32, BoundError> {
        if self.held >= self.items {
            return Err(BoundError::Full { items: self.items });
        }
        let owner = place.owner(hash).ok_or(BoundError::Nobody)?;
        let members = place.count().into();
        let cap = self.excess.cap(self.items, members).ok_or(BoundError::Nobody)?;
        let member = if self.load(owner) < cap { owner } else { self.with_room(place, hash, cap)? };
        *self.loads.entry(member).or_default() += 1;
        self.held += 1;
        Ok(member)
    }

    fn with_room(&mut self, place: &impl Place, hash: u64, cap: u64) -> Result<u32, BoundError> {
        let mut order = core::mem::take(&mut self.order);
        place.preference(hash, usize::MAX, &mut order);
        let found = order.iter().copied().find(|member| self.load(*member) < cap);
        self.order = order;
        // All caps together hold all items, so there is room unless nobody is there.
        found.ok_or(BoundError::Nobody)
    }

    /// Takes an item from a member; whether it held one.
    pub fn release(&mut self, member: u32) -> bool {
        let load = self.loads.get_mut(&member).filter(|load| **load > 0);
        let Some(load) = load else { return false };
        *load -= 1;
        self.held -= 1;
        true
    }
}
