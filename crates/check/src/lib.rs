//! Verdicts: what a run proved, with the evidence. A check reads the trace, never the boxes, and never changes the run.
//!
//! A [`Spec`] asks one question of one box; a [`Panel`] holds the [`Judge`]s of a run, is fed every record in order, and answers
//! at any moment with a [`Verdict`] for each. The rules that every check here keeps, and that `tests/conformance.rs` holds over
//! [`CheckKind::ALL`]:
//!
//! - it says [`Finding::Untold`] until something has happened that could have broken it;
//! - it never accuses without proof: where it had to forget, it undercounts and says "at least";
//! - its memory is bounded, and a clone shares what is old, because every checkpoint of a run holds one;
//! - equal records give equal verdicts, on every platform, and asking changes nothing;
//! - there is evidence exactly when it is broken.
//!
//! ```
//! use base::{Span, Time};
//! use check::{CheckKind, Finding, Names, Panel, Spec};
//! use trace::Record;
//!
//! let mut panel = Panel::new(&[Spec::new(CheckKind::LimiterBudget, 0)]);
//! for millis in 0..3 {
//!     let passed = Record::Admitted { limiter: 0, budget: 2, window: Span::from_secs(1) };
//!     panel.observe(Time::ZERO + Span::from_millis(millis), &passed);
//! }
//! let verdict = &panel.verdicts(Time::ZERO + Span::from_secs(1), &Names::default())[0];
//! assert_eq!(verdict.finding, Finding::Broken);
//! assert_eq!(verdict.headline, "3 passed within 1 s; 2 are promised");
//! ```
//!
//! Beside the panel, for what is finished or small enough to be taken whole:
//!
//! | module | asks | of |
//! |---|---|---|
//! | [`history`] | could one object, or one order of transactions, have answered so? | recorded calls and answers |
//! | [`property`] | always, sometimes, eventually? | any sequence of states |
//! | [`explore`] | does a promise hold in every state? | a small world, searched exhaustively |
//! | [`swarm`] | does a promise hold under this luck and these faults? | many seeds; the first failure is [shrunk](shrink) |
//!
//! To add a check: one file in `checks/` with its [`Check`], and one line in the list below.

mod chain;
mod checks;
pub mod explore;
pub mod history;
mod keys;
mod ledger;
mod lineage;
mod names;
mod panel;
pub mod property;
mod say;
mod seen;
pub mod shrink;
pub mod swarm;
mod tape;
mod verdict;

pub use names::Names;
pub use panel::{Panel, Topic};
pub use verdict::{Evidence, Finding, Verdict};

use base::Time;
use core::ops::Range;
use serde::{Deserialize, Serialize};
use trace::{BoxIndex, MemberIndex, Record};

/// One question asked of one box: fed with records, it can say at any moment what they prove.
pub trait Check: Clone {
    /// The kinds of record it reads; it is shown no others.
    const TOPICS: &'static [Topic];

    /// The check, before anything has happened.
    fn new(spec: &Spec) -> Self;

    /// Takes notice of a record of its box. Records come in the order of the run.
    fn observe(&mut self, at: Time, record: &Record);

    /// What the records prove so far, without the evidence (its total is there).
    fn summary(&self, now: Time, names: &Names) -> Verdict;

    /// The records that show it, in order of time, at most [`Verdict::EVIDENCE_MAX`]; none unless it is broken.
    fn evidence(&self, now: Time, names: &Names) -> Vec<Evidence>;
}

/// What is asked of which box.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Which check.
    pub kind: CheckKind,
    /// The box it is asked of.
    pub on: BoxIndex,
    /// The places of that box's members among all members of the run.
    pub members: Range<MemberIndex>,
    /// The bound in the check's unit; the check's own when nothing is said, or nothing sensible.
    pub bound: Option<f64>,
}

impl Spec {
    /// `kind` asked of box `on`, which has no members that matter, with the check's own bound.
    #[must_use]
    pub fn new(kind: CheckKind, on: BoxIndex) -> Spec {
        Spec { kind, on, members: 0..0, bound: None }
    }

    /// The same of a box with these members.
    #[must_use]
    pub fn of_members(self, members: Range<MemberIndex>) -> Spec {
        Spec { members, ..self }
    }

    /// The same with this bound.
    #[must_use]
    pub fn within(self, bound: f64) -> Spec {
        Spec { bound: Some(bound), ..self }
    }

    /// The bound that is judged by: what was said if it is a number at or above zero, else the check's own, else zero.
    #[must_use]
    pub fn effective_bound(&self) -> f64 {
        let own = self.kind.bound().map_or(0.0, |(_, default)| default);
        self.bound.filter(|bound| bound.is_finite() && *bound >= 0.0).unwrap_or(own)
    }
}

/// Makes the list of the family: slugs and help, topics, and one type that holds any check without dynamic dispatch.
macro_rules! family {
    ($($kind:ident($file:ident), $slug:literal, $title:literal, $bound:expr, $help:literal;)+) => {
        /// Which check; the list of the family.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum CheckKind {
            $(#[doc = $help] #[serde(rename = $slug)] $kind,)+
        }

        impl CheckKind {
            /// All checks, in the order in which they are offered.
            pub const ALL: &[CheckKind] = &[$(CheckKind::$kind),+];

            /// The name in files: `lost-writes`.
            #[must_use]
            pub fn slug(self) -> &'static str {
                match self { $(CheckKind::$kind => $slug),+ }
            }

            /// The name on screen: `Acknowledged writes lost`.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(CheckKind::$kind => $title),+ }
            }

            /// One line: what it promises when it holds.
            #[must_use]
            pub fn help(self) -> &'static str {
                match self { $(CheckKind::$kind => $help),+ }
            }

            /// Unit and default of its bound, when it has one.
            #[must_use]
            pub fn bound(self) -> Option<(&'static str, f64)> {
                match self { $(CheckKind::$kind => $bound),+ }
            }

            /// The kinds of record it reads.
            #[must_use]
            pub fn topics(self) -> &'static [Topic] {
                match self { $(CheckKind::$kind => <checks::$file::$kind as Check>::TOPICS),+ }
            }

            /// The file in `checks/` that holds it.
            #[must_use]
            pub fn file(self) -> &'static str {
                match self { $(CheckKind::$kind => stringify!($file)),+ }
            }
        }

        /// What any check has seen so far, dispatched by `match`.
        #[derive(Clone, Debug)]
        enum State {
            $($kind(checks::$file::$kind),)+
        }

        impl State {
            fn new(spec: &Spec) -> State {
                match spec.kind { $(CheckKind::$kind => State::$kind(Check::new(spec))),+ }
            }
            #[inline]
            fn observe(&mut self, at: Time, record: &Record) {
                match self { $(State::$kind(check) => check.observe(at, record)),+ }
            }
            fn summary(&self, now: Time, names: &Names) -> Verdict {
                match self { $(State::$kind(check) => check.summary(now, names)),+ }
            }
            fn evidence(&self, now: Time, names: &Names) -> Vec<Evidence> {
                match self { $(State::$kind(check) => check.evidence(now, names)),+ }
            }
        }
    };
}

family! {
    LostWrites(lost_writes), "lost-writes", "Acknowledged writes lost", None,
        "Every acknowledged write is in the log of every leader promoted later.";
    StaleReads(stale_reads), "stale-reads", "Stale reads", Some(("ms", 0.0)),
        "No read returns a value that had been overwritten longer ago than the bound before the read began.";
    P99(latency), "p99", "p99 latency", Some(("ms", 100.0)),
        "99% of the requests answered as wanted are answered within the bound.";
    Availability(availability), "availability", "Availability", Some(("%", 99.9)),
        "At least the bound's share of all requests is answered as wanted.";
    LimiterBudget(limiter_budget), "limiter-budget", "Limiter keeps its budget", None,
        "In no window of the promised length does the limiter let more pass than it promises.";
    KeysMoved(keys_moved), "keys-moved", "Keys moved", Some(("%", 25.0)),
        "When members change, keys move only to the newcomer or from the leaver, and at most the bound more of them than had to.";
    Delivery(delivery), "delivery", "Delivery", None,
        "Every accepted message is delivered exactly as often as it should be.";
    MutualExclusion(mutual_exclusion), "mutual-exclusion", "One holder at a time", None,
        "No lock is given to anybody while another holds it, and nothing is written with an older token than before.";
    EffectOnce(effect_once), "effect-once", "Effects happen once", None,
        "No member applies the same write twice, or undoes it twice.";
    Elections(elections), "elections", "One leader per term", None,
        "No two members make themselves leader of the same term.";
    Convergence(convergence), "convergence", "Copies converge", Some(("ms", 1_000.0)),
        "When no fault is in force and nothing new was written for longer than the bound, all copies of a key are the same.";
    Overwrites(overwrites), "overwrites", "Writes overwritten unseen", None,
        "No acknowledged write is dropped for one that did not know of it.";
}

impl CheckKind {
    /// The check with this slug.
    #[must_use]
    pub fn from_slug(slug: &str) -> Option<CheckKind> {
        CheckKind::ALL.iter().copied().find(|kind| kind.slug() == slug)
    }
}

/// One check at work.
#[derive(Clone, Debug)]
pub struct Judge {
    kind: CheckKind,
    on: BoxIndex,
    state: State,
}

impl Judge {
    /// The judge of `spec`, before anything has happened.
    #[must_use]
    pub fn new(spec: &Spec) -> Judge {
        Judge { kind: spec.kind, on: spec.on, state: State::new(spec) }
    }

    /// Takes notice of a record of its box and topics; [`Panel`] shows it no others.
    #[inline]
    pub fn observe(&mut self, at: Time, record: &Record) {
        self.state.observe(at, record);
    }

    /// What was proved until `now`, without the evidence: cheap enough for every frame.
    #[must_use]
    pub fn summary(&self, now: Time, names: &Names) -> Verdict {
        let verdict = self.state.summary(now, names);
        Verdict { check: self.kind.slug().to_string(), on: names.id(self.on).to_string(), ..verdict }
    }

    /// What was proved until `now`, with the evidence.
    #[must_use]
    pub fn verdict(&self, now: Time, names: &Names) -> Verdict {
        Verdict { evidence: self.state.evidence(now, names), ..self.summary(now, names) }
    }
}
