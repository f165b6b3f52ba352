//! Readings: what `posts.lag_entries` or `lost-writes.posts`, which a lesson names, comes to in a run.

use crate::Frame;
use base::{Span, Time};
use check::{Finding, Verdict};
use scenario::{Claim, Scenario, Schema};

/// A run at a moment, as a lesson speaks of it.
#[derive(Clone, Copy, Debug)]
pub struct Readings<'a> {
    /// What can be built.
    pub schema: &'a Schema,
    /// The design.
    pub scenario: &'a Scenario,
    /// The moment.
    pub frame: &'a Frame,
    /// What the checks say then; a host may have taken them out of the frame.
    pub verdicts: &'a [Verdict],
}

/// A part of a text in which readings stand.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// As it is written.
    Words(String),
    /// A reading; nothing while it cannot be taken.
    Reading(Option<f64>),
}

impl Readings<'_> {
    /// What the reading `name` comes to: the gauge of a box or the figure of a verdict, in its unit. `None` when it names neither,
    /// `Some(None)` while there is nothing to read.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<Option<f64>> {
        let (first, second) = name.split_once('.')?;
        if let Some(at) = self.scenario.place(first) {
            let kind = self.schema.kind(&self.scenario.boxes[at].kind)?;
            let gauge = kind.gauges.iter().position(|gauge| gauge.name == second)?;
            return Some(self.frame.boxes.get(at).and_then(|seen| seen.gauges.get(gauge).copied().flatten()));
        }
        self.schema.checks.iter().find(|check| check.slug == first)?;
        self.scenario.place(second)?;
        let is_told = |verdict: &&Verdict| verdict.finding != Finding::Untold;
        let verdict = self.verdicts.iter().find(|verdict| verdict.check == first && verdict.on == second);
        Some(verdict.filter(is_told).map(|verdict| verdict.figure))
    }

    /// `text` with its readings, which stand between braces. What names none stays as it is.
    #[must_use]
    pub fn inserted(&self, text: &str) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut words = String::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let close = rest[open..].find('}').map(|at| open + at);
            let reading = close.and_then(|close| self.of(&rest[open + 1..close]));
            match (close, reading) {
                (Some(close), Some(reading)) => {
                    words.push_str(&rest[..open]);
                    pieces.push(Piece::Words(std::mem::take(&mut words)));
                    pieces.push(Piece::Reading(reading));
                    rest = &rest[close + 1..];
                }
                _ => {
                    words.push_str(&rest[..=open]);
                    rest = &rest[open + 1..];
                }
            }
        }
        words.push_str(rest);
        pieces.push(Piece::Words(words));
        pieces.retain(|piece| *piece != Piece::Words(String::new()));
        pieces
    }

    /// What the run says to `claim`; `None` while it has not gone far enough to say all of it.
    #[must_use]
    pub fn settled(&self, claim: &Claim) -> Option<Vec<Piece>> {
        if self.frame.now.since(Time::ZERO) < claim.after.unwrap_or(Span::ZERO) {
            return None;
        }
        let pieces = self.inserted(&claim.measured);
        let can_say = pieces.iter().all(|piece| *piece != Piece::Reading(None));
        can_say.then_some(pieces)
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::BoxFrame;
    use scenario::{GaugeSpec, KindSpec, Placed, Ports};

    fn schema() -> Schema {
        let kind = KindSpec {
            slug: "store".into(),
            title: "Store".into(),
            group: "Data".into(),
            purpose: "".into(),
            icon: "".into(),
            fields: Vec::new(),
            ports: Ports::default(),
            verbs: Vec::new(),
            gauges: vec![GaugeSpec { name: "lag_entries".into(), title: "Lag".into(), unit: "entries".into() }],
            members: None,
            modelled: Vec::new(),
            left_out: Vec::new(),
        };
        Schema { kinds: vec![kind], ..Schema::default() }
    }

    fn design() -> Scenario {
        Scenario {
            boxes: vec![Placed { id: "posts".into(), kind: "store".into(), ..Placed::default() }],
            ..Scenario::default()
        }
    }

    fn frame(lag: Option<f64>, seconds: u64) -> Frame {
        let now = Time::ZERO + Span::from_secs(seconds);
        Frame { now, boxes: vec![BoxFrame { gauges: vec![lag], ..BoxFrame::default() }], ..Frame::default() }
    }

    #[test]
    fn readings_are_put_into_the_text_and_nothing_else_is_touched() {
        let (schema, scenario, frame) = (schema(), design(), frame(Some(98.0), 1));
        let readings = Readings { schema: &schema, scenario: &scenario, frame: &frame, verdicts: &[] };
        assert_eq!(
            readings.inserted("It is {posts.lag_entries} behind {x} {posts.none} {"),
            [
                Piece::Words("It is ".into()),
                Piece::Reading(Some(98.0)),
                Piece::Words(" behind {x} {posts.none} {".into())
            ]
        );
    }

    #[test]
    fn a_claim_is_settled_once_the_run_is_there_and_every_reading_can_be_taken() {
        let (schema, scenario) = (schema(), design());
        let claim = Claim {
            measured: "{posts.lag_entries} entries".into(),
            after: Some(Span::from_secs(10)),
            ..Claim::default()
        };
        let settled = |lag, seconds| {
            let frame = frame(lag, seconds);
            Readings { schema: &schema, scenario: &scenario, frame: &frame, verdicts: &[] }.settled(&claim)
        };
        assert_eq!(settled(Some(3.0), 9), None);
        assert_eq!(settled(None, 10), None);
        assert_eq!(settled(Some(3.0), 10), Some(vec![Piece::Reading(Some(3.0)), Piece::Words(" entries".into())]));
    }
}
