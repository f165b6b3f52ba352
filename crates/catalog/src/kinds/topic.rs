//! Topic: every subscriber gets a copy of every message, pushed at its own speed, with a backlog of its own.
//!
//! The backlogs are [`queue::Topic`], the waits between tries [`base::Span`]s that double. A subscriber is an outgoing wire.

use crate::face::{Bar, Face};
use crate::kind::{Cx, Decision, Glance, Kind, Setup, Word, learn};
use crate::plan::{Outlet, Serves};
use crate::settings::{FieldExt, Settings, choice, number, whole, gauge};
use base::{Span, Time};
use check::CheckKind;
use scenario::{KindSpec, Ports, Verb};
use sim::{CallId, Reply, Request};
use slab::Slab;
use trace::{Record, Status, WireIndex};

/// A topic and those who subscribe to it.
#[derive(Clone)]
pub struct Topic {
    inside: Box<Inside>,
}

#[derive(Clone)]
struct Inside {
    backlog: queue::Topic<Message>,
    outlets: Vec<Outlet>,
    /// For each subscriber, how many copies are under way or wait for their next try.
    under_way: Vec<u32>,
    pushes: Slab<Push>,
    rules: Rules,
    messages: u64,
    lost: u64,
}

#[derive(Clone, Copy)]
struct Message {
    number: u64,
    came: Time,
    request: Request,
}

/// A copy that was taken from its backlog.
#[derive(Clone, Copy)]
struct Push {
    subscriber: u32,
    message: Message,
    tries: u32,
    /// Which wait this is: timers of a slot's former lives are void.
    serial: u32,
    began: Time,
}

#[derive(Clone, Copy)]
struct Rules {
    at_once: u32,
    tries: u32,
    backoff: Span,
    backoff_max: Span,
    is_durable: bool,
}

impl Rules {
    fn read(settings: &Settings<'_>) -> Rules {
        let backoff = settings.millis("backoff_ms");
        Rules {
            at_once: settings.whole("at_once").max(1),
            tries: settings.whole("tries").max(1),
            backoff,
            backoff_max: settings.millis("backoff_max_ms").max(backoff),
            is_durable: settings.choice("backlog") == 0,
        }
    }

    /// How long the next try waits after so many.
    fn wait(&self, tries: u32) -> Span {
        let doubled = self.backoff.0.saturating_mul(1_u64.checked_shl(tries.saturating_sub(1)).unwrap_or(u64::MAX));
        Span(doubled.min(self.backoff_max.0))
    }
}

impl Inside {
    /// Pushes to a subscriber as much as may be under way to it at once.
    fn push_on(&mut self, cx: &mut Cx<'_>, subscriber: u32) {
        while self.under_way[subscriber as usize] < self.rules.at_once
            && let Some(message) = self.backlog.pull(subscriber)
        {
            self.under_way[subscriber as usize] += 1;
            cx.shift_load(-1, 1);
            let push = Push { subscriber, message, tries: 0, serial: 0, began: cx.now() };
            let key = self.pushes.insert(push) as u32;
            self.try_again(cx, key);
        }
    }

    fn try_again(&mut self, cx: &mut Cx<'_>, key: u32) {
        let Some(push) = self.pushes.get_mut(key as usize) else { return };
        push.tries += 1;
        let wire = self.outlets[push.subscriber as usize].wire;
        let (number, tries, under_way) = (push.message.number, push.tries, self.under_way[push.subscriber as usize]);
        cx.decide(|| {
            let words = [number.into(), Word::Wire(wire), tries.into(), under_way.into()];
            Decision::new("pushed message {} to {}, try {}; {} are under way to it", words)
        });
        cx.call(wire, push.message.request, u64::from(key));
    }

    fn on_answer(&mut self, cx: &mut Cx<'_>, key: u32, status: Status) {
        let Some(push) = self.pushes.get_mut(key as usize) else { return };
        if !status.is_ok() && push.tries < self.rules.tries {
            push.serial = push.serial.wrapping_add(1);
            let number = push.message.number;
            let (wait, token) = (self.rules.wait(push.tries), u64::from(push.serial) << 32 | u64::from(key));
            cx.decide(|| Decision::new("message {} was not taken ({}); again in {}", [number.into(), status.into(), wait.into()]));
            cx.timer(wait, token);
            return;
        }
        let Push { subscriber, message, .. } = self.pushes.remove(key as usize);
        self.under_way[subscriber as usize] -= 1;
        cx.shift_load(0, -1);
        let (queue, message) = (cx.home(), message.number);
        if status.is_ok() {
            cx.record(Record::Delivered { queue, message });
        } else {
            self.lost += 1;
            cx.record(Record::Dropped { queue, message });
        }
        self.push_on(cx, subscriber);
    }

    fn waiting(&self, subscriber: u32) -> u32 {
        self.backlog.backlog(subscriber).map_or(0, |(waiting, _)| waiting)
    }

    fn subscribers(&self) -> impl Iterator<Item = u32> + use<> {
        0..self.outlets.len() as u32
    }
}

impl Kind for Topic {
    const SLUG: &'static str = "topic";
    type Message = ();
    const SERVES: Serves = Serves::Handover;
    const CHECKS: &'static [CheckKind] = &[CheckKind::Delivery];

    fn spec() -> KindSpec {
        KindSpec {
            slug: Self::SLUG.into(),
            title: "Topic".into(),
            group: "Messaging".into(),
            purpose: "Publish and subscribe: pushes a copy of every message to everybody who wants it.".into(),
            icon: "M2 9h5M7 9l8-5M7 9h8M7 9l8 5M5 7.500v3M15 2.500v3M15 7.500v3M15 12.500v3".into(),
            fields: vec![
                whole("backlog_max", "Backlog", "", (1.0, 100_000.0), 10_000.0, "Messages that may wait for one subscriber; a copy that does not fit is lost to it alone").live(),
                choice("backlog", "Kept", "Where backlogs are", &[
                    ("on disk", "they survive a crash, and what was under way is pushed again"),
                    ("in memory", "a crash loses them"),
                ]).live(),
                whole("at_once", "At once", "", (1.0, 1_000.0), 8.0, "Copies under way to one subscriber at a time; with 1 it gets them in order").live(),
                whole("tries", "Tries", "", (1.0, 100.0), 10.0, "How many times a copy is pushed before it is given up").live(),
                number("backoff_ms", "Back-off", "ms", (1.0, 600_000.0), 200.0, "How long the second try waits; twice as long each further time").live(),
                number("backoff_max_ms", "At most", "ms", (1.0, 3.6e6), 20_000.0, "The longest that a try waits").live(),
            ],
            ports: Ports { accepts: true, out_max: 32, refusal: "A topic has at most 32 subscribers".into() },
            verbs: vec![Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::CutOff, Verb::Heal],
            gauges: vec![
                gauge("backlog", "Longest backlog", ""),
                gauge("oldest_s", "Oldest", "s"),
                gauge("lost", "Lost", ""),
                gauge("rate", "Published", "/s"),
            ],
            members: None,
            modelled: vec![
                "each outgoing wire is a subscription to the operations that it carries, from the start on".into(),
                "each copy as a call of its own; one slow subscriber holds up nobody else".into(),
                "tries with doubling waits; a copy that is given up, or finds its backlog full, is lost and counted".into(),
            ],
            left_out: vec![
                "subscriptions that come and go while it runs".into(),
                "an effect whose answer was lost: it counts as not done, and is pushed again".into(),
                "topics on several machines".into(),
            ],
        }
    }

    fn new(setup: &Setup<'_>) -> Topic {
        let mut backlog = queue::Topic::new(setup.settings.whole("backlog_max"));
        (0..setup.outlets.len() as u32).for_each(|subscriber| backlog.subscribe(subscriber));
        let inside = Inside {
            backlog,
            under_way: vec![0; setup.outlets.len()],
            outlets: setup.outlets.to_vec(),
            pushes: Slab::new(),
            rules: Rules::read(&setup.settings),
            messages: 0,
            lost: 0,
        };
        Topic { inside: Box::new(inside) }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let me = &mut *self.inside;
        me.rules = Rules::read(&setup.settings);
        me.backlog.set_capacity(setup.settings.whole("backlog_max"));
        me.subscribers().for_each(|subscriber| me.push_on(cx, subscriber));
    }

    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        let me = &mut *self.inside;
        me.messages += 1;
        let message = Message { number: me.messages, came: cx.now(), request };
        let outlets = &me.outlets;
        let wants = |subscriber: u32| outlets[subscriber as usize].carries(request.op);
        let (taken, lost) = me.backlog.publish_where(message, wants);
        let queue = cx.home();
        cx.decide(|| {
            let words = [message.number.into(), taken.into(), lost.into()];
            Decision::new("copied message {} into {} backlogs; {} were full and lost it", words)
        });
        cx.record(Record::Queued { queue, message: message.number, copies: taken + lost });
        (0..lost).for_each(|_| cx.record(Record::Dropped { queue, message: message.number }));
        me.lost += u64::from(lost);
        cx.shift_load(taken as i32, 0);
        cx.reply(call, Reply::plain(Status::Ok));
        me.subscribers().for_each(|subscriber| me.push_on(cx, subscriber));
    }

    fn on_reply(&mut self, cx: &mut Cx<'_>, _wire: WireIndex, token: u64, request: &Request, reply: Reply) {
        let me = &mut *self.inside;
        if let Some(push) = me.pushes.get(token as usize) {
            learn(cx, request, &reply, push.began);
            me.on_answer(cx, token as u32, reply.status);
        }
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        let me = &mut *self.inside;
        let (key, serial) = (token as u32, (token >> 32) as u32);
        if me.pushes.get(key as usize).is_some_and(|push| push.serial == serial) {
            me.try_again(cx, key);
        }
    }

    /// Copies under way are taken up again after the restart, when backlogs are on disk.
    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        let me = &mut *self.inside;
        if me.rules.is_durable {
            return;
        }
        let queue = cx.home();
        let (under_way, mut waiting) = (me.pushes.len() as i32, 0);
        for push in me.pushes.drain() {
            me.lost += 1;
            cx.record(Record::Dropped { queue, message: push.message.number });
        }
        for subscriber in me.subscribers() {
            while let Some(message) = me.backlog.pull(subscriber) {
                (me.lost, waiting) = (me.lost + 1, waiting + 1);
                cx.record(Record::Dropped { queue, message: message.number });
            }
            me.under_way[subscriber as usize] = 0;
        }
        cx.shift_load(-waiting, -under_way);
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        let me = &mut *self.inside;
        let keys: Vec<usize> = me.pushes.iter().map(|(key, _)| key).collect();
        keys.into_iter().for_each(|key| me.try_again(cx, key as u32));
    }

    fn summary(settings: &Settings<'_>) -> String {
        format!("push, {} tries · backlogs {}", settings.whole("tries"), settings.choice_name("backlog"))
    }

    fn face(members: &[&Topic], glance: &Glance<'_>) -> Face {
        let Some(me) = members.first() else { return Face::Nothing };
        let me = &me.inside;
        let bar = |subscriber: u32| {
            let waiting = me.waiting(subscriber) + me.under_way[subscriber as usize];
            let label = glance.target(me.outlets[subscriber as usize].wire);
            Bar { label, value: f64::from(waiting), full: f64::from(me.backlog.capacity()) }
        };
        Face::Bars { bars: me.subscribers().map(bar).collect(), unit: "messages".into() }
    }

    fn gauges(members: &[&Topic], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let Some(me) = members.first() else { return Vec::new() };
        let me = &me.inside;
        let longest = me.subscribers().map(|subscriber| me.waiting(subscriber)).max();
        let waiting = me.subscribers().filter_map(|subscriber| me.backlog.next(subscriber)).map(|message| message.came);
        let oldest = waiting.chain(me.pushes.iter().map(|(_, push)| push.message.came)).min();
        let age = oldest.map_or(0.0, |came| glance.now.since(came).as_secs_f64());
        vec![longest.map(f64::from), Some(age), Some(me.lost as f64), Some(glance.rate(glance.sample.count.arrived))]
    }
}
