//! All judges of a run. A record goes only to those who asked for its topic of its box, found by one look into a table.

use crate::{Judge, Names, Spec, Verdict};
use base::Time;
use std::sync::Arc;
use trace::{BoxIndex, Record};

/// What a record is about; a check says which of these it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Topic {
    /// A client's answers.
    Answered,
    /// Writes that callers know took effect.
    Wrote,
    /// Reads.
    Read,
    /// Writes that leaders acknowledged.
    Acknowledged,
    /// What followers hold.
    Held,
    /// Promotions.
    Promoted,
    /// Entries erased because a newer leader has others.
    Discarded,
    /// What a limiter let pass.
    Admitted,
    /// Changes of a ring's members.
    Resized,
    /// Messages accepted, delivered and given up.
    Message,
    /// Locks given and taken back, and what is written under them.
    Lock,
    /// Effects applied and undone.
    Effect,
    /// Copies of keys, and whether anything troubles who holds them.
    Copy,
    /// Acknowledged writes dropped for others that did not know of them.
    Overwritten,
    /// Disks that are gone, and acknowledged writes with them.
    Durability,
}

const TOPICS: usize = Topic::Durability as usize + 1;

/// The topic of a record and the box it is about; `None` when no check reads it.
#[inline]
fn address(record: &Record) -> Option<(Topic, BoxIndex)> {
    Some(match *record {
        Record::Answered { client, .. } => (Topic::Answered, client),
        Record::Wrote { store, .. } => (Topic::Wrote, store),
        Record::Read { store, .. } => (Topic::Read, store),
        Record::Acknowledged { store, .. } => (Topic::Acknowledged, store),
        Record::Held { store, .. } => (Topic::Held, store),
        Record::Promoted { store, .. } => (Topic::Promoted, store),
        Record::Discarded { store, .. } => (Topic::Discarded, store),
        Record::Admitted { limiter, .. } => (Topic::Admitted, limiter),
        Record::Resized { store, .. } => (Topic::Resized, store),
        Record::Queued { queue, .. } | Record::Delivered { queue, .. } | Record::Dropped { queue, .. } => {
            (Topic::Message, queue)
        }
        Record::Granted { lock, .. } | Record::Released { lock, .. } | Record::Guarded { lock, .. } => {
            (Topic::Lock, lock)
        }
        Record::Applied { store, .. } | Record::Undone { store, .. } => (Topic::Effect, store),
        Record::Copied { store, .. } | Record::Troubled { store, .. } => (Topic::Copy, store),
        Record::Overwritten { store, .. } => (Topic::Overwritten, store),
        Record::DiskLost { store, .. } | Record::Lost { store, .. } => (Topic::Durability, store),
        Record::SteppedDown { .. }
        | Record::Repaired { .. }
        | Record::Degraded { .. }
        | Record::Down { .. }
        | Record::Up { .. }
        | Record::Happened { .. }
        | Record::Ended { .. }
        | Record::Breaker { .. }
        | Record::Sampled { .. }
        | Record::Alarmed { .. } => return None,
    })
}

/// Who is shown what: for each box and topic a stretch of `judges`.
#[derive(Debug, Default)]
struct Routes {
    stretches: Vec<(u32, u32)>,
    judges: Vec<u32>,
}

impl Routes {
    fn new(specs: &[Spec]) -> Routes {
        let boxes = specs.iter().map(|spec| usize::from(spec.on) + 1).max().unwrap_or(0);
        let mut asked = vec![Vec::new(); boxes * TOPICS];
        for (judge, spec) in specs.iter().enumerate() {
            for topic in spec.kind.topics() {
                asked[usize::from(spec.on) * TOPICS + *topic as usize].push(judge as u32);
            }
        }
        let mut routes = Routes::default();
        for judges in asked {
            let from = routes.judges.len() as u32;
            routes.judges.extend(judges);
            routes.stretches.push((from, routes.judges.len() as u32));
        }
        routes
    }
}

/// All judges of a run.
#[derive(Clone, Debug, Default)]
pub struct Panel {
    judges: Vec<Judge>,
    routes: Arc<Routes>,
}

impl Panel {
    /// A judge for each of `specs`, before anything has happened. Verdicts come in the order of `specs`.
    #[must_use]
    pub fn new(specs: &[Spec]) -> Panel {
        Panel { judges: specs.iter().map(Judge::new).collect(), routes: Arc::new(Routes::new(specs)) }
    }

    /// Shows a record to those who asked for it. Records must come in the order of the run.
    #[inline]
    pub fn observe(&mut self, at: Time, record: &Record) {
        let Some((topic, on)) = address(record) else { return };
        let Some((from, to)) = self.routes.stretches.get(usize::from(on) * TOPICS + topic as usize) else { return };
        for judge in &self.routes.judges[*from as usize..*to as usize] {
            self.judges[*judge as usize].observe(at, record);
        }
    }

    /// Shows everything a journal has collected.
    pub fn observe_all(&mut self, records: &[(Time, Record)]) {
        for (at, record) in records {
            self.observe(*at, record);
        }
    }

    /// The judges, in the order of the specs.
    #[must_use]
    pub fn judges(&self) -> &[Judge] {
        &self.judges
    }

    /// What was proved until `now`, with the evidence.
    #[must_use]
    pub fn verdicts(&self, now: Time, names: &Names) -> Vec<Verdict> {
        self.judges.iter().map(|judge| judge.verdict(now, names)).collect()
    }

    /// What was proved until `now`, without the evidence: for every frame.
    #[must_use]
    pub fn summaries(&self, now: Time, names: &Names) -> Vec<Verdict> {
        self.judges.iter().map(|judge| judge.summary(now, names)).collect()
    }
}
