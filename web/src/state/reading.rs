//! What holds at a moment: faults that go on, by the design's record.

use base::Time;
use scenario::{Act, Moment, Scenario, Sides, Target, Verb};

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

/// The partitions that go on at `now`.
#[must_use]
pub fn partitions(scenario: &Scenario, now: Time) -> Vec<&Sides> {
    let mut going: Vec<&Sides> = Vec::new();
    for moment in scenario.moments().into_iter().take_while(|moment| moment.at <= now) {
        let Act::Do { verb, on: Target::Sides(sides), .. } = &moment.act else { continue };
        going.retain(|other| *other != sides);
        if *verb == Verb::Cut && !is_over(moment, now) {
            going.push(sides);
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

#[cfg(test)]
mod tests {
    use super::*;
    use base::Span;
    use scenario::Placed;

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

    #[test]
    fn a_partition_goes_on_until_it_is_healed_or_over() {
        let (one, other) = ("sides:posts.0|*", "sides:posts.1>posts.0");
        let cut = |seconds, lasts, on| at(seconds, lasts, Verb::Cut, on);
        let actions = vec![cut(1, None, one), cut(2, Some(3), other), at(4, None, Verb::Heal, one)];
        let design = Scenario { actions, ..design() };
        let going = |seconds| partitions(&design, second(seconds)).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(going(0), Vec::<String>::new());
        assert_eq!(going(3), [one, other]);
        assert_eq!(going(4), [other]);
        assert_eq!(going(5), Vec::<String>::new());
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
}
