//! Which checks make sense of which kinds of box.

use check::{CheckKind, Spec};
use scenario::{Applies, Scenario};
use trace::{BoxIndex, MemberIndex};

/// The kinds, by slug, that a check can be asked of.
fn kinds(check: CheckKind) -> &'static [&'static str] {
    match check {
        CheckKind::LostWrites | CheckKind::Elections => &["leader-follower"],
        CheckKind::StaleReads => &["leader-follower", "hash-ring"],
        CheckKind::P99 | CheckKind::Availability => &["clients"],
        CheckKind::LimiterBudget => &["limiter"],
        CheckKind::KeysMoved => &["hash-ring"],
        CheckKind::Delivery => &["queue"],
        // No box makes their records yet.
        CheckKind::MutualExclusion | CheckKind::EffectOnce | CheckKind::Convergence => &[],
    }
}

/// The checks as the schema lists them.
pub(crate) fn applies() -> Vec<Applies> {
    let row = |check: &CheckKind| Applies {
        slug: check.slug().into(),
        title: check.title().into(),
        help: check.help().into(),
        kinds: kinds(*check).iter().map(|kind| (*kind).into()).collect(),
        bound: check.bound().map(|(unit, default)| (unit.into(), default)),
    };
    CheckKind::ALL.iter().map(row).collect()
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
            let fits = CheckKind::ALL.iter().filter(move |check| kinds(**check).contains(&placed.kind.as_str()));
            fits.map(move |check| spec(*check, place, None))
        });
        return all.collect();
    }
    let asked = scenario.checks.iter().filter_map(|ask| {
        let (check, place) = (CheckKind::from_slug(&ask.check)?, scenario.place(&ask.on)?);
        kinds(check).contains(&scenario.boxes[place].kind.as_str()).then(|| spec(check, place, ask.bound))
    });
    asked.collect()
}
