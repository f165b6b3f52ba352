//! A member that votes and wants to lead.

use super::clock::Clock;
use crate::lock::ConfigError;
use base::{Span, Time};
use machine::{Disk, Durable, Machine, Out, Peer};
use std::collections::BTreeSet;

/// What members say to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// Will you promise me that you promise nobody else for a ttl?
    Ask {
        /// The candidate's number of this question.
        round: u64,
        /// When the candidate's clock says that its lease would end: only the variant with absolute times reads it.
        until: Time,
    },
    /// Promised.
    Yes {
        /// The question that it answers.
        round: u64,
    },
}

/// Why a member wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Fires when it is time to ask, or to ask again.
    Ask,
}

/// The protocol, or one well-known mistake in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// As in the module's documentation.
    Sound,
    /// The candidate counts from when the last yes came: longer than the promise by the way there and back.
    CountFromTheAnswer,
    /// The candidate uses the whole ttl. A slow clock at the leader is enough for two.
    IgnoreDrift,
    /// The promise ends at a moment of the candidate's clock, read off the voter's. A clock that is ahead ends it early.
    AbsoluteTime,
    /// Promises are kept in memory. A voter that restarts promises again.
    ForgetPromises,
}

/// The settings of a group; the same at every member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Members, 1 to 64.
    pub members: u16,
    /// How long a promise lasts on the voter's clock, 1 ms to 1 h.
    pub ttl: Span,
    /// How wrong a clock's rate may be, in millionths; 0 to 500,000.
    pub drift_ppm_max: u32,
    /// [`Rule::Sound`], unless a mistake is to be shown.
    pub rule: Rule,
}

impl Config {
    /// How long a leader believes, on its own clock, from when it asked.
    #[must_use]
    pub fn belief(&self) -> Span {
        if self.rule == Rule::IgnoreDrift {
            return self.ttl;
        }
        let drift = u128::from(self.drift_ppm_max.min(500_000));
        let belief = u128::from(self.ttl.0) * (1_000_000 - drift) / (1_000_000 + drift);
        Span(belief as u64) // no more than the ttl
    }
}

/// A promise on a voter's disk, by the voter's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Promise {
    /// To whom; `None` if never.
    pub to: Option<Peer>,
    /// Until when, on the voter's clock.
    pub until: Time,
}

impl Durable for Promise {
    type Write = Promise;

    fn apply(&mut self, write: &Promise) {
        *self = *write;
    }
}

/// One member.
#[derive(Clone, Debug)]
pub struct Voter {
    me: Peer,
    config: Config,
    clock: Clock,
    disk: Disk<Promise>,
    unwritten: Promise,
    round: u64,
    asked_at: Time,
    yes: BTreeSet<Peer>,
    leads_until: Time,
}

impl Voter {
    /// Member `me`, with its clock.
    pub fn new(me: Peer, config: Config, clock: Clock) -> Result<Voter, ConfigError> {
        let ms = Span::from_millis(1).0;
        let rows = [
            ("members", u64::from(config.members), 1, 64),
            ("member", u64::from(me.0), 0, u64::from(config.members.max(1)) - 1),
            ("ttl (ns)", config.ttl.0, ms, Span::from_secs(3_600).0),
            ("drift_ppm_max", u64::from(config.drift_ppm_max), 0, 500_000),
        ];
        if let Some((field, value, low, high)) =
            rows.into_iter().find(|(_, value, low, high)| !(low..=high).contains(&value))
        {
            return Err(ConfigError { field, value, low, high });
        }
        let (disk, unwritten) = Default::default();
        let (asked_at, leads_until) = (Time::ZERO, Time::ZERO);
        Ok(Voter { me, config, clock, disk, unwritten, round: 0, asked_at, yes: BTreeSet::new(), leads_until })
    }

    /// Whether it believes, at this true moment, that it leads.
    #[must_use]
    pub fn leads(&self, now: Time) -> bool {
        self.clock.shows(now) < self.leads_until
    }

    fn promise(&self) -> Promise {
        if self.config.rule == Rule::ForgetPromises { self.unwritten } else { *self.disk }
    }

    fn ask(&mut self, now: Time, out: &mut Out<Self>) {
        self.round += 1;
        self.asked_at = self.clock.shows(now);
        self.yes.clear();
        let message = Message::Ask { round: self.round, until: self.asked_at + self.config.ttl };
        // It promises to itself as to any other, by the same rule.
        if self.grant(self.me, self.asked_at + self.config.ttl, now, out) {
            self.yes.insert(self.me);
            (0..self.config.members).map(Peer).filter(|to| *to != self.me).for_each(|to| out.send(to, message));
        }
        // Tried at random moments, so that one of several is first; who wins renews at half of its time.
        let wait = self.config.ttl.0 / 2 + out.rng().below(self.config.ttl.0);
        out.set_timer(Timer::Ask, self.clock.takes(Span(wait)));
        self.count(now, out);
    }

    /// Promises, unless the promise to another has not ended on this clock.
    fn grant(&mut self, to: Peer, until: Time, now: Time, out: &mut Out<Self>) -> bool {
        let (clock, promise) = (self.clock.shows(now), self.promise());
        if promise.to.is_some_and(|other| other != to) && clock < promise.until {
            return false;
        }
        let until = if self.config.rule == Rule::AbsoluteTime { until } else { clock + self.config.ttl };
        let promise = Promise { to: Some(to), until };
        if self.config.rule == Rule::ForgetPromises {
            self.unwritten = promise;
        } else {
            out.persist(&mut self.disk, promise);
        }
        true
    }

    /// With a majority it leads, and asks again at half of the lease: counted from when it asked, whenever the last yes came.
    fn count(&mut self, now: Time, out: &mut Out<Self>) {
        if self.yes.len() > usize::from(self.config.members / 2) {
            let clock = self.clock.shows(now);
            let from = if self.config.rule == Rule::CountFromTheAnswer { clock } else { self.asked_at };
            self.leads_until = self.leads_until.max(from + self.config.belief());
            let half = self.asked_at + Span(self.config.ttl.0 / 2);
            out.set_timer(Timer::Ask, self.clock.takes(half.since(clock)));
        }
    }
}

impl Machine for Voter {
    type Message = Message;
    type Timer = Timer;
    type Request = ();
    type Reply = ();
    type Durable = Promise;
    type Note = ();

    fn on_start(&mut self, _: Time, out: &mut Out<Self>) {
        let wait = out.rng().below(self.config.ttl.0);
        out.set_timer(Timer::Ask, Span(wait));
    }

    fn on_message(&mut self, from: Peer, message: Message, now: Time, out: &mut Out<Self>) {
        match message {
            Message::Ask { round, until } => {
                if self.grant(from, until, now, out) {
                    out.send(from, Message::Yes { round });
                }
            }
            Message::Yes { round } if round == self.round => {
                self.yes.insert(from);
                self.count(now, out);
            }
            Message::Yes { .. } => {} // to an earlier question: its time is counted from then, and over
        }
    }

    fn on_timer(&mut self, Timer::Ask: Timer, now: Time, out: &mut Out<Self>) {
        self.ask(now, out);
    }

    fn on_request(&mut self, token: u64, (): (), _: Time, out: &mut Out<Self>) {
        out.reply(token, ());
    }

    fn on_crash(&mut self) {
        // Rounds go on counting, as if they were random: a yes to a round before the crash must not be taken for one after it.
        self.round += 1;
        self.yes.clear();
        self.leads_until = Time::ZERO;
        self.unwritten = Promise::default();
    }

    fn on_restart(&mut self, now: Time, out: &mut Out<Self>) {
        self.on_start(now, out);
    }
}
