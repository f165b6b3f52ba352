//! Meters: what is counted at a box or wire. Counters and time integrals while it runs, a [`Sample`] for each window of time.

use crate::{Histogram, Status};
use base::{Span, Time};
use serde::{Deserialize, Serialize};

/// How many ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Arrived.
    pub arrived: u64,
    /// Answered as wanted.
    pub ok: u64,
    /// Refused by a limit, a full queue, or for want of anybody to serve.
    pub refused: u64,
    /// Given up for lack of an answer.
    pub timed_out: u64,
    /// Answered with an error.
    pub failed: u64,
}

impl Count {
    /// Ended, however.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.ok + self.bad()
    }

    /// Ended other than wanted.
    #[must_use]
    pub fn bad(&self) -> u64 {
        self.refused + self.timed_out + self.failed
    }

    /// Counts one end.
    #[inline]
    pub fn end(&mut self, status: Status) {
        if status.is_ok() {
            self.ok += 1;
        } else {
            self.end_badly(status);
        }
    }

    /// Out of the way of the many that end well, which need no jump by status.
    #[inline(never)]
    fn end_badly(&mut self, status: Status) {
        match status {
            Status::Ok | Status::Missing => {}
            Status::Limited | Status::Overloaded | Status::Unavailable => self.refused += 1,
            Status::TimedOut => self.timed_out += 1,
            Status::Failed => self.failed += 1,
        }
    }

    fn since(&self, earlier: &Count) -> Count {
        Count {
            arrived: self.arrived - earlier.arrived,
            ok: self.ok - earlier.ok,
            refused: self.refused - earlier.refused,
            timed_out: self.timed_out - earlier.timed_out,
            failed: self.failed - earlier.failed,
        }
    }
}

impl core::ops::Add for Count {
    type Output = Count;

    fn add(self, other: Count) -> Count {
        Count {
            arrived: self.arrived + other.arrived,
            ok: self.ok + other.ok,
            refused: self.refused + other.refused,
            timed_out: self.timed_out + other.timed_out,
            failed: self.failed + other.failed,
        }
    }
}

/// What is counted at one box or wire.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    /// Since the start.
    pub count: Count,
    latency: Histogram,
    window_latency: Histogram,
    window_start: Count,
    window_began: Time,
    /// Time integrals, in nanoseconds times things: of those waiting, and of those in service.
    waiting_integral: u128,
    busy_integral: u128,
    window_waiting_integral: u128,
    window_busy_integral: u128,
    changed: Time,
    waiting: u32,
    busy: u32,
}

/// One window of a meter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// How many ended how in this window.
    pub count: Count,
    /// Latency of those answered in this window; zero when none was.
    pub p50: Span,
    /// Latency that 95% did not exceed.
    pub p95: Span,
    /// Latency that 99% did not exceed.
    pub p99: Span,
    /// Time average of those waiting.
    pub waiting: f64,
    /// Time average of those in service.
    pub busy: f64,
}

/// `level` things for as long as `span`, in nanoseconds times things. By halves, because a processor of 64 bits, and WASM above all,
/// has to call a function for a product of 128.
#[inline]
fn area(span: Span, level: u32) -> u128 {
    let level = u64::from(level);
    let (high, low) = (span.0 >> 32, span.0 & 0xFFFF_FFFF);
    (u128::from(high * level) << 32) + u128::from(low * level)
}

impl Meter {
    /// One arrived.
    #[inline]
    pub fn arrive(&mut self) {
        self.count.arrived += 1;
    }

    /// One ended after `latency`.
    #[inline]
    pub fn end(&mut self, status: Status, latency: Span) {
        self.count.end(status);
        if status.is_ok() {
            self.window_latency.record(latency);
        }
    }

    /// The numbers of those waiting and in service changed.
    #[inline]
    pub fn set_load(&mut self, now: Time, waiting: u32, busy: u32) {
        self.integrate(now);
        self.waiting = waiting;
        self.busy = busy;
    }

    /// The numbers of those waiting and in service change by these amounts.
    #[inline]
    pub fn shift_load(&mut self, now: Time, waiting: i32, busy: i32) {
        self.set_load(now, self.waiting.saturating_add_signed(waiting), self.busy.saturating_add_signed(busy));
    }

    /// Those waiting now, and those in service now.
    #[must_use]
    pub fn load(&self) -> (u32, u32) {
        (self.waiting, self.busy)
    }

    #[inline]
    fn integrate(&mut self, now: Time) {
        let elapsed = now.since(self.changed);
        self.waiting_integral += area(elapsed, self.waiting);
        self.busy_integral += area(elapsed, self.busy);
        self.changed = now;
    }

    /// Closes the window that ends `now` and begins the next.
    pub fn sample(&mut self, now: Time) -> Sample {
        self.integrate(now);
        let elapsed = now.since(self.window_began).0.max(1) as f64;
        let [p50, p95, p99] = self.latency.absorb(&mut self.window_latency, [0.5, 0.95, 0.99]);
        let sample = Sample {
            count: self.count.since(&self.window_start),
            p50,
            p95,
            p99,
            waiting: (self.waiting_integral - self.window_waiting_integral) as f64 / elapsed,
            busy: (self.busy_integral - self.window_busy_integral) as f64 / elapsed,
        };
        self.window_start = self.count;
        self.window_began = now;
        self.window_waiting_integral = self.waiting_integral;
        self.window_busy_integral = self.busy_integral;
        sample
    }

    /// Time averages from the start until `now`: of those waiting, and of those in service.
    #[must_use]
    pub fn averages(&self, now: Time) -> (f64, f64) {
        let tail = now.since(self.changed);
        let elapsed = now.0.max(1) as f64;
        let average = |integral: u128, level: u32| (integral + area(tail, level)) as f64 / elapsed;
        (average(self.waiting_integral, self.waiting), average(self.busy_integral, self.busy))
    }

    /// The latency that a share `q` of everything answered since the start did not exceed.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<Span> {
        let mut all = self.latency.clone();
        all.absorb(&mut self.window_latency.clone(), []);
        all.quantile(q)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_are_the_area_under_the_curve() {
        let mut meter = Meter::default();
        meter.set_load(Time(0), 0, 1);
        meter.set_load(Time(10), 2, 1);
        meter.set_load(Time(30), 0, 0);
        assert_eq!(meter.averages(Time(40)), (1.0, 0.75));
    }

    #[test]
    fn a_window_counts_only_its_own() {
        let mut meter = Meter::default();
        meter.arrive();
        meter.end(Status::Ok, Span(1_000));
        meter.sample(Time(100));
        meter.arrive();
        meter.end(Status::TimedOut, Span(9_000));
        let second = meter.sample(Time(200));
        assert_eq!(second.count, Count { arrived: 1, timed_out: 1, ..Count::default() });
        assert_eq!(second.p99, Span::ZERO);
        assert_eq!(meter.count.ended(), 2);
        assert!(meter.quantile(0.5).is_some());
    }
}
