//! Judges a run of a group by what its servers note: the five properties of the paper's figure 3, and linearizable reads.
//!
//! | property | what is compared |
//! |---|---|
//! | election safety | each [`Note::Elected`] with the leaders of its term so far |
//! | leader append-only | a [`Note::Truncated`] or [`Note::Installed`] of a server that leads |
//! | log matching | each [`Note::Appended`] with whoever stored an entry of the same term and index: equal, and behind an equal one |
//! | leader completeness | the log of each newly elected server with all that was committed in earlier terms |
//! | state machine safety | the digest of all that a server has applied, with that of others at the same index; and that none is skipped |
//! | linearizable reads | what a read found, with the writes of that key that were acknowledged, or read, before it was asked |
//!
//! It sees everything at once, as no server can. It reads notes, requests and replies in the order in which they happened, knows
//! nothing of messages or disks, and never changes a run. Cost: O(log n) a note; O(committed entries) an election.
//! Memory: about 100 bytes an entry ever stored.

use crate::disk::Image;
use crate::rules::Position;
use crate::words::{Entry, Note, Payload, Reply, Request};
use core::fmt;
use machine::Peer;
use std::collections::BTreeMap;

/// A property that does not hold, with the evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// Two servers were elected in one term.
    ElectionSafety {
        /// The term.
        term: u64,
        /// Who was elected first.
        first: Peer,
        /// Who was elected too.
        second: Peer,
    },
    /// A leader deleted from its own log.
    LeaderAppendOnly {
        /// Which.
        leader: Peer,
        /// From this index on.
        from: u64,
    },
    /// Two logs hold entries of the same term and index that differ, or that follow different ones.
    LogMatching {
        /// Where.
        at: Position,
        /// Who stored it otherwise than somebody before.
        server: Peer,
    },
    /// A leader lacks an entry that was committed before its term.
    LeaderCompleteness {
        /// The leader's term.
        term: u64,
        /// The leader.
        leader: Peer,
        /// The entry.
        lacks: Position,
    },
    /// Two servers have applied different entries at an index or before it.
    StateMachineSafety {
        /// Who differs from somebody before.
        server: Peer,
        /// Where.
        at: Position,
    },
    /// A server applied an entry without the one before it.
    Skipped {
        /// Which server.
        server: Peer,
        /// The last that it had applied.
        applied: u64,
        /// The one that it applied next.
        next: u64,
    },
    /// A read did not see a write that was acknowledged, or read, before it was asked.
    StaleRead {
        /// The read.
        token: u64,
        /// Index of the write that it found; 0 for none.
        found: u64,
        /// Index of the write that it had to see.
        expected: u64,
    },
}

impl Violation {
    /// The name of the property.
    #[must_use]
    pub const fn property(&self) -> &'static str {
        match self {
            Violation::ElectionSafety { .. } => "election safety",
            Violation::LeaderAppendOnly { .. } => "leader append-only",
            Violation::LogMatching { .. } => "log matching",
            Violation::LeaderCompleteness { .. } => "leader completeness",
            Violation::StateMachineSafety { .. } | Violation::Skipped { .. } => "state machine safety",
            Violation::StaleRead { .. } => "linearizable reads",
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.property())?;
        match self {
            Violation::ElectionSafety { term, first, second } => {
                write!(f, "{} and {} were both elected in term {term}", first.0, second.0)
            }
            Violation::LeaderAppendOnly { leader, from } => {
                write!(f, "{} deleted from index {from} on while it led", leader.0)
            }
            Violation::LogMatching { at, server } => {
                write!(f, "{} holds {at} otherwise than another log does, or behind another entry", server.0)
            }
            Violation::LeaderCompleteness { term, leader, lacks } => {
                write!(f, "{} leads term {term} without {lacks}, which is committed", leader.0)
            }
            Violation::StateMachineSafety { server, at } => {
                write!(f, "{} applied {at}, another server something else", server.0)
            }
            Violation::Skipped { server, applied, next } => {
                write!(f, "{} applied {next} after {applied}", server.0)
            }
            Violation::StaleRead { token, found, expected } => {
                write!(f, "read {token} found the write at {found}, and the one at {expected} was done before it began")
            }
        }
    }
}

impl core::error::Error for Violation {}

/// What one server has told so far.
#[derive(Clone, Debug, Default)]
struct Told {
    /// Where its log begins.
    base: Position,
    /// The terms of the entries behind.
    terms: Vec<u64>,
    applied: u64,
    /// The term in which it last learned of a commit.
    term: u64,
    leads: bool,
}

impl Told {
    fn term_at(&self, index: u64) -> Option<u64> {
        if index == self.base.index {
            return Some(self.base.term);
        }
        let place = index.checked_sub(self.base.index + 1)?;
        self.terms.get(usize::try_from(place).ok()?).copied()
    }

    fn truncate(&mut self, from: u64) {
        let kept = from.saturating_sub(self.base.index + 1);
        self.terms.truncate(usize::try_from(kept).unwrap_or(usize::MAX));
    }

    fn begin_at(&mut self, base: Position) {
        let gone = usize::try_from(base.index.saturating_sub(self.base.index)).unwrap_or(usize::MAX);
        self.terms.drain(..gone.min(self.terms.len()));
        self.base = base;
    }
}

/// What is known of a committed entry.
#[derive(Clone, Copy, Debug)]
struct Committed {
    term: u64,
    /// Of all applied up to here.
    digest: u64,
    /// The term of whoever knew first that it is committed.
    known_in: u64,
}

/// The judge of one run. See the module.
#[derive(Clone, Debug, Default)]
pub struct Observer {
    servers: BTreeMap<Peer, Told>,
    leaders: BTreeMap<u64, Peer>,
    /// What stands at each term and index, and the term of the entry before.
    entries: BTreeMap<Position, (u64, Payload)>,
    /// By index, from 1.
    committed: Vec<Committed>,
    /// Key of a write, or a read's key and what it has to see, by token.
    writes: BTreeMap<u64, u64>,
    reads: BTreeMap<u64, (u64, u64)>,
    /// The last index acknowledged or read, by key.
    seen: BTreeMap<u64, u64>,
}

impl Observer {
    /// How many entries are known to be committed.
    #[must_use]
    pub fn committed(&self) -> u64 {
        self.committed.len() as u64
    }

    /// How many terms had a leader.
    #[must_use]
    pub fn elections(&self) -> u64 {
        self.leaders.len() as u64
    }

    /// A story begins in the middle: `server` holds `image`, with no snapshot in it.
    pub fn on_image(&mut self, server: Peer, image: &Image) -> Result<(), Violation> {
        image.log().entries().iter().try_for_each(|entry| self.on_appended(server, entry))
    }

    /// `server` crashed: it leads no more, and says nothing of it.
    pub fn on_crash(&mut self, server: Peer) {
        self.servers.entry(server).or_default().leads = false;
    }

    /// A client asks.
    pub fn on_request(&mut self, token: u64, request: &Request) {
        match request {
            Request::Write { key, .. } => drop(self.writes.insert(token, *key)),
            Request::Read { key } => {
                let expected = self.seen.get(key).copied().unwrap_or(0);
                self.reads.insert(token, (*key, expected));
            }
            Request::Change { .. } | Request::Transfer { .. } => {}
        }
    }

    /// A client is told.
    pub fn on_reply(&mut self, token: u64, reply: &Reply) -> Result<(), Violation> {
        let (key, index) = match reply {
            Reply::Written { at } => (self.writes.remove(&token), at.index),
            Reply::Value { found, .. } => {
                let found = found.map_or(0, |(at, _)| at.index);
                let (key, expected) = self.reads.remove(&token).unzip();
                if let Some(expected) = expected.filter(|expected| found < *expected) {
                    return Err(Violation::StaleRead { token, found, expected });
                }
                (key, found)
            }
            _ => return Ok(()),
        };
        if let Some(key) = key {
            let seen = self.seen.entry(key).or_default();
            *seen = (*seen).max(index);
        }
        Ok(())
    }

    /// `server` notes something.
    pub fn on_note(&mut self, server: Peer, note: &Note) -> Result<(), Violation> {
        let told = self.servers.entry(server).or_default();
        match *note {
            Note::Elected { term, .. } => return self.on_elected(server, term),
            Note::SteppedDown { .. } => told.leads = false,
            Note::Appended { entry } => return self.on_appended(server, &entry),
            Note::Truncated { from, .. } => {
                told.truncate(from);
                if told.leads {
                    return Err(Violation::LeaderAppendOnly { leader: server, from });
                }
            }
            Note::Committed { term, .. } => told.term = term,
            Note::Applied { at, digest } => return self.on_applied(server, at, digest),
            Note::Compacted { at } => told.begin_at(at),
            Note::Restarted { at, digest } => {
                told.applied = at.index;
                return self.on_state(server, at, digest);
            }
            Note::Installed { at, digest, keeps_tail } => {
                if told.leads {
                    return Err(Violation::LeaderAppendOnly { leader: server, from: told.base.index });
                }
                if !keeps_tail {
                    told.terms.clear();
                }
                told.begin_at(at);
                told.applied = at.index;
                return self.on_state(server, at, digest);
            }
            Note::PreCandidate { .. } | Note::Candidate { .. } | Note::Voted { .. } => {}
            Note::Reconfigured { .. } | Note::Handing { .. } => {}
        }
        Ok(())
    }

    fn on_elected(&mut self, server: Peer, term: u64) -> Result<(), Violation> {
        let first = *self.leaders.entry(term).or_insert(server);
        if first != server {
            return Err(Violation::ElectionSafety { term, first, second: server });
        }
        let told = self.servers.entry(server).or_default();
        told.leads = true;
        for (index, committed) in (1..).zip(&self.committed) {
            let is_older = committed.known_in < term && index >= told.base.index;
            if is_older && told.term_at(index) != Some(committed.term) {
                let lacks = Position { term: committed.term, index };
                return Err(Violation::LeaderCompleteness { term, leader: server, lacks });
            }
        }
        Ok(())
    }

    fn on_appended(&mut self, server: Peer, entry: &Entry) -> Result<(), Violation> {
        let told = self.servers.entry(server).or_default();
        let before = told.term_at(entry.at.index - 1).unwrap_or(0);
        told.terms.push(entry.at.term);
        let known = *self.entries.entry(entry.at).or_insert((before, entry.payload));
        if known == (before, entry.payload) { Ok(()) } else { Err(Violation::LogMatching { at: entry.at, server }) }
    }

    fn on_applied(&mut self, server: Peer, at: Position, digest: u64) -> Result<(), Violation> {
        let told = self.servers.entry(server).or_default();
        let (applied, known_in) = (told.applied, told.term);
        told.applied = at.index;
        if at.index != applied + 1 {
            return Err(Violation::Skipped { server, applied, next: at.index });
        }
        if at.index == self.committed() + 1 {
            self.committed.push(Committed { term: at.term, digest, known_in });
            return Ok(());
        }
        if let Some(known) = usize::try_from(applied).ok().and_then(|place| self.committed.get_mut(place)) {
            known.known_in = known.known_in.min(known_in);
        }
        self.on_state(server, at, digest)
    }

    /// `server` holds the state after the entry of `at`.
    fn on_state(&self, server: Peer, at: Position, digest: u64) -> Result<(), Violation> {
        let place = usize::try_from(at.index).unwrap_or(usize::MAX).checked_sub(1);
        let Some(place) = place else { return Ok(()) };
        let known = self.committed.get(place);
        let is_equal = known.is_some_and(|known| (known.term, known.digest) == (at.term, digest));
        if is_equal { Ok(()) } else { Err(Violation::StateMachineSafety { server, at }) }
    }
}
