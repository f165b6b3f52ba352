//! Time series: points in chunks by time, compressed when they are old, dropped when they are older, and summed up on the way.
//!
//! ```text
//!   now ◀──────────────────────────────────────────────────────── time
//!   [ open ][ open ]│[ compressed ][ compressed ] … │ dropped, a chunk at once
//!                   └ compress_after                └ retain_for
//!   summaries: a bucket is refreshed while it lies whole between start_offset and end_offset before now
//! ```
//!
//! The rules: a chunk holds the points of one aligned span of time. A point that arrives for a compressed chunk is taken, and the
//! chunk is written anew: late points cost more ([`Series::rewrites`]). A chunk is dropped when its *end* has passed the retention,
//! never point by point. A summary that is refreshed is computed from the points; one that the window has passed stays as it
//! was, so that a point later than `start_offset` is never in it ([`Series::summaries`] against [`Series::summaries_from_points`]).
//!
//! Cost: a point O(log chunks) and into an open chunk O(log points); a range the chunks that it touches. Source: TimescaleDB's
//! hypertables, compression and continuous aggregates; columns compressed as in [`gorilla`](crate::gorilla).

use crate::gorilla::{Block, Encoder, Point};
use base::{Span, Time};
use core::fmt;
use std::collections::BTreeMap;

/// Settings of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesConfig {
    /// Time that a chunk spans; at least 1 ns. Usual: a day.
    pub chunk: Span,
    /// Age of its end from which a chunk is compressed. Usual: 2 days.
    pub compress_after: Span,
    /// Age of its end from which a chunk is dropped. Usual: 90 days.
    pub retain_for: Span,
    /// Time that a summary spans; at least 1 ns. Usual: an hour.
    pub bucket: Span,
    /// How far back a refresh begins. Usual: 3 hours.
    pub start_offset: Span,
    /// How far back a refresh ends, less than where it begins. Usual: 1 hour.
    pub end_offset: Span,
}

/// Why a series cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeriesError {
    /// A span that must be at least one nanosecond is zero.
    ZeroSpan {
        /// Which field.
        field: &'static str,
    },
    /// A refresh that can hold no whole bucket whenever it runs.
    NarrowRefresh {
        /// What lies between its ends, in nanoseconds.
        window: Span,
        /// The least it must be: two buckets, because one may begin anywhere.
        least: Span,
    },
}

impl fmt::Display for SeriesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SeriesError::ZeroSpan { field } => write!(f, "`{field}` is 0s, but must be at least 1ns"),
            SeriesError::NarrowRefresh { window, least } => {
                write!(f, "a refresh spans {} ns, but must span at least two buckets, {} ns", window.0, least.0)
            }
        }
    }
}

impl core::error::Error for SeriesError {}

/// What a bucket of time comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Points.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
}

impl Summary {
    /// The mean; there is at least one point.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.sum / self.count as f64
    }

    fn add(self, value: f64) -> Summary {
        Summary {
            count: self.count + 1,
            sum: self.sum + value,
            least: if value < self.least { value } else { self.least },
            most: if value > self.most { value } else { self.most },
        }
    }
}

#[derive(Clone, Debug)]
enum Chunk {
    /// Points in the order of time, those of one moment in the order of arrival.
    Open(Vec<Point>),
    Compressed(Block),
}

/// The series of one source.
#[derive(Clone, Debug)]
pub struct Series {
    config: SeriesConfig,
    /// By the number of the span of time.
    chunks: BTreeMap<u64, Chunk>,
    summaries: BTreeMap<u64, Summary>,
    dropped_before: u64,
    rewrites: u64,
}

impl Series {
    /// An empty series. Refused if a span is zero, or if a refresh can hold no whole bucket.
    pub fn new(config: SeriesConfig) -> Result<Series, SeriesError> {
        for (field, span) in [("chunk", config.chunk), ("bucket", config.bucket)] {
            if span == Span::ZERO {
                return Err(SeriesError::ZeroSpan { field });
            }
        }
        let window = Span(config.start_offset.0.saturating_sub(config.end_offset.0));
        let least = Span(config.bucket.0.saturating_mul(2));
        if window < least {
            return Err(SeriesError::NarrowRefresh { window, least });
        }
        let (chunks, summaries) = (BTreeMap::new(), BTreeMap::new());
        Ok(Series { config, chunks, summaries, dropped_before: 0, rewrites: 0 })
    }

    /// Takes a point; `false` if the chunk that it belongs to has been dropped.
    pub fn insert(&mut self, at: Time, value: f64) -> bool {
        let number = at.0 / self.config.chunk.0;
        if number < self.dropped_before {
            return false;
        }
        let chunk = self.chunks.entry(number).or_insert_with(|| Chunk::Open(Vec::new()));
        let is_late = matches!(chunk, Chunk::Compressed(_));
        let mut points = open(chunk);
        let place = points.partition_point(|(time, _)| *time <= at.0);
        points.insert(place, (at.0, value));
        *chunk = if is_late { Chunk::Compressed(compress(&points)) } else { Chunk::Open(points) };
        self.rewrites += u64::from(is_late);
        true
    }

    /// Does what is due at `now`: refreshes summaries, compresses, drops.
    pub fn maintain(&mut self, now: Time) {
        self.refresh(now);
        let end_before = |age: Span| now.0.checked_sub(age.0).map_or(0, |moment| moment / self.config.chunk.0);
        let (compress_before, drop_before) =
            (end_before(self.config.compress_after), end_before(self.config.retain_for));
        for (_, chunk) in self.chunks.range_mut(..compress_before) {
            if let Chunk::Open(points) = chunk {
                *chunk = Chunk::Compressed(compress(points));
            }
        }
        self.dropped_before = self.dropped_before.max(drop_before);
        self.chunks = self.chunks.split_off(&self.dropped_before);
    }

    /// Computes anew every bucket that lies whole within the refresh window.
    fn refresh(&mut self, now: Time) {
        let bucket = self.config.bucket.0;
        let begin = now.0.saturating_sub(self.config.start_offset.0).div_ceil(bucket);
        let end = now.0.saturating_sub(self.config.end_offset.0) / bucket;
        if begin >= end {
            return;
        }
        // A bucket whose points have been dropped keeps what it had.
        let begin = begin.max((self.dropped_before.saturating_mul(self.config.chunk.0)).div_ceil(bucket));
        let fresh = self.sum_up(Time(begin.saturating_mul(bucket)), Time(end.saturating_mul(bucket)));
        self.summaries.retain(|number, _| !(begin..end).contains(number));
        self.summaries.extend(fresh);
    }

    fn sum_up(&self, from: Time, to: Time) -> BTreeMap<u64, Summary> {
        let mut summaries = BTreeMap::new();
        for (time, value) in self.range(from, to) {
            let first = Summary { count: 1, sum: value, least: value, most: value };
            let number = time / self.config.bucket.0;
            summaries.entry(number).and_modify(|summary: &mut Summary| *summary = summary.add(value)).or_insert(first);
        }
        summaries
    }

    /// The points from `from` on and before `to`, in the order of time.
    #[must_use]
    pub fn range(&self, from: Time, to: Time) -> Vec<Point> {
        if to <= from {
            return Vec::new();
        }
        let touched = self.chunks.range(from.0 / self.config.chunk.0..=(to.0 - 1) / self.config.chunk.0);
        let mut points = Vec::new();
        let is_within = |point: &Point| (from.0..to.0).contains(&point.0);
        for (_, chunk) in touched {
            match chunk {
                Chunk::Open(open) => points.extend(open.iter().copied().filter(is_within)),
                Chunk::Compressed(block) => points.extend(block.points().filter(is_within)),
            }
        }
        points
    }

    /// The summaries as refreshed so far: when each bucket begins, and what it comes to.
    pub fn summaries(&self) -> impl Iterator<Item = (Time, Summary)> + '_ {
        self.summaries.iter().map(|(number, summary)| (Time(number * self.config.bucket.0), *summary))
    }

    /// The summaries that the points from `from` on and before `to` come to: what a query without them computes.
    #[must_use]
    pub fn summaries_from_points(&self, from: Time, to: Time) -> Vec<(Time, Summary)> {
        let summaries = self.sum_up(from, to).into_iter();
        summaries.map(|(number, summary)| (Time(number * self.config.bucket.0), summary)).collect()
    }

    /// Chunks that are open, and chunks that are compressed.
    #[must_use]
    pub fn chunk_counts(&self) -> (u64, u64) {
        let open = self.chunks.values().filter(|chunk| matches!(chunk, Chunk::Open(_))).count();
        (open as u64, (self.chunks.len() - open) as u64)
    }

    /// Bytes of all points: 16 each in an open chunk.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let size = |chunk: &Chunk| match chunk {
            Chunk::Open(points) => 16 * points.len() as u64,
            Chunk::Compressed(block) => block.bytes(),
        };
        self.chunks.values().map(size).sum()
    }

    /// Compressed chunks that late points made to be written anew.
    #[must_use]
    pub fn rewrites(&self) -> u64 {
        self.rewrites
    }
}

/// Takes the points out of a chunk.
fn open(chunk: &mut Chunk) -> Vec<Point> {
    match chunk {
        Chunk::Open(points) => core::mem::take(points),
        Chunk::Compressed(block) => block.points().collect(),
    }
}

fn compress(points: &[Point]) -> Block {
    let mut encoder = Encoder::default();
    points.iter().for_each(|point| encoder.push(*point));
    encoder.finish()
}
