//! The nodes and the sessions.

use base::{Span, Time};
use core::fmt;
use std::collections::BTreeMap;

/// One key's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// How often it was changed, deletions included.
    pub version: u64,
    /// `None`: deleted.
    pub value: Option<u64>,
    /// The session that it lives with.
    pub session: Option<u64>,
}

/// Why a change was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetError {
    /// It was decided on another version.
    Version {
        /// The version that it was decided on.
        expected: u64,
        /// The version that the node has.
        found: u64,
    },
    /// An ephemeral node needs a session that lives.
    Session {
        /// Which is not there.
        session: u64,
    },
}

impl fmt::Display for SetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SetError::Version { expected, found } => write!(f, "decided on version {expected}; the node is at {found}"),
            SetError::Session { session } => write!(f, "session {session} is not alive"),
        }
    }
}

impl core::error::Error for SetError {}

/// The nodes, and when each session was last heard of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registry {
    nodes: BTreeMap<u64, Node>,
    sessions: BTreeMap<u64, Time>,
    session_timeout: Span,
}

impl Registry {
    /// An empty store; a session ends when it was unheard of for `session_timeout`.
    #[must_use]
    pub fn new(session_timeout: Span) -> Registry {
        Registry { session_timeout, ..Registry::default() }
    }

    /// A session is heard of, for the first time or again.
    pub fn alive(&mut self, session: u64, now: Time) {
        let heard = self.sessions.entry(session).or_insert(now);
        *heard = (*heard).max(now);
    }

    /// All sessions count as heard of now: after a restart of the store nobody could have been heard.
    pub fn forgive(&mut self, now: Time) {
        self.sessions.values_mut().for_each(|heard| *heard = (*heard).max(now));
    }

    /// Changes a node; `expected` is the version that the change was decided on, 0 for a node that never was. O(log nodes).
    pub fn set(
        &mut self,
        key: u64,
        value: u64,
        expected: Option<u64>,
        session: Option<u64>,
        now: Time,
    ) -> Result<u64, SetError> {
        let found = self.nodes.get(&key).map_or(0, |node| node.version);
        if let Some(expected) = expected.filter(|expected| *expected != found) {
            return Err(SetError::Version { expected, found });
        }
        if let Some(session) = session.filter(|session| !self.lives(*session, now)) {
            return Err(SetError::Session { session });
        }
        self.nodes.insert(key, Node { version: found + 1, value: Some(value), session });
        Ok(found + 1)
    }

    /// Ends the sessions that were unheard of, and their nodes. Gives the keys of those. O(nodes).
    pub fn expire(&mut self, now: Time) -> Vec<u64> {
        let timeout = self.session_timeout;
        self.sessions.retain(|_, heard| now.since(*heard) < timeout);
        let sessions = &self.sessions;
        let is_orphan = |node: &Node| node.session.is_some_and(|session| !sessions.contains_key(&session));
        let mut gone = Vec::new();
        for (key, node) in self.nodes.iter_mut().filter(|(_, node)| is_orphan(node)) {
            *node = Node { version: node.version + 1, value: None, session: None };
            gone.push(*key);
        }
        gone
    }

    /// What is known of a key; `None` if it never was.
    #[must_use]
    pub fn node(&self, key: u64) -> Option<Node> {
        self.nodes.get(&key).copied()
    }

    fn lives(&self, session: u64, now: Time) -> bool {
        self.sessions.get(&session).is_some_and(|heard| now.since(*heard) < self.session_timeout)
    }
}
