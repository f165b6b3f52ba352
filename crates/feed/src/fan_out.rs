//! Fan-out: who is pushed to when somebody posts, and whom a reader has to pull from.
//!
//! ```text
//!   followers   0 ───────────── push_below ─────────────── pull_from ──────▶
//!   a post      to everybody     to who was active lately    to nobody
//!   a reader    pulls nothing    pulls if inactive then       pulls
//! ```
//!
//! The rules: the limits are exclusive below (an author with exactly `push_below` followers is in the middle tier, one with exactly `pull_from` in
//! the upper). A reader pulls from every author whose post may not have been pushed to it. Reading the middle tier only where it was
//! pushed is a mistake that is made ([`Policy::forgetting_the_inactive`]): a follower who comes back after a holiday never sees what it missed.
//!
//! Cost: O(1) a decision. Source: Krikorian, "Timelines at Scale", QCon 2012; Silberstein et al., "Feeding Frenzy", SIGMOD 2010, for
//! the choice between push and pull by rates.

use base::{Span, Time};
use core::fmt;
use serde::{Deserialize, Serialize};

/// Which way; the list of the family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// Every post goes to every follower.
    OnWrite,
    /// Every reader asks everybody it follows.
    OnRead,
    /// By the number of followers.
    Hybrid,
}

impl Algorithm {
    /// All ways, in the order in which they are saved.
    pub const ALL: &[Algorithm] = &[Algorithm::OnWrite, Algorithm::OnRead, Algorithm::Hybrid];

    /// The name in files and on screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::OnWrite => "on-write",
            Algorithm::OnRead => "on-read",
            Algorithm::Hybrid => "hybrid",
        }
    }

    /// One line for a person who chooses.
    #[must_use]
    pub fn help(self) -> &'static str {
        match self {
            Algorithm::OnWrite => "Writes each post to every follower; reads are cheap, large authors are not.",
            Algorithm::OnRead => "Asks everybody followed at each read; posts are cheap, reads are not.",
            Algorithm::Hybrid => {
                "Pushes for small authors, to the active for middling ones, and pulls from large ones."
            }
        }
    }

    /// The way with its usual limits: 10,000 and 1,000,000 followers, active within 7 days.
    #[must_use]
    pub fn policy(self) -> Policy {
        let (push_below, pull_from) = match self {
            Algorithm::OnWrite => (u64::MAX, u64::MAX),
            Algorithm::OnRead => (0, 0),
            Algorithm::Hybrid => (10_000, 1_000_000),
        };
        Policy { algorithm: self, push_below, pull_from, active: Span::from_secs(7 * 86_400), is_forgetful: false }
    }
}

/// Why a policy cannot be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedError {
    /// The middle tier ends before it begins.
    Limits {
        /// From where on only the active are pushed to.
        push_below: u64,
        /// From where on nobody is.
        pull_from: u64,
    },
    /// Stages of a ranking that grow.
    Stages {
        /// What the first stage keeps.
        kept_by_light: u64,
        /// What the second keeps.
        kept_by_heavy: u64,
    },
}

impl fmt::Display for FeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FeedError::Limits { push_below, pull_from } => {
                write!(f, "`push_below` is {push_below}, but must be at most `pull_from`, {pull_from}")
            }
            FeedError::Stages { kept_by_light, kept_by_heavy } => {
                write!(
                    f,
                    "the heavy stage keeps {kept_by_heavy}, but must keep at most what the light one does, {kept_by_light}"
                )
            }
        }
    }
}

impl core::error::Error for FeedError {}

/// What is known of an author when a post is made or read.
///
/// When a reader asks, this is the most followers that the author has had while the outbox filled: an author who fell a tier still has
/// posts there that were never pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Author {
    /// How many follow.
    pub followers: u64,
}

/// What is known of a reader.
///
/// What it pulls it has to add to its own timeline: from then on it counts as active, and does not pull the same again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reader {
    /// When it was last there before now.
    pub last_active: Time,
}

/// Who is pushed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FanOut {
    /// Every follower.
    Everybody,
    /// Followers who were there within this span before the post.
    Active {
        /// How long ago at most.
        within: Span,
    },
    /// Nobody: the post is in its author's outbox.
    Nobody,
}

/// Who is pushed to and who pulls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    algorithm: Algorithm,
    push_below: u64,
    pull_from: u64,
    active: Span,
    is_forgetful: bool,
}

impl Policy {
    /// By tiers: under `push_below` followers everybody, under `pull_from` those `active` lately, from there on nobody. Refused
    /// if the middle tier ends before it begins.
    pub fn hybrid(push_below: u64, pull_from: u64, active: Span) -> Result<Policy, FeedError> {
        if push_below > pull_from {
            return Err(FeedError::Limits { push_below, pull_from });
        }
        Ok(Policy { algorithm: Algorithm::Hybrid, push_below, pull_from, active, is_forgetful: false })
    }

    /// The wrong variant: readers pull from the upper tier only, and miss what the middle tier did not push to them.
    #[must_use]
    pub fn forgetting_the_inactive(self) -> Policy {
        Policy { is_forgetful: true, ..self }
    }

    /// Which way.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Who is pushed to when this author posts.
    #[must_use]
    pub fn on_post(&self, author: Author) -> FanOut {
        match self.algorithm {
            Algorithm::OnWrite => FanOut::Everybody,
            Algorithm::OnRead => FanOut::Nobody,
            Algorithm::Hybrid if author.followers < self.push_below => FanOut::Everybody,
            Algorithm::Hybrid if author.followers < self.pull_from => FanOut::Active { within: self.active },
            Algorithm::Hybrid => FanOut::Nobody,
        }
    }

    /// Whether this reader has to look into this author's outbox at `now`.
    ///
    /// Of the middle tier only a reader that was away for longer than the activity window has missed anything.
    #[must_use]
    pub fn pulls(&self, author: Author, reader: Reader, now: Time) -> bool {
        match self.on_post(author) {
            FanOut::Everybody => false,
            FanOut::Nobody => true,
            FanOut::Active { within } => !self.is_forgetful && now.since(reader.last_active) > within,
        }
    }
}

impl FanOut {
    /// Whether a follower who was last there at `last_active` is written to by a post made at `posted`.
    #[must_use]
    pub fn reaches(&self, last_active: Time, posted: Time) -> bool {
        match self {
            FanOut::Everybody => true,
            FanOut::Active { within } => posted.since(last_active) <= *within,
            FanOut::Nobody => false,
        }
    }
}
