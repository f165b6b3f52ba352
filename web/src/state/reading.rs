//! What holds at a moment: faults that go on, by the design's record; readings in a lesson.

use crate::paint::number;
use base::Time;
use check::{Finding, Verdict};
use scenario::{Act, Moment, Scenario, Schema, Target, Verb};
use session::Frame;

/// A fault that goes on at a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ongoing {
    /// Which.
    pub verb: Verb,
    /// How much.
    pub amount: Option<f64>,
    /// What ends it.
    pub ended_by: Verb,
    /// Since when.
    pub since: Time,
}

/// The faults that go on at `now` on `on` itself or, for a member, on its box as a whole.
#[must_use]
pub fn ongoing(scenario: &Scenario, on: &Target, now: Time) -> Vec<Ongoing> {
    let mut going: Vec<Ongoing> = Vec::new();
    for moment in scenario.moments().into_iter().take_while(|moment| moment.at <= now) {
        let Act::Do { verb, on: target, amount } = &moment.act else { continue };
        if !concerns(target, on) {
            continue;
        }
        going.retain(|fault| *verb != Verb::Heal && fault.ended_by != *verb && fault.verb != *verb);
        if let (Some(ended_by), false) = (verb.spec().ended_by, is_over(moment, now)) {
            going.push(Ongoing { verb: *verb, amount: *amount, ended_by, since: moment.at });
        }
    }
    going
}

fn is_over(moment: &Moment, now: Time) -> bool {
    moment.lasts.is_some_and(|lasts| moment.at + lasts <= now)
}

fn concerns(target: &Target, on: &Target) -> bool {
    match (target, on) {
        (Target::Box(whole), Target::Member(id, _)) => whole == id,
        _ => target == on,
    }
}

/// A part of a text in which readings stand.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// As it is written.
    Words(String),
    /// A reading, taken now.
    Reading(String),
}

/// `text` with `{posts.lag_entries}` replaced by that gauge's reading and `{lost-writes.posts}` by that verdict's figure, both
/// without their units, which the text has. What names neither stays as it is.
#[must_use]
pub fn inserted(text: &str, schema: &Schema, scenario: &Scenario, frame: &Frame, verdicts: &[Verdict]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut words = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let close = rest[open..].find('}').map(|at| open + at);
        let reading = close.and_then(|close| reading(&rest[open + 1..close], schema, scenario, frame, verdicts));
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

fn reading(name: &str, schema: &Schema, scenario: &Scenario, frame: &Frame, verdicts: &[Verdict]) -> Option<String> {
    let (first, second) = name.split_once('.')?;
    if let Some(at) = scenario.place(first) {
        let kind = schema.kind(&scenario.boxes[at].kind)?;
        let gauge = kind.gauges.iter().position(|gauge| gauge.name == second)?;
        let value = frame.boxes.get(at).and_then(|seen| seen.gauges.get(gauge).copied().flatten());
        return Some(value.map_or("–".to_string(), number::count));
    }
    schema.checks.iter().find(|check| check.slug == first)?;
    scenario.place(second)?;
    let is_told = |verdict: &&Verdict| verdict.finding != Finding::Untold;
    let verdict = verdicts.iter().find(|verdict| verdict.check == first && verdict.on == second).filter(is_told);
    Some(verdict.map_or("–".to_string(), |verdict| number::count(verdict.figure)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Span;
    use scenario::{GaugeSpec, KindSpec, Placed, Ports};
    use session::BoxFrame;

    fn at(seconds: u64, lasts: Option<u64>, verb: Verb, on: &str) -> Moment {
        let act = Act::Do { verb, on: on.parse().unwrap(), amount: None };
        Moment { at: Time(seconds * 1_000_000_000), lasts: lasts.map(Span::from_secs), act }
    }

    fn design() -> Scenario {
        Scenario {
            boxes: vec![Placed { id: "posts".into(), kind: "store".into(), ..Placed::default() }],
            ..Scenario::default()
        }
    }

    fn second(n: u64) -> Time {
        Time(n * 1_000_000_000)
    }

    #[test]
    fn a_fault_goes_on_until_it_is_ended_healed_or_over() {
        let actions = vec![
            at(1, None, Verb::Crash, "posts.0"),
            at(2, Some(3), Verb::Slow, "posts"),
            at(4, None, Verb::Restart, "posts.0"),
            at(6, None, Verb::CutOff, "posts.0"),
            at(8, None, Verb::Heal, "posts.0"),
        ];
        let design = Scenario { actions, ..design() };
        let on: Target = "posts.0".parse().unwrap();
        let verbs = |seconds| ongoing(&design, &on, second(seconds)).iter().map(|o| o.verb).collect::<Vec<_>>();
        assert_eq!(verbs(0), []);
        assert_eq!(verbs(3), [Verb::Crash, Verb::Slow]);
        assert_eq!(verbs(4), [Verb::Slow]);
        assert_eq!(verbs(5), []);
        assert_eq!(verbs(7), [Verb::CutOff]);
        assert_eq!(verbs(9), []);
    }

    #[test]
    fn readings_are_put_into_the_text_and_nothing_else_is_touched() {
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
        let schema = Schema { kinds: vec![kind], ..Schema::default() };
        let frame =
            Frame { boxes: vec![BoxFrame { gauges: vec![Some(98.0)], ..BoxFrame::default() }], ..Frame::default() };
        let pieces = inserted("It is {posts.lag_entries} behind {x} {posts.none} {", &schema, &design(), &frame, &[]);
        assert_eq!(
            pieces,
            [
                Piece::Words("It is ".into()),
                Piece::Reading("98".into()),
                Piece::Words(" behind {x} {posts.none} {".into())
            ]
        );
    }
}
