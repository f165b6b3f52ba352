//! A member that probes, is probed, and passes on what it hears.

use super::news::{News, State};
use base::{Span, Time};
use machine::{Disk, Durable, Machine, Out, Peer};

/// What members say to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Are you there? For `asker`, which may be another: a proxy passes the answer on.
    Ping {
        /// Whom the answer is for.
        asker: Peer,
        /// The asker's period, so that a late answer is not taken for a new one.
        period: u64,
        /// What the sender has heard lately.
        news: Vec<News>,
    },
    /// I am, or `of` is, as I have just heard from it.
    Ack {
        /// Who is there.
        of: Peer,
        /// Whom this is for.
        asker: Peer,
        /// The asker's period.
        period: u64,
        /// What the sender has heard lately.
        news: Vec<News>,
    },
    /// Ping `target` for me.
    PingFor {
        /// Whom.
        target: Peer,
        /// The asker's period.
        period: u64,
    },
    /// I am there: what the heartbeat's members tell everybody.
    Beat,
}

/// Why a member wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Fires at the end of a period: judge the probe, begin the next.
    Period,
    /// Fires when the direct ping was not answered: ask others.
    Indirect,
    /// Fires when a suspected member has not objected.
    Suspicion(u16),
}

/// The protocol, what it is measured against, or one well-known mistake in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// As published.
    Sound,
    /// Everybody tells everybody each period, and whoever was not heard for `suspect_for` is dead.
    Heartbeat,
    /// No suspicion: a probe without an answer is a death. A loss of two ways kills.
    NoSuspicion,
    /// No proxies: the wire between two decides.
    NoIndirect,
    /// A member does not object to being suspected. Every suspicion ends in death.
    NoRefutation,
}

/// The settings of a group; the same at every member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Members.
    pub members: u16,
    /// One probe each period.
    pub period: Span,
    /// A direct answer is expected within this; less than a third of the period.
    pub ping_within: Span,
    /// How many are asked to ping for one: k in the paper.
    pub proxies: u16,
    /// How long a suspected member may object.
    pub suspect_for: Span,
    /// [`Rule::Sound`], unless something else is to be shown.
    pub rule: Rule,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            members: 16,
            period: Span::from_secs(1),
            ping_within: Span::from_millis(200),
            proxies: 3,
            suspect_for: Span::from_secs(3),
            rule: Rule::Sound,
        }
    }
}

/// A member's own incarnation, on disk: after a restart it must be higher than all that was said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Incarnation(u32);

impl Durable for Incarnation {
    type Write = u32;

    fn apply(&mut self, write: &u32) {
        self.0 = *write;
    }
}

/// What a trace or a check wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// This member suspects another by its own probe.
    Suspected(u16),
    /// This member takes another for dead from now on.
    DeclaredDead(u16),
    /// This member heard that it is suspected, and objected with this incarnation.
    Refuted(u32),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct View {
    state: State,
    incarnation: u32,
    heard: Time,
}

/// One member of the group.
#[derive(Clone, Debug)]
pub struct Member {
    me: Peer,
    config: Config,
    disk: Disk<Incarnation>,
    views: Vec<View>,
    /// News to pass on, with how often they have been.
    news: Vec<(News, u32)>,
    /// The order in which members are probed, and how far it is.
    order: Vec<u16>,
    place: u16,
    period: u64,
    probing: Option<Peer>,
}

/// How many news ride on one message.
const NEWS_MAX: usize = 6;

impl Member {
    /// Member `me` of a group that all know of at the start.
    #[must_use]
    pub fn new(me: Peer, config: Config) -> Member {
        let views = vec![View::default(); config.members.into()];
        let (disk, news, order) = Default::default();
        Member { me, config, disk, views, news, order, place: 0, period: 0, probing: None }
    }

    /// Takes over other settings while it runs, but for the number of members; timers that are set fire as they were set.
    pub fn retune(&mut self, config: Config) {
        self.config = Config { members: self.config.members, ..config };
    }

    /// What it takes another for.
    #[must_use]
    pub fn state_of(&self, other: Peer) -> State {
        self.views.get(usize::from(other.0)).map_or(State::Dead, |view| view.state)
    }

    /// Its own incarnation.
    #[must_use]
    pub fn incarnation(&self) -> u32 {
        self.disk.0
    }

    /// The news to put on a message: those told least often first, each some 3·log2 n times (SWIM §4.1).
    fn aboard(&mut self) -> Vec<News> {
        let times_max = 3 * (u16::BITS - self.config.members.leading_zeros());
        self.news.sort_by_key(|(_, times)| *times);
        let told = self.news.iter_mut().take(NEWS_MAX).map(|(news, times)| {
            *times += 1;
            *news
        });
        let told = told.collect();
        self.news.retain(|(_, times)| *times < times_max);
        told
    }

    fn spread(&mut self, news: News) {
        self.news.retain(|(old, _)| old.of != news.of);
        self.news.push((news, 0));
    }

    /// Takes in what was said, if it counts.
    fn hear(&mut self, news: News, out: &mut Out<Self>) {
        if news.of == self.me.0 {
            return self.object(news, out);
        }
        let Some(view) = self.views.get_mut(usize::from(news.of)) else { return };
        if !news.overrides(view.state, view.incarnation) {
            return;
        }
        (view.state, view.incarnation) = (news.state, news.incarnation);
        match news.state {
            State::Alive => out.cancel_timer(Timer::Suspicion(news.of)),
            State::Suspected => out.set_timer(Timer::Suspicion(news.of), self.config.suspect_for),
            State::Dead => {
                out.cancel_timer(Timer::Suspicion(news.of));
                out.note(Note::DeclaredDead(news.of));
            }
        }
        self.spread(news);
    }

    /// It is said to be suspected: only it may raise its incarnation, and does (SWIM §4.2).
    fn object(&mut self, news: News, out: &mut Out<Self>) {
        let counts = news.state == State::Suspected && news.incarnation >= self.disk.0;
        if counts && self.config.rule != Rule::NoRefutation {
            let incarnation = news.incarnation.saturating_add(1);
            out.persist(&mut self.disk, incarnation);
            out.note(Note::Refuted(incarnation));
            self.spread(News { of: self.me.0, state: State::Alive, incarnation });
        }
    }

    /// The next member to probe: a shuffled round, each once (SWIM §4.3).
    fn next_target(&mut self, out: &mut Out<Self>) -> Option<Peer> {
        for _ in 0..=2 * self.config.members {
            if usize::from(self.place) >= self.order.len() {
                self.order = (0..self.config.members).filter(|other| *other != self.me.0).collect();
                out.rng().shuffle(&mut self.order);
                self.place = 0;
            }
            let target = Peer(*self.order.get(usize::from(self.place))?);
            self.place += 1;
            if self.state_of(target) != State::Dead {
                return Some(target);
            }
        }
        None
    }

    /// Judges the last probe and begins the next.
    fn on_period(&mut self, now: Time, out: &mut Out<Self>) {
        out.set_timer(Timer::Period, self.config.period);
        if self.config.rule == Rule::Heartbeat {
            return self.beat(now, out);
        }
        if let Some(silent) = self.probing.take().filter(|silent| self.state_of(*silent) == State::Alive) {
            let state = if self.config.rule == Rule::NoSuspicion { State::Dead } else { State::Suspected };
            let incarnation = self.views[usize::from(silent.0)].incarnation;
            out.note(Note::Suspected(silent.0));
            self.hear(News { of: silent.0, state, incarnation }, out);
        }
        self.period += 1;
        self.probing = self.next_target(out);
        if let Some(target) = self.probing {
            // A suspected target must hear of it, so that it can object.
            let view = self.views[usize::from(target.0)];
            let mut news = self.aboard();
            if view.state == State::Suspected {
                news.push(News { of: target.0, state: view.state, incarnation: view.incarnation });
            }
            out.send(target, Message::Ping { asker: self.me, period: self.period, news });
            out.set_timer(Timer::Indirect, self.config.ping_within);
        }
    }

    fn on_indirect(&mut self, out: &mut Out<Self>) {
        let Some(target) = self.probing.filter(|_| self.config.rule != Rule::NoIndirect) else { return };
        let is_proxy =
            |other: &u16| *other != self.me.0 && *other != target.0 && self.state_of(Peer(*other)) != State::Dead;
        let mut proxies: Vec<u16> = (0..self.config.members).filter(is_proxy).collect();
        out.rng().shuffle(&mut proxies);
        for proxy in proxies.into_iter().take(self.config.proxies.into()) {
            out.send(Peer(proxy), Message::PingFor { target, period: self.period });
        }
    }

    fn beat(&mut self, now: Time, out: &mut Out<Self>) {
        let me = self.me.0;
        for other in (0..self.config.members).filter(|other| *other != me) {
            out.send(Peer(other), Message::Beat);
            let view = self.views[usize::from(other)];
            if view.state != State::Dead && now.since(view.heard) >= self.config.suspect_for {
                self.hear(News { of: other, state: State::Dead, incarnation: view.incarnation }, out);
            }
        }
    }
}

impl Machine for Member {
    type Message = Message;
    type Timer = Timer;
    type Request = ();
    type Reply = ();
    type Durable = Incarnation;
    type Note = Note;

    fn on_start(&mut self, now: Time, out: &mut Out<Self>) {
        self.views.iter_mut().for_each(|view| view.heard = now);
        let wait = out.rng().below(self.config.period.0.max(1));
        out.set_timer(Timer::Period, Span(wait));
    }

    fn on_message(&mut self, from: Peer, message: Message, now: Time, out: &mut Out<Self>) {
        match message {
            Message::Ping { asker, period, news } => {
                news.into_iter().for_each(|news| self.hear(news, out));
                let news = self.aboard();
                out.send(from, Message::Ack { of: self.me, asker, period, news });
            }
            Message::Ack { of, asker, period, news } => {
                news.into_iter().for_each(|news| self.hear(news, out));
                if asker != self.me {
                    let news = self.aboard();
                    out.send(asker, Message::Ack { of, asker, period, news });
                } else if self.probing == Some(of) && period == self.period {
                    self.probing = None;
                    out.cancel_timer(Timer::Indirect);
                }
            }
            Message::PingFor { target, period } if target != self.me && target.0 < self.config.members => {
                let news = self.aboard();
                out.send(target, Message::Ping { asker: from, period, news });
            }
            Message::PingFor { .. } => {}
            Message::Beat => {
                if let Some(view) = self.views.get_mut(usize::from(from.0)) {
                    view.heard = now;
                }
            }
        }
    }

    fn on_timer(&mut self, timer: Timer, now: Time, out: &mut Out<Self>) {
        match timer {
            Timer::Period => self.on_period(now, out),
            Timer::Indirect => self.on_indirect(out),
            Timer::Suspicion(of) => {
                let Some(view) = self.views.get(usize::from(of)).copied() else { return };
                if view.state == State::Suspected {
                    self.hear(News { of, state: State::Dead, incarnation: view.incarnation }, out);
                }
            }
        }
    }

    fn on_request(&mut self, token: u64, (): (), _: Time, out: &mut Out<Self>) {
        out.reply(token, ());
    }

    fn on_crash(&mut self) {
        let (me, config) = (self.me, self.config);
        let disk = self.disk.clone();
        *self = Member { disk, ..Member::new(me, config) };
    }

    fn on_restart(&mut self, now: Time, out: &mut Out<Self>) {
        let incarnation = self.disk.0.saturating_add(1);
        out.persist(&mut self.disk, incarnation);
        self.spread(News { of: self.me.0, state: State::Alive, incarnation });
        self.on_start(now, out);
    }
}
