//! How entries travel from the leader: one message an entry, a window ahead of the answers.
//!
//! ```text
//!   stream ──silence, mismatch──► probe ──needs what is folded──► install
//!     ▲  up to `window` ahead       │ one entry, then wait           │ the whole state, then wait
//!     └──────────── any answer ─────┴────────────────────────────────┘
//! ```
//!
//! Rules:
//! - The three paces are those of etcd's `tracker.Progress` (replicate, probe, snapshot). A follower that does not answer costs one
//!   message every `resend_after`, not a window.
//! - Where logs part is found by terms, not entry by entry: see [`Log::agreement`](crate::Log::agreement).
//! - In `Async`, an entry is held back for `ship_delay`, so that a crash of the leader takes exactly the entries still held. At
//!   most `retain_max` are held; beyond, the oldest leaves early.
//!
//! Not modelled: retransmission on duplicate answers. A lost entry waits for `resend_after`, as after a TCP time-out.

use crate::config::Acknowledge;
use crate::inspect::FollowerView;
use crate::log::Position;
use crate::replica::{Replica, Role};
use crate::words::{Message, Note, Timer};
use base::{Span, Time};
use machine::{Out, Peer};

/// How a follower is sent entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    /// Up to a window ahead of its answers.
    Stream,
    /// One entry, then wait for an answer.
    Probe {
        /// The one is on its way.
        sent: bool,
    },
    /// The whole state, then wait for an answer.
    Install {
        /// It is on its way.
        sent: bool,
    },
}

/// What the leader knows of one follower.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// Its log is the leader's, and on its disk, up to here.
    pub persisted: u64,
    /// When the newest heartbeat that it answered was sent.
    pub alive: Option<Time>,
    /// The next entry to send.
    next: u64,
    pace: Pace,
    /// When it last got further, or was first sent something.
    moved_at: Time,
}

impl Progress {
    /// Of a follower that was born together with the leader.
    pub fn first(now: Time) -> Progress {
        Progress { persisted: 0, alive: Some(now), next: 1, pace: Pace::Stream, moved_at: now }
    }

    /// Of a follower that may hold anything, at a leader whose last entry is `last`.
    pub fn unknown(last: u64) -> Progress {
        let pace = Pace::Probe { sent: false };
        Progress { persisted: 0, alive: None, next: last + 1, pace, moved_at: Time::ZERO }
    }

    pub fn view(&self, peer: Peer) -> FollowerView {
        let shipped = if self.pace == Pace::Stream { self.next - 1 } else { self.persisted };
        FollowerView { peer, shipped, persisted: self.persisted }
    }

    /// An answer is due.
    fn is_owed(&self) -> bool {
        match self.pace {
            Pace::Stream => self.next > self.persisted + 1,
            Pace::Probe { sent } | Pace::Install { sent } => sent,
        }
    }

    /// The follower has everything up to `upto`. True if that is news.
    fn advance(&mut self, upto: u64, now: Time) -> bool {
        let news = upto > self.persisted;
        if news {
            (self.persisted, self.moved_at) = (upto, now);
        }
        let is_reached = match self.pace {
            Pace::Stream => false,
            Pace::Probe { .. } => upto == self.persisted,
            Pace::Install { .. } => news,
        };
        if is_reached {
            (self.pace, self.next) = (Pace::Stream, upto + 1);
        }
        self.next = self.next.max(self.persisted + 1);
        news
    }

    /// The follower's log does not continue as assumed; it may be shared up to `at`. Older and repeated news is left aside.
    fn step_back(&mut self, at: u64, install: bool) {
        let is_repeated = match self.pace {
            Pace::Stream => false,
            Pace::Probe { sent } => sent && at + 1 >= self.next && !install,
            Pace::Install { .. } => true,
        };
        if at < self.persisted || is_repeated {
            return;
        }
        if install {
            self.pace = Pace::Install { sent: false };
        } else {
            (self.pace, self.next) = (Pace::Probe { sent: false }, at + 1);
        }
    }

    /// Nothing was heard for too long: one message at a time from now on.
    fn slow_down(&mut self, now: Time) {
        self.moved_at = now;
        match &mut self.pace {
            Pace::Stream => (self.pace, self.next) = (Pace::Probe { sent: false }, self.persisted + 1),
            Pace::Probe { sent } | Pace::Install { sent } => *sent = false,
        }
    }
}

impl Replica {
    /// Holds the last entry back if the configuration says so.
    pub(crate) fn hold_back(&mut self, now: Time, out: &mut Out<Self>) {
        let Role::Leader(leader) = &mut self.live.role else { return };
        let delay = self.config.ship_delay;
        if self.config.acknowledge != Acknowledge::Async || (delay == Span::ZERO && leader.held.is_empty()) {
            leader.held.clear();
            return;
        }
        if leader.held.is_empty() {
            out.set_timer(Timer::Ship, delay);
        }
        leader.held.push_back(now + delay);
        if leader.held.len() as u64 > self.config.retain_max {
            leader.held.pop_front();
        }
    }

    /// The oldest entry held back is due.
    pub(crate) fn on_ship_due(&mut self, now: Time, out: &mut Out<Self>) {
        let Role::Leader(leader) = &mut self.live.role else { return };
        while leader.held.pop_front_if(|due| *due <= now).is_some() {}
        if let Some(due) = leader.held.front() {
            out.set_timer(Timer::Ship, due.since(now));
        }
        self.ship_all(now, out);
    }

    pub(crate) fn ship_all(&mut self, now: Time, out: &mut Out<Self>) {
        for peer in self.others() {
            self.ship(peer, now, out);
        }
    }

    /// Sends `to` what its pace allows.
    fn ship(&mut self, to: Peer, now: Time, out: &mut Out<Self>) {
        let Role::Leader(leader) = &mut self.live.role else { return };
        let (term, log) = (self.disk.term, &self.disk.log);
        let shippable = leader.shippable(log.last().index);
        let follower = &mut leader.followers[usize::from(to.0)];
        let was_owed = follower.is_owed();
        if follower.next <= log.base().index && !matches!(follower.pace, Pace::Install { .. }) {
            follower.pace = Pace::Install { sent: false };
        }
        let end = match follower.pace {
            Pace::Install { sent: true } | Pace::Probe { sent: true } => return,
            Pace::Install { sent: false } => {
                follower.pace = Pace::Install { sent: true };
                follower.next = shippable + 1;
                out.send(to, Message::Install { term, snapshot: self.disk.snapshot(shippable) });
                0
            }
            Pace::Probe { sent: false } => {
                follower.pace = Pace::Probe { sent: follower.next <= shippable };
                follower.next.min(shippable)
            }
            Pace::Stream => shippable.min(follower.persisted + self.config.window),
        };
        for index in follower.next..=end {
            let prev_term = log.term_at(index - 1).expect("the index before one that exists");
            let entry = log.entry(index).expect("neither folded nor behind the last");
            out.send(to, Message::Ship { term, prev_term, entry });
        }
        if follower.pace == Pace::Stream {
            follower.next = follower.next.max(end + 1);
        }
        if !was_owed && follower.is_owed() {
            follower.moved_at = now;
            if !leader.resend_is_set {
                leader.resend_is_set = true;
                out.set_timer(Timer::Resend, self.config.resend_after);
            }
        }
    }

    /// A follower has its leader's log up to `upto`.
    pub(crate) fn on_stored(&mut self, from: Peer, upto: u64, now: Time, out: &mut Out<Self>) {
        let Role::Leader(leader) = &mut self.live.role else { return };
        let upto = upto.min(self.disk.log.last().index);
        if leader.followers[usize::from(from.0)].advance(upto, now) {
            out.note(Note::Persisted { member: from, upto });
            self.acknowledge(now, out);
        }
        self.ship(from, now, out);
        self.fold(0, out);
    }

    /// What was sent to a follower does not continue its log.
    pub(crate) fn on_mismatch(&mut self, from: Peer, at: Position, install: bool, now: Time, out: &mut Out<Self>) {
        let Role::Leader(leader) = &mut self.live.role else { return };
        let at = self.disk.log.agreement(at);
        leader.followers[usize::from(from.0)].step_back(at.index, install);
        self.ship(from, now, out);
    }

    /// Some follower may have been silent for too long.
    pub(crate) fn on_resend(&mut self, now: Time, out: &mut Out<Self>) {
        for peer in self.others() {
            let Role::Leader(leader) = &mut self.live.role else { return };
            let follower = &mut leader.followers[usize::from(peer.0)];
            if follower.is_owed() && now >= follower.moved_at + self.config.resend_after {
                follower.slow_down(now);
                self.ship(peer, now, out);
            }
        }
        let Role::Leader(leader) = &mut self.live.role else { return };
        let owed = leader.others(self.me).filter(|(_, follower)| follower.is_owed());
        let due = owed.map(|(_, follower)| follower.moved_at + self.config.resend_after).min();
        leader.resend_is_set = due.is_some();
        if let Some(due) = due {
            out.set_timer(Timer::Resend, due.since(now));
        }
    }
}
