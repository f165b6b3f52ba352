//! What is said: entries, messages, timers, requests and replies, notes.

use crate::membership::{Members, Membership};
use crate::rules::{Conflict, Position};
use crate::snapshot::Snapshot;
use machine::Peer;
use std::sync::Arc;

/// What an entry does when it is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Payload {
    /// Nothing: a leader's first entry, by which it learns what is committed (§8).
    Blank,
    /// A client's write.
    Write {
        /// Where.
        key: u64,
        /// What.
        value: u64,
    },
    /// The group's configuration from here on (§6).
    Membership(Membership),
}

/// One entry of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    /// Its term and index.
    pub at: Position,
    /// What it does.
    pub payload: Payload,
}

/// What servers say to each other. Each carries its sender's term (§5.1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Message {
    /// RequestVote: "vote for me in `term`" (§5.2).
    Vote {
        /// The candidate's term.
        term: u64,
        /// Where its log ends.
        last: Position,
        /// The leader asked for this election: a voter need not protect it (dissertation, §3.10 and §4.2.3).
        is_transfer: bool,
    },
    /// The answer to [`Message::Vote`].
    Voted {
        /// The voter's term.
        term: u64,
        /// Whether it was given.
        is_granted: bool,
    },
    /// "Would you vote for me in `term`?" Changes nothing at either side (dissertation, §9.6).
    PreVote {
        /// The term that the candidate would begin: its own and one.
        term: u64,
        /// Where its log ends.
        last: Position,
    },
    /// The answer to [`Message::PreVote`].
    PreVoted {
        /// The term that was asked about, if granted; else the voter's.
        term: u64,
        /// Whether it would.
        is_granted: bool,
    },
    /// AppendEntries; without entries a heartbeat (§5.2, §5.3).
    Append {
        /// The leader's term.
        term: u64,
        /// The entry before the first of `entries`.
        prev: Position,
        /// What to store behind it.
        entries: Vec<Entry>,
        /// The leader's commit index.
        commit: u64,
        /// The last round of heartbeats that had begun when this was sent: an answer confirms the leader up to that round.
        round: u64,
    },
    /// InstallSnapshot, in one piece (§7).
    Install {
        /// The leader's term.
        term: u64,
        /// The state instead of the entries.
        snapshot: Arc<Snapshot>,
        /// As in [`Message::Append`].
        round: u64,
    },
    /// The follower's log equals the leader's up to `upto`.
    Accepted {
        /// The follower's term.
        term: u64,
        /// The last index known to be equal and durable.
        upto: u64,
        /// Of the message it answers.
        round: u64,
    },
    /// The follower's log does not hold the previous entry; or the leader's term is over.
    Rejected {
        /// The follower's term.
        term: u64,
        /// The previous entry that was not there.
        prev: u64,
        /// What is there.
        conflict: Conflict,
        /// Of the message it answers.
        round: u64,
    },
    /// TimeoutNow: the leader asks for an election that this follower will win (dissertation, §3.10).
    Succeed {
        /// The leader's term.
        term: u64,
    },
}

impl Message {
    /// The term it carries, which may make its receiver a follower (§5.1). Pre-votes speak of a term that nobody is in yet.
    #[must_use]
    pub const fn term(&self) -> u64 {
        match self {
            Message::Vote { term, .. } | Message::Voted { term, .. } | Message::PreVote { term, .. } => *term,
            Message::PreVoted { term, .. } | Message::Append { term, .. } | Message::Install { term, .. } => *term,
            Message::Accepted { term, .. } | Message::Rejected { term, .. } | Message::Succeed { term } => *term,
        }
    }

    /// Whether it is an answer.
    #[must_use]
    pub const fn is_answer(&self) -> bool {
        use Message::{Accepted, PreVoted, Rejected, Voted};
        matches!(self, Voted { .. } | PreVoted { .. } | Accepted { .. } | Rejected { .. })
    }
}

/// Why a server may want to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// Fires when no leader was heard for the election time-out: it is time to ask for votes, or to ask again (§5.2).
    Election,
    /// Fires when the leader has to speak again, lest others think it dead (§5.2).
    Heartbeat,
}

/// What a client asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Request {
    /// Set `key` to `value`.
    Write {
        /// Where.
        key: u64,
        /// What.
        value: u64,
    },
    /// Read `key`, linearizably.
    Read {
        /// Which.
        key: u64,
    },
    /// Make these the voters and learners.
    Change {
        /// Who shall vote: at least one.
        voters: Members,
        /// Who shall only receive the log.
        learners: Members,
    },
    /// Hand leadership to this server.
    Transfer {
        /// Whom to.
        to: Peer,
    },
}

/// Why a leader does not do what it is asked. Nothing has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// So many entries wait for a majority that no more are taken: ask again later.
    Busy,
    /// Leadership is being handed over: ask again later.
    Transferring,
    /// A change of the configuration is under way, or the leader has not committed an entry of its term yet: ask again later.
    Changing,
    /// There would be no voter, or one that does not exist or is a learner too.
    Membership,
    /// Not another voter.
    Successor,
}

/// What a client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reply {
    /// It is committed and applied.
    Written {
        /// Where in the log.
        at: Position,
    },
    /// What `key` holds.
    Value {
        /// Where the write stands in the log, and its value; `None` if there never was one.
        found: Option<(Position, u64)>,
        /// The state that was read is the one after this many entries.
        applied: u64,
    },
    /// The configuration is in effect and committed.
    Changed {
        /// Where in the log.
        at: Position,
    },
    /// Another server leads now.
    Transferred {
        /// Its term.
        term: u64,
    },
    /// Leadership was not taken over in time; this server leads on.
    TransferFailed,
    /// Not the leader. Nothing has happened.
    NotLeader {
        /// Who may be.
        hint: Option<Peer>,
    },
    /// It lost leadership before it knew. It may happen yet, or never.
    Unknown {
        /// Where in the log.
        at: Position,
    },
    /// It will not be done.
    Refused(Refusal),
}

/// What a trace or a check wants to know: [`Observer`](crate::Observer) judges a run by these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// It began again after a crash, with what its snapshot holds.
    Restarted {
        /// The last entry covered.
        at: Position,
        /// The digest of the state in it.
        digest: u64,
    },
    /// It missed the leader, and asks whether it could win in `term`.
    PreCandidate {
        /// The term that would begin.
        term: u64,
    },
    /// It asks for votes in `term`.
    Candidate {
        /// The term that began.
        term: u64,
    },
    /// It gave its vote.
    Voted {
        /// In this term.
        term: u64,
        /// To this candidate.
        candidate: Peer,
    },
    /// It was elected.
    Elected {
        /// In this term.
        term: u64,
        /// Where its log ended then: before its first entry.
        last: Position,
    },
    /// It leads no longer.
    SteppedDown {
        /// The term in which it led.
        term: u64,
    },
    /// It stored an entry behind its last.
    Appended {
        /// The entry.
        entry: Entry,
    },
    /// It deleted this entry and all that followed.
    Truncated {
        /// The first index deleted.
        from: u64,
        /// The term of the entry there.
        term: u64,
        /// Where the log ended.
        to: Position,
    },
    /// It knows that all up to here is committed.
    Committed {
        /// Up to this index.
        upto: u64,
        /// The term it is in.
        term: u64,
    },
    /// It applied an entry.
    Applied {
        /// Which.
        at: Position,
        /// The digest of all it has applied.
        digest: u64,
    },
    /// It replaced the beginning of its log by a snapshot of its own.
    Compacted {
        /// The last entry covered.
        at: Position,
    },
    /// It took the leader's snapshot.
    Installed {
        /// The last entry covered.
        at: Position,
        /// The digest of the state in it.
        digest: u64,
        /// It kept the entries behind, because its log held the last one covered; else the whole log is gone.
        keeps_tail: bool,
    },
    /// This configuration is in effect here.
    Reconfigured {
        /// Which.
        membership: Membership,
    },
    /// It told its successor to stand for election.
    Handing {
        /// Whom.
        to: Peer,
    },
}
