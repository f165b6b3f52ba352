//! Which checks make sense of which kinds of box.

use crate::kinds::KindOf;
use check::{CheckKind, Spec};
use scenario::{Applies, Placed, Scenario};
use trace::{BoxIndex, MemberIndex};

/// The kinds, by slug, that a check can be asked of.
fn kinds(check: CheckKind) -> impl Iterator<Item = &'static str> {
    let asked = move |kind: &&KindOf| kind.checks().contains(&check);
    KindOf::ALL.iter().filter(asked).map(|kind| kind.slug())
}

/// The checks as the schema lists them.
pub(crate) fn applies() -> Vec<Applies> {
    let row = |check: &CheckKind| Applies {
        slug: check.slug().into(),
        title: check.title().into(),
        help: check.help().into(),
        kinds: kinds(*check).map(Into::into).collect(),
        bound: check.bound().map(|(unit, default)| (unit.into(), default)),
    };
    CheckKind::ALL.iter().map(row).collect()
}

fn fits(placed: &Placed, check: CheckKind) -> bool {
    KindOf::from_slug(&placed.kind).is_some_and(|kind| kind.checks().contains(&check))
}

/// What is judged in a run of `scenario`: what it asks for, or everything that applies when it asks for nothing.
pub(crate) fn specs(scenario: &Scenario, members: &[Vec<MemberIndex>]) -> Vec<Spec> {
    let spec = |check: CheckKind, place: usize, bound: Option<f64>| {
        let range = members.get(place).and_then(|members| Some(*members.first()?..members.last()? + 1)).unwrap_or(0..0);
        let spec = Spec::new(check, place as BoxIndex).of_members(range);
        match bound {
            Some(bound) => spec.within(bound),
            None => spec,
        }
    };
    if scenario.checks.is_empty() {
        let all = scenario.boxes.iter().enumerate().flat_map(|(place, placed)| {
            let fitting = CheckKind::ALL.iter().filter(move |check| fits(placed, **check));
            fitting.map(move |check| spec(*check, place, None))
        });
        return all.collect();
    }
    let asked = scenario.checks.iter().filter_map(|ask| {
        let (check, place) = (CheckKind::from_slug(&ask.check)?, scenario.place(&ask.on)?);
        fits(&scenario.boxes[place], check).then(|| spec(check, place, ask.bound))
    });
    asked.collect()
}
