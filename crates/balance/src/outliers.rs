//! Outlier ejection: real requests say who is ill, and the sick are left alone for a while.
//!
//! ```text
//!            `failures` in a row, or a success rate far below everybody's
//!   in ────────────────────────────────────────────────────────────────> out for base × times ejected
//!      <──────────────────────────────────────────────────────────────
//!                           its time is over
//! ```
//!
//! The rule: never more than `percent_max` of the members are out for this (but always at least one may be), so that an illness of all,
//! which is the illness of something behind them, does not empty the pool. Nobody asks the ejected one how it is: it comes back after
//! its time, and is out for longer if that was too soon. That is the difference to [`Health`](crate::Health), whose active probes see
//! an idle member too, but do not see what only real requests meet. O(1) a response, O(members) a look at the rates.
//!
//! Source: Envoy's outlier detection. The rates: whoever lies more than `deviations` standard deviations below the mean.

use crate::Change;
use base::{Span, Time};
use serde::{Deserialize, Serialize};

/// Settings of an [`Outliers`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct OutliersConfig {
    /// Failed requests in a row that take a member out; 0 counts as 1.
    pub failures: u32,
    /// How long it is out the first time; the n-th time n times as long.
    pub base: Span,
    /// The longest it is out.
    pub longest: Span,
    /// The most of all members that may be out, 0 to 100; one always may.
    pub percent_max: u32,
    /// How often success rates are compared.
    pub interval: Span,
    /// Requests that a member needs in an interval for its rate to count; at least five members must have so many.
    pub requests_min: u32,
    /// How far below the mean a rate has to lie, in standard deviations. Usual 1.9.
    pub deviations: f64,
}

/// Envoy's: 5 in a row, 30 s up to 300 s, a tenth, every 10 s, 100 requests, 1.9 deviations.
impl Default for OutliersConfig {
    fn default() -> OutliersConfig {
        OutliersConfig {
            failures: 5,
            base: Span::from_secs(30),
            longest: Span::from_secs(300),
            percent_max: 10,
            interval: Span::from_secs(10),
            requests_min: 100,
            deviations: 1.9,
        }
    }
}

/// Members whose rate counts, at the least, for rates to be compared at all.
const RATED_MIN: usize = 5;

/// Who is out, and how everybody does.
#[derive(Clone, Debug)]
pub struct Outliers {
    config: OutliersConfig,
    members: Vec<Member>,
    is_in: Vec<bool>,
    /// When rates are compared next.
    next: Time,
}

#[derive(Clone, Copy, Debug, Default)]
struct Member {
    failures_in_row: u32,
    good: u32,
    bad: u32,
    times_out: u32,
    /// When it comes back, while out.
    until: Time,
}

impl Outliers {
    /// Everybody in.
    #[must_use]
    pub fn new(members: usize, config: OutliersConfig) -> Outliers {
        let next = Time::ZERO + config.interval;
        Outliers { config, members: vec![Member::default(); members], is_in: vec![true; members], next }
    }

    /// Who may get traffic, by index.
    #[inline]
    #[must_use]
    pub fn healthy(&self) -> &[bool] {
        &self.is_in
    }

    /// A request to `member` ended well (`ok`) or not. An unknown member is ignored, and so are late answers of one that is out.
    pub fn on_response(&mut self, member: usize, ok: bool, now: Time) -> Option<Change> {
        if !*self.is_in.get(member)? {
            return None;
        }
        let count = &mut self.members[member];
        if ok {
            (count.failures_in_row, count.good) = (0, count.good.saturating_add(1));
            return None;
        }
        (count.failures_in_row, count.bad) = (count.failures_in_row.saturating_add(1), count.bad.saturating_add(1));
        (count.failures_in_row >= self.config.failures.max(1) && self.eject(member, now)).then_some(Change::Down)
    }

    /// When [`Outliers::on_time`] has something to do next.
    #[must_use]
    pub fn next_time(&self) -> Time {
        let out = self.members.iter().zip(&self.is_in).filter(|(_, is_in)| !**is_in);
        out.map(|(member, _)| member.until).fold(self.next, Time::min)
    }

    /// Time has come: lets back in whose time is over, and compares rates when they are due. Gives what has changed.
    pub fn on_time(&mut self, now: Time) -> Vec<(usize, Change)> {
        let mut changes = Vec::new();
        for index in 0..self.members.len() {
            if !self.is_in[index] && now >= self.members[index].until {
                self.is_in[index] = true;
                changes.push((index, Change::Up));
            }
        }
        if now >= self.next {
            // An interval of no length is one of a nanosecond, or time would never go on.
            self.next = now + self.config.interval.max(Span(1));
            changes.extend(self.low_rates(now).into_iter().map(|index| (index, Change::Down)));
        }
        changes
    }

    /// Ejects whoever's success rate lies too far below the mean, and begins a new interval.
    fn low_rates(&mut self, now: Time) -> Vec<usize> {
        let needed = u64::from(self.config.requests_min.max(1));
        let rates: Vec<(usize, f64)> = (0..self.members.len())
            .filter(|index| self.is_in[*index])
            .filter_map(|index| {
                let Member { good, bad, .. } = self.members[index];
                let all = u64::from(good) + u64::from(bad);
                (all >= needed).then(|| (index, f64::from(good) / all as f64))
            })
            .collect();
        for member in &mut self.members {
            // A member that got through an interval without ejection is forgiven one of its earlier ones.
            if now >= member.until && member.good + member.bad > 0 {
                member.times_out = member.times_out.saturating_sub(1);
            }
            (member.good, member.bad) = (0, 0);
        }
        if rates.len() < RATED_MIN {
            return Vec::new();
        }
        let bound = lower_bound(&rates, self.config.deviations);
        let low = rates.into_iter().filter(|(_, rate)| *rate < bound).map(|(index, _)| index);
        low.collect::<Vec<_>>().into_iter().filter(|index| self.eject(*index, now)).collect()
    }

    /// Takes a member out, if one more may be out.
    fn eject(&mut self, index: usize, now: Time) -> bool {
        let out = self.is_in.iter().filter(|is_in| !**is_in).count() as u64;
        let most = (self.members.len() as u64 * u64::from(self.config.percent_max.min(100)) / 100).max(1);
        if out >= most {
            return false;
        }
        let member = &mut self.members[index];
        member.times_out = member.times_out.saturating_add(1);
        member.failures_in_row = 0;
        let span = Span(self.config.base.0.saturating_mul(u64::from(member.times_out))).min(self.config.longest);
        member.until = now + span;
        self.is_in[index] = false;
        true
    }
}

/// Mean less so many standard deviations.
fn lower_bound(rates: &[(usize, f64)], deviations: f64) -> f64 {
    let n = rates.len() as f64;
    let mean = rates.iter().map(|(_, rate)| rate).sum::<f64>() / n;
    let variance = rates.iter().map(|(_, rate)| (rate - mean) * (rate - mean)).sum::<f64>() / n;
    mean - deviations * libm::sqrt(variance)
}
