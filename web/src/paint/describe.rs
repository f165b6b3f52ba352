//! Tables: what is drawn, in words and numbers, for those who cannot or would rather not look at the drawing.

use super::faces::share_of;
use super::number::{self, count, percent, whole, with_unit};
use catalog::{Arc, Cell, Face, LogCell, LogMark};

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
    }
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
    let yes = |it: bool| if it { "yes" } else { "no" }.to_string();
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
        assert!(!all.concat().contains("NaN"));
    }
}
