//! Prefix routing: which group of members serves a path; the longest prefix wins.
//!
//! ```text
//!   /api/users      -> 0        /api/users/7     -> 0
//!   /api            -> 1        /api/usersearch  -> 1     whole segments only
//!   /               -> 2        /index.html      -> 2
//! ```
//!
//! The rule: a prefix fits if the path is the prefix, or goes on with a `/` after it. This is what many call "URL hash" when they mean
//! a route per service; a hash spreads alike things, a route keeps unlike ones apart. O(segments × log routes).

use std::collections::BTreeMap;

/// Prefixes and the group each leads to.
#[derive(Clone, Debug, Default)]
pub struct Routes {
    groups: BTreeMap<String, u32>,
}

impl Routes {
    /// No routes.
    #[must_use]
    pub fn new() -> Routes {
        Routes::default()
    }

    /// Paths under `prefix` go to `group`. A `/` at the end makes no difference; the same prefix again replaces the group.
    pub fn add(&mut self, prefix: &str, group: u32) {
        self.groups.insert(prefix.trim_end_matches('/').to_owned(), group);
    }

    /// The group for a path, without its query; `None` if no prefix fits.
    #[must_use]
    pub fn group(&self, path: &str) -> Option<u32> {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let mut prefix = path.trim_end_matches('/');
        loop {
            if let Some(group) = self.groups.get(prefix) {
                return Some(*group);
            }
            prefix = prefix.rsplit_once('/')?.0;
        }
    }
}
