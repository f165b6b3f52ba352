//! Checkpoints of processes that send each other messages: to which of them may all go back together after a failure?
//!
//! ```text
//!   P  ──C──────●──────C──────●──▶      ● send or receive, C checkpoint
//!               │             │         a message received before a checkpoint, but sent after the sender's, is an *orphan*:
//!   Q  ─────C───▼──────C──────▼─✗       going back there would remember a message that nobody has sent
//! ```
//!
//! The rule: the *recovery line* is the latest set of one checkpoint a process without an orphan. Uncoordinated checkpoints may have
//! none but the beginning: each step back of one makes an orphan of another, the *domino effect* (Randell, 1975). Coordinated ones
//! (Chandy and Lamport, TOCS 1985) are such a set each time, at the price of a marker on every channel.
//!
//! Incremental checkpoints ([`Incremental`]) keep only the pages that changed since the one before; a restore goes through the chain.
//!
//! Cost: the recovery line O(checkpoints · messages). Source: Elnozahy et al., "A Survey of Rollback-Recovery Protocols",
//! Computing Surveys 2002, §2.3 and §3.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What happened in a run, in an order that keeps causes before effects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// A process took a checkpoint by itself.
    Checkpoint {
        /// Which process.
        process: u32,
    },
    /// A process sent a message.
    Send {
        /// From which process.
        from: u32,
        /// A number that is the message's own.
        message: u64,
    },
    /// A process received a message.
    Receive {
        /// Which process.
        to: u32,
        /// The number of the message.
        message: u64,
    },
}

/// Why a run says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckpointError {
    /// A process that is not there.
    NoSuchProcess {
        /// Its number.
        process: u32,
        /// How many there are.
        processes: u32,
    },
    /// A message that is received before it is sent, or sent twice.
    BadMessage {
        /// Its number.
        message: u64,
    },
    /// A checkpoint that was never taken.
    NoSuchCheckpoint {
        /// Its number.
        number: u64,
        /// How many there are.
        taken: u64,
    },
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CheckpointError::NoSuchProcess { process, processes } => {
                write!(f, "process {process} is named, but there are {processes}, numbered from 0")
            }
            CheckpointError::BadMessage { message } => {
                write!(f, "message {message} is received before it is sent, or sent twice")
            }
            CheckpointError::NoSuchCheckpoint { number, taken } => {
                write!(f, "checkpoint {number} is asked for, but {taken} were taken, numbered from 0")
            }
        }
    }
}

impl core::error::Error for CheckpointError {}

/// Where everybody goes back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryLine {
    /// Of each process the number of its checkpoint; 0 is its beginning.
    pub checkpoints: Vec<u32>,
    /// Checkpoints of each process that are of no use, because it went back behind them.
    pub lost: Vec<u32>,
    /// Messages that are sent but not received at the line: they must be sent again from a log, or are lost.
    pub in_transit: BTreeSet<u64>,
}

/// The recovery line when all processes go back to a checkpoint.
///
/// ```
/// use storage::checkpoint::{Happened::{Checkpoint, Receive, Send}, recovery_line};
///
/// // Q's checkpoint remembers a message that P sent after its own: Q goes back to its beginning.
/// let run = [Checkpoint { process: 0 }, Send { from: 0, message: 1 }, Receive { to: 1, message: 1 }, Checkpoint { process: 1 }];
/// assert_eq!(recovery_line(2, &run)?.checkpoints, [1, 0]);
/// # Ok::<(), storage::checkpoint::CheckpointError>(())
/// ```
pub fn recovery_line(processes: u32, run: &[Happened]) -> Result<RecoveryLine, CheckpointError> {
    let mut taken = vec![0_u32; processes as usize];
    // Of each message who sent it after how many checkpoints, and who received it after how many.
    let mut sent: BTreeMap<u64, (u32, u32)> = BTreeMap::new();
    let mut received: BTreeMap<u64, Vec<(u32, u32)>> = BTreeMap::new();
    for event in run {
        let process = event.process();
        let count = taken.get_mut(process as usize).ok_or(CheckpointError::NoSuchProcess { process, processes })?;
        match *event {
            Happened::Checkpoint { .. } => *count += 1,
            Happened::Send { message, .. } => {
                if sent.insert(message, (process, *count)).is_some() {
                    return Err(CheckpointError::BadMessage { message });
                }
            }
            Happened::Receive { message, .. } => {
                if !sent.contains_key(&message) {
                    return Err(CheckpointError::BadMessage { message });
                }
                received.entry(message).or_default().push((process, *count));
            }
        }
    }
    let receipts = || received.iter().flat_map(|(message, by)| by.iter().map(move |receipt| (*message, *receipt)));
    let mut line = taken.clone();
    let mut is_moving = true;
    while is_moving {
        is_moving = false;
        for (message, (receiver, after)) in receipts() {
            let (sender, sent_after) = sent[&message];
            // Whoever goes back to checkpoint n forgets everything that happened after n checkpoints.
            let is_orphan = line[receiver as usize] > after && line[sender as usize] <= sent_after;
            if is_orphan {
                line[receiver as usize] = after;
                is_moving = true;
            }
        }
    }
    let is_received = |message: &u64| {
        received.get(message).is_some_and(|by| by.iter().any(|(receiver, after)| line[*receiver as usize] > *after))
    };
    let is_sent = |(sender, after): &(u32, u32)| line[*sender as usize] > *after;
    let in_transit = sent.iter().filter(|(message, sending)| is_sent(sending) && !is_received(message));
    let in_transit = in_transit.map(|(message, _)| *message).collect();
    let lost = taken.iter().zip(&line).map(|(taken, kept)| taken - kept).collect();
    Ok(RecoveryLine { checkpoints: line, lost, in_transit })
}

impl Happened {
    fn process(&self) -> u32 {
        match self {
            Happened::Checkpoint { process } => *process,
            Happened::Send { from, .. } => *from,
            Happened::Receive { to, .. } => *to,
        }
    }
}

/// What goes through a channel: a number of a person's money, say, or a marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parcel {
    Amount(u64),
    Marker,
}

/// Processes that pass amounts to each other, and coordinated snapshots of them by markers (Chandy and Lamport).
///
/// Channels keep their order. The sum over processes and channels is the same at any moment, and so it must be in every snapshot:
/// that is what makes a snapshot *consistent*.
#[derive(Clone, Debug)]
pub struct Channels {
    held: Vec<u64>,
    /// From sender and to receiver.
    channels: BTreeMap<(u32, u32), VecDeque<Parcel>>,
    snapshot: Option<Snapshot>,
}

/// What a coordinated snapshot holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Amount of each process that has taken its part.
    pub held: BTreeMap<u32, u64>,
    /// Amounts that were on their way, by channel.
    pub in_transit: BTreeMap<(u32, u32), Vec<u64>>,
    /// Channels that are still listened to.
    listening: BTreeSet<(u32, u32)>,
}

impl Snapshot {
    /// All amounts in it.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.held.values().chain(self.in_transit.values().flatten()).sum()
    }
}

impl Channels {
    /// Processes that hold these amounts, with a channel from each to each.
    #[must_use]
    pub fn new(held: Vec<u64>) -> Channels {
        let count = held.len() as u32;
        let pairs = (0..count).flat_map(|from| (0..count).filter(move |to| *to != from).map(move |to| (from, to)));
        Channels { held, channels: pairs.map(|pair| (pair, VecDeque::new())).collect(), snapshot: None }
    }

    /// What each process holds.
    #[must_use]
    pub fn held(&self) -> &[u64] {
        &self.held
    }

    /// Sends up to `amount` of what a process holds; nothing if there is no such channel.
    pub fn send(&mut self, from: u32, to: u32, amount: u64) {
        let Some(channel) = self.channels.get_mut(&(from, to)) else { return };
        let held = &mut self.held[from as usize];
        let amount = amount.min(*held);
        *held -= amount;
        channel.push_back(Parcel::Amount(amount));
    }

    /// Begins a snapshot at a process, if it is there and no snapshot is under way.
    pub fn begin(&mut self, process: u32) {
        if self.snapshot.is_none() && (process as usize) < self.held.len() {
            self.snapshot = Some(Snapshot::default());
            self.take_part(process);
        }
    }

    /// Delivers what is first in a channel; says whether there was anything.
    pub fn deliver(&mut self, from: u32, to: u32) -> bool {
        let parcel = self.channels.get_mut(&(from, to)).and_then(VecDeque::pop_front);
        match parcel {
            None => return false,
            Some(Parcel::Amount(amount)) => {
                self.held[to as usize] += amount;
                if let Some(snapshot) =
                    self.snapshot.as_mut().filter(|snapshot| snapshot.listening.contains(&(from, to)))
                {
                    snapshot.in_transit.entry((from, to)).or_default().push(amount);
                }
            }
            Some(Parcel::Marker) => {
                self.take_part(to);
                if let Some(snapshot) = &mut self.snapshot {
                    snapshot.listening.remove(&(from, to));
                }
            }
        }
        true
    }

    /// The snapshot, once every process has taken its part and every channel is done; another may begin then.
    pub fn finish(&mut self) -> Option<Snapshot> {
        let is_done = |snapshot: &Snapshot| snapshot.listening.is_empty() && snapshot.held.len() == self.held.len();
        if self.snapshot.as_ref().is_some_and(is_done) { self.snapshot.take() } else { None }
    }

    /// At its first marker a process notes what it holds, listens to what comes in, and passes markers on.
    fn take_part(&mut self, process: u32) {
        let Some(snapshot) = &mut self.snapshot else { return };
        if snapshot.held.contains_key(&process) {
            return;
        }
        snapshot.held.insert(process, self.held[process as usize]);
        for (pair, channel) in &mut self.channels {
            if pair.0 == process {
                channel.push_back(Parcel::Marker);
            }
            if pair.1 == process {
                snapshot.listening.insert(*pair);
            }
        }
    }
}

/// Checkpoints of pages that keep only what changed since the one before.
#[derive(Clone, Debug)]
pub struct Incremental {
    pages: BTreeMap<u32, u64>,
    dirty: BTreeSet<u32>,
    /// A whole one after so many that are not; 0 is never.
    whole_every: u32,
    taken: Vec<Saved>,
}

#[derive(Clone, Debug)]
struct Saved {
    pages: BTreeMap<u32, u64>,
    is_whole: bool,
}

impl Incremental {
    /// No pages. Every `whole_every`th checkpoint is whole, and so is the first; 0 makes no other whole.
    #[must_use]
    pub fn new(whole_every: u32) -> Incremental {
        Incremental { pages: BTreeMap::new(), dirty: BTreeSet::new(), whole_every, taken: Vec::new() }
    }

    /// Writes a page.
    pub fn write(&mut self, page: u32, content: u64) {
        self.pages.insert(page, content);
        self.dirty.insert(page);
    }

    /// Takes a checkpoint; says how many pages it keeps.
    pub fn take(&mut self) -> u64 {
        let number = self.taken.len() as u64;
        let is_whole = number == 0 || self.whole_every > 0 && number.is_multiple_of(u64::from(self.whole_every));
        let is_kept = |page: &u32| is_whole || self.dirty.contains(page);
        let pages: BTreeMap<u32, u64> =
            self.pages.iter().filter(|(page, _)| is_kept(page)).map(|(page, content)| (*page, *content)).collect();
        let kept = pages.len() as u64;
        self.taken.push(Saved { pages, is_whole });
        self.dirty.clear();
        kept
    }

    /// The pages as they were at a checkpoint, and how many checkpoints had to be read.
    pub fn restore(&self, number: u64) -> Result<(BTreeMap<u32, u64>, u64), CheckpointError> {
        let taken = self.taken.len() as u64;
        if number >= taken {
            return Err(CheckpointError::NoSuchCheckpoint { number, taken });
        }
        let chain = &self.taken[..=number as usize];
        let base = chain.iter().rposition(|saved| saved.is_whole).expect("the first checkpoint is whole");
        let mut pages = BTreeMap::new();
        chain[base..].iter().for_each(|saved| pages.extend(&saved.pages));
        Ok((pages, number + 1 - base as u64))
    }
}
