//! A member that spreads what it knows.

use base::{Span, Time};
use machine::{Disk, Durable, Machine, Out, Peer};
use std::collections::BTreeSet;

/// Who tells whom in a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Whoever calls tells.
    Push,
    /// Whoever is called tells.
    Pull,
    /// Both tell.
    PushPull,
}

/// What members say to each other. A rumour is a number; larger is newer, and only the newest is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// This is the newest that I know.
    Tell(u64),
    /// What do you know? (And this is what I know, or 0 if that is not to be told.)
    Ask(u64),
}

/// Why a member wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Fires once a round.
    Round,
}

/// When a member stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Never: everybody hears in the end.
    Sound,
    /// After the round in which it first spoke of a rumour. A mistake where all must hear: some never do.
    ForwardOnce,
    /// Takes whatever comes last for the newest. A mistake: old news come round and replace new ones.
    TakeLast,
}

/// The settings of a group; the same at every member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Members.
    pub members: u16,
    /// Others contacted each round.
    pub fanout: u16,
    /// How long a round is.
    pub round: Span,
    /// Who tells whom.
    pub style: Style,
    /// When it stops.
    pub rule: Rule,
}

/// The newest rumour, on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known(u64);

impl Durable for Known {
    type Write = u64;

    fn apply(&mut self, write: &u64) {
        self.0 = *write;
    }
}

/// One member.
#[derive(Clone, Debug)]
pub struct Rumour {
    me: Peer,
    config: Config,
    disk: Disk<Known>,
    spoken: u64,
    /// What it knew when its round began: what it answers with, so that news go one step a round, as in the analysis.
    at_round: u64,
}

impl Rumour {
    /// Member `me`, which knows nothing.
    #[must_use]
    pub fn new(me: Peer, config: Config) -> Rumour {
        Rumour { me, config, disk: Disk::default(), spoken: 0, at_round: 0 }
    }

    /// Takes over other settings while it runs, but for the number of members.
    pub fn retune(&mut self, config: Config) {
        self.config = Config { members: self.config.members, ..config };
    }

    /// The newest rumour that it knows; 0 if none.
    #[must_use]
    pub fn known(&self) -> u64 {
        self.disk.0
    }

    fn hear(&mut self, rumour: u64, out: &mut Out<Self>) {
        let is_news =
            rumour > self.disk.0 || self.config.rule == Rule::TakeLast && rumour != 0 && rumour != self.disk.0;
        if is_news {
            out.persist(&mut self.disk, rumour);
        }
    }

    fn contact(&mut self, out: &mut Out<Self>) {
        let known = self.disk.0;
        let is_told = known != 0 && (self.config.rule != Rule::ForwardOnce || self.spoken < known);
        self.spoken = known;
        self.at_round = known;
        let others = u64::from(self.config.members.saturating_sub(1));
        let mut drawn = BTreeSet::new();
        while (drawn.len() as u64) < others.min(self.config.fanout.into()) {
            let at = out.rng().below(others) as u16;
            drawn.insert(Peer(if at < self.me.0 { at } else { at + 1 }));
        }
        for to in drawn {
            match self.config.style {
                Style::Push if is_told => out.send(to, Message::Tell(known)),
                Style::Push => {}
                Style::Pull => out.send(to, Message::Ask(0)),
                Style::PushPull => out.send(to, Message::Ask(known)),
            }
        }
    }
}

impl Machine for Rumour {
    type Message = Message;
    type Timer = Timer;
    /// A new rumour begins here.
    type Request = u64;
    type Reply = ();
    type Durable = Known;
    type Note = ();

    fn on_start(&mut self, _: Time, out: &mut Out<Self>) {
        out.set_timer(Timer::Round, self.config.round);
    }

    fn on_message(&mut self, from: Peer, message: Message, _: Time, out: &mut Out<Self>) {
        match message {
            Message::Tell(rumour) => self.hear(rumour, out),
            Message::Ask(theirs) => {
                if self.at_round > theirs {
                    out.send(from, Message::Tell(self.at_round));
                }
                self.hear(theirs, out);
            }
        }
    }

    fn on_timer(&mut self, Timer::Round: Timer, _: Time, out: &mut Out<Self>) {
        self.contact(out);
        out.set_timer(Timer::Round, self.config.round);
    }

    fn on_request(&mut self, token: u64, rumour: u64, _: Time, out: &mut Out<Self>) {
        self.hear(rumour, out);
        out.reply(token, ());
    }

    fn on_crash(&mut self) {
        (self.spoken, self.at_round) = (0, 0);
    }

    fn on_restart(&mut self, now: Time, out: &mut Out<Self>) {
        self.on_start(now, out);
    }
}
