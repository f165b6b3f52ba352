//! A design of the library reads at a glance: boxes have room between them, calls go from left to right, wires do not cross.
//!
//! The sizes are those at which the canvas draws the kinds; a wire is taken for the straight line between its ports.

use crate::{rows, schema};
use scenario::{Placed, Scenario, Value};

/// What is left free between two boxes, in points.
const ROOM: i64 = 16;
/// What is left free for a wire between the box it leaves and the box it reaches.
const WIRE_ROOM: i64 = 50;
/// What a design may take on the canvas, in points.
const CANVAS: (i64, i64) = (1_320, 760);

struct Drawn {
    left: i64,
    top: i64,
    right: i64,
    bottom: i64,
    /// Where wires arrive and leave, from the top.
    port: i64,
}

/// What a box's field is set to: its members or partitions.
fn number(placed: &Placed, field: &str) -> Option<i64> {
    let schema = schema();
    let kind = schema.kind(&placed.kind).expect("the rows are valid");
    let at = kind.fields.iter().position(|known| known.name == field)?;
    if let Value::Number(number) = placed.config[at] { Some(number as i64) } else { None }
}

/// How high a card is that shows three gauges and up to five bars of `bar` points each, and its members as squares in one row.
fn bars(bars: i64, bar: i64, members: i64) -> i64 {
    123 + bars.min(5) * bar + if members > 1 { 15 } else { 0 }
}

fn drawn(placed: &Placed) -> Drawn {
    let members = number(placed, "members").unwrap_or(1);
    let (width, height) = match placed.kind.as_str() {
        "raft-group" | "leader-follower" | "leaderless" | "sequencer" => group(placed, members),
        "saga" => (172, 202),
        "hash-ring" => (208, 231),
        "balancer" => (172, 183),
        "cache" => (172, 171),
        "clients" => (172, 153),
        "sharded-store" | "sharded-counter" => (172, bars(members, 15, members)),
        "work-queue" => (172, bars(4, 15, 1)),
        "partitioned-log" => (172, bars(number(placed, "partitions").unwrap_or(1), 17, 1)),
        "feed" | "third-party" => (172, 198),
        _ => (172, 157),
    };
    let (left, top) = (i64::from(placed.x), i64::from(placed.y));
    // A group is called at its first member, who stands above the others.
    let port = match placed.kind.as_str() {
        "raft-group" | "leader-follower" | "sequencer" => top + 95,
        "leaderless" => top + 207,
        _ => top + height / 2,
    };
    Drawn { left, top, right: left + width, bottom: top + height, port }
}

/// A group has a card for each member: the first alone, the others below it in rows of three, four of them in rows of two. Those
/// of a leaderless store are higher, and it has a face of its own.
fn group(placed: &Placed, members: i64) -> (i64, i64) {
    let below = members.max(3) - 1;
    let across = if below == 4 { 2 } else { below.min(3) };
    let rows = 1 + (below + across - 1) / across;
    let (head, card) = if placed.kind == "leaderless" { (140, 134) } else { (54, 81) };
    (170 * across + 10, head + rows * card + (rows - 1) * 52 + 52)
}

fn of(scenario: &Scenario, id: &str) -> Drawn {
    let place = scenario.place(id).unwrap_or_else(|| panic!("no box {id}"));
    drawn(&scenario.boxes[place])
}

#[test]
fn boxes_have_room_between_them() {
    for (slug, scenario) in rows() {
        for (at, a) in scenario.boxes.iter().enumerate() {
            for b in &scenario.boxes[..at] {
                let (first, second) = (drawn(a), drawn(b));
                let apart = first.right + ROOM <= second.left
                    || second.right + ROOM <= first.left
                    || first.bottom + ROOM <= second.top
                    || second.bottom + ROOM <= first.top;
                assert!(apart, "{slug}: {} and {}", a.id, b.id);
            }
        }
        let (right, bottom) =
            scenario.boxes.iter().map(drawn).fold((0, 0), |(x, y), d| (x.max(d.right), y.max(d.bottom)));
        assert!(right <= CANVAS.0 && bottom <= CANVAS.1, "{slug}: {right} × {bottom}");
    }
}

#[test]
fn calls_go_from_left_to_right_and_do_not_cross() {
    for (slug, scenario) in rows() {
        let line = |wire: &scenario::Wire| {
            let (from, to) = (of(&scenario, &wire.ends.from), of(&scenario, &wire.ends.to));
            ((from.right, from.port), (to.left, to.port))
        };
        for (at, wire) in scenario.wires.iter().enumerate() {
            let (a, b) = line(wire);
            assert!(a.0 + WIRE_ROOM <= b.0, "{slug}: {} has no room, or goes back", wire.ends);
            for other in &scenario.wires[..at] {
                let (c, d) = line(other);
                assert!(a == c || b == d || !cross(a, b, c, d), "{slug}: {} crosses {}", wire.ends, other.ends);
            }
        }
    }
}

/// Whether two straight lines that go to the right have a point in common, other than where one ends and the next begins.
fn cross(a: (i64, i64), b: (i64, i64), c: (i64, i64), d: (i64, i64)) -> bool {
    if b.0 <= c.0 || d.0 <= a.0 {
        return false;
    }
    let side =
        |p: (i64, i64), q: (i64, i64), r: (i64, i64)| ((q.0 - p.0) * (r.1 - p.1) - (q.1 - p.1) * (r.0 - p.0)).signum();
    side(a, b, c) * side(a, b, d) <= 0 && side(c, d, a) * side(c, d, b) <= 0
}
