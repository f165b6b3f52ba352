//! Every test of this crate but those beside its code, as one program: each program more costs a link, and a start of Node.

mod backup;
mod capture;
mod chain;
mod crashes;
mod group;
mod leaderless;
mod merkle;
mod multi_leader;
mod net;
mod seeds;
mod stories;
