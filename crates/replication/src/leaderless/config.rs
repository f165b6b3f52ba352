//! What a person may set for a leaderless group.

use crate::ConfigError;
use base::Span;

/// The largest group: who answered is the bits of one word.
pub const MEMBERS_MAX: u16 = 32;

/// How two writes of one key that reach a member are brought together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Conflicts {
    /// Dotted versions: what was read is replaced, what was not stays beside it as a sibling. Loses nothing.
    #[default]
    Versions,
    /// The greater wall-clock stamp wins. Loses the other write, silently, and a slow clock's writes always.
    LastWriteWins,
}

/// The algorithm, or one of its well-known wrong versions, to see the harm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Variant {
    /// As it should be.
    #[default]
    Faithful,
    /// A read answers with the first copy that comes, whatever R says.
    ReadsOne,
    /// A member that stores a tombstone forgets the key at once; a member that slept through the delete brings it back.
    ForgetsTombstones,
    /// A stand-in says that it keeps a hint and does not.
    DropsHints,
    /// A member keeps what arrived last, whatever its version.
    IgnoresVersions,
}

/// The settings of a group; the same at every member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Members of the ring, 1 to [`MEMBERS_MAX`].
    pub members: u16,
    /// N: homes of a key, 1 to `members`.
    pub copies: u16,
    /// W: members that must have stored a write before it is acknowledged, 1 to N.
    pub write_quorum: u16,
    /// R: members that must have answered a read, 1 to N.
    pub read_quorum: u16,
    /// Whether, after `fallback_after`, members that are no homes of the key stand in for silent ones and count.
    pub sloppy: bool,
    /// How siblings are made or avoided.
    pub conflicts: Conflicts,
    /// Whether a read writes the newest copy back to members that answered with an older one.
    pub read_repair: bool,
    /// A home that is silent this long gets a stand-in, if `sloppy`; 1 ms to 1 h. Less than `expire_after`.
    pub fallback_after: Span,
    /// A request that lacks answers this long is given up, 1 ms to 1 h.
    pub expire_after: Span,
    /// Hints are offered to their homes this often, 1 ms to 1 h.
    pub handoff_every: Span,
    /// Each member compares trees with one other member this often, 1 ms to 1 h; `None`: never.
    pub compare_every: Option<Span>,
    /// [`Variant::Faithful`], unless a harm is to be shown.
    pub variant: Variant,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            members: 3,
            copies: 3,
            write_quorum: 2,
            read_quorum: 2,
            sloppy: false,
            conflicts: Conflicts::Versions,
            read_repair: true,
            fallback_after: Span::from_millis(100),
            expire_after: Span::from_millis(500),
            handoff_every: Span::from_secs(1),
            compare_every: Some(Span::from_secs(600)),
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
        let copies = u64::from(self.copies);
        let rows = [
            ("members", u64::from(self.members), 1, u64::from(MEMBERS_MAX)),
            ("copies (N)", copies, 1, u64::from(self.members)),
            ("write quorum (W)", u64::from(self.write_quorum), 1, copies),
            ("read quorum (R)", u64::from(self.read_quorum), 1, copies),
            ("expire_after (ns)", self.expire_after.0, ms, hour),
            ("fallback_after (ns)", self.fallback_after.0, ms, self.expire_after.0),
            ("handoff_every (ns)", self.handoff_every.0, ms, hour),
            ("compare_every (ns)", self.compare_every.map_or(ms, |every| every.0), ms, hour),
        ];
        match rows.into_iter().find(|(_, value, low, high)| !(low..=high).contains(&value)) {
            Some((field, value, low, high)) => Err(ConfigError { field, value, low, high }),
            None => Ok(()),
        }
    }
}
