//! What a box or member shows of its inside: plain data from a small closed set of shapes.
//!
//! The painter knows these shapes and no kinds; a new box needs no new drawing code. Every shape also reads as a table.

use serde::{Deserialize, Serialize};

/// One picture of an inside.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each field is named and explained in the sentence of its variant")]
pub enum Face {
    /// Nothing to see.
    #[default]
    Nothing,
    /// Recent values of one reading, oldest first.
    Line { values: Vec<f64>, unit: String },
    /// A bucket holding `level` of `capacity`.
    Bucket { level: f64, capacity: f64, unit: String },
    /// A window of time of which `elapsed` (0 to 1) has passed, with `count` of `limit` used.
    Window { count: f64, limit: f64, elapsed: f64 },
    /// Slots in order of recency or frequency, most valued first; `used` of `capacity` are taken, `cells` are the first of them.
    Cells { cells: Vec<Cell>, used: u64, capacity: u64 },
    /// `waiting` in line (of `room`, when bounded), `busy` of `workers` at work.
    Queue { waiting: u64, room: Option<u64>, busy: u64, workers: u64 },
    /// The end of a log: the last entries, and what is acknowledged and held elsewhere.
    Log { entries: Vec<LogCell>, last: u64, acknowledged: u64, marks: Vec<LogMark> },
    /// A ring of arcs, each owned by a member, and where the last key fell (0 to 1).
    Ring { arcs: Vec<Arc>, owners: Vec<String>, probe: Option<f64> },
    /// Named bars.
    Bars { bars: Vec<Bar>, unit: String },
    /// A table: every row has as many cells as the head.
    Table { head: Vec<String>, rows: Vec<Vec<String>> },
    /// A state diagram: its states, arrows between them by place, and the one that holds now.
    States { states: Vec<String>, arrows: Vec<(u16, u16)>, current: u16 },
    /// A tree, parents before their children; what is `lit` differs, or is on the way to what was looked for.
    Tree { nodes: Vec<TreeNode> },
    /// A map, 0 to 1 each way: squares, points in them, and the place that was looked for last.
    Map { squares: Vec<Square>, points: Vec<(f64, f64)>, probe: Option<(f64, f64)> },
    /// Lanes side by side, each with positions marked on it: partitions of a log with their consumers.
    Lanes { lanes: Vec<Lane>, unit: String },
    /// What followed what: phases of a protocol or steps of a saga, in milliseconds before now.
    Timeline { phases: Vec<Phase>, span: f64 },
}

/// One node of a tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeNode {
    /// The place of its parent; none at the root.
    pub parent: Option<u16>,
    /// What stands in it.
    pub label: String,
    /// True when it is to be looked at.
    pub lit: bool,
}

/// One square of a map.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Square {
    /// Its left edge, 0 to 1.
    pub x: f64,
    /// Its upper edge, 0 to 1.
    pub y: f64,
    /// Its side, 0 to 1.
    pub side: f64,
    /// How many points lie in it.
    pub count: u32,
}

/// One lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    /// Its name.
    pub label: String,
    /// The first position that is still there.
    pub from: u64,
    /// The position after the last.
    pub to: u64,
    /// Who stands where on it.
    pub marks: Vec<LogMark>,
}

/// One phase of something that takes time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// The line that it is drawn on.
    pub lane: String,
    /// What it is.
    pub label: String,
    /// When it began, in milliseconds before now.
    pub began: f64,
    /// When it ended, in milliseconds before now; 0 while it goes on.
    pub ended: f64,
    /// How it went: healthy, failing, undone.
    pub mood: Mood,
}

/// How a phase went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mood {
    /// It goes on.
    Open,
    /// As it should.
    Done,
    /// It failed.
    Failed,
    /// It was taken back.
    Undone,
}

/// One slot.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// The key it holds.
    pub key: u64,
    /// How fresh or frequent it is among those shown, 0 to 1.
    pub heat: f64,
}

/// One entry of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogCell {
    /// Its index.
    pub index: u64,
    /// The term in which it was written; decides the colour.
    pub term: u64,
    /// The key it writes.
    pub key: u64,
    /// True when it has been acknowledged to the client.
    pub acknowledged: bool,
}

/// A position in a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogMark {
    /// What is there: `posts.1 holds`.
    pub label: String,
    /// The index.
    pub index: u64,
}

/// A part of a ring.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arc {
    /// Where it begins, 0 to 1, clockwise from the top.
    pub start: f64,
    /// Its length, 0 to 1.
    pub length: f64,
    /// The place of its owner in `owners`.
    pub owner: u16,
}

/// One bar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// Its name.
    pub label: String,
    /// Its length.
    pub value: f64,
    /// What a full bar would be.
    pub full: f64,
}
