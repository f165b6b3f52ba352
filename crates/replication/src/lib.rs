//! Leader-follower replication of a log, shipped entry by entry.

mod config;
mod disk;
mod log;
mod replica;
mod snapshot;
mod table;
mod words;

pub use config::{Acknowledge, Config, ConfigError, MEMBERS_MAX};
pub use disk::{DiskWrite, Image};
pub use log::{Position, Run};
pub use replica::{FollowerView, Replica, RoleName};
pub use snapshot::Snapshot;
pub use table::Table;
pub use words::{Entry, Message, Note, Reply, Request, Timer, version, version_index, version_term};
