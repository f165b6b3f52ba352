//! Load shedding: which of the waiting are not worth serving any more.
//!
//! A server that takes on more than it can do makes all wait, until each answer comes after its caller has left: it works at full
//! load and does nothing of use. A [`Line`] decides who is turned away instead, when they come or when their turn comes.
//!
//! | | turned away | order | use it when |
//! |---|---|---|---|
//! | [`Algorithm::TailDrop`] | who comes when it is full | first come | the baseline; the line must be short |
//! | [`Algorithm::QueueAge`] | who has waited longer than `age_max` | first come | callers' time-outs are known |
//! | [`Algorithm::CoDel`] | some, while the wait stays above `target` | first come | senders slow down when something is lost |
//! | [`Algorithm::AdaptiveLifo`] | who has waited longer than `age_max` | **last** come first under load | a few quick answers beat many late ones |
//! | [`Algorithm::Priority`] | the least important | by priority | some calls matter more than others |
//!
//! The rules that all keep, held by the suite in `tests/shed.rs` over [`Algorithm::ALL`]: who comes is served once or turned away
//! once; there are never more waiting than there is room; a server that asks gets somebody if anybody worth serving waits.
//!
//! ```
//! use base::{Span, Time};
//! use resilience::shed::{Algorithm, Line, LineConfig};
//!
//! let config = LineConfig { age_max: Span::from_millis(100), ..LineConfig::default() };
//! let mut line = Line::new(Algorithm::QueueAge, config);
//! line.push(Time::ZERO, 0, "early");
//! line.push(Time::ZERO + Span::from_millis(150), 0, "fresh");
//!
//! // At 200 ms the early one's caller has left.
//! let mut turned_away = Vec::new();
//! assert_eq!(line.pop(Time::ZERO + Span::from_millis(200), &mut turned_away), Some("fresh"));
//! assert_eq!(turned_away, ["early"]);
//! ```

mod codel;

use base::{Span, Time};
use codel::CoDel;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// How a line decides; the list of the family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// Whoever comes when there is no room.
    TailDrop,
    /// Whoever has waited too long.
    QueueAge,
    /// Controlled delay, RFC 8289.
    #[serde(rename = "codel")]
    CoDel,
    /// Newest first under load.
    AdaptiveLifo,
    /// The least important first.
    Priority,
}

impl Algorithm {
    /// All algorithms, in the order in which they are saved.
    pub const ALL: &[Algorithm] =
        &[Algorithm::TailDrop, Algorithm::QueueAge, Algorithm::CoDel, Algorithm::AdaptiveLifo, Algorithm::Priority];

    /// The name in files and on screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::TailDrop => "tail-drop",
            Algorithm::QueueAge => "queue-age",
            Algorithm::CoDel => "codel",
            Algorithm::AdaptiveLifo => "adaptive-lifo",
            Algorithm::Priority => "priority",
        }
    }

    /// One line for a person who chooses.
    #[must_use]
    pub fn help(self) -> &'static str {
        match self {
            Algorithm::TailDrop => "Turns away whoever comes when the line is full.",
            Algorithm::QueueAge => "Turns away whoever has waited longer than the caller would.",
            Algorithm::CoDel => "Turns away more and more often while the wait stays above a target (RFC 8289).",
            Algorithm::AdaptiveLifo => "First come first served when calm, last come first served under load.",
            Algorithm::Priority => "Serves the most important first and turns away the least important.",
        }
    }
}

/// Settings of a [`Line`]; each algorithm uses those that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct LineConfig {
    /// How many may wait (all). Usual range 10 to 10,000; 0 turns everybody away.
    pub room: u32,
    /// The longest wait that is worth serving (queue age, adaptive LIFO). Usual: the callers' time-out.
    pub age_max: Span,
    /// The wait that is fine (CoDel); beyond it the newest are served first (adaptive LIFO). Usual 5 ms to 100 ms.
    pub target: Span,
    /// How long the wait may stay above the target before the first is turned away (CoDel). Usual 100 ms: a slow round trip.
    pub interval: Span,
}

/// Room for 1,000, a second at most, RFC 8289's 5 ms and 100 ms.
impl Default for LineConfig {
    fn default() -> LineConfig {
        LineConfig {
            room: 1_000,
            age_max: Span::from_secs(1),
            target: Span::from_millis(5),
            interval: Span::from_millis(100),
        }
    }
}

/// Somebody who waits.
#[derive(Clone, Debug)]
struct Waiting<T> {
    since: Time,
    item: T,
}

/// Who waits, and who of them is worth serving.
#[derive(Clone, Debug)]
pub struct Line<T> {
    algorithm: Algorithm,
    config: LineConfig,
    /// One line a priority, the most important last; the other algorithms use the first.
    lines: Vec<VecDeque<Waiting<T>>>,
    len: u32,
    codel: CoDel,
}

impl<T> Line<T> {
    /// An empty line.
    #[must_use]
    pub fn new(algorithm: Algorithm, config: LineConfig) -> Line<T> {
        Line { algorithm, config, lines: Vec::new(), len: 0, codel: CoDel::new(config.target, config.interval) }
    }

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether nobody waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Somebody comes, more important with a greater `priority`. Gives back who is turned away for want of room: the one who comes,
    /// or with [`Algorithm::Priority`] the newest of the least important. O(1), with priorities O(priorities).
    pub fn push(&mut self, now: Time, priority: u8, item: T) -> Option<T> {
        let rank = if self.algorithm == Algorithm::Priority { usize::from(priority) } else { 0 };
        let mut turned_away = None;
        if self.len >= self.config.room {
            let least = self.lines.iter().position(|line| !line.is_empty()).filter(|least| *least < rank);
            let Some(least) = least else { return Some(item) };
            turned_away = self.lines[least].pop_back().map(|waiting| waiting.item);
            self.len -= 1;
        }
        if self.lines.len() <= rank {
            self.lines.resize_with(rank + 1, VecDeque::new);
        }
        self.lines[rank].push_back(Waiting { since: now, item });
        self.len += 1;
        turned_away
    }

    /// A server is free: who is next, if anybody. Those who are passed over for good go to `turned_away`.
    pub fn pop(&mut self, now: Time, turned_away: &mut Vec<T>) -> Option<T> {
        let next = match self.algorithm {
            Algorithm::TailDrop | Algorithm::Priority => self.oldest(),
            Algorithm::QueueAge => self.oldest_within(now, turned_away),
            Algorithm::AdaptiveLifo => self.newest_under_load(now, turned_away),
            Algorithm::CoDel => return self.controlled(now, turned_away),
        };
        next.map(|waiting| waiting.item)
    }

    /// The oldest of the most important.
    fn oldest(&mut self) -> Option<Waiting<T>> {
        let next = self.lines.iter_mut().rev().find_map(VecDeque::pop_front);
        self.len -= u32::from(next.is_some());
        next
    }

    /// The oldest who has not waited too long.
    fn oldest_within(&mut self, now: Time, turned_away: &mut Vec<T>) -> Option<Waiting<T>> {
        loop {
            let next = self.oldest()?;
            if now.since(next.since) <= self.config.age_max {
                return Some(next);
            }
            turned_away.push(next.item);
        }
    }

    fn newest_under_load(&mut self, now: Time, turned_away: &mut Vec<T>) -> Option<Waiting<T>> {
        let line = self.lines.first_mut()?;
        while line.front().is_some_and(|first| now.since(first.since) > self.config.age_max) {
            turned_away.extend(line.pop_front().map(|waiting| waiting.item));
            self.len -= 1;
        }
        let is_loaded = line.front().is_some_and(|first| now.since(first.since) > self.config.target);
        let next = if is_loaded { line.pop_back() } else { line.pop_front() };
        self.len -= u32::from(next.is_some());
        next
    }

    fn controlled(&mut self, now: Time, turned_away: &mut Vec<T>) -> Option<T> {
        loop {
            let next = self.oldest();
            let wait = next.as_ref().map(|waiting| now.since(waiting.since));
            let drops = self.codel.drops(now, wait, self.len);
            let next = next?.item;
            if !drops {
                return Some(next);
            }
            turned_away.push(next);
        }
    }
}
