//! When a write counts as done: asynchronous, semi-synchronous, synchronous, and fenced.
//!
//! Rules:
//! - **Acknowledged** is, in `Async`, the last index; in `SemiSync`, the index that k followers have on disk (MySQL's
//!   `rpl_semi_sync_source_wait_for_replica_count`, PostgreSQL's `ANY k (…)`); in `Sync`, the index that all have. It never falls.
//! - **Degraded** (MySQL's `rpl_semi_sync_source_timeout`): a semi-synchronous write that waited for `degrade_after` makes the leader
//!   go on asynchronously. At each heartbeat it looks whether k followers have all that was written by the heartbeat before, and at
//!   the first, by the moment when it gave up; if so, it waits for them again.
//! - **Fenced**, a leader acknowledges only while it is trusted: a majority, itself included, has answered a heartbeat that it sent
//!   within the allowed silence. What is appended meanwhile waits, and is acknowledged if trust returns.
//!
//! Cost: sorting up to six numbers a follower's answer, in `SemiSync` and `Sync` only.

use crate::config::{Acknowledge, Config, MEMBERS_MAX};
use crate::leader::Leader;
use crate::replica::{Replica, Role};
use crate::words::{Note, Reply, Timer, version};
use base::{Span, Time};
use machine::{Out, Peer};

/// A write whose client waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waiting {
    pub index: u64,
    pub token: u64,
    pub since: Time,
}

impl Leader {
    /// The index that at least `count` followers have on disk; at least one is asked for.
    fn persisted_by(&self, count: u16, me: Peer) -> u64 {
        let mut indices = [0; MEMBERS_MAX as usize];
        self.others(me).zip(&mut indices).for_each(|((_, progress), index)| *index = progress.persisted);
        indices.sort_unstable();
        indices[indices.len() - usize::from(count.clamp(1, MEMBERS_MAX))]
    }

    /// The index up to which writes count as done, if `last` is the last there is.
    fn done(&self, me: Peer, config: &Config, last: u64) -> u64 {
        match config.required() {
            0 => last,
            _ if self.is_degraded => last,
            count => self.persisted_by(count, me),
        }
    }

    /// Whether it may acknowledge now.
    pub fn is_trusted(&self, me: Peer, config: &Config, now: Time) -> bool {
        let fresh = |sent: Time| sent >= self.trusted_from && now.since(sent) < config.patience();
        let voices = || 1 + self.others(me).filter(|(_, progress)| progress.alive.is_some_and(fresh)).count();
        !config.fenced || voices() >= usize::from(config.majority())
    }
}

/// How long a write may wait before a semi-synchronous leader degrades.
fn degrade_after(config: &Config) -> Option<Span> {
    match config.acknowledge {
        Acknowledge::SemiSync { degrade_after, .. } => degrade_after,
        Acknowledge::Async | Acknowledge::Sync => None,
    }
}

impl Replica {
    /// Tells the clients whose writes are done by now, and shows these writes to readers.
    pub(crate) fn acknowledge(&mut self, now: Time, out: &mut Out<Self>) {
        let Role::Leader(leader) = &mut self.live.role else { return };
        let last = self.disk.log.last().index;
        if leader.acknowledged == last {
            return;
        }
        let done = leader.done(self.me, &self.config, last);
        if done <= leader.acknowledged || !leader.is_trusted(self.me, &self.config, now) {
            return;
        }
        leader.acknowledged = done;
        while let Some(waiting) = leader.waiting.pop_front_if(|waiting| waiting.index <= done) {
            let version = version(self.disk.term, waiting.index);
            out.note(Note::Acknowledged { version });
            out.reply(waiting.token, Reply::Written { version });
        }
        self.show(done);
    }

    /// Sees to it that the oldest waiting write does not wait longer than it may.
    pub(crate) fn watch_degrade(&mut self, now: Time, out: &mut Out<Self>) {
        let Role::Leader(leader) = &mut self.live.role else { return };
        let Some(limit) = degrade_after(&self.config) else { return };
        if let (Some(oldest), false, false) = (leader.waiting.front(), leader.is_degraded, leader.degrade_is_set) {
            out.set_timer(Timer::Degrade, (oldest.since + limit).since(now));
            leader.degrade_is_set = true;
        }
    }

    /// The oldest waiting write may have waited too long.
    pub(crate) fn on_degrade(&mut self, now: Time, out: &mut Out<Self>) {
        let Role::Leader(leader) = &mut self.live.role else { return };
        leader.degrade_is_set = false;
        let Some(limit) = degrade_after(&self.config) else { return };
        if leader.waiting.front().is_some_and(|oldest| now >= oldest.since + limit) && !leader.is_degraded {
            leader.is_degraded = true;
            leader.last_at_beat = self.disk.log.last().index;
            out.note(Note::Degraded { waiting: leader.waiting.len() as u64 });
            self.acknowledge(now, out);
        }
        self.watch_degrade(now, out);
    }

    /// At a heartbeat: waits for followers again if enough of them have caught up.
    pub(crate) fn recover(&mut self, out: &mut Out<Self>) {
        let Role::Leader(leader) = &mut self.live.role else { return };
        if leader.is_degraded && leader.persisted_by(self.config.required(), self.me) >= leader.last_at_beat {
            leader.is_degraded = false;
            out.note(Note::Recovered);
        }
        leader.last_at_beat = self.disk.log.last().index;
    }
}
