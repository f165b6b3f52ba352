//! The producer with its relay, and the consumer with its inbox.

use base::{Span, Time};
use machine::{Disk, Durable, Machine, Out, Peer};
use std::collections::{BTreeMap, VecDeque};

/// How many events the relay has on their way at once.
pub const RELAY_MAX: u64 = 16;
const CONSUMER: Peer = Peer(1);

/// A change that happened: numbered from 1 without gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its number.
    pub number: u64,
    /// Which row.
    pub key: u64,
    /// By how much it grew: so that a double shows.
    pub amount: u64,
}

/// What members say to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// To the consumer.
    Publish(Event),
    /// To the producer: everything up to this number is in my inbox.
    Taken(u64),
}

/// Why a member wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Fires at the producer while the outbox is not empty.
    Relay,
}

/// The protocol, or one well-known mistake in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// As in the module's documentation.
    Sound,
    /// The row is written, the message is sent: two systems, no outbox. A crash or a loss between them loses the event.
    DualWrite,
    /// The entry goes as soon as it was sent. A loss on the way is for ever.
    ForgetWhenSent,
    /// The consumer keeps no inbox. What comes twice counts twice.
    NoInbox,
}

/// What a member does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Takes requests, keeps rows and the outbox.
    Producer,
    /// Takes events, keeps totals and the inbox.
    Consumer,
}

/// What survives a crash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    totals: BTreeMap<u64, u64>,
    outbox: VecDeque<Event>,
    /// The number of the last event made, at the producer; of the last taken, at the consumer.
    last: u64,
}

impl Image {
    /// The sum of the amounts of a key.
    #[must_use]
    pub fn total(&self, key: u64) -> u64 {
        self.totals.get(&key).copied().unwrap_or(0)
    }

    /// All sums.
    #[must_use]
    pub fn totals(&self) -> &BTreeMap<u64, u64> {
        &self.totals
    }

    /// Events that the consumer has not confirmed.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.outbox.len() as u64
    }

    /// The last number made or taken.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.last
    }
}

/// One durable write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageWrite {
    /// A row grew; and, in the same write, the event stands in the outbox, or not.
    Made {
        /// What happened.
        event: Event,
        /// Whether there is an outbox.
        is_kept: bool,
    },
    /// Everything up to this number left the outbox.
    Cleared(u64),
    /// An event took effect and, in the same write, its number stands in the inbox.
    Taken(Event),
}

impl Durable for Image {
    type Write = ImageWrite;

    fn apply(&mut self, write: &ImageWrite) {
        let mut grow = |event: &Event| {
            let total = self.totals.entry(event.key).or_default();
            *total = total.saturating_add(event.amount);
            self.last = self.last.max(event.number);
        };
        match write {
            ImageWrite::Made { event, is_kept } => {
                grow(event);
                self.outbox.extend(is_kept.then_some(*event));
            }
            // Entries stand in the order of their numbers.
            ImageWrite::Cleared(upto) => {
                while self.outbox.front().is_some_and(|event| event.number <= *upto) {
                    self.outbox.pop_front();
                }
            }
            ImageWrite::Taken(event) => grow(event),
        }
    }
}

/// A producer or a consumer.
#[derive(Clone, Debug)]
pub struct Member {
    place: Place,
    rule: Rule,
    retry_after: Span,
    disk: Disk<Image>,
}

impl Member {
    /// A member; events that are not confirmed are published again after `retry_after`.
    #[must_use]
    pub fn new(place: Place, rule: Rule, retry_after: Span) -> Member {
        Member { place, rule, retry_after, disk: Disk::default() }
    }

    /// What is durable.
    #[must_use]
    pub fn image(&self) -> &Image {
        &self.disk
    }

    /// Publishes the oldest entries and sees to it that they are published again.
    fn relay(&mut self, out: &mut Out<Self>) {
        let batch: Vec<Event> = self.disk.outbox.iter().take(RELAY_MAX as usize).copied().collect();
        let Some(last) = batch.last().copied() else { return };
        batch.into_iter().for_each(|event| out.send(CONSUMER, Message::Publish(event)));
        if self.rule == Rule::ForgetWhenSent {
            out.persist(&mut self.disk, ImageWrite::Cleared(last.number));
        }
        out.set_timer(Timer::Relay, self.retry_after);
    }

    fn take(&mut self, from: Peer, event: Event, out: &mut Out<Self>) {
        // In order: one mark says everything that was taken. What comes too early comes again.
        let is_next = event.number == self.disk.last.saturating_add(1);
        if self.rule == Rule::NoInbox || is_next || self.skips(event.number) {
            out.persist(&mut self.disk, ImageWrite::Taken(event));
        }
        out.send(from, Message::Taken(self.disk.last));
    }

    /// Entries leave the outbox because the consumer has them.
    fn on_taken(&mut self, upto: u64, out: &mut Out<Self>) {
        if self.disk.outbox.front().is_none_or(|event| event.number > upto) {
            return;
        }
        out.persist(&mut self.disk, ImageWrite::Cleared(upto));
        if self.disk.outbox.is_empty() {
            out.cancel_timer(Timer::Relay);
        }
    }

    /// Without an outbox a gap never fills: the broken variants take what comes after it.
    fn skips(&self, number: u64) -> bool {
        matches!(self.rule, Rule::DualWrite | Rule::ForgetWhenSent) && number > self.disk.last
    }
}

impl Machine for Member {
    type Message = Message;
    type Timer = Timer;
    /// A key and by how much its row grows.
    type Request = (u64, u64);
    /// The number of the event.
    type Reply = u64;
    type Durable = Image;
    type Note = ();

    fn on_start(&mut self, _: Time, _: &mut Out<Self>) {}

    fn on_message(&mut self, from: Peer, message: Message, _: Time, out: &mut Out<Self>) {
        match (self.place, message) {
            (Place::Consumer, Message::Publish(event)) => self.take(from, event, out),
            (Place::Producer, Message::Taken(upto)) => self.on_taken(upto, out),
            _ => {} // not for this place
        }
    }

    fn on_timer(&mut self, Timer::Relay: Timer, _: Time, out: &mut Out<Self>) {
        self.relay(out);
    }

    fn on_request(&mut self, token: u64, (key, amount): (u64, u64), _: Time, out: &mut Out<Self>) {
        if self.place != Place::Producer {
            return; // never answered: a time-out belongs to whoever asks
        }
        let event = Event { number: self.disk.last.saturating_add(1), key, amount };
        let is_kept = self.rule != Rule::DualWrite;
        out.persist(&mut self.disk, ImageWrite::Made { event, is_kept });
        out.reply(token, event.number);
        if !is_kept {
            out.send(CONSUMER, Message::Publish(event));
        } else if self.disk.outbox.len() as u64 == 1 {
            self.relay(out);
        }
    }

    fn on_crash(&mut self) {}

    fn on_restart(&mut self, _: Time, out: &mut Out<Self>) {
        self.relay(out);
    }
}
