//! Windows over an endless stream of events, by the time at which they happened, with watermarks and late events.
//!
//! ```text
//!   events      ·  · ··    ·      ···        ·
//!   tumbling   [        )[        )[        )          each event in one window
//!   sliding    [        )                              each event in size / step windows
//!                  [        )
//!   session    [       )   [          )     [   )      a window ends after `gap` without an event
//! ```
//!
//! The rules: windows are half-open; the *watermark* says that no event before it is expected any more, here the latest event
//! seen minus `delay_max`, and never goes back; a window is fired when the watermark reaches its end, and fired again for every
//! event that comes after that but before the watermark is `lateness_max` past the end; what comes later still is dropped and
//! counted. A small delay is quick and drops more, a large one is complete and slow: there is no third way.
//! An event that joins two sessions makes one of them; a session that grows after it was fired fires anew under its new bounds.
//!
//! Cost: O(log n) an event and window. Source: Akidau et al., "The dataflow model", VLDB 2015.

use base::{Span, Time};
use core::fmt;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How events are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Windowing {
    /// One after the other, from multiples of `size` on.
    Tumbling {
        /// Length, at least 1 ns.
        size: Span,
    },
    /// One every `step`, from multiples of it on; they overlap when `step < size` and leave gaps when it is greater.
    Sliding {
        /// Length, at least 1 ns.
        size: Span,
        /// Distance of their beginnings, at least 1 ns and `size` / 1,000.
        step: Span,
    },
    /// As long as events come at less than `gap` apart.
    Session {
        /// Length of the silence that ends it, at least 1 ns.
        gap: Span,
    },
}

/// Settings of [`Windows`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct WindowsConfig {
    /// How events are put together.
    pub windowing: Windowing,
    /// How far the watermark stays behind the latest event seen. 0 to 1 d.
    pub delay_max: Span,
    /// How long after its end a window still takes events. 0 to 1 d.
    pub lateness_max: Span,
}

/// A length or step that makes no windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowsError {
    /// The length.
    pub size: Span,
    /// The step.
    pub step: Span,
}

impl fmt::Display for WindowsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (size, step) = (self.size.0, self.step.0);
        write!(f, "windows of {size} ns every {step} ns: neither may be 0, and an event lies in at most 1000 of them")
    }
}

impl core::error::Error for WindowsError {}

/// A window's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fired {
    /// Whose events.
    pub key: u64,
    /// Begin, inclusive.
    pub start: Time,
    /// End, exclusive.
    pub end: Time,
    /// How many events.
    pub count: u64,
    /// Sum of their values, up to [`u64::MAX`].
    pub sum: u64,
    /// Whether a late event has changed what was fired before.
    pub is_update: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Open {
    count: u64,
    sum: u64,
    is_fired: bool,
    is_changed: bool,
}

/// Windows that count and sum, key by key.
#[derive(Clone, Debug)]
pub struct Windows {
    config: WindowsConfig,
    /// By key and (start, end).
    open: BTreeMap<u64, BTreeMap<(Time, Time), Open>>,
    /// When the watermark next does something: at a window's end, or when its lateness is over.
    agenda: BTreeSet<(Time, u64, Time, Time)>,
    watermark: Time,
    dropped: u64,
}

impl Windows {
    /// No windows yet, watermark 0.
    pub fn new(config: WindowsConfig) -> Result<Windows, WindowsError> {
        let (size, step) = match config.windowing {
            Windowing::Tumbling { size } => (size, size),
            Windowing::Sliding { size, step } => (size, step),
            Windowing::Session { gap } => (gap, gap),
        };
        if size.0 == 0 || step.0 == 0 || size.0 / step.0 > 1_000 {
            return Err(WindowsError { size, step });
        }
        Ok(Windows { config, open: BTreeMap::new(), agenda: BTreeSet::new(), watermark: Time::ZERO, dropped: 0 })
    }

    /// An event that happened `at`. Returns into how many windows it was counted: 0 if it came too late, or fell into a gap.
    pub fn on_event(&mut self, key: u64, at: Time, value: u64) -> u32 {
        let counted = match self.config.windowing {
            Windowing::Tumbling { size } => self.count_sliding(key, at, value, size, size),
            Windowing::Sliding { size, step } => self.count_sliding(key, at, value, size, step),
            Windowing::Session { gap } => self.count_session(key, at, value, gap),
        };
        self.watermark = self.watermark.max(Time(at.0.saturating_sub(self.config.delay_max.0)));
        counted
    }

    fn is_over(&self, end: Time) -> bool {
        end + self.config.lateness_max <= self.watermark
    }

    fn count_sliding(&mut self, key: u64, at: Time, value: u64, size: Span, step: Span) -> u32 {
        let (mut counted, mut late) = (0, 0);
        let last = at.0 - at.0 % step.0;
        let starts = core::iter::successors(Some(last), |start| start.checked_sub(step.0));
        for start in starts.take_while(|start| at.0 - start < size.0) {
            let (start, end) = (Time(start), Time(start) + size);
            if self.is_over(end) {
                late += 1;
                continue;
            }
            counted += 1;
            self.add(key, start, end, Open { count: 1, sum: value, is_fired: false, is_changed: false });
        }
        self.dropped += u64::from(counted == 0 && late > 0);
        counted
    }

    fn count_session(&mut self, key: u64, at: Time, value: u64, gap: Span) -> u32 {
        let (mut start, mut end) = (at, at + gap);
        let of_key = self.open.get(&key);
        // Sessions of a key never overlap, so those that touch the event's own are neighbours.
        let joins = |(other_start, other_end): &(Time, Time)| *other_start < end && at < *other_end;
        let before =
            of_key.into_iter().flat_map(|open| open.range(..(end, Time::ZERO)).rev().map(|(bounds, _)| *bounds));
        let joined: Vec<(Time, Time)> = before.take_while(joins).collect();
        for bounds in &joined {
            (start, end) = (start.min(bounds.0), end.max(bounds.1));
        }
        if self.is_over(end) {
            self.dropped += 1;
            return 0;
        }
        self.add(key, start, end, Open { count: 1, sum: value, is_fired: false, is_changed: false });
        for bounds in joined.into_iter().filter(|bounds| *bounds != (start, end)) {
            let part = self.open.get_mut(&key).and_then(|open| open.remove(&bounds));
            self.add(key, start, end, part.expect("it was just found"));
        }
        1
    }

    /// Adds `part` to a window, which it opens if need be.
    fn add(&mut self, key: u64, start: Time, end: Time, part: Open) {
        let open = self.open.entry(key).or_default().entry((start, end)).or_default();
        open.count += part.count;
        open.sum = open.sum.saturating_add(part.sum);
        open.is_fired |= part.is_fired;
        open.is_changed = true;
        self.agenda.insert((end, key, start, end));
    }

    /// What the watermark has completed since the last call, by (end, key, start).
    pub fn fire(&mut self) -> Vec<Fired> {
        let mut fired = Vec::new();
        while let Some(due) = self.agenda.first().copied().filter(|(at, ..)| *at <= self.watermark) {
            let (at, key, start, end) = due;
            self.agenda.remove(&due);
            let is_over = self.is_over(end);
            let of_key = self.open.entry(key).or_default();
            // A session that was joined to another is no longer there under its former bounds.
            if let Some(open) = of_key.get_mut(&(start, end)) {
                if open.is_changed {
                    let (count, sum, is_update) = (open.count, open.sum, open.is_fired);
                    fired.push(Fired { key, start, end, count, sum, is_update });
                    (open.is_fired, open.is_changed) = (true, false);
                }
                if is_over {
                    of_key.remove(&(start, end));
                } else if at == end {
                    self.agenda.insert((end + self.config.lateness_max, key, start, end));
                }
            }
            if self.open.get(&key).is_some_and(BTreeMap::is_empty) {
                self.open.remove(&key);
            }
        }
        fired
    }

    /// Says that no event before `watermark` will come, as a source does that has ended. Never goes back.
    pub fn on_watermark(&mut self, watermark: Time) {
        self.watermark = self.watermark.max(watermark);
    }

    /// Up to where everything is expected to be there.
    #[must_use]
    pub fn watermark(&self) -> Time {
        self.watermark
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> WindowsConfig {
        self.config
    }

    /// Windows that have not fired what they hold, by key and beginning, as they would be if they fired now.
    pub fn open(&self) -> impl Iterator<Item = Fired> + '_ {
        let of_key = |(key, open): (&u64, &BTreeMap<(Time, Time), Open>)| {
            let key = *key;
            let changed = open.iter().filter(|(_, open)| open.is_changed);
            let fired = changed.map(move |((start, end), open)| Fired {
                key,
                start: *start,
                end: *end,
                count: open.count,
                sum: open.sum,
                is_update: open.is_fired,
            });
            fired.collect::<Vec<Fired>>()
        };
        self.open.iter().flat_map(of_key)
    }

    /// How many events came too late for all of their windows.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}
