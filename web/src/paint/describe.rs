//! Tables: what is drawn, in words and numbers, for those who cannot or would rather not look at the drawing.

use super::faces::{behind, share_of};
use super::number::{self, count, percent, whole, with_unit};
use catalog::{Arc, Cell, Face, Lane, LogCell, LogMark, Mood, Phase, Square, TreeNode};

/// A table of texts. Every row has as many cells as the head.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Names of the columns, with their units.
    pub head: Vec<String>,
    /// The cells.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with these columns.
    #[must_use]
    pub fn headed<const N: usize>(head: [&str; N]) -> Table {
        Table { head: head.map(str::to_string).to_vec(), rows: Vec::new() }
    }

    fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.to_vec());
    }

    fn of_values<const N: usize>(rows: [(&str, String); N]) -> Table {
        let mut table = Table::headed(["Reading", "Value"]);
        rows.into_iter().for_each(|(name, value)| table.row([name.to_string(), value]));
        table
    }
}

/// How a face is to be read, in a sentence.
#[must_use]
pub fn legend(face: &Face) -> &'static str {
    match face {
        Face::Nothing => "",
        Face::Line { .. } => "Newest at the right",
        Face::Bucket { .. } => "Full at the right end; empty, it refuses or lets wait",
        Face::Window { .. } => "Above, what is used of the limit; below, how much of the window has passed",
        Face::Cells { .. } => "A slot with its key, most valued first; the stronger, the fresher or more frequent",
        Face::Queue { .. } => "Those who wait, the first at the right; circles are workers, full ones busy",
        Face::Log { .. } => {
            "A cell is an entry with its term; dashed: not acknowledged; line: acknowledged up to here; arrow: held up to here"
        }
        Face::Ring { .. } => "An arc has the colour of its owner; dot: where the last key fell",
        Face::Bars { .. } => "Each bar against what would be full",
        Face::Table { .. } => "",
        Face::States { .. } => "Strongly framed: what holds now; dark arrows: where it can go from there",
        Face::Tree { .. } => "Strongly framed: what differs, or the way to what was looked for",
        Face::Map { .. } => "The stronger a square, the more points in it; ring: what was looked for last",
        Face::Lanes { .. } => "Each lane on the same scale; arrow: who stands where on it",
        Face::Timeline { .. } => "Now at the right; ✓ done, × failed, ← taken back, … goes on",
    }
}

/// Everything a face shows, as a table; no rows when it shows nothing.
#[must_use]
pub fn describe(face: &Face) -> Table {
    match face {
        Face::Nothing => Table::default(),
        Face::Line { values, unit } => line(values, unit),
        Face::Bucket { level, capacity, unit } => Table::of_values([
            ("Level", with_unit(*level, unit)),
            ("Capacity", with_unit(*capacity, unit)),
            ("Filled", part(*level, *capacity)),
        ]),
        Face::Window { count: used, limit, elapsed } => Table::of_values([
            ("Used", count(*used)),
            ("Limit", count(*limit)),
            ("Of the window passed", percent(if elapsed.is_finite() { *elapsed } else { 0.0 })),
        ]),
        Face::Cells { cells, used, capacity } => slots(cells, *used, *capacity),
        Face::Queue { waiting, room, busy, workers } => Table::of_values([
            ("Waiting", whole(*waiting)),
            ("Room", room.map_or("no limit".to_string(), whole)),
            ("Busy workers", whole(*busy)),
            ("Workers", whole(*workers)),
        ]),
        Face::Log { entries, last, acknowledged, marks } => log(entries, *last, *acknowledged, marks),
        Face::Ring { arcs, owners, probe } => ring(arcs, owners, *probe),
        Face::Bars { bars, unit } => {
            let mut table = Table::headed(["Name", "Value", "Full"]);
            bars.iter()
                .for_each(|bar| table.row([bar.label.clone(), with_unit(bar.value, unit), with_unit(bar.full, unit)]));
            table
        }
        Face::Table { head, rows } => {
            // Whoever reads it relies on rows as long as the head.
            let row =
                |cells: &Vec<String>| (0..head.len()).map(|at| cells.get(at).cloned().unwrap_or_default()).collect();
            Table { head: head.clone(), rows: rows.iter().map(row).collect() }
        }
        Face::States { states, arrows, current } => self::states(states, arrows, usize::from(*current)),
        Face::Tree { nodes } => tree(nodes),
        Face::Map { squares, points, probe } => map(squares, points, *probe),
        Face::Lanes { lanes, unit } => self::lanes(lanes, unit),
        Face::Timeline { phases, .. } => timeline(phases),
    }
}

fn yes(it: bool) -> String {
    if it { "yes" } else { "no" }.to_string()
}

fn part(value: f64, of: f64) -> String {
    percent(if of > 0.0 { value / of } else { 0.0 })
}

fn line(values: &[f64], unit: &str) -> Table {
    let mut table = Table::headed(["Value, oldest first", "Reading"]);
    for (at, value) in values.iter().enumerate() {
        table.row([whole(at as u64 + 1), with_unit(*value, unit)]);
    }
    table
}

fn slots(cells: &[Cell], used: u64, capacity: u64) -> Table {
    let mut table = Table::headed(["Place, most valued first", "Key", "Freshness"]);
    for (at, cell) in cells.iter().enumerate() {
        table.row([whole(at as u64 + 1), cell.key.to_string(), percent(cell.heat)]);
    }
    table.row([
        "all".to_string(),
        format!("{} of {} slots taken", whole(used), whole(capacity)),
        part(used as f64, capacity as f64),
    ]);
    table
}

fn log(entries: &[LogCell], last: u64, acknowledged: u64, marks: &[LogMark]) -> Table {
    let mut table = Table::headed(["Entry", "Term", "Key", "Acknowledged"]);
    for entry in entries {
        table.row([whole(entry.index), entry.term.to_string(), entry.key.to_string(), yes(entry.acknowledged)]);
    }
    let mut say = |index: u64, what: &str| table.row([whole(index), what.to_string(), String::new(), String::new()]);
    say(last, "last entry");
    say(acknowledged, "last acknowledged");
    marks.iter().for_each(|mark| say(mark.index, &mark.label));
    table
}

fn ring(arcs: &[Arc], owners: &[String], probe: Option<f64>) -> Table {
    let mut table = Table::headed(["Owner", "Share", "Arcs"]);
    for (at, owner) in owners.iter().enumerate() {
        let own = arcs.iter().filter(|arc| usize::from(arc.owner) == at).count();
        table.row([owner.clone(), percent(share_of(arcs, at)), whole(own as u64)]);
    }
    if let Some(probe) = probe {
        table.row(["last key".to_string(), format!("at {}", number::percent(probe)), String::new()]);
    }
    table
}

fn states(states: &[String], arrows: &[(u16, u16)], current: usize) -> Table {
    let mut table = Table::headed(["State", "Holds now", "May become"]);
    for (at, name) in states.iter().enumerate() {
        let next = arrows.iter().filter(|(from, _)| usize::from(*from) == at);
        let next: Vec<&str> = next.filter_map(|(_, to)| states.get(usize::from(*to)).map(String::as_str)).collect();
        table.row([name.clone(), yes(at == current), next.join(", ")]);
    }
    table
}

fn tree(nodes: &[TreeNode]) -> Table {
    let mut table = Table::headed(["Node", "Under", "Lit"]);
    for node in nodes {
        let under = node.parent.and_then(|parent| nodes.get(usize::from(parent)));
        table.row([node.label.clone(), under.map(|parent| parent.label.clone()).unwrap_or_default(), yes(node.lit)]);
    }
    table
}

fn map(squares: &[Square], points: &[(f64, f64)], probe: Option<(f64, f64)>) -> Table {
    let mut table = Table::headed(["What", "From the left", "From the top", "Side", "Points"]);
    for Square { x, y, side, count } in squares {
        table.row([
            "square".to_string(),
            number::count(*x),
            number::count(*y),
            number::count(*side),
            whole(u64::from(*count)),
        ]);
    }
    let none = String::new;
    if let Some((x, y)) = probe {
        table.row(["looked for".to_string(), number::count(x), number::count(y), none(), none()]);
    }
    table.row(["all".to_string(), none(), none(), none(), whole(points.len() as u64)]);
    table
}

fn lanes(lanes: &[Lane], unit: &str) -> Table {
    let mut table = Table::headed(["Lane", "What", "Position", "Behind"]);
    table.head[2] = if unit.is_empty() { "Position".to_string() } else { format!("Position, {unit}") };
    for lane in lanes {
        let mut say = |what: &str, at: u64, behind: String| {
            table.row([lane.label.clone(), what.to_string(), whole(at), behind]);
        };
        say("first kept", lane.from, String::new());
        say("end", lane.to, behind(lane).map(whole).unwrap_or_default());
        lane.marks.iter().for_each(|mark| say(&mark.label, mark.index, whole(lane.to.saturating_sub(mark.index))));
    }
    table
}

fn timeline(phases: &[Phase]) -> Table {
    let mut table = Table::headed(["Lane", "Phase", "Began before now", "Ended before now", "How it went"]);
    for phase in phases {
        let (ended, how) = match phase.mood {
            Mood::Open => (String::new(), "goes on"),
            Mood::Done => (with_unit(phase.ended, "ms"), "done"),
            Mood::Failed => (with_unit(phase.ended, "ms"), "failed"),
            Mood::Undone => (with_unit(phase.ended, "ms"), "taken back"),
        };
        let began = with_unit(phase.began, "ms");
        table.row([phase.lane.clone(), phase.label.clone(), began, ended, how.to_string()]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalog::Bar;

    fn faces() -> Vec<Face> {
        vec![
            Face::Nothing,
            Face::Line { values: vec![1.0, f64::NAN], unit: "/s".into() },
            Face::Bucket { level: 1_012.0, capacity: 0.0, unit: "tokens".into() },
            Face::Window { count: 3.0, limit: 10.0, elapsed: f64::NAN },
            Face::Cells { cells: vec![Cell { key: 771, heat: 1.0 }], used: 1, capacity: 0 },
            Face::Queue { waiting: 7_340, room: None, busy: 4, workers: 8 },
            Face::Log {
                entries: vec![LogCell { index: 4_118, term: 2, key: 771, acknowledged: true }],
                last: 4_118,
                acknowledged: 4_118,
                marks: vec![LogMark { label: "posts.1 holds".into(), index: 4_020 }],
            },
            Face::Ring {
                arcs: vec![Arc { start: 0.0, length: 0.5, owner: 0 }, Arc { start: 0.5, length: 0.5, owner: 9 }],
                owners: vec!["timelines.0".into()],
                probe: Some(0.25),
            },
            Face::Bars { bars: vec![Bar { label: "a".into(), value: 2.0, full: 4.0 }], unit: "%".into() },
            Face::Table {
                head: vec!["Table".into(), "Keys".into()],
                rows: vec![vec!["L0".into()], vec!["L1".into(), "4".into(), "too much".into()]],
            },
            Face::States {
                states: vec!["closed".into(), "open".into()],
                arrows: vec![(0, 1), (1, 9), (7, 7)],
                current: 1,
            },
            Face::Tree {
                nodes: vec![
                    TreeNode { parent: None, label: "root".into(), lit: true },
                    TreeNode { parent: Some(0), label: "left".into(), lit: false },
                    TreeNode { parent: Some(99), label: "lost".into(), lit: false },
                ],
            },
            Face::Map {
                squares: vec![Square { x: 0.5, y: f64::NAN, side: 0.25, count: 3 }],
                points: vec![(0.1, 0.1); 3],
                probe: Some((0.75, f64::INFINITY)),
            },
            Face::Lanes {
                lanes: vec![Lane {
                    label: "p0".into(),
                    from: 9,
                    to: 4_118,
                    marks: vec![LogMark { label: "billing".into(), index: 4_020 }],
                }],
                unit: "messages".into(),
            },
            Face::Timeline {
                phases: vec![Phase {
                    lane: "orders".into(),
                    label: "reserve".into(),
                    began: 2_400.0,
                    ended: f64::NAN,
                    mood: Mood::Undone,
                }],
                span: 0.0,
            },
        ]
    }

    #[test]
    fn every_row_of_every_face_has_a_cell_for_every_column() {
        for face in faces() {
            let table = describe(&face);
            assert!(table.rows.iter().all(|row| row.len() == table.head.len()), "{face:?}");
            assert_eq!(table.rows.is_empty(), face == Face::Nothing, "{face:?}");
        }
    }

    #[test]
    fn a_table_says_the_numbers_of_its_face() {
        let said = |face: &Face| describe(face).rows.concat().join(" | ");
        let all: Vec<String> = faces().iter().map(said).collect();
        assert!(all[5].contains("7,340") && all[5].contains("no limit"), "{}", all[5]);
        assert!(all[6].contains("4,020 | posts.1 holds"), "{}", all[6]);
        assert!(all[7].contains("timelines.0 | 50%"), "{}", all[7]);
        assert!(all[9].contains("L0 |  | L1 | 4"), "{}", all[9]);
        assert!(all[10].contains("closed | no | open | open | yes |"), "{}", all[10]);
        assert!(all[11].contains("left | root | no | lost |  | no"), "{}", all[11]);
        assert!(all[12].contains("square | 0.5 | – | 0.25 | 3"), "{}", all[12]);
        assert!(all[13].contains("p0 | billing | 4,020 | 98"), "{}", all[13]);
        assert!(all[14].contains("orders | reserve | 2.4 s | – ms | taken back"), "{}", all[14]);
        assert!(!all.concat().contains("NaN") && !all.concat().contains("inf"));
    }
}
