//! A leader: takes writes, speaks every heartbeat, and steps down when it hears of a newer reign.
//!
//! ```text
//!   1 ·········· floor ········ acknowledged ········ shippable ········ last
//!                │ all have it  │ clients know        │ may have left    │ held back by ship_delay
//! ```
//! `acknowledged` and `shippable` may be the other way round: that is what asynchronous means. The leader's own table shows a
//! write from the moment it is acknowledged (as MySQL's `AFTER_SYNC`). How entries travel is in `ship`, when a write counts as
//! done in `acknowledge`, how a leader comes to be in `failover`.

use crate::acknowledge::Waiting;
use crate::disk::DiskWrite;
use crate::inspect::FollowerView;
use crate::log::Position;
use crate::replica::{Replica, Role, TERM_MAX};
use crate::ship::Progress;
use crate::words::{Entry, Heartbeat, Message, Note, Reply, Timer, version};
use base::Time;
use machine::{Out, Peer};
use std::collections::VecDeque;

/// What a leader knows and would lose in a crash.
#[derive(Clone, Debug)]
pub(crate) struct Leader {
    /// One a member, in order; the leader's own is not used.
    pub followers: Vec<Progress>,
    /// Writes whose clients wait, oldest first.
    pub waiting: VecDeque<Waiting>,
    /// When each of the last entries may leave.
    pub held: VecDeque<Time>,
    pub acknowledged: u64,
    /// Heartbeats sent before this do not count for trust.
    pub trusted_from: Time,
    pub is_degraded: bool,
    /// The last index at the latest heartbeat, or when it degraded after that: what followers must have for it to recover.
    pub last_at_beat: u64,
    pub resend_is_set: bool,
    pub degrade_is_set: bool,
}

impl Leader {
    /// The leader that the group is born with: nothing is written, and everybody listens.
    pub fn first(now: Time, members: u16) -> Leader {
        Leader::new(Position::default(), Progress::first(now), members)
    }

    /// A leader that found its log ending at `last`, and takes all of it for done.
    pub fn promoted(last: Position, members: u16) -> Leader {
        Leader::new(last, Progress::unknown(last.index), members)
    }

    fn new(last: Position, progress: Progress, members: u16) -> Leader {
        Leader {
            followers: vec![progress; usize::from(members)],
            waiting: VecDeque::new(),
            held: VecDeque::new(),
            acknowledged: last.index,
            trusted_from: Time::ZERO,
            is_degraded: false,
            last_at_beat: last.index,
            resend_is_set: false,
            degrade_is_set: false,
        }
    }

    pub fn others(&self, me: Peer) -> impl Iterator<Item = (Peer, &Progress)> {
        (0..).map(Peer).zip(&self.followers).filter(move |(peer, _)| *peer != me)
    }

    pub fn views(&self, me: Peer) -> impl Iterator<Item = FollowerView> {
        self.others(me).map(|(peer, progress)| progress.view(peer))
    }

    /// The last entry that may leave, if `last` is the last there is.
    pub fn shippable(&self, last: u64) -> u64 {
        last - self.held.len() as u64
    }

    /// The index that every member has on disk.
    pub fn floor(&self, me: Peer) -> u64 {
        self.others(me).map(|(_, progress)| progress.persisted).min().unwrap_or(u64::MAX)
    }
}

impl Replica {
    pub(crate) fn on_write(&mut self, token: u64, key: u64, value: u64, now: Time, out: &mut Out<Self>) {
        let (term, index) = (self.disk.term, self.disk.log.last().index + 1);
        let hint = self.leader();
        let Role::Leader(leader) = &mut self.live.role else { return out.reply(token, Reply::NotLeader { hint }) };
        if leader.waiting.len() as u64 >= self.config.retain_max {
            return out.reply(token, Reply::Busy { waiting: leader.waiting.len() as u64 });
        }
        leader.waiting.push_back(Waiting { index, token, since: now });
        out.persist(&mut self.disk, DiskWrite::Append(Entry { term, index, key, value }));
        out.note(Note::Appended { version: version(term, index), key, value });
        self.acknowledge(now, out);
        self.hold_back(now, out);
        self.ship_all(now, out);
        self.watch_degrade(now, out);
        self.fold(0, out);
    }

    /// Speaks to everybody.
    pub(crate) fn on_beat(&mut self, now: Time, out: &mut Out<Self>) {
        let Role::Leader(leader) = &self.live.role else { return };
        let (term, log) = (self.disk.term, &self.disk.log);
        let floor = leader.floor(self.me);
        let last = log.position(leader.shippable(log.last().index));
        let heartbeat = Heartbeat { term, sent: now, last, floor };
        for peer in self.others() {
            out.send(peer, Message::Heartbeat(heartbeat));
        }
        if self.config.members > 1 {
            out.set_timer(Timer::Beat, self.config.heartbeat);
        }
        self.recover(out);
    }

    /// A follower answered a heartbeat.
    pub(crate) fn on_alive(&mut self, from: Peer, sent: Time, matched: Option<u64>, now: Time, out: &mut Out<Self>) {
        let Role::Leader(leader) = &mut self.live.role else { return };
        let follower = &mut leader.followers[usize::from(from.0)];
        follower.alive = follower.alive.max(Some(sent.min(now)));
        self.acknowledge(now, out);
        if let Some(upto) = matched {
            self.on_stored(from, upto, now, out);
        }
    }

    /// Somebody follows a newer reign.
    pub(crate) fn on_deposed(&mut self, term: u64, now: Time, out: &mut Out<Self>) {
        if matches!(self.live.role, Role::Leader(_)) && term > self.disk.term && term < TERM_MAX {
            self.adopt(term, now, out);
        }
    }

    /// If it leads: ends that, and tells those who wait. Whether their writes survive is up to the leader of `term`.
    pub(crate) fn step_down(&mut self, term: u64, out: &mut Out<Self>) {
        let Role::Leader(leader) = &mut self.live.role else { return };
        for Waiting { index, token, .. } in leader.waiting.drain(..) {
            out.reply(token, Reply::Unknown { version: version(self.disk.term, index) });
        }
        out.note(Note::SteppedDown { term });
        for timer in [Timer::Beat, Timer::Ship, Timer::Resend, Timer::Degrade] {
            out.cancel_timer(timer);
        }
        self.show(self.disk.log.last().index);
    }
}
