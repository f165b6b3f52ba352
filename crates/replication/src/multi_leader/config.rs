//! What may be set for a multi-leader group.

use crate::ConfigError;
use base::Span;
use machine::Peer;

/// The largest group.
pub const MEMBERS_MAX: u16 = 32;

/// What an application makes of values that were written without knowing of each other. They are handed over in one order at all
/// members, so all make the same of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MergeRule {
    /// Values are sets of 64 elements, by bit: everything that is in any of them. Removals come back, as in Dynamo's carts.
    #[default]
    Union,
    /// The greatest: the last level reached, the highest bid.
    Greatest,
    /// The least: the cheapest price, the earliest date.
    Least,
}

impl MergeRule {
    /// All of them.
    pub const ALL: [MergeRule; 3] = [MergeRule::Union, MergeRule::Greatest, MergeRule::Least];

    /// What it makes of these; `None` of none.
    pub fn merge(self, values: impl IntoIterator<Item = u64>) -> Option<u64> {
        values.into_iter().reduce(|sum, value| match self {
            MergeRule::Union => sum | value,
            MergeRule::Greatest => sum.max(value),
            MergeRule::Least => sum.min(value),
        })
    }
}

/// What becomes of two writes of one key that did not know of each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resolve {
    /// The greater wall-clock stamp wins; of equal ones, the higher member's.
    #[default]
    LastWriteWins,
    /// Both are kept, by dotted version vectors.
    Siblings,
    /// Both are kept, and readers see what this rule makes of them.
    Merge(MergeRule),
    /// A key is a counter: what was added everywhere is summed.
    Counter,
    /// A key is a set of numbers: an addition beats a removal that has not seen it.
    Set,
}

impl Resolve {
    /// All of them; new ones come at the end.
    pub const ALL: [Resolve; 7] = [
        Resolve::LastWriteWins,
        Resolve::Siblings,
        Resolve::Merge(MergeRule::Union),
        Resolve::Merge(MergeRule::Greatest),
        Resolve::Merge(MergeRule::Least),
        Resolve::Counter,
        Resolve::Set,
    ];

    /// What a person reads.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Resolve::LastWriteWins => "last write wins",
            Resolve::Siblings => "siblings",
            Resolve::Merge(MergeRule::Union) => "merged by union",
            Resolve::Merge(MergeRule::Greatest) => "merged to the greatest",
            Resolve::Merge(MergeRule::Least) => "merged to the least",
            Resolve::Counter => "counter",
            Resolve::Set => "set",
        }
    }
}

/// Who tells whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Topology {
    /// Everybody tells everybody what was written at it.
    #[default]
    AllToAll,
    /// Everybody tells the next one, the last the first. One member that fails stops what is behind it.
    Ring,
    /// Everybody talks with member 0, which passes on.
    Star,
    /// Everybody talks with the one before and the one behind, as US – EU – Asia: without the middle, the ends are apart.
    Line,
}

impl Topology {
    /// All of them; new ones come at the end.
    pub const ALL: [Topology; 4] = [Topology::AllToAll, Topology::Ring, Topology::Star, Topology::Line];

    /// What a person reads.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Topology::AllToAll => "all to all",
            Topology::Ring => "ring",
            Topology::Star => "star",
            Topology::Line => "line",
        }
    }

    /// Whom member `me` of a group of `members` tells.
    pub fn neighbours(self, me: Peer, members: u16) -> impl Iterator<Item = Peer> {
        let (me, n) = (u32::from(me.0), u32::from(members));
        let is_neighbour = move |other: u32| match self {
            Topology::AllToAll => true,
            Topology::Ring => other == (me + 1) % n,
            Topology::Star => me == 0 || other == 0,
            Topology::Line => other.abs_diff(me) == 1,
        };
        (0..n).filter(move |other| *other != me && is_neighbour(*other)).map(|other| Peer(other as u16))
    }
}

/// The algorithm, or one of its well-known wrong versions, to see the harm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Variant {
    /// As it should be.
    #[default]
    Faithful,
    /// With [`Resolve::LastWriteWins`]: what arrives is applied, whatever its stamp. Two members end with each other's value.
    ByArrival,
    /// With [`Resolve::LastWriteWins`]: what arrives is applied if its stamp is greater, and nothing decides between equal ones.
    StrictlyNewer,
    /// What a member hears it keeps to itself, also where others can hear of it by this member alone.
    NoRelay,
    /// A change is told once; if that message is lost, so is the change.
    TellsOnce,
}

impl Variant {
    /// All of them, the right one first.
    pub const ALL: [Variant; 5] =
        [Variant::Faithful, Variant::ByArrival, Variant::StrictlyNewer, Variant::NoRelay, Variant::TellsOnce];
}

/// The settings of a group; the same at every member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Members, 1 to [`MEMBERS_MAX`].
    pub members: u16,
    /// What becomes of conflicts.
    pub resolve: Resolve,
    /// Who tells whom.
    pub topology: Topology,
    /// How long a change waits before it is told, together with what else has changed by then; 0 to 1 h.
    pub ship_delay: Span,
    /// What is not known to have arrived is told again this often, 1 ms to 1 h. Wants to be longer than a round trip.
    pub resend_every: Span,
    /// [`Variant::Faithful`], unless a harm is to be shown.
    pub variant: Variant,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            members: 3,
            resolve: Resolve::LastWriteWins,
            topology: Topology::AllToAll,
            ship_delay: Span::ZERO,
            resend_every: Span::from_millis(500),
            variant: Variant::Faithful,
        }
    }
}

impl Config {
    /// Refuses what is out of range, with the value and the bound.
    ///
    /// # Errors
    /// [`ConfigError`] for the first setting out of its range.
    pub fn check(&self) -> Result<(), ConfigError> {
        let (ms, hour) = (Span::from_millis(1).0, Span::from_secs(3_600).0);
        let rows = [
            ("members", u64::from(self.members), 1, u64::from(MEMBERS_MAX)),
            ("ship_delay (ns)", self.ship_delay.0, 0, hour),
            ("resend_every (ns)", self.resend_every.0, ms, hour),
        ];
        match rows.into_iter().find(|(_, value, low, high)| !(low..=high).contains(&value)) {
            Some((field, value, low, high)) => Err(ConfigError { field, value, low, high }),
            None => Ok(()),
        }
    }
}
