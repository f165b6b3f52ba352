//! What the browsers of a session store's users hold, and what became of those who were logged in.

use crate::front;
use base::{Span, Time};
use sim::{Life, Request};
use std::collections::BTreeMap;
use trace::MemberIndex;

/// What one user's browser holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cookie {
    /// The server that made the session, or has taken it over.
    pub home: u8,
    /// The name of the session; no other has it.
    pub session: u64,
    /// When the user logged in.
    pub made: Time,
    /// When the session was used last.
    pub seen: Time,
    /// Until when a token is good; for ever for the name of a session.
    pub expires: Time,
    /// What the servers have signed it with.
    pub signature: u64,
    /// When its user logged out everywhere.
    pub revoked: Option<Time>,
}

/// How callers go to the servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// To the server that has the session.
    Pinned,
    /// To anybody.
    Anybody,
    /// To anybody but the first member, which is the store that they share.
    Behind,
}

/// The browsers, and how they reach the servers.
#[derive(Clone, Debug)]
pub struct CookieFront {
    pub(crate) way: Way,
    turn: u64,
    cookies: BTreeMap<u32, Cookie>,
    begun: u64,
    pub(crate) tally: Outcome,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outcome {
    /// Users who had to log in again although their session was good.
    pub lost: u64,
    /// Users who had to log in again because it had expired, or they had logged out.
    pub over: u64,
    /// Requests that were let in after the log-out, and how long after it the last of them was, at most.
    pub late: u64,
    pub latest: Span,
    /// Requests that were let in.
    pub let_in: u64,
    /// Log-ins.
    pub logins: u64,
}

impl CookieFront {
    pub(crate) fn new(way: Way) -> CookieFront {
        CookieFront { way, turn: 0, cookies: BTreeMap::new(), begun: 0, tally: Outcome::default() }
    }

    pub(crate) fn cookie(&self, user: u32) -> Option<Cookie> {
        self.cookies.get(&user).copied()
    }

    /// A user logs in at a server, which signs what the browser gets: the name of the session.
    pub(crate) fn log_in(&mut self, user: u32, home: u8, now: Time, expires: Time, sign: impl Fn(u64) -> u64) -> u64 {
        self.begun += 1;
        self.tally.logins += 1;
        let session = self.begun;
        self.cookies.insert(
            user,
            Cookie { home, session, made: now, seen: now, expires, signature: sign(session), revoked: None },
        );
        session
    }

    /// A log-in came to nothing.
    pub(crate) fn take_back(&mut self, user: u32, session: u64) {
        if self.cookies.get(&user).is_some_and(|cookie| cookie.session == session) {
            self.cookies.remove(&user);
            self.tally.logins -= 1;
        }
    }

    /// A user was let in by a server with what its browser holds.
    pub(crate) fn let_in(&mut self, user: u32, home: u8, now: Time) {
        let Some(cookie) = self.cookies.get_mut(&user) else { return };
        (cookie.home, cookie.seen) = (home, now);
        self.tally.let_in += 1;
        if let Some(revoked) = cookie.revoked {
            self.tally.late += 1;
            self.tally.latest = self.tally.latest.max(now.since(revoked));
        }
    }

    /// A user was not let in. Whose session should have been good, for it was not used up and nobody had logged out, has lost it.
    /// What came with an older session than the browser has now says nothing of the new one.
    pub(crate) fn turn_away(&mut self, (user, session): (u32, u64), now: Time, idle: Span, absolute: Span) {
        let Some(cookie) = self.cookies.get(&user).copied().filter(|cookie| cookie.session == session) else { return };
        self.cookies.remove(&user);
        let is_good = now < cookie.seen + idle
            && now < cookie.made + absolute
            && now < cookie.expires
            && cookie.revoked.is_none();
        self.tally.lost += u64::from(is_good);
        self.tally.over += u64::from(!is_good);
    }

    /// A user has logged out everywhere; who has a copy of what the browser held goes on trying it.
    pub(crate) fn revoke(&mut self, user: u32, now: Time) {
        if let Some(cookie) = self.cookies.get_mut(&user) {
            cookie.revoked.get_or_insert(now);
        }
    }

    pub(crate) fn route(&mut self, request: &Request, lives: &[Life], members: &[MemberIndex]) -> Option<u8> {
        self.turn += 1;
        let home = self.cookies.get(&request.user).map(|cookie| u64::from(cookie.home));
        match self.way {
            Way::Pinned => front::first_up(home.unwrap_or(self.turn), lives, members),
            Way::Anybody => front::first_up(self.turn, lives, members),
            Way::Behind => front::first_up(self.turn, lives, members.get(1..)?).map(|number| number + 1),
        }
    }
}
