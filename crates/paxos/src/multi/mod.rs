//! Multi-Paxos: a log of slots, each chosen by Paxos, under a leader that prepares once for all of them.
//!
//! ```text
//!   member 0                              members 1, 2
//!      │ prepare 3.0 from slot 5 ──────────────► once, when it takes over
//!      │ ◄── promise 3.0: 5 = X in 1.1, 7 = Y in 2.1         two members together hold 5 and 7, nothing in 6
//!      │ accept 3.0: 5 = X, 6 = nothing, 7 = Y ─► what may be chosen again, the gap filled
//!      │ ◄── agreed 5, 6, 7
//!      │ accept 3.0: 8 = Z, chosen up to 7 ────► each command from then on: one round trip
//!      │ ◄── agreed 8                            a majority: 8 is chosen; the next message says so
//!      └ heartbeat 3.0, chosen up to 8 ────────► nobody else takes over
//! ```
//!
//! A [`Member`] is acceptor, learner and, if it must, leader. It is a [`Machine`](machine::Machine), to be driven by any host. What it
//! keeps are registers: a command writes or reads one of them.
//!
//! # Who proposes
//! | [`Proposers`] | what happens |
//! |---|---|
//! | the leader | it prepares once; the others refuse what clients ask, and take over when they hear nobody |
//! | everybody | whoever is asked begins a ballot of his own and outbids who leads: a duel. Waits of random length, longer each time, let one of them through |
//!
//! # How many must answer
//! Any prepare quorum must share a member with any accept quorum, and nothing else ([`Quorums`]): with 5 members an accept quorum of 2
//! makes a command cheap and a takeover need 4. Majorities are the case in which both are equal.
//!
//! # What always holds
//! A slot gets at most one command; members apply the same commands in the order of slots, without a hole; only what a client asked for
//! is applied, or nothing; what a client was told to be in a slot stays there. Not promised: that a leader stays. When faults stop, a
//! member whose random wait ends first takes over, and commands go through.
//!
//! | rule left out ([`Bug`]) | harm |
//! |---|---|
//! | a gap is filled with "nothing" at takeover | a later leader finds an old command for it, behind what was applied |
//! | of several accepted commands the greatest ballot's is proposed again | a chosen command is replaced |
//! | what promises tell is proposed again at all | a chosen command is replaced |
//! | a promise is on disk before it is given | a deposed leader gets through, or a ballot is used twice |
//! | "chosen up to 9" speaks of what this leader proposed | a follower applies an old leader's command |
//! | any two quorums share a member | a new leader does not hear of what is chosen, and replaces it |
//!
//! # Raft or Paxos
//! Both need a majority, one round trip a command and one leader at a time; both are equally fast. They differ in what a leader may be.
//!
//! | | Raft | multi-Paxos |
//! |---|---|---|
//! | who may lead | who has all that was committed | anybody: it learns the log from the promises |
//! | what a takeover costs | a vote; the log goes one way only | promises carry what may be chosen, and that is proposed again |
//! | the log | without holes: an entry follows its predecessor | slots are independent, agreed in any order, applied in order |
//! | an old leader's entry | keeps its term; commits with a later one (§5.4.2) | gets the new ballot, and commits by itself |
//! | described to the last detail | yes: snapshots, membership, reads | no: each system fills that in, differently |
//!
//! Take Raft to build or run a replicated log: one description, many implementations that agree, and fewer states to think about. Take
//! Paxos where no log is needed (one lock, one configuration, a compare-and-set for each key: single decree without a leader), where
//! slots should not wait for each other on the wire, or as the ground of variants: flexible quorums, leaderless commits (EPaxos), disks
//! as acceptors.
//!
//! # Cost
//! A command: one round trip to a majority, `2 (n − 1)` messages, a durable write a member before the answer and one for the commit
//! index, which nobody waits for. A takeover: one round trip more, and all unfinished slots again. Single decree: two round trips a
//! command. Memory: the registers, and the last [`kept`](Config::kept) to twice as many chosen slots; who is behind those gets a snapshot.
//!
//! # When not to use it
//! Where one value is enough: [`Node`](crate::Node). For many reads: they go through the log here, as commands, or are stale.
//!
//! # Not modelled
//! Changes of the members, leases and linearizable reads outside the log, snapshots in pieces, sessions of clients that make a repeated
//! command count once.
//!
//! # Source
//! Lamport, *Paxos Made Simple*, 2001, §3: prepare for all later slots, no-ops for gaps. Van Renesse and Altinbuken, *Paxos Made
//! Moderately Complex*, 2015. Chandra, Griesemer and Redstone, *Paxos Made Live*, 2007: what a description leaves to its builders.
//! Howard, Malkhi and Spiegelman, *Flexible Paxos*, 2016.
//!
//! # Example
//! A new leader proposes again what it was told, and fills the gap.
//!
//! ```
//! use paxos::Ballot;
//! use paxos::multi::{Command, Proposal, to_propose};
//!
//! let at = |round, value| Proposal { ballot: Ballot { round, proposer: 0 }, command: Command::Write { key: 0, value } };
//! let told = [(5, at(1, 50)), (7, at(1, 70)), (7, at(2, 77))];
//! let again = [(5, at(1, 50).command), (6, Command::Nothing), (7, at(2, 77).command)];
//! assert_eq!(to_propose(4, told), Some(again.into()));
//! ```

mod asked;
mod config;
mod disk;
mod member;
mod takeover;
mod words;

pub use config::{Bug, Config, Proposers, Quorums};
pub use disk::{DiskWrite, Image, Proposal, Registers, Snapshot};
pub use member::{Member, RoleName};
pub use takeover::{WINDOW, to_propose};
pub use words::{Command, Message, Note, Reply, Request, Timer};
