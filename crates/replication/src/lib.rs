//! Leader-follower replication of a log, shipped entry by entry.

mod acknowledge;
mod config;
mod disk;
mod failover;
mod follower;
mod leader;
mod log;
mod replica;
mod ship;
mod snapshot;
mod table;
mod words;

pub use config::{Acknowledge, Config, ConfigError, MEMBERS_MAX};
pub use disk::{DiskWrite, Image};
pub use log::{Log, Position, Run};
pub use replica::{FollowerView, Replica, RoleName};
pub use snapshot::Snapshot;
pub use table::Table;
pub use words::{
    Entry, Heartbeat, Message, Note, Reply, Request, Standing, Timer, version, version_index, version_term,
};
