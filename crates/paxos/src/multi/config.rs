//! What a person may set.

use crate::ConfigError;
use crate::rules::majority;
use base::Span;
use quorum::{QuorumSystem, ReadWrite};
use resilience::{BackoffConfig, Jitter};

/// One rule left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bug {
    /// A new leader passes over a slot that nobody told it of instead of filling it: a later one may find a command for it.
    GapSkipped,
    /// Of several accepted commands a new leader takes that of the least ballot instead of the greatest.
    LeastBallotsCommand,
    /// A new leader ignores what was accepted: it begins behind what it knows to be chosen, with commands of its own.
    AcceptedIgnored,
    /// A promise is kept in memory only: after a crash an older ballot goes through, or one's own is used again.
    PromiseForgotten,
    /// A follower takes "chosen up to here" for whatever it has accepted, in any ballot.
    CommitOfAnyBallot,
    /// The two quorums need not share a member: a new leader may ask only those who have not heard of what is chosen.
    QuorumsApart,
}

impl Bug {
    /// All of them. Only grows at its end.
    pub const ALL: [Bug; 6] = [
        Bug::GapSkipped,
        Bug::LeastBallotsCommand,
        Bug::AcceptedIgnored,
        Bug::PromiseForgotten,
        Bug::CommitOfAnyBallot,
        Bug::QuorumsApart,
    ];

    /// The name in files and on screen.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Bug::GapSkipped => "gap-skipped",
            Bug::LeastBallotsCommand => "least-ballots-command",
            Bug::AcceptedIgnored => "accepted-ignored",
            Bug::PromiseForgotten => "promise-forgotten",
            Bug::CommitOfAnyBallot => "commit-of-any-ballot",
            Bug::QuorumsApart => "quorums-apart",
        }
    }

    /// One line for a person who chooses.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Bug::GapSkipped => "a new leader leaves a gap open: an old command may turn up in it",
            Bug::LeastBallotsCommand => {
                "a new leader proposes the oldest of what it is told: a chosen command is replaced"
            }
            Bug::AcceptedIgnored => "a new leader does not look at what it is told: a chosen command is replaced",
            Bug::PromiseForgotten => "a promise is not on disk: after a crash an older ballot goes through",
            Bug::CommitOfAnyBallot => "a member carries out what it accepted in another ballot",
            Bug::QuorumsApart => {
                "the two quorums may be set so that they share no member: what is chosen is overlooked"
            }
        }
    }
}

/// Who begins ballots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Proposers {
    /// Whoever leads, until nobody hears it: what clients ask of others is refused.
    #[default]
    Leader,
    /// Everybody who is asked for something. They outbid each other: a duel.
    Everybody,
}

/// How many must answer: any prepare quorum has to share a member with any accept quorum, and that is all.
///
/// Source: Howard, Malkhi and Spiegelman, *Flexible Paxos: Quorum Intersection Revisited*, 2016.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quorums {
    /// More than half, for both.
    #[default]
    Majority,
    /// Each 1 to members, together more than members.
    Flexible {
        /// Promises that make a leader.
        prepare: u16,
        /// Acceptances that choose a command.
        accept: u16,
    },
}

/// The settings of a group; the same at every member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Members, 1 to 9: an odd number, an even one buys nothing.
    pub members: u16,
    /// A leader shows itself this often, 1 ms to 1 min; it then sends again what nobody has answered.
    pub heartbeat: Span,
    /// A follower that hears no leader takes over after a time drawn from one to two of these, 2 ms to 1 h. Wants to be several
    /// heartbeats and longer than a round trip; at least two heartbeats.
    pub takeover_after: Span,
    /// Who begins ballots.
    pub proposers: Proposers,
    /// How many promises make a leader, and how many acceptances choose.
    pub quorums: Quorums,
    /// How long a proposer that was outbid waits before its next ballot, where everybody proposes; longer each time in a row, 10 µs to
    /// 1 h. `attempts_max` is not looked at: it goes on trying.
    pub retry: BackoffConfig,
    /// Chosen slots that are kept for members that are a little behind, 1 to 1,000,000; there may be twice as many for a while. Who is
    /// further behind gets a snapshot.
    pub kept: u64,
    /// A rule to leave out.
    pub bug: Option<Bug>,
}

impl Default for Config {
    fn default() -> Config {
        let (base, cap) = (Span::from_millis(5), Span::from_secs(1));
        Config {
            members: 3,
            heartbeat: Span::from_millis(50),
            takeover_after: Span::from_millis(200),
            proposers: Proposers::Leader,
            quorums: Quorums::Majority,
            retry: BackoffConfig { base, cap, jitter: Jitter::Full, ..BackoffConfig::default() },
            kept: 1_000,
            bug: None,
        }
    }
}

impl Config {
    /// Refuses what is out of range, with the value and the bound. What is in range has these quorums: reads are prepares, writes
    /// accepts.
    pub fn check(&self) -> Result<ReadWrite, ConfigError> {
        let (prepare, accept) = self.counts();
        let members = u64::from(self.members);
        let least = self.heartbeat.0.saturating_mul(2);
        let rows = [
            ("members", members, 1, 9),
            ("heartbeat (ns)", self.heartbeat.0, Span::from_millis(1).0, Span::from_secs(60).0),
            ("takeover_after (ns)", self.takeover_after.0, least, Span::from_secs(3_600).0),
            ("retry.base (ns)", self.retry.base.0, 10_000, Span::from_secs(3_600).0),
            ("retry.cap (ns)", self.retry.cap.0, self.retry.base.0, Span::from_secs(3_600).0),
            ("kept", self.kept, 1, 1_000_000),
            ("accept quorum", u64::from(accept), 1, members),
            ("prepare quorum", u64::from(prepare), 1, members),
        ];
        if let Some((field, value, low, high)) =
            rows.into_iter().find(|(_, value, low, high)| !(low..=high).contains(&value))
        {
            return Err(ConfigError { field, value, low, high });
        }
        let apart = ConfigError {
            field: "prepare quorum",
            value: prepare.into(),
            low: members + 1 - u64::from(accept),
            high: members,
        };
        let quorum = ReadWrite::new(self.members.into(), prepare.into(), accept.into()).map_err(|_| apart)?;
        if quorum.reads_meet_writes() || self.has(Bug::QuorumsApart) { Ok(quorum) } else { Err(apart) }
    }

    /// Promises that make a leader, and acceptances that choose.
    fn counts(&self) -> (u16, u16) {
        match self.quorums {
            Quorums::Majority => (majority(self.members), majority(self.members)),
            Quorums::Flexible { prepare, accept } => (prepare, accept),
        }
    }

    pub(super) fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }
}
