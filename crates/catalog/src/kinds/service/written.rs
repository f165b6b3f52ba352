//! A service that carries out a plan which somebody has written.
//!
//! The steps stand in a row with jumps (see [`Step`]). A failure looks for the nearest `OnError` behind it that covers it; without one
//! it ends the plan and is the caller's answer, unless he has his already.

use super::{NOBODY, Service};
use crate::kind::{Cx, learn, say};
use crate::plan::Step;
use crate::settings::Settings;
use base::{Delay, Law, Span};
use sim::{Reply, Request};
use trace::Status;

/// Set in the token of a timer that ends work which a plan asked for; below it stands the job.
const WORK: u64 = 1 << 32;

impl Service {
    /// The operations, a bit each, whose plan has a step that no derived plan has.
    pub(super) fn written(plans: &[Vec<Step>]) -> u64 {
        let is_written = |plan: &Vec<Step>| plan.iter().any(|step| step.is_written());
        plans.iter().take(64).enumerate().fold(0, |bits, (op, plan)| bits | u64::from(is_written(plan)) << op)
    }

    pub(super) fn law(settings: &Settings<'_>) -> Law {
        settings.one_of("time_law", &Law::ALL)
    }

    /// Whether a job in hand is for an operation whose plan somebody has written.
    #[inline]
    pub(super) fn is_written(&mut self, at: u32) -> bool {
        self.written != 0 && {
            let op = u32::from(self.desk.job(at).request.op);
            self.written.checked_shr(op).unwrap_or(0) & 1 == 1
        }
    }

    /// Goes on with the plan until something has to be waited for.
    pub(super) fn carry_on(&mut self, cx: &mut Cx<'_>, at: u32) {
        loop {
            let job = self.desk.job(at);
            let plan = self.plans.get(usize::from(job.request.op)).map_or(&[][..], Vec::as_slice);
            let Some(step) = plan.get(usize::from(job.step)) else { break };
            job.step += 1;
            cx.decide(|| super::step_of(*step, job, plan.len()));
            match *step {
                Step::Ask(wire) | Step::Do(wire) | Step::Lookup(wire) | Step::Call(wire) => {
                    job.step_began = cx.now();
                    let request = self.teller.within(cx, job.request);
                    cx.call(wire, request, u64::from(at));
                    return;
                }
                Step::Begin(wire) => {
                    job.step_began = cx.now();
                    job.waiting += 1;
                    let request = self.teller.within(cx, job.request);
                    cx.call(wire, request, u64::from(at));
                }
                Step::Gather => return,
                Step::Put(wire) | Step::Fill(wire) => {
                    let Reply { version, store, value, .. } = job.read;
                    if store != Reply::NO_STORE {
                        cx.call(wire, Request { op: say::FILL, write: true, version, store, value, ..job.request }, NOBODY);
                    }
                }
                Step::Forget(wire) => cx.call(wire, Request { op: say::FORGET, ..job.request }, NOBODY),
                Step::Send(wire) => cx.call(wire, job.request, NOBODY),
                Step::Work(mean) => {
                    self.work(cx, at, mean);
                    return;
                }
                Step::Reply(is_ok) => {
                    let (call, is_first) = (job.call, !job.has_replied);
                    job.has_replied = true;
                    if is_first {
                        cx.reply(call, Reply::plain(if is_ok { Status::Ok } else { Status::Failed }));
                    }
                }
                Step::UnlessFound(skip) => job.step += if job.found { skip } else { 0 },
                Step::OnError { skip, .. } => job.step += skip,
                Step::Again { steps, rounds } => {
                    job.round += 1;
                    if job.round < rounds {
                        job.step -= steps + 1;
                    } else {
                        job.round = 0;
                    }
                }
            }
        }
        self.finish(cx, at, Status::Ok);
    }

    /// An answer to a call of the plan.
    pub(super) fn hear(&mut self, cx: &mut Cx<'_>, at: u32, request: &Request, reply: Reply) {
        let job = self.desk.job(at);
        learn(cx, request, &reply, job.step_began);
        let plan = self.plans.get(usize::from(job.request.op)).map_or(&[][..], Vec::as_slice);
        let asked = matches!(plan.get(usize::from(job.step) - 1), Some(Step::Ask(_) | Step::Lookup(_)));
        // What a cache can be filled with: what the last look-up found, else what was read first since.
        if asked {
            job.read = if reply.status == Status::Ok { reply } else { Reply::plain(Status::Ok) };
        } else if reply.status.is_ok() && job.read.store == Reply::NO_STORE {
            job.read = reply;
        }
        if job.waiting > 0 {
            job.waiting -= 1;
            if !reply.status.is_ok() {
                job.worst = reply.status;
            }
            if job.waiting > 0 {
                return;
            }
            let worst = std::mem::replace(&mut job.worst, Status::Ok);
            if worst.is_ok() { self.carry_on(cx, at) } else { self.fall(cx, at, worst) }
            return;
        }
        if asked {
            // A cache that fails is as good as one that misses.
            job.found = reply.status == Status::Ok;
        }
        if asked || reply.status.is_ok() { self.carry_on(cx, at) } else { self.fall(cx, at, reply.status) }
    }

    /// The last step has failed: on with what was written for that, or to the end.
    fn fall(&mut self, cx: &mut Cx<'_>, at: u32, status: Status) {
        let job = self.desk.job(at);
        let plan = self.plans.get(usize::from(job.request.op)).map_or(&[][..], Vec::as_slice);
        let failed = usize::from(job.step) - 1;
        let mut leaves_rounds = false;
        for (place, step) in plan.iter().enumerate().skip(failed + 1) {
            match *step {
                Step::OnError { covers, .. } if place - usize::from(covers) <= failed => {
                    job.step = place as u8 + 1;
                    job.round = if leaves_rounds { 0 } else { job.round };
                    self.carry_on(cx, at);
                    return;
                }
                Step::Again { steps, .. } => leaves_rounds |= place - usize::from(steps) <= failed,
                _ => {}
            }
        }
        let status = if status == Status::TimedOut { Status::Failed } else { status };
        self.finish(cx, at, status);
    }

    fn finish(&mut self, cx: &mut Cx<'_>, at: u32, status: Status) {
        if self.desk.job(at).has_replied {
            let job = self.desk.close(at);
            self.tell(cx, &job, status);
            if self.holds {
                self.release(cx);
            }
        } else {
            self.end(cx, at, status);
        }
    }

    /// Work that a plan asks for: on the worker that is held, else on the next that is free.
    fn work(&mut self, cx: &mut Cx<'_>, at: u32, mean: Span) {
        if self.holds || self.desk.engage(cx) {
            self.begin(cx, at, mean);
        } else {
            cx.shift_load(1, 0);
            self.again.push_back((at, mean));
        }
    }

    fn begin(&mut self, cx: &mut Cx<'_>, at: u32, mean: Span) {
        let time = cx.work(&Delay::new(self.law, mean));
        cx.timer(time, WORK | u64::from(at));
    }

    /// A worker turns to a job that waits for more work; one too many, since there are to be fewer, leaves instead.
    pub(super) fn resume(&mut self, cx: &mut Cx<'_>) {
        let (busy, workers) = self.desk.workers();
        let is_one_too_many = busy > workers;
        if let Some((at, mean)) = if is_one_too_many { None } else { self.again.pop_front() } {
            cx.shift_load(-1, 0);
            self.begin(cx, at, mean);
        } else {
            self.desk.release(cx);
        }
    }

    /// Workers that have come turn to jobs that wait for more work.
    pub(super) fn engage_again(&mut self, cx: &mut Cx<'_>) {
        while !self.again.is_empty() && self.desk.engage(cx) {
            if let Some((at, mean)) = self.again.pop_front() {
                cx.shift_load(-1, 0);
                self.begin(cx, at, mean);
            }
        }
    }
}
