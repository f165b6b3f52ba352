//! What may be set for a chain.

use crate::ConfigError;
use base::Span;

/// The most members that a group may have. A write visits them all, one after the other.
pub const MEMBERS_MAX: u16 = 32;

/// Who answers reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reads {
    /// The tail alone: it holds nothing but what is done.
    #[default]
    Tail,
    /// Every member (CRAQ): at once where nothing is on its way for the key, after asking the tail where something is.
    Any,
}

impl Reads {
    /// All of them.
    pub const ALL: [Reads; 2] = [Reads::Tail, Reads::Any];
}

/// The protocol, or one of its mistakes, to see the harm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Variant {
    /// As it should be.
    #[default]
    Faithful,
    /// The head answers reads too, with what it has taken: a write that nobody else has yet, and that may die with it.
    HeadAnswersReads,
    /// The head says that a write is done as soon as it has it itself.
    HeadAcknowledges,
    /// Whoever gets a new successor sends it only what comes from then on, not what it had sent to the one that failed; the successor
    /// takes whatever comes next.
    NoResend,
    /// Messages of other chains count as well, from whomever they come.
    IgnoresNumbers,
    /// A new tail answers before it has been given what the others hold.
    JoinsEmpty,
    /// With [`Reads::Any`]: a member answers with the newest that it holds and asks nobody.
    AnswersDirty,
}

impl Variant {
    /// All of them, the right one first.
    pub const ALL: [Variant; 7] = [
        Variant::Faithful,
        Variant::HeadAnswersReads,
        Variant::HeadAcknowledges,
        Variant::NoResend,
        Variant::IgnoresNumbers,
        Variant::JoinsEmpty,
        Variant::AnswersDirty,
    ];

    /// Whether a member takes an update though it lacks the one before.
    pub(super) fn takes_gaps(self) -> bool {
        matches!(self, Variant::NoResend | Variant::JoinsEmpty)
    }
}

/// The settings of a group; the same at every member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Members of the group, in the chain or spare, 1 to [`MEMBERS_MAX`].
    pub members: u16,
    /// Who answers reads.
    pub reads: Reads,
    /// What was not heard of is sent again this often, 1 ms to 1 h. Wants to be longer than the way down the chain and back.
    pub resend_every: Span,
    /// Updates on their way at once, and reads that wait for the tail at one member, 1 to 65,536.
    pub window: u64,
    /// [`Variant::Faithful`], unless a harm is to be shown.
    pub variant: Variant,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            members: 3,
            reads: Reads::Tail,
            resend_every: Span::from_millis(200),
            window: 1_024,
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
            ("resend_every (ns)", self.resend_every.0, ms, hour),
            ("window", self.window, 1, 65_536),
        ];
        match rows.into_iter().find(|(_, value, low, high)| !(low..=high).contains(&value)) {
            Some((field, value, low, high)) => Err(ConfigError { field, value, low, high }),
            None => Ok(()),
        }
    }
}
