//! Resharding: from one placement to another while people use the data, as step machines. Two ways:
//!
//! ```text
//!   stop and copy   serving ── stop ──▶ stopped: every write refused, ranges copied ── all copied ──▶ switched
//!
//!   dual write      prepared ─▶ dual write: write both, read old ─▶ read new: write both, read new ─▶ complete: new only
//!                       ◀───────── copy, compare, repair ──────────────┘ (back as long as it is not complete)
//! ```
//!
//! The machines hold no data. They say where to read and write, which range to copy or compare next, and when it is safe to go on;
//! the host does it and reports. Every row needs a version that grows with each write; a deletion is a row too, until complete.
//!
//! The rule of the dual write, for keys that move: a write is acknowledged by the side that is read, after both sides have
//! answered; if the other failed, the key is *suspect* and is copied again. A copied row never replaces a newer one. Reads go to
//! the new side only when everything is copied, compared and no key is suspect. Then no acknowledged write is lost, at no downtime;
//! stop and copy promises the same, at as much downtime as copying takes. Keys that do not move are not touched.
//!
//! Two variants of [`DualWriteConfig`] are wrong and here to be seen: copies that overwrite ([`Backfill::Overwrite`]) put old
//! values over new ones, and no care for writes of which one leg failed ([`Legs::Trusted`]) leaves the sides different.
//!
//! Cost: O(log ranges) a request, O(ranges) to plan.

use crate::{Move, Plan};
use core::fmt;
use std::collections::BTreeMap;

/// One of the two placements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one that there was.
    Old,
    /// The one that there will be.
    New,
}

/// Where a write goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Targets {
    /// To the old side.
    pub old: bool,
    /// To the new side.
    pub new: bool,
}

/// What the host should do next. Ranges are of hashes, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Copy rows of this range from the old side to the new, lowest hashes first, as many as suits, and report how far.
    Copy {
        /// The rest of the range, and who hands it to whom.
        rest: Move,
        /// Leave rows alone that are as new or newer on the new side.
        only_if_newer: bool,
    },
    /// Compare the two sides' rows of this range, and report how far and which differ.
    Compare {
        /// The rest of the range.
        rest: Move,
    },
    /// Copy the newest row of this hash from the side that is read to the other, if it is newer there.
    Repair {
        /// Of the key.
        hash: u64,
        /// The side that is right.
        from: Side,
        /// Which suspicion this is about; a later one for the same key is another.
        serial: u64,
    },
}

/// How far a pass over the ranges of a plan has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Pass {
    /// Ranges that are done.
    ranges: usize,
    /// The next hash, if it lies inside the next range.
    next: u64,
}

impl Pass {
    fn rest(self, plan: &Plan) -> Option<Move> {
        let range = plan.moves().get(self.ranges)?;
        Some(Move { first: range.first.max(self.next), ..*range })
    }

    /// Everything up to `through`, included, is done.
    fn advance(&mut self, plan: &Plan, through: u64) {
        while plan.moves().get(self.ranges).is_some_and(|range| range.last <= through) {
            self.ranges += 1;
        }
        self.next = self.next.max(through.saturating_add(1));
    }
}

/// Where a stop and copy stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopPhase {
    /// Everything at the old side, as ever.
    Serving,
    /// Under maintenance: writes are refused, ranges are copied.
    Stopped,
    /// Everything at the new side.
    Switched,
}

/// Stop, copy, switch.
#[derive(Clone, Debug)]
pub struct StopAndCopy {
    plan: Plan,
    phase: StopPhase,
    copied: Pass,
}

impl StopAndCopy {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new(plan: Plan) -> StopAndCopy {
        StopAndCopy { plan, phase: StopPhase::Serving, copied: Pass::default() }
    }

    /// Where it stands.
    #[must_use]
    pub fn phase(&self) -> StopPhase {
        self.phase
    }

    /// Begins the maintenance; with nothing to move it is over at once.
    pub fn stop(&mut self) {
        if self.phase == StopPhase::Serving {
            self.phase = StopPhase::Stopped;
            self.switch_if_done();
        }
    }

    /// Where reads and writes go; `None` while they are refused.
    #[must_use]
    pub fn side(&self) -> Option<Side> {
        match self.phase {
            StopPhase::Serving => Some(Side::Old),
            StopPhase::Stopped => None,
            StopPhase::Switched => Some(Side::New),
        }
    }

    /// What to copy next.
    #[must_use]
    pub fn work(&self) -> Option<Work> {
        let is_stopped = self.phase == StopPhase::Stopped;
        let rest = self.copied.rest(&self.plan).filter(|_| is_stopped)?;
        Some(Work::Copy { rest, only_if_newer: false })
    }

    /// All moving rows with hashes up to `through`, included, are at the new side. After the last the callers switch.
    pub fn on_copied_through(&mut self, through: u64) {
        if self.phase == StopPhase::Stopped {
            self.copied.advance(&self.plan, through);
            self.switch_if_done();
        }
    }

    fn switch_if_done(&mut self) {
        if self.copied.rest(&self.plan).is_none() {
            self.phase = StopPhase::Switched;
        }
    }
}

/// What copies do with rows that are newer at the new side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Backfill {
    /// Leave them alone.
    #[default]
    IfNewer,
    /// Overwrite them: wrong, a copy that was read before a write and arrives after it undoes the write.
    Overwrite,
}

/// What becomes of a write of which one leg failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Legs {
    /// The key is suspect until it has been repaired, and ranges are compared before reads go to the new side.
    #[default]
    Verified,
    /// Nothing, and nothing is compared: wrong, the sides stay different.
    Trusted,
}

/// Settings of a [`DualWrite`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DualWriteConfig {
    /// What copies do with newer rows.
    pub backfill: Backfill,
    /// What becomes of a write of which one leg failed.
    pub legs: Legs,
}

/// Where a dual write stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// The new side is there and empty; old only.
    Prepared,
    /// Write both, read old; history is copied and compared.
    DualWrite,
    /// Write both, read new.
    ReadNew,
    /// New only. There is no way back.
    Complete,
}

/// Why a dual write cannot go on, or back, yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotYet {
    /// Ranges have still to be copied.
    Copying {
        /// How many.
        ranges: u64,
    },
    /// Ranges have still to be compared.
    Comparing {
        /// How many.
        ranges: u64,
    },
    /// Keys may differ between the sides.
    Suspect {
        /// How many.
        keys: u64,
    },
    /// There is no phase there.
    End {
        /// The phase.
        phase: Phase,
    },
}

impl fmt::Display for NotYet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotYet::Copying { ranges } => write!(f, "{ranges} ranges have still to be copied"),
            NotYet::Comparing { ranges } => write!(f, "{ranges} ranges have still to be compared"),
            NotYet::Suspect { keys } => {
                write!(f, "{keys} keys may differ between the two sides and have to be repaired")
            }
            NotYet::End { phase } => write!(f, "there is no way on from {phase:?} in this direction"),
        }
    }
}

impl core::error::Error for NotYet {}

/// Both sides written until the new one has everything.
#[derive(Clone, Debug)]
pub struct DualWrite {
    config: DualWriteConfig,
    plan: Plan,
    phase: Phase,
    copied: Pass,
    compared: Pass,
    /// Each with the serial of its latest suspicion.
    suspects: BTreeMap<u64, u64>,
    serial: u64,
}

impl DualWrite {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new(config: DualWriteConfig, plan: Plan) -> DualWrite {
        let (copied, compared) = (Pass::default(), Pass::default());
        DualWrite { config, plan, phase: Phase::Prepared, copied, compared, suspects: BTreeMap::new(), serial: 0 }
    }

    /// Where it stands.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Keys that may differ between the sides.
    #[must_use]
    pub fn suspects(&self) -> u64 {
        self.suspects.len() as u64
    }

    /// The side that reads of moving keys go to, and whose answer to a write counts.
    #[must_use]
    pub fn read(&self) -> Side {
        if self.phase < Phase::ReadNew { Side::Old } else { Side::New }
    }

    /// Where a write of a key of this hash goes. A key that does not move has one home, which both sides name.
    #[must_use]
    pub fn write(&self, hash: u64) -> Targets {
        let is_moving = self.plan.of(hash).is_some();
        match self.phase {
            Phase::Prepared => Targets { old: true, new: false },
            Phase::Complete => Targets { old: false, new: true },
            Phase::DualWrite | Phase::ReadNew if is_moving => Targets { old: true, new: true },
            Phase::DualWrite => Targets { old: true, new: false },
            Phase::ReadNew => Targets { old: false, new: true },
        }
    }

    /// Both legs of a write to a moving key have been answered, or given up: which of them worked. Returned is whether the write
    /// may be acknowledged.
    pub fn on_write(&mut self, hash: u64, worked: Targets) -> bool {
        let counts = if self.read() == Side::Old { worked.old } else { worked.new };
        let is_dual = matches!(self.phase, Phase::DualWrite | Phase::ReadNew);
        if is_dual && worked.old != worked.new && self.config.legs == Legs::Verified {
            self.suspect(hash);
        }
        counts
    }

    fn suspect(&mut self, hash: u64) {
        self.serial += 1;
        self.suspects.insert(hash, self.serial);
    }

    /// What to do next; `None` if there is nothing to do in this phase.
    #[must_use]
    pub fn work(&self) -> Option<Work> {
        if !matches!(self.phase, Phase::DualWrite | Phase::ReadNew) {
            return None;
        }
        if let Some(rest) = self.copied.rest(&self.plan) {
            return Some(Work::Copy { rest, only_if_newer: self.config.backfill == Backfill::IfNewer });
        }
        if let Some((hash, serial)) = self.suspects.first_key_value() {
            return Some(Work::Repair { hash: *hash, from: self.read(), serial: *serial });
        }
        let rest = self.compared.rest(&self.plan).filter(|_| self.config.legs == Legs::Verified)?;
        Some(Work::Compare { rest })
    }

    /// All moving rows with hashes up to `through`, included, have been copied.
    pub fn on_copied_through(&mut self, through: u64) {
        self.copied.advance(&self.plan, through);
    }

    /// All moving rows with hashes up to `through`, included, have been compared, and these differ.
    pub fn on_compared_through(&mut self, through: u64, differing: &[u64]) {
        self.compared.advance(&self.plan, through);
        differing.iter().for_each(|hash| self.suspect(*hash));
    }

    /// The repair of this serial is done. If the key has become suspect again since it began, it stays so.
    pub fn on_repaired(&mut self, hash: u64, serial: u64) {
        if self.suspects.get(&hash) == Some(&serial) {
            self.suspects.remove(&hash);
        }
    }

    /// Goes on to the next phase, or says what is missing.
    pub fn advance(&mut self) -> Result<Phase, NotYet> {
        let ranges = self.plan.moves().len();
        self.phase = match self.phase {
            Phase::Prepared => Phase::DualWrite,
            Phase::DualWrite => {
                if self.copied.ranges < ranges {
                    return Err(NotYet::Copying { ranges: (ranges - self.copied.ranges) as u64 });
                }
                if self.config.legs == Legs::Verified && self.compared.ranges < ranges {
                    return Err(NotYet::Comparing { ranges: (ranges - self.compared.ranges) as u64 });
                }
                self.no_suspects()?;
                Phase::ReadNew
            }
            Phase::ReadNew => Phase::Complete,
            Phase::Complete => return Err(NotYet::End { phase: self.phase }),
        };
        Ok(self.phase)
    }

    /// Goes back a phase. From reading new only when the old side is no worse; to the beginning at the price of copying all again.
    pub fn roll_back(&mut self) -> Result<Phase, NotYet> {
        self.phase = match self.phase {
            Phase::ReadNew => {
                self.no_suspects()?;
                Phase::DualWrite
            }
            Phase::DualWrite => {
                (self.copied, self.compared) = (Pass::default(), Pass::default());
                self.suspects.clear();
                Phase::Prepared
            }
            Phase::Prepared | Phase::Complete => return Err(NotYet::End { phase: self.phase }),
        };
        Ok(self.phase)
    }

    fn no_suspects(&self) -> Result<(), NotYet> {
        if self.suspects.is_empty() { Ok(()) } else { Err(NotYet::Suspect { keys: self.suspects() }) }
    }
}
