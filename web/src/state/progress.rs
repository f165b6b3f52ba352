//! How far the lessons of the library were followed, as one text of lines: slug, steps reached.

/// Most rows that are kept.
const ROOM: usize = 200;

/// How far each row was followed; the one followed last stands first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress(Vec<(String, usize)>);

impl Progress {
    /// What `text` lists; lines that make no sense are passed over.
    #[must_use]
    pub fn read(text: &str) -> Progress {
        let entry = |line: &str| {
            let (slug, steps) = line.split_once('\t')?;
            Some((slug.to_string(), steps.parse().ok().filter(|steps| (1..=1_000).contains(steps))?))
        };
        Progress(text.lines().filter_map(entry).take(ROOM).collect())
    }

    /// The text that lists it.
    #[must_use]
    pub fn write(&self) -> String {
        self.0.iter().map(|(slug, steps)| format!("{slug}\t{steps}\n")).collect()
    }

    /// How many steps of the row were reached.
    #[must_use]
    pub fn of(&self, slug: &str) -> usize {
        self.0.iter().find(|(known, _)| known == slug).map_or(0, |(_, steps)| *steps)
    }

    /// So many steps of the row were reached; true when that is farther than before.
    pub fn reach(&mut self, slug: &str, steps: usize) -> bool {
        if self.of(slug) >= steps || slug.contains(['\t', '\n']) {
            return false;
        }
        self.0.retain(|(known, _)| known != slug);
        self.0.insert(0, (slug.to_string(), steps));
        self.0.truncate(ROOM);
        true
    }

    /// What a card says of a row with `steps` steps; nothing when it was not begun.
    #[must_use]
    pub fn chip(&self, slug: &str, steps: usize) -> Option<String> {
        match self.of(slug) {
            0 => None,
            reached if reached >= steps => Some("✓ all steps".to_string()),
            reached => Some(format!("step {reached} of {steps}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_only_grows_and_reads_back_what_it_wrote() {
        let mut progress = Progress::default();
        assert!(progress.reach("newsfeed", 3) && progress.reach("tiered-web", 1) && !progress.reach("newsfeed", 2));
        let again = Progress::read(&progress.write());
        assert_eq!(again, progress);
        assert_eq!((again.of("newsfeed"), again.of("tiered-web"), again.of("other")), (3, 1, 0));
        assert_eq!(again.chip("newsfeed", 6).as_deref(), Some("step 3 of 6"));
        assert_eq!(again.chip("newsfeed", 3).as_deref(), Some("✓ all steps"));
        assert_eq!(again.chip("other", 3), None);
    }

    #[test]
    fn nonsense_is_passed_over() {
        assert_eq!(Progress::read("x\n\t\na\t-1\nb\t0\nc\t99999\nd\t2\n").write(), "d\t2\n");
    }
}
