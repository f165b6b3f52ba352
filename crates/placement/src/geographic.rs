//! Geographic placement: the data of a region's users lives in that region; inside it, by any other placement.
//!
//! ```text
//!   user in Paris ──▶ europe ──▶ ring of europe's members      near, and where the law wants it; as uneven as people are spread
//! ```
//!
//! The rule: a request goes to its own region while that is up. If it is down, pinned data has no other home and is refused; other
//! data goes to the nearest region that is up, by the table of distances, ties to the smaller number. O(regions) when the home
//! is down, else the inner placement's lookup.
//!
//! When not: users who travel, and queries over all users; both cross oceans.

use crate::{Place, Placement};
use base::Span;
use core::fmt;

/// One region.
#[derive(Clone, Debug)]
pub struct Region {
    /// Who holds what inside it.
    pub place: Placement,
    /// Its data may not leave it.
    pub is_pinned: bool,
    /// It can be reached.
    pub is_up: bool,
    /// The way to every region, itself included, one entry each.
    pub distances: Vec<Span>,
}

/// Regions, by number.
#[derive(Clone, Debug, Default)]
pub struct Geographic {
    /// All of them.
    pub regions: Vec<Region>,
}

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Home {
    /// The region.
    pub region: u32,
    /// The member there.
    pub member: u32,
}

/// Why a request has nowhere to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HomeError {
    /// There is no such region.
    Unknown {
        /// The number that was asked for.
        region: u32,
        /// How many there are.
        regions: u32,
    },
    /// The region is down and its data may not leave it.
    Pinned {
        /// The region.
        region: u32,
    },
    /// No region that is up has a member.
    NoneUp,
}

impl fmt::Display for HomeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HomeError::Unknown { region, regions } => {
                write!(f, "there is no region {region}; there are {regions}, from 0")
            }
            HomeError::Pinned { region } => write!(f, "region {region} is down, and its data may not leave it"),
            HomeError::NoneUp => write!(f, "no region that is up has a member"),
        }
    }
}

impl core::error::Error for HomeError {}

impl Geographic {
    /// Where a request of `region` for a key of this hash goes.
    pub fn home(&self, region: u32, hash: u64) -> Result<Home, HomeError> {
        let regions = self.regions.len() as u32;
        let Some(own) = self.regions.get(region as usize) else {
            return Err(HomeError::Unknown { region, regions });
        };
        if let Some(home) = self.inside(region, hash) {
            return Ok(home);
        }
        if own.is_pinned {
            return Err(HomeError::Pinned { region });
        }
        let distance = |other: &u32| own.distances.get(*other as usize).copied().unwrap_or(Span(u64::MAX));
        let mut others: Vec<u32> = (0..regions).filter(|other| *other != region).collect();
        others.sort_by_key(distance);
        others.into_iter().find_map(|other| self.inside(other, hash)).ok_or(HomeError::NoneUp)
    }

    /// Where a key lives in a region, if that is up and has members.
    fn inside(&self, region: u32, hash: u64) -> Option<Home> {
        let found = self.regions.get(region as usize).filter(|region| region.is_up)?;
        found.place.owner(hash).map(|member| Home { region, member })
    }
}
