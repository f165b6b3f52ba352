//! The member that keeps the tasks: on disk, with who has which.

use super::{Notice, Rules, Word, Work};
use crate::face::{Bar, Face};
use crate::kind::{Cx, Decision, Word as Said};
use crate::kinds::Message;
use base::{Span, Time};
use queue::{Task, TaskQueue, TaskQueueConfig};
use sim::{CallId, Reply, Request};
use trace::{Record, Status};

/// The tasks and who is there to do them.
#[derive(Clone)]
pub(super) struct Keeper {
    rules: Rules,
    queue: TaskQueue<Work>,
    workers: Vec<Known>,
    tasks: u64,
    done: u64,
    /// Deliveries that were not the first.
    again: u64,
    /// Results that came from somebody whose task had been given to another: done again, or refused.
    twice: u64,
    refused: u64,
    /// When the timer that is set fires; others are void.
    wakes: Time,
    load: (u32, u32),
}

/// What is known of a worker.
#[derive(Clone, Copy)]
struct Known {
    heard: Option<Time>,
    free: u32,
}

impl Keeper {
    pub fn new(rules: Rules, config: TaskQueueConfig, members: u8) -> Keeper {
        Keeper {
            rules,
            queue: TaskQueue::new(config),
            workers: vec![Known { heard: None, free: 0 }; usize::from(members.saturating_sub(1))],
            tasks: 0,
            done: 0,
            again: 0,
            twice: 0,
            refused: 0,
            wakes: Time::NEVER,
            load: (0, 0),
        }
    }

    pub fn retune(&mut self, cx: &mut Cx<'_>, rules: Rules, config: TaskQueueConfig) {
        self.rules = rules;
        self.queue.set_config(config);
        self.go_on(cx);
    }

    pub fn take_in(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        let work = Work { number: self.tasks + 1, came: cx.now(), request };
        if self.queue.push(work, 0, Span::ZERO, cx.now()).is_err() {
            cx.decide(|| Decision::new("refused a task: there is no room", []));
            return cx.reply(call, Reply::plain(Status::Overloaded));
        }
        self.tasks += 1;
        cx.record(Record::Queued { queue: cx.home(), message: work.number, copies: 1 });
        cx.reply(call, Reply::plain(Status::Ok));
        self.go_on(cx);
    }

    /// The worker with the most free hands, of those that are believed to live; the first of equals.
    fn choose(&self, now: Time) -> Option<usize> {
        let lease = if self.rules.notice == Notice::Never { Span::MAX } else { self.rules.lease };
        let lives = |known: &Known| known.heard.is_some_and(|at| now.since(at) <= lease);
        let fit = self.workers.iter().enumerate().filter(|(_, known)| known.free > 0 && lives(known));
        fit.max_by_key(|(place, known)| (known.free, core::cmp::Reverse(*place))).map(|(place, _)| place)
    }

    /// Gives out what is ready, throws away what there is no room for, and wakes up when something changes by itself.
    fn go_on(&mut self, cx: &mut Cx<'_>) {
        let now = cx.now();
        self.queue.advance(now);
        while let Some(place) = self.choose(now)
            && let Some(task) = self.queue.take(now)
        {
            self.again += u64::from(task.deliveries > 1);
            let (free, nth) = (self.workers[place].free, task.deliveries);
            cx.decide(|| {
                let words = [task.item.number.into(), nth.into(), Said::Peer(place as u8 + 1), free.into()];
                Decision::new("gave task {} for the {}. time to {}, which has most hands free ({})", words)
            });
            self.workers[place].free -= 1;
            cx.send(place as u8 + 1, Message::WorkerPool(Word::Assign(task)));
        }
        while self.queue.dead_len() > self.rules.dead_max
            && let Some(work) = self.queue.discard_dead()
        {
            cx.record(Record::Dropped { queue: cx.home(), message: work.number });
        }
        let waiting = self.queue.ready_len() + self.queue.delayed_len();
        let load = (waiting, self.queue.len() - waiting);
        cx.shift_load(load.0 as i32 - self.load.0 as i32, load.1 as i32 - self.load.1 as i32);
        self.load = load;
        if let Some(at) = self.queue.next_change().filter(|at| *at < self.wakes) {
            self.wakes = at;
            cx.timer(at.since(now), at.0);
        }
    }

    pub fn hear(&mut self, cx: &mut Cx<'_>, from: u8, word: Word) {
        let now = cx.now();
        let Some(known) = self.workers.get_mut(usize::from(from).wrapping_sub(1)) else { return };
        known.heard = Some(now);
        match word {
            Word::Beat { free } => known.free = free,
            Word::Extend(task) => {
                if self.rules.notice == Notice::Heartbeats {
                    self.queue.extend(&task, now);
                }
            }
            Word::Ended { task, ok } => {
                known.free = (known.free + 1).min(self.rules.slots);
                self.end(cx, &task, ok);
            }
            Word::Assign(_) => {}
        }
        self.go_on(cx);
    }

    /// A result comes in. Its effect and the end of the task are one write, if results are fenced.
    fn end(&mut self, cx: &mut Cx<'_>, task: &Task<Work>, ok: bool) {
        let (home, member, message) = (cx.home(), cx.me(), task.item.number);
        if !ok {
            self.queue.nack(task, cx.now());
            cx.decide(|| Decision::new("task {} failed and goes back to the line", [message.into()]));
            return;
        }
        let is_holder = self.queue.ack(task).is_some();
        let is_fenced = self.rules.is_fenced;
        cx.decide(|| {
            let what = match (is_holder, is_fenced) {
                (true, _) => "took it: its worker had the task",
                (false, true) => "refused it: the task was given to another meanwhile",
                (false, false) => "took it although the task was given to another meanwhile: its effect is there twice",
            };
            Decision::new("result of task {}: {}", [message.into(), what.into()])
        });
        if is_holder {
            self.done += 1;
        } else if self.rules.is_fenced {
            self.refused += 1;
            return;
        } else {
            self.twice += 1;
        }
        cx.record(Record::Applied { store: home, member, key: task.item.request.key, write: message });
        cx.record(Record::Delivered { queue: home, message });
    }

    pub fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        if token == self.wakes.0 {
            self.wakes = Time::NEVER;
            self.go_on(cx);
        }
    }

    /// Tasks and who has them are on disk; whom it heard when is not.
    pub fn on_crash(&mut self) {
        self.wakes = Time::NEVER;
        self.workers.iter_mut().for_each(|known| *known = Known { heard: None, free: 0 });
    }

    pub fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.go_on(cx);
    }

    pub fn gauges(&self) -> Vec<Option<f64>> {
        let waiting = self.queue.ready_len() + self.queue.delayed_len();
        [u64::from(waiting), self.again, self.twice, u64::from(self.queue.dead_len())].map(|n| Some(n as f64)).to_vec()
    }

    pub fn face(&self) -> Face {
        let (ready, delayed) = (self.queue.ready_len(), self.queue.delayed_len());
        let (room, slots) = (self.queue.config().capacity, self.rules.slots * self.workers.len() as u32);
        let bar = |label: &str, value: u32, full: u32| Bar { label: label.to_string(), value: f64::from(value), full: f64::from(full.max(1)) };
        let bars = vec![
            bar("ready", ready, room),
            bar("waiting to be tried again", delayed, room),
            bar("in hand", self.queue.len() - ready - delayed, slots),
            bar("dead", self.queue.dead_len(), self.rules.dead_max),
        ];
        Face::Bars { bars, unit: "tasks".into() }
    }

    pub fn note(&self) -> String {
        format!("{} done · {} results refused", self.done, self.refused)
    }
}
