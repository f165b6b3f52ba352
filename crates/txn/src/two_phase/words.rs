//! What sites say to each other, to clients and to a trace; what may be set.

use base::Span;
use core::fmt;
use machine::Peer;

/// The largest group.
pub const MEMBERS_MAX: u16 = 64;

/// One transaction for ever: who coordinates it, the how-manieth life of that coordinator, and its number in that life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransactionId {
    /// The coordinator's number in the group.
    pub coordinator: u16,
    /// How often the coordinator had restarted.
    pub incarnation: u32,
    /// From 0 in each life.
    pub sequence: u32,
}

/// How a transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Everywhere, for ever.
    Committed,
    /// Nowhere.
    Aborted,
}

/// A key and the value it shall have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Where; not at the coordinator itself, which in this model holds no data.
    pub at: Peer,
    /// Which key.
    pub key: u64,
    /// Its new value.
    pub value: u64,
}

/// What sites say to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Coordinator to participant: can you make these changes?
    Prepare {
        /// Which transaction.
        id: TransactionId,
        /// Key and value, for this participant.
        changes: Vec<(u64, u64)>,
        /// All participants, so that one in doubt can ask the others.
        members: Vec<Peer>,
    },
    /// Participant to coordinator. A yes is a promise and on disk.
    Vote {
        /// Which transaction.
        id: TransactionId,
        /// Whether it can.
        yes: bool,
    },
    /// To a participant, from whoever knows.
    Decide {
        /// Which transaction.
        id: TransactionId,
        /// What became of it.
        outcome: Outcome,
    },
    /// Participant to coordinator: the commit is on my disk, you may forget.
    Done {
        /// Which transaction.
        id: TransactionId,
    },
    /// From a participant in doubt to the coordinator or another participant.
    Inquire {
        /// Which transaction.
        id: TransactionId,
    },
}

/// Why a site wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// Fires at the coordinator when votes are still missing: they count as no.
    Votes(TransactionId),
    /// Fires at the coordinator while participants have not confirmed the commit.
    Resend(TransactionId),
    /// Fires at a prepared participant that has not heard the outcome.
    Inquire(TransactionId),
}

/// What a client asks of the coordinator it chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Make all of these changes or none.
    Commit {
        /// At least one.
        changes: Vec<Change>,
    },
}

/// What the client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Decided.
    Decided {
        /// Which transaction it was.
        id: TransactionId,
        /// How it ended.
        outcome: Outcome,
    },
    /// Never begun: no changes, a change at the coordinator or at nobody, or all identities of this life are used.
    Refused,
}

/// What a trace or a check wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// A participant locked and promised.
    Prepared(TransactionId),
    /// A participant could not: another transaction holds a key.
    Conflicted(TransactionId),
    /// A participant waits for an outcome that nobody has told it, with its locks held.
    Doubted(TransactionId),
    /// The coordinator decided.
    Decided(TransactionId, Outcome),
    /// A participant carried the outcome out and let its locks go.
    Finished(TransactionId, Outcome),
    /// All participants confirmed; the coordinator forgot.
    Forgot(TransactionId),
}

/// The protocol, or one well-known mistake in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// As published.
    Sound,
    /// The yes leaves before the promise is on disk. A crash between the two forgets a promise that was counted.
    VoteBeforeWriting,
    /// The outcome leaves before it is on disk. A crash between the two tells one participant commit and presumes abort to the next.
    DecideBeforeWriting,
    /// A participant in doubt aborts by itself to get rid of its locks.
    AbortInDoubt,
    /// What the coordinator has no record of is taken to have committed.
    PresumeCommit,
    /// Identities begin anew after a restart.
    ReuseIdentities,
}

/// The settings of a group; the same at every member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Members, 2 to [`MEMBERS_MAX`].
    pub members: u16,
    /// Votes that are missing after this count as no, 1 ms to 1 h.
    pub votes_within: Span,
    /// A prepared participant asks for the outcome after this, and again, 1 ms to 1 h.
    pub inquire_after: Span,
    /// A commit that is not confirmed is sent again after this, 1 ms to 1 h.
    pub resend_after: Span,
    /// Whether a participant in doubt asks the other participants as well (Bernstein et al., §7.4, cooperative termination).
    pub cooperative: bool,
    /// [`Rule::Sound`], unless a mistake is to be shown.
    pub rule: Rule,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            members: 3,
            votes_within: Span::from_millis(200),
            inquire_after: Span::from_millis(300),
            resend_after: Span::from_millis(100),
            cooperative: true,
            rule: Rule::Sound,
        }
    }
}

impl Config {
    /// Refuses what is out of range, with the value and the bound.
    pub fn check(&self) -> Result<(), ConfigError> {
        let (ms, hour) = (Span::from_millis(1).0, Span::from_secs(3_600).0);
        let rows = [
            ("members", u64::from(self.members), 2, u64::from(MEMBERS_MAX)),
            ("votes_within (ns)", self.votes_within.0, ms, hour),
            ("inquire_after (ns)", self.inquire_after.0, ms, hour),
            ("resend_after (ns)", self.resend_after.0, ms, hour),
        ];
        match rows.into_iter().find(|(_, value, low, high)| !(low..=high).contains(&value)) {
            Some((field, value, low, high)) => Err(ConfigError { field, value, low, high }),
            None => Ok(()),
        }
    }
}

/// A setting out of its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// Which setting.
    pub field: &'static str,
    /// What it was set to.
    pub value: u64,
    /// Its smallest value.
    pub low: u64,
    /// Its largest value.
    pub high: u64,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}; it must lie between {} and {}", self.field, self.value, self.low, self.high)
    }
}

impl core::error::Error for ConfigError {}
