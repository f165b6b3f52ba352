//! The list of designs that are kept in this browser, as one text of lines: id, when, title. Each design is kept beside it.
//!
//! Nothing that is opened ever takes the place of what is kept: a changed design is put on the shelf under its own id, and only
//! the oldest falls off when the shelf is full.

use super::ordered;
use crate::browser::number;

/// Most designs kept.
pub const ROOM: usize = 12;

/// One design that is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Under which it is kept.
    pub id: u32,
    /// When it was last changed, in milliseconds of the browser's clock.
    pub changed_ms: f64,
    /// Its title.
    pub title: String,
}

/// The designs that are kept, the last changed first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shelf(pub Vec<Kept>);

impl Shelf {
    /// The shelf that `text` lists; lines that make no sense are passed over.
    #[must_use]
    pub fn read(text: &str) -> Shelf {
        let entry = |line: &str| {
            let mut parts = line.splitn(3, '\t');
            let id = parts.next()?.parse().ok()?;
            let changed_ms = number::read(parts.next()?)?;
            let title = parts.next()?.to_string();
            changed_ms.is_finite().then_some(Kept { id, changed_ms, title })
        };
        let mut kept = ordered(text.lines().filter_map(entry), |a, b| b.changed_ms.total_cmp(&a.changed_ms));
        kept.truncate(ROOM);
        Shelf(kept)
    }

    /// The text that lists it.
    #[must_use]
    pub fn write(&self) -> String {
        let line = |kept: &Kept| {
            let title: String = kept.title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            format!("{}\t{}\t{title}\n", kept.id, kept.changed_ms)
        };
        self.0.iter().map(line).collect()
    }

    /// An id under which nothing is kept.
    #[must_use]
    pub fn free_id(&self) -> u32 {
        self.0.iter().map(|kept| kept.id).max().map_or(1, |id| id.wrapping_add(1))
    }

    /// Puts the design kept under `id` in front, and says which ones fell off.
    pub fn put(&mut self, id: u32, changed_ms: f64, title: &str) -> Vec<u32> {
        self.0.retain(|kept| kept.id != id);
        self.0.insert(0, Kept { id, changed_ms, title: title.to_string() });
        let from = self.0.len().min(ROOM);
        self.0.drain(from..).map(|kept| kept.id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shelf_reads_back_what_it_wrote() {
        let mut shelf = Shelf::default();
        shelf.put(1, 10.0, "First\tof\nall");
        shelf.put(shelf.free_id(), 20.5, "Second");
        let again = Shelf::read(&shelf.write());
        assert_eq!(again.0.iter().map(|kept| kept.title.as_str()).collect::<Vec<_>>(), ["Second", "First of all"]);
    }

    #[test]
    fn nonsense_is_passed_over() {
        assert_eq!(
            Shelf::read("x\t1\tA\n7\tNaN\tB\n\n8\t2\tC"),
            Shelf(vec![Kept { id: 8, changed_ms: 2.0, title: "C".into() }])
        );
    }

    #[test]
    fn only_the_oldest_falls_off_a_full_shelf() {
        let mut shelf = Shelf::default();
        for at in 0..ROOM {
            assert_eq!(shelf.put(shelf.free_id(), at as f64, "x"), [0_u32; 0]);
        }
        assert_eq!(shelf.put(shelf.free_id(), 99.0, "new"), [1]);
        assert_eq!(shelf.put(5, 100.0, "changed again"), [0_u32; 0]);
        assert_eq!(shelf.0[0].id, 5);
    }
}
