//! The devices: connected, waiting to come back, or trying to.

use super::{Rules, Transport, Word};
use crate::face::{Bar, Face};
use crate::front::Front;
use crate::kind::Cx;
use crate::kinds::Message;
use crate::mailboxes::HubFront;
use base::{Span, Time};
use std::collections::VecDeque;
use trace::Record;

/// All devices.
#[derive(Clone)]
pub(super) struct Crowd {
    rules: Rules,
    members: u8,
    devices: Vec<Device>,
    /// What is known of the deaths of each server.
    deaths: Vec<u32>,
    /// How many are in each state: up, trying, waiting.
    counts: [u32; 3],
    pub delivered: u64,
    pub twice: u64,
    /// Attempts to connect.
    pub tries: u64,
    /// Bytes that devices sent.
    pub bytes: u64,
    /// How long the last deliveries took.
    lately: VecDeque<Span>,
}

#[derive(Clone, Copy)]
struct Device {
    link: Link,
    /// Attempts since it was connected last.
    failed: u32,
    /// The last wait, for those laws that go by it.
    waited: Span,
    /// Counts attempts, so that an answer to an old one is known.
    attempt: u32,
    /// Everything up to here has come.
    seen: u64,
    heard: Time,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Link {
    Up(u8),
    Trying(u8),
    Waiting,
}

/// Timers: what for, in the upper bits; an attempt or nothing; the device.
const RETRY: u64 = 1 << 56;
const GIVE_UP: u64 = 2 << 56;
const PING: u64 = 3 << 56;
const POLL: u64 = 4 << 56;
const LOOK: u64 = 5 << 56;
const WHAT: u64 = 0xff << 56;
/// Until a device hears that its server died: the time of a few packets.
const RESET_AFTER: Span = Span::from_millis(50);
/// Bytes of a ping or a confirmation: a frame with a mask.
const PING_BYTES: u64 = 6;
const LATELY: usize = 512;

fn token(what: u64, device: u32, attempt: u32) -> u64 {
    what | u64::from(attempt & 0xff_ffff) << 32 | u64::from(device)
}

impl Crowd {
    /// Everybody is connected.
    pub fn new(rules: Rules, members: u8) -> Crowd {
        let device = |number: u32| Device {
            link: Link::Up(HubFront::first_home(number, members)),
            failed: 0,
            waited: Span::ZERO,
            attempt: 0,
            seen: 0,
            heard: Time::ZERO,
        };
        Crowd {
            rules,
            members,
            devices: (0..rules.devices).map(device).collect(),
            deaths: vec![0; usize::from(members)],
            counts: [rules.devices, 0, 0],
            delivered: 0,
            twice: 0,
            tries: 0,
            bytes: 0,
            lately: VecDeque::new(),
        }
    }

    /// How many devices there are and how they are reached stays.
    pub fn retune(&mut self, rules: Rules) {
        self.rules = Rules { devices: self.rules.devices, transport: self.rules.transport, ..rules };
    }

    pub fn connected(&self) -> u32 {
        self.counts[0]
    }

    /// The time that 99% of the last deliveries did not exceed.
    pub fn delivery_p99_ms(&self) -> Option<f64> {
        let mut times: Vec<Span> = self.lately.iter().copied().collect();
        times.sort_unstable();
        let at = (times.len() * 99).div_ceil(100).checked_sub(1)?;
        times.get(at).map(|span| span.as_millis_f64())
    }

    /// Clocks begin at different moments, as devices were switched on at different moments.
    pub fn begin(&mut self, cx: &mut Cx<'_>) {
        cx.timer(RESET_AFTER, LOOK);
        let is_poll = self.rules.transport == Transport::Poll;
        let (what, period) = if is_poll { (POLL, self.rules.poll) } else { (PING, self.rules.ping) };
        for device in 0..self.rules.devices {
            let first = Span(cx.rng().below(period.0.max(1)));
            cx.timer(first, token(what, device, 0));
        }
    }

    /// Everybody was switched off, and is switched on again.
    pub fn come_back(&mut self, cx: &mut Cx<'_>) {
        if self.rules.transport != Transport::Poll {
            (0..self.rules.devices).for_each(|device| self.lose(cx, device));
        }
        self.begin(cx);
    }

    fn set(&mut self, device: u32, link: Link) {
        let slot = |link: Link| match link {
            Link::Up(_) => 0,
            Link::Trying(_) => 1,
            Link::Waiting => 2,
        };
        let state = &mut self.devices[device as usize];
        self.counts[slot(state.link)] -= 1;
        self.counts[slot(link)] += 1;
        state.link = link;
    }

    /// The connection is gone, or did not come about: it tries again after a while.
    fn lose(&mut self, cx: &mut Cx<'_>, device: u32) {
        self.set(device, Link::Waiting);
        let state = &mut self.devices[device as usize];
        state.attempt = state.attempt.wrapping_add(1);
        state.waited = self.rules.backoff.wait(state.failed, state.waited, cx.rng());
        state.failed = state.failed.saturating_add(1);
        cx.timer(state.waited, token(RETRY, device, state.attempt));
    }

    fn send(&mut self, cx: &mut Cx<'_>, server: u8, bytes: u64, word: Word) {
        self.bytes += bytes;
        cx.send(server, Message::ConnectionHub(word));
    }

    /// A balancer in front sends a new connection to the next server that is up.
    fn next_server(&self, cx: &mut Cx<'_>) -> u8 {
        let home = usize::from(cx.home());
        let mut server = 1;
        for _ in 1..self.members {
            let Front::Hub(front) = cx.front() else { break };
            server = front.next_server();
            let member = cx.core().boxes[home].members.get(usize::from(server));
            if member.is_some_and(|member| cx.core().lives[usize::from(*member)].up) {
                break;
            }
        }
        server
    }

    fn connect(&mut self, cx: &mut Cx<'_>, device: u32) {
        let server = self.next_server(cx);
        self.set(device, Link::Trying(server));
        self.tries += 1;
        let Device { attempt, seen, .. } = self.devices[device as usize];
        self.send(cx, server, self.rules.header_bytes, Word::Connect { device, attempt, seen });
        cx.timer(self.rules.connect_within, token(GIVE_UP, device, attempt));
    }

    pub fn on_timer(&mut self, cx: &mut Cx<'_>, token_of: u64) {
        let (what, device, attempt) = (token_of & WHAT, token_of as u32, (token_of >> 32) as u32 & 0xff_ffff);
        if what == LOOK {
            return self.look(cx);
        }
        let Some(state) = self.devices.get(device as usize).copied() else { return };
        let is_current = attempt == state.attempt & 0xff_ffff;
        match what {
            RETRY if is_current && state.link == Link::Waiting => self.connect(cx, device),
            GIVE_UP if is_current && matches!(state.link, Link::Trying(_)) => self.lose(cx, device),
            PING => self.ping(cx, device),
            POLL => {
                cx.timer(self.rules.poll, token(POLL, device, 0));
                let server = self.next_server(cx);
                self.set(device, Link::Up(server));
                self.send(cx, server, self.rules.header_bytes, Word::Ask { device, seen: state.seen });
            }
            _ => {}
        }
    }

    /// Servers whose death was heard of: everybody who was connected there knows at once.
    fn look(&mut self, cx: &mut Cx<'_>) {
        cx.timer(RESET_AFTER, LOOK);
        let Front::Hub(front) = cx.front() else { return };
        if front.deaths() == self.deaths {
            return;
        }
        let deaths = front.deaths().to_vec();
        let died = |server: u8, known: &[u32]| known.get(usize::from(server)) != deaths.get(usize::from(server));
        let known = core::mem::take(&mut self.deaths);
        for device in 0..self.rules.devices {
            let (Link::Up(server) | Link::Trying(server)) = self.devices[device as usize].link else { continue };
            if died(server, &known) && self.rules.transport != Transport::Poll {
                self.lose(cx, device);
            }
        }
        self.deaths = deaths;
    }

    fn ping(&mut self, cx: &mut Cx<'_>, device: u32) {
        cx.timer(self.rules.ping, token(PING, device, 0));
        let state = self.devices[device as usize];
        let Link::Up(server) = state.link else { return };
        if cx.now().since(state.heard) > self.rules.ping.scaled(2.5) {
            // Two pings without an answer: whoever was there is not any more.
            return self.lose(cx, device);
        }
        if self.rules.transport == Transport::LongPoll {
            self.send(cx, server, self.rules.header_bytes, Word::Ask { device, seen: state.seen });
        } else {
            self.send(cx, server, PING_BYTES, Word::Ping { device });
        }
    }

    pub fn on_message(&mut self, cx: &mut Cx<'_>, from: u8, word: Word) {
        let (Word::Accepted { device, .. } | Word::Refused { device, .. } | Word::Push { device, .. } | Word::Empty { device }) = word
        else {
            return;
        };
        let Some(state) = self.devices.get_mut(device as usize) else { return };
        let is_from = |link: Link| link == Link::Up(from);
        let is_polling = self.rules.transport == Transport::Poll;
        match word {
            Word::Accepted { attempt, .. } if attempt == state.attempt && state.link == Link::Trying(from) => {
                (state.failed, state.waited, state.heard) = (0, Span::ZERO, cx.now());
                self.set(device, Link::Up(from));
            }
            Word::Refused { attempt, .. } => {
                let was_tried = state.link == Link::Trying(from) && attempt == state.attempt;
                if (was_tried || is_from(state.link)) && !is_polling {
                    self.lose(cx, device);
                }
            }
            Word::Push { letter, is_last, .. } if is_polling || is_from(state.link) => {
                state.heard = cx.now();
                let is_new = letter.number > state.seen;
                state.seen = state.seen.max(letter.number);
                let seen = state.seen;
                if is_new {
                    if let Front::Hub(front) = cx.front() {
                        front.delivered(device, letter.number);
                    }
                    self.take(cx, letter.message, cx.now().since(letter.came));
                } else {
                    self.twice += 1;
                }
                self.answer(cx, from, device, seen, is_last);
            }
            Word::Empty { .. } => state.heard = cx.now(),
            _ => {}
        }
    }

    fn take(&mut self, cx: &mut Cx<'_>, message: u64, took: Span) {
        self.delivered += 1;
        if self.lately.len() == LATELY {
            self.lately.pop_front();
        }
        self.lately.push_back(took);
        cx.record(Record::Delivered { queue: cx.home(), message });
    }

    /// A socket confirms; a long poll asks again; a stream of events says nothing, and a poll says it next time.
    fn answer(&mut self, cx: &mut Cx<'_>, server: u8, device: u32, seen: u64, is_last: bool) {
        match self.rules.transport {
            Transport::WebSocket if self.rules.keeps => self.send(cx, server, PING_BYTES, Word::Got { device, seen }),
            Transport::LongPoll if is_last => self.send(cx, server, self.rules.header_bytes, Word::Ask { device, seen }),
            _ => {}
        }
    }

    /// Batteries are dead; what has been seen is on disk.
    pub fn on_crash(&mut self, _cx: &mut Cx<'_>) {
        for device in 0..self.rules.devices {
            self.set(device, Link::Waiting);
            let state = &mut self.devices[device as usize];
            state.attempt = state.attempt.wrapping_add(1);
        }
    }

    pub fn face(&self) -> Face {
        let [up, trying, waiting] = self.counts.map(f64::from);
        let full = f64::from(self.rules.devices);
        let bar = |label: &str, value: f64| Bar { label: label.to_string(), value, full };
        let bars = vec![bar("connected", up), bar("connecting", trying), bar("waiting to try", waiting)];
        Face::Bars { bars, unit: "devices".into() }
    }
}
