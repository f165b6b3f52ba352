//! Ways to get it wrong: each is a switch that takes one rule out, so that its reason can be watched.
//!
//! They come from the paper's warnings, from sketches of Raft as courses show them, and from bugs that real systems had. Each is caught
//! by [`Observer`](crate::Observer), or by a group that stands still after all faults have ended; `tests/bugs.rs` says by which seed.

use core::fmt;

/// One rule left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bug {
    /// A majority is more than half of the *peers*: too few in an even group, which then has two leaders in a term (§5.2).
    MajorityOfPeers,
    /// A vote is given without a look at the candidate's log (§5.4.1): a leader may lack what is committed.
    VoteWithoutLogCheck,
    /// The vote is not written to disk (figure 2, persistent state): after a crash the server votes again in the same term.
    VoteForgotten,
    /// The last entry was acknowledged from memory: a crash takes it (figure 2: "updated on stable storage before responding").
    EntryForgotten,
    /// The previous entry is not compared (figure 2, AppendEntries, rule 2): what does not fit is stored behind whatever is there.
    AppendWithoutCheck,
    /// Entries that contradict the leader stay (figure 2, AppendEntries, rule 3).
    AppendWithoutTruncation,
    /// Every append cuts the log behind its own entries, also those that agree (rule 3 says "conflicts"): an old message takes away
    /// what was acknowledged since.
    TruncateAlways,
    /// A follower commits as far as the leader has, not only as far as it is known to agree (figure 2, AppendEntries, rule 5).
    CommitBeyondMatch,
    /// A follower that agrees with a heartbeat claims its whole log to be equal, not only the part that was compared (figure 2:
    /// matchIndex is what is *known* to be replicated).
    ClaimWholeLog,
    /// A leader counts the copies of an entry of an older term (§5.4.2, figure 8).
    CommitOldTerm,
    /// Of several entries committed at once only the newest is applied.
    ApplyNewestOnly,
    /// A server that does not lead takes writes into its own log.
    WriteWithoutLeading,
    /// A leader answers reads from its state at once (§8): it may have been replaced without knowing.
    ReadWithoutRound,
    /// A new leader reads before it has committed an entry of its term (§8): it does not know yet what is committed.
    ReadBeforeOwnCommit,
    /// Reads go by a lease, but voters do not protect the leader that holds it (dissertation, §6.4.1).
    LeaseWithoutProtection,
    /// A group changes from the old voters to any new ones in one step (§6, figure 10).
    ChangeDirectly,
    /// A leader changes the configuration before it has committed an entry of its term (Ongaro, raft-dev, 2015: "bug in
    /// single-server membership changes").
    ChangeBeforeOwnCommit,
    /// A change may begin before the one before it is committed (§6; dissertation, §4.1).
    ChangesOverlap,
    /// The copies of learners count towards a majority of the voters (dissertation, §4.2.1).
    CountLearners,
    /// A candidate that loses waits for ever: the first split vote is the end.
    CandidateNeverRetries,
    /// Election time-outs are all the same (§9.3): votes split, again and again.
    SameTimeouts,
    /// A leader does not look at the terms of answers (§5.1): a server that has seen a newer term rejects it
    /// for ever, and it does not mind.
    DeafToAnswers,
}

impl Bug {
    /// All of them. Only grows at its end: saved links refer to positions.
    pub const ALL: [Bug; 22] = [
        Bug::MajorityOfPeers,
        Bug::VoteWithoutLogCheck,
        Bug::VoteForgotten,
        Bug::EntryForgotten,
        Bug::AppendWithoutCheck,
        Bug::AppendWithoutTruncation,
        Bug::TruncateAlways,
        Bug::CommitBeyondMatch,
        Bug::ClaimWholeLog,
        Bug::CommitOldTerm,
        Bug::ApplyNewestOnly,
        Bug::WriteWithoutLeading,
        Bug::ReadWithoutRound,
        Bug::ReadBeforeOwnCommit,
        Bug::LeaseWithoutProtection,
        Bug::ChangeDirectly,
        Bug::ChangeBeforeOwnCommit,
        Bug::ChangesOverlap,
        Bug::CountLearners,
        Bug::CandidateNeverRetries,
        Bug::SameTimeouts,
        Bug::DeafToAnswers,
    ];

    /// Its name in scenarios and stories.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Bug::MajorityOfPeers => "majority-of-peers",
            Bug::VoteWithoutLogCheck => "vote-without-log-check",
            Bug::VoteForgotten => "vote-forgotten",
            Bug::EntryForgotten => "entry-forgotten",
            Bug::AppendWithoutCheck => "append-without-check",
            Bug::AppendWithoutTruncation => "append-without-truncation",
            Bug::TruncateAlways => "truncate-always",
            Bug::CommitBeyondMatch => "commit-beyond-match",
            Bug::ClaimWholeLog => "claim-whole-log",
            Bug::CommitOldTerm => "commit-old-term",
            Bug::ApplyNewestOnly => "apply-newest-only",
            Bug::WriteWithoutLeading => "write-without-leading",
            Bug::ReadWithoutRound => "read-without-round",
            Bug::ReadBeforeOwnCommit => "read-before-own-commit",
            Bug::LeaseWithoutProtection => "lease-without-protection",
            Bug::ChangeDirectly => "change-directly",
            Bug::ChangeBeforeOwnCommit => "change-before-own-commit",
            Bug::ChangesOverlap => "changes-overlap",
            Bug::CountLearners => "count-learners",
            Bug::CandidateNeverRetries => "candidate-never-retries",
            Bug::SameTimeouts => "same-timeouts",
            Bug::DeafToAnswers => "deaf-to-answers",
        }
    }

    /// What it leaves out and what comes of that, in a line.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Bug::MajorityOfPeers => "half of an even group is taken for a majority: two leaders in one term",
            Bug::VoteWithoutLogCheck => "anybody may win: a leader can lack what was committed",
            Bug::VoteForgotten => "a vote is not on disk: after a crash it is given again in the same term",
            Bug::EntryForgotten => "the last entry is not on disk: a crash takes what was acknowledged",
            Bug::AppendWithoutCheck => "the entry before is not compared: what does not fit is stored all the same",
            Bug::AppendWithoutTruncation => "entries that contradict the leader stay",
            Bug::TruncateAlways => "an old message cuts away what was stored since",
            Bug::CommitBeyondMatch => "a follower commits what it does not know to be the leader's",
            Bug::ClaimWholeLog => "a follower claims more of its log to be equal than was compared",
            Bug::CommitOldTerm => "copies of an older term's entry are counted: figure 8, a committed entry is deleted",
            Bug::ApplyNewestOnly => "of entries committed together only the newest is carried out",
            Bug::WriteWithoutLeading => "a follower takes writes into its own log",
            Bug::ReadWithoutRound => "a leader reads from its state at once: it may have been replaced",
            Bug::ReadBeforeOwnCommit => "a new leader reads before it knows all that is committed",
            Bug::LeaseWithoutProtection => "reads go by a lease, but voters elect another leader meanwhile",
            Bug::ChangeDirectly => "members change in one step: two groups",
            Bug::ChangeBeforeOwnCommit => "a new leader changes the members before it knows all that is committed",
            Bug::ChangesOverlap => "a change of members begins before the one before is done",
            Bug::CountLearners => "copies at learners count as if they voted",
            Bug::CandidateNeverRetries => "who loses an election waits for ever: the first split vote is the end",
            Bug::SameTimeouts => "all time-outs are the same: votes split again and again",
            Bug::DeafToAnswers => "a leader ignores newer terms in answers: who has seen one rejects it for ever",
        }
    }

    /// Whether it only makes a group stand still, without ever making it lie.
    #[must_use]
    pub const fn only_stalls(self) -> bool {
        matches!(self, Bug::CandidateNeverRetries | Bug::SameTimeouts | Bug::DeafToAnswers)
    }
}

impl fmt::Display for Bug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
