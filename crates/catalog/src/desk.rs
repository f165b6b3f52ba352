//! A desk: workers, the bounded line in front of them, and the jobs in hand. What every box has that works on requests.
//!
//! A job is accepted, waits for a worker if it must, and is worked on for a drawn time, after which a timer fires with the job's
//! number as its token. Releasing the worker and closing the job are two steps, because some boxes keep the worker or the job for
//! longer than the work takes. Everything is O(1); the waiting and the busy are counted on the box's meter.

use crate::kind::{Cx, Decision};
use crate::settings::Settings;
use base::Delay;
use queue::Fifo;
use sim::{CallId, Reply};
use slab::Slab;
use trace::Status;

/// Workers with a line in front of them.
#[derive(Clone)]
pub(crate) struct Desk<J> {
    workers: u32,
    busy: u32,
    line: Fifo<u32>,
    time: Delay,
    jobs: Slab<J>,
}

impl<J> Desk<J> {
    /// An empty desk from the fields `workers`, `line_max`, `time_ms` and `time_law`.
    pub fn new(settings: &Settings<'_>) -> Desk<J> {
        Desk {
            workers: settings.whole("workers"),
            busy: 0,
            line: Fifo::new(settings.whole("line_max")),
            time: settings.delay("time_ms", "time_law"),
            jobs: Slab::new(),
        }
    }

    /// Takes over the same fields again; workers that have come start at once, and those in excess leave when their job is done.
    pub fn retune(&mut self, cx: &mut Cx<'_>, settings: &Settings<'_>) {
        self.workers = settings.whole("workers");
        self.line.set_capacity(settings.whole("line_max"));
        self.time = settings.delay("time_ms", "time_law");
        while self.busy < self.workers
            && let Some(next) = self.line.pop()
        {
            cx.shift_load(-1, 1);
            self.begin(cx, next);
        }
    }

    /// Takes a job in hand. False when all workers are busy and the line is full.
    #[inline]
    pub fn accept(&mut self, cx: &mut Cx<'_>, job: J) -> bool {
        let is_free = self.busy < self.workers;
        if !is_free && self.line.is_full() {
            let words = [self.workers.into(), self.line.len().into()];
            cx.decide(|| {
                Decision::new("refused a request: all {} workers are busy and {} wait, as many as may", words)
            });
            return false;
        }
        let at = self.jobs.insert(job) as u32;
        let (busy, workers, place) = (self.busy, self.workers, self.line.len() + 1);
        cx.decide(|| match is_free {
            true => Decision::new("took a request in hand: {} of {} workers were busy", [busy.into(), workers.into()]),
            false => Decision::new(
                "put a request in line, at place {}: all {} workers are busy",
                [place.into(), workers.into()],
            ),
        });
        if is_free {
            cx.shift_load(0, 1);
            self.begin(cx, at);
        } else if self.line.push(at).is_ok() {
            cx.shift_load(1, 0);
        }
        true
    }

    /// Takes a job in hand for a call, or refuses the call.
    #[inline]
    pub fn take(&mut self, cx: &mut Cx<'_>, call: CallId, job: J) {
        if !self.accept(cx, job) {
            cx.reply(call, Reply::plain(Status::Overloaded));
        }
    }

    #[inline]
    fn begin(&mut self, cx: &mut Cx<'_>, at: u32) {
        self.busy += 1;
        let time = cx.work(&self.time);
        cx.decide(|| Decision::new("a worker begins; it takes {}", [time.into()]));
        cx.timer(time, u64::from(at));
    }

    /// A worker has its hands free: the next in line, if any.
    #[inline]
    pub fn release(&mut self, cx: &mut Cx<'_>) {
        self.busy -= 1;
        if self.busy < self.workers
            && let Some(next) = self.line.pop()
        {
            cx.shift_load(-1, 0);
            self.begin(cx, next);
        } else {
            cx.shift_load(0, -1);
        }
    }

    /// Takes a free worker for more work on a job that is in hand; false when there is none.
    pub fn engage(&mut self, cx: &mut Cx<'_>) -> bool {
        let is_free = self.busy < self.workers;
        if is_free {
            self.busy += 1;
            cx.shift_load(0, 1);
        }
        is_free
    }

    /// The job with this number, which is in hand.
    #[inline]
    pub fn job(&mut self, at: u32) -> &mut J {
        &mut self.jobs[at as usize]
    }

    /// Ends a job that is in hand.
    #[inline]
    pub fn close(&mut self, at: u32) -> J {
        self.jobs.remove(at as usize)
    }

    /// Drops everything, as a crash does.
    pub fn abandon(&mut self, cx: &mut Cx<'_>) {
        cx.shift_load(-(self.line.len() as i32), -(self.busy as i32));
        self.busy = 0;
        self.line.clear();
        self.jobs.clear();
    }

    /// True when nothing is in hand.
    pub fn is_idle(&self) -> bool {
        self.jobs.is_empty()
    }

    /// How many are in hand, those in the line included.
    pub fn in_hand(&self) -> u32 {
        self.jobs.len() as u32
    }

    /// Workers at work, and workers there are.
    pub fn workers(&self) -> (u32, u32) {
        (self.busy, self.workers)
    }

    /// Jobs in the line, and its room.
    pub fn line(&self) -> (u32, u32) {
        (self.line.len(), self.line.capacity())
    }
}
