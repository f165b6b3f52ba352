//! What the members of a chain say to each other, what clients and the master ask, and what they are told.

use super::order::Chain;
use super::store::{Table, Update, Versioned};
use base::Time;
use machine::Peer;

/// Member to member: in which chain it was said, and what. What was said in another chain than the receiver's is not heard.
#[derive(Clone, Debug)]
pub struct Message {
    /// The sender's chain.
    pub chain: u64,
    /// What it says.
    pub word: Word,
}

/// What one member says to another.
#[derive(Clone, Debug)]
pub enum Word {
    /// To the one behind: take this.
    Forward(Update),
    /// To the one before: the tail has everything up to here.
    Ack {
        /// The last of it.
        upto: u64,
    },
    /// From the tail to the head, past the others: everything up to here is done, tell your clients.
    Done {
        /// The last of it.
        upto: u64,
    },
    /// To the one before, in a new chain: this is how far I am.
    Hello {
        /// The last update that I have.
        last: u64,
        /// Whether I have been given what there was before.
        is_whole: bool,
    },
    /// To a new one behind: this is what there is. You answer from now on.
    Install {
        /// The last update that is done.
        done: u64,
        /// Everything that is done.
        table: Table,
        /// What is on its way. It may be done already: by a tail that has failed since.
        sent: Vec<Update>,
    },
    /// To the tail: a reader waits here for a key that is being written. How far are you?
    Query {
        /// The asker's number of it.
        query: u64,
        /// Whom to answer.
        asker: Peer,
    },
    /// From the tail: the answer.
    Answer {
        /// The asker's number of it.
        query: u64,
        /// Everything up to here is done.
        upto: u64,
    },
}

impl Word {
    /// A short name, for a trace.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Word::Forward(_) => "forward",
            Word::Ack { .. } => "ack",
            Word::Done { .. } => "done",
            Word::Hello { .. } => "hello",
            Word::Install { .. } => "install",
            Word::Query { .. } => "query",
            Word::Answer { .. } => "answer",
        }
    }
}

/// Why a member wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// `resend_every` after something was sent of which nothing was heard since.
    Resend,
}

/// What a member is asked, by clients and by the master.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Client, to the head: set a key.
    Write {
        /// Which.
        key: u64,
        /// To what.
        value: u64,
    },
    /// Client, to the tail, or with [`Reads::Any`](super::Reads::Any) to anybody: read a key.
    Read {
        /// Which.
        key: u64,
    },
    /// Master, to everybody: this is the chain. Said again to extend the time, and after a member's restart.
    Configure {
        /// The chain. One with a smaller number than the member knows changes nothing.
        chain: Chain,
        /// Until when the member may count what it has as done and answer reads. A master that may be wrong about who failed lets
        /// this pass before it says anything else to others; one that knows ([`Time::NEVER`]) need not.
        until: Time,
    },
}

/// What a client or the master is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The tail has it.
    Written {
        /// The number of the update.
        version: u64,
    },
    /// What the key holds.
    Found {
        /// The number of the update that set it and the value; `None` if nobody has.
        value: Option<Versioned>,
    },
    /// Nothing was done: ask this member.
    Redirect {
        /// The head for writes; for reads the tail, or the one before a tail that is being given its state.
        to: Peer,
    },
    /// Nothing was done: the member stands in no chain, or its time is over.
    Unavailable,
    /// Nothing was done: so much is on its way already.
    Busy {
        /// How many updates, or reads.
        waiting: u64,
    },
    /// The head was taken out of the chain while the write was on its way. It may be done or not.
    Unknown {
        /// The number of the update.
        version: u64,
    },
    /// To the master: what I know.
    Configured {
        /// The number of the newest chain.
        number: u64,
        /// Whether I hold what the others hold. The last one that does must not be taken out.
        is_whole: bool,
    },
}

/// What happened at a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// It took up a new chain.
    Configured {
        /// Its number.
        number: u64,
    },
    /// The head took a write.
    Appended(Update),
    /// The tail has everything up to here.
    Done {
        /// The last of it.
        upto: u64,
    },
    /// A successor was sent again what it may lack.
    Resent {
        /// How many updates.
        updates: u64,
    },
    /// It handed its state to a new tail and answers no longer.
    HandedOver {
        /// To whom.
        to: Peer,
    },
    /// It was given the state.
    Installed {
        /// The last update that it has now.
        last: u64,
    },
    /// It joined anew, and what it held of a chain that it has left is gone; with it these updates that nobody else may have.
    Discarded {
        /// How many were not known to be done.
        updates: u64,
    },
    /// A read found its key being written and asked the tail.
    AskedTail {
        /// The key.
        key: u64,
    },
}
