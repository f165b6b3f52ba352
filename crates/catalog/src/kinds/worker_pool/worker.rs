//! A worker: what it is at, what it has been at, and what it says of it.

use super::{KEEPER, Notice, Rules, Word, Work};
use crate::face::{Face, Mood, Phase};
use crate::kind::{Cx, Decision, learn};
use crate::kinds::Message;
use crate::plan::{Outlet, Turns};
use base::Time;
use queue::Task;
use sim::{Reply, Request};
use slab::Slab;
use std::collections::VecDeque;

/// One worker.
#[derive(Clone)]
pub(super) struct Worker {
    rules: Rules,
    number: u8,
    outlets: Turns,
    hands: Slab<Hand>,
    /// Given to it while it had no hand free.
    waits: VecDeque<Task<Work>>,
    shown: VecDeque<Line>,
    ended: u64,
}

/// A task that it is at.
#[derive(Clone, Copy)]
struct Hand {
    task: Task<Work>,
    called: Time,
}

#[derive(Clone, Copy)]
struct Line {
    number: u64,
    deliveries: u32,
    began: Time,
    ended: Option<Time>,
    mood: Mood,
}

/// The token of the next heartbeat; others are places of tasks.
const BEAT: u64 = 1 << 63;
const SHOWN: usize = 8;

impl Worker {
    pub fn new(rules: Rules, number: u8, outlets: &[Outlet]) -> Worker {
        let outlets = Turns::of(outlets);
        let (hands, waits, shown) = (Slab::new(), VecDeque::new(), VecDeque::new());
        Worker { rules, number, outlets, hands, waits, shown, ended: 0 }
    }

    pub fn retune(&mut self, cx: &mut Cx<'_>, rules: Rules) {
        self.rules = rules;
        self.begin_next(cx);
    }

    fn say(cx: &mut Cx<'_>, word: Word) {
        cx.send(KEEPER, Message::WorkerPool(word));
    }

    /// Says that it lives, and speaks for each task that it has.
    pub fn beat(&mut self, cx: &mut Cx<'_>) {
        cx.timer(self.rules.beat, BEAT);
        let in_hand = (self.hands.len() + self.waits.len()) as u32;
        Worker::say(cx, Word::Beat { free: self.rules.slots.saturating_sub(in_hand) });
        if self.rules.notice == Notice::Heartbeats {
            self.hands.iter().for_each(|(_, hand)| Worker::say(cx, Word::Extend(hand.task)));
            self.waits.iter().for_each(|task| Worker::say(cx, Word::Extend(*task)));
        }
    }

    pub fn take(&mut self, cx: &mut Cx<'_>, task: Task<Work>) {
        let (at, slots) = (self.hands.len() as u64, self.rules.slots);
        cx.decide(|| {
            Decision::new("was given task {}; at {} of {} tasks", [task.item.number.into(), at.into(), slots.into()])
        });
        self.waits.push_back(task);
        self.begin_next(cx);
    }

    fn begin_next(&mut self, cx: &mut Cx<'_>) {
        while (self.hands.len() as u32) < self.rules.slots
            && let Some(task) = self.waits.pop_front()
        {
            let (now, lasts) = (cx.now(), cx.work(&self.rules.time));
            cx.decide(|| Decision::new("begins task {}; it takes {}", [task.item.number.into(), lasts.into()]));
            let place = self.hands.insert(Hand { task, called: now }) as u64;
            if self.shown.len() == SHOWN {
                self.shown.pop_front();
            }
            let (number, deliveries) = (task.item.number, task.deliveries);
            self.shown.push_back(Line { number, deliveries, began: now, ended: None, mood: Mood::Open });
            cx.timer(lasts, place);
        }
    }

    pub fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        if token == BEAT {
            return self.beat(cx);
        }
        let Some(hand) = self.hands.get_mut(token as usize) else { return };
        hand.called = cx.now();
        let request = hand.task.item.request;
        match self.outlets.next(request.op) {
            Some(wire) => cx.call(wire, request, token),
            None => {
                let ok = !(self.rules.fails > 0.0 && cx.rng().chance(self.rules.fails));
                self.end(cx, token, ok);
            }
        }
    }

    pub fn on_reply(&mut self, cx: &mut Cx<'_>, token: u64, request: &Request, reply: &Reply) {
        let Some(hand) = self.hands.get(token as usize) else { return };
        learn(cx, request, reply, hand.called);
        let ok = reply.status.is_ok() && !(self.rules.fails > 0.0 && cx.rng().chance(self.rules.fails));
        self.end(cx, token, ok);
    }

    fn end(&mut self, cx: &mut Cx<'_>, place: u64, ok: bool) {
        let Some(Hand { task, .. }) = self.hands.try_remove(place as usize) else { return };
        self.ended += 1;
        let (now, number, deliveries) = (cx.now(), task.item.number, task.deliveries);
        let is_it = |line: &&mut Line| (line.number, line.deliveries, line.ended) == (number, deliveries, None);
        if let Some(line) = self.shown.iter_mut().find(is_it) {
            (line.ended, line.mood) = (Some(now), if ok { Mood::Done } else { Mood::Failed });
        }
        cx.decide(|| {
            Decision::new("reports task {} as {}", [number.into(), if ok { "done" } else { "failed" }.into()])
        });
        Worker::say(cx, Word::Ended { task, ok });
        self.begin_next(cx);
    }

    /// What it was at is gone; nobody is told.
    pub fn on_crash(&mut self, cx: &mut Cx<'_>) {
        self.hands.clear();
        self.waits.clear();
        for line in self.shown.iter_mut().filter(|line| line.ended.is_none()) {
            (line.ended, line.mood) = (Some(cx.now()), Mood::Undone);
        }
    }

    pub fn phases(&self, now: Time) -> impl Iterator<Item = Phase> + '_ {
        let ago = move |at: Time| now.since(at).as_millis_f64();
        self.shown.iter().map(move |line| Phase {
            lane: format!(".{}", self.number),
            label: format!("task {}{}", line.number, if line.deliveries > 1 { " again" } else { "" }),
            began: ago(line.began),
            ended: line.ended.map_or(0.0, ago),
            mood: line.mood,
        })
    }

    pub fn face(&self) -> Face {
        Face::Queue {
            waiting: self.waits.len() as u64,
            room: None,
            busy: self.hands.len() as u64,
            workers: u64::from(self.rules.slots),
        }
    }

    pub fn note(&self) -> String {
        format!("at {} tasks · {} ended", self.hands.len(), self.ended)
    }
}
