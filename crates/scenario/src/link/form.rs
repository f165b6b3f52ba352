//! The small numbers that stand in a link. They are promises: none may change its meaning, new ones go at the end.

/// Which parts follow, in the first number of the content.
pub(super) mod flag {
    pub const TITLE: u64 = 1;
    pub const SLUG: u64 = 1 << 1;
    /// `about`, the variants and the lesson are as in the library, under the slug.
    pub const LIBRARY_TEXTS: u64 = 1 << 2;
    pub const ABOUT: u64 = 1 << 3;
    pub const FAULTS: u64 = 1 << 4;
    pub const CHECKS: u64 = 1 << 5;
    pub const VIEW: u64 = 1 << 6;
    pub const ACTIONS: u64 = 1 << 7;
    pub const LESSON: u64 = 1 << 8;
    /// Variants, and the questions and claims of the lesson.
    pub const CHOICES: u64 = 1 << 9;
    pub const PLANS: u64 = 1 << 10;
    pub const WEIGHT: u64 = 1 << 11;
    /// Zones, what lies in them, and how far they are from each other.
    pub const ZONES: u64 = 1 << 12;
    pub const NOTES: u64 = 1 << 13;
    pub const GROUPS: u64 = 1 << 14;
    /// All that this version knows.
    pub const ALL: u64 = (1 << 15) - 1;
}

/// How a box's id is written: the two low bits of the byte before it.
pub(super) mod id {
    pub const TEXT: u8 = 0;
    /// It is the slug of the kind.
    pub const KIND: u8 = 1;
    /// It is the slug of the kind, `-` and a number.
    pub const KIND_NUMBER: u8 = 2;
    /// It is what the name suggests.
    pub const FROM_NAME: u8 = 3;
}

/// How a box's name is written: the next two bits.
pub(super) mod name {
    /// It is what the id suggests.
    pub const FROM_ID: u8 = 0;
    /// It is the title of the kind.
    pub const TITLE: u8 = 1;
    /// It is the title of the kind, a space and a number.
    pub const TITLE_NUMBER: u8 = 2;
    pub const TEXT: u8 = 3;
}

/// What kind of value follows: the two low bits before it.
pub(super) mod value {
    pub const NUMBER: u64 = 0;
    pub const CHOICE: u64 = 1;
    pub const OPS: u64 = 2;
    pub const TRACE: u64 = 3;
}

/// What a moment is: the low bits of its first number. Above them stands the verb, or the setting counted from 1.
pub(super) mod moment {
    pub const SETS: u64 = 1;
    pub const LASTS: u64 = 1 << 1;
    pub const AMOUNT: u64 = 1 << 2;
    /// The two bits of the target, by how far they are shifted.
    pub const TARGET: u32 = 3;
    pub const BOX: u64 = 0;
    pub const MEMBER: u64 = 1;
    pub const WIRE: u64 = 2;
    /// Neither: what it is follows, see [`super::beside`].
    pub const BESIDE: u64 = 3;
    /// How far the verb or setting is shifted.
    pub const WHAT: u32 = 5;
}

/// What a wire carries besides its ends: the low bits of its first number. Above them stands how far its caller is from the
/// caller before, folded and counted from 1; 0 when an end is written as text.
pub(super) mod wire {
    pub const OPS: u64 = 1;
    pub const CONFIG: u64 = 1 << 1;
    pub const FROM: u32 = 2;
}

/// What a step of a plan does: the byte before it.
pub(super) mod step {
    pub const CALL: u8 = 0;
    pub const LOOKUP: u8 = 1;
    pub const FILL: u8 = 2;
    pub const FORGET: u8 = 3;
    pub const SEND: u8 = 4;
    pub const PARALLEL: u8 = 5;
    pub const WORK: u8 = 6;
    /// Well.
    pub const REPLY_OK: u8 = 7;
    /// Badly.
    pub const REPLY_FAILED: u8 = 8;
    pub const ON_MISS: u8 = 9;
    pub const ON_ERROR: u8 = 10;
    pub const REPEAT: u8 = 11;
}

/// Which parts of a view follow.
pub(super) mod view {
    pub const AT: u8 = 1;
    pub const SPEED: u8 = 2;
    pub const SELECTED: u8 = 4;
    /// All that this version knows.
    pub const ALL: u8 = 7;
}

/// What a target is that is no box, member or wire.
pub(super) mod beside {
    pub const ZONE: u8 = 0;
    pub const BETWEEN: u8 = 1;
    /// A partition set: how many sides, and for each how many are on it, and who.
    pub const SIDES: u8 = 2;
    pub const SIDES_ONE_WAY: u8 = 3;
}

/// Who is on a side of a partition set: the byte before it.
pub(super) mod party {
    pub const REST: u8 = 0;
    pub const BOX: u8 = 1;
    pub const MEMBER: u8 = 2;
}

/// Where a box or member lies: the low numbers; what is above them is the place of a zone.
pub(super) mod home {
    pub const NOWHERE: u64 = 0;
    /// The id of the zone follows.
    pub const TEXT: u64 = 1;
    /// The first zone.
    pub const FIRST: u64 = 2;
}
