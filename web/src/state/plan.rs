//! Changing a plan step by step. The way to a step is its place in each list from the outermost inwards; an `on-error` belongs to the
//! step before it and moves and goes with that.

use scenario::{Plan, PlanStep};

/// The steps inside the step at `way`; the plan's own for no way.
fn inside<'a>(steps: &'a [PlanStep], way: &[usize]) -> Option<&'a [PlanStep]> {
    match way {
        [] => Some(steps),
        [first, rest @ ..] => inside(steps.get(*first)?.inside(), rest),
    }
}

fn inside_mut<'a>(steps: &'a mut Vec<PlanStep>, way: &[usize]) -> Option<&'a mut Vec<PlanStep>> {
    match way {
        [] => Some(steps),
        [first, rest @ ..] => inside_mut(steps.get_mut(*first)?.inside_mut()?, rest),
    }
}

fn changed(
    steps: &[PlanStep],
    way: &[usize],
    change: impl FnOnce(&mut Vec<PlanStep>, usize) -> Option<()>,
) -> Option<Vec<PlanStep>> {
    let (at, list) = way.split_last()?;
    let mut steps = steps.to_vec();
    change(inside_mut(&mut steps, list)?, *at)?;
    Some(steps)
}

/// The plan with another step at `way`.
#[must_use]
pub fn replaced(steps: &[PlanStep], way: &[usize], step: PlanStep) -> Option<Vec<PlanStep>> {
    changed(steps, way, |list, at| {
        *list.get_mut(at)? = step;
        Some(())
    })
}

/// The plan with one step more, behind the step at `way`.
#[must_use]
pub fn followed(steps: &[PlanStep], way: &[usize], step: PlanStep) -> Option<Vec<PlanStep>> {
    changed(steps, way, |list, at| (at < list.len()).then(|| list.insert(at + 1, step)))
}

/// The plan with one step more, at the end of the list inside the step at `way`.
#[must_use]
pub fn appended(steps: &[PlanStep], way: &[usize], step: PlanStep) -> Option<Vec<PlanStep>> {
    let mut steps = steps.to_vec();
    inside_mut(&mut steps, way)?.push(step);
    Some(steps)
}

/// How many places the step at `at` takes: two with an `on-error` behind it.
fn length(list: &[PlanStep], at: usize) -> usize {
    1 + usize::from(matches!(list.get(at + 1), Some(PlanStep::OnError(_))))
}

/// The plan without the step at `way`; a step that has nothing inside any more goes too.
#[must_use]
pub fn removed(steps: &[PlanStep], way: &[usize]) -> Option<Vec<PlanStep>> {
    let (_, list) = way.split_last()?;
    let left = changed(steps, way, |list, at| {
        let end = at + if matches!(list.get(at)?, PlanStep::OnError(_)) { 1 } else { length(list, at) };
        list.drain(at..end);
        Some(())
    })?;
    let is_hollow = !list.is_empty() && inside(&left, list).is_some_and(<[PlanStep]>::is_empty);
    if is_hollow { removed(&left, list) } else { Some(left) }
}

/// The plan with the step at `way` one step earlier or later, and where it is then; `None` at the end of its list.
#[must_use]
pub fn moved(steps: &[PlanStep], way: &[usize], is_up: bool) -> Option<(Vec<PlanStep>, Vec<usize>)> {
    let (at, list) = way.split_last()?;
    let known = inside(steps, list)?;
    let own = length(known, *at);
    let to = if is_up {
        // Over the step before, with its `on-error`.
        let before = at.checked_sub(1)?;
        if matches!(known[before], PlanStep::OnError(_)) { before.checked_sub(1)? } else { before }
    } else {
        let next = at + own;
        (next < known.len()).then(|| at + length(known, next))?
    };
    let steps = changed(steps, way, |list, at| {
        let taken: Vec<PlanStep> = list.drain(at..at + own).collect();
        list.splice(to..to, taken);
        Some(())
    })?;
    Some((steps, [list, &[to]].concat()))
}

/// Whether a look-up comes before the end of the list inside the step at `way`, so that `on-miss` makes sense there.
#[must_use]
pub fn has_looked_up(steps: &[PlanStep], way: &[usize]) -> bool {
    match way {
        [] => steps.iter().any(PlanStep::looks_up),
        [first, rest @ ..] => {
            steps.iter().take(*first).any(PlanStep::looks_up)
                || steps.get(*first).is_some_and(|step| has_looked_up(step.inside(), rest))
        }
    }
}

/// Whether steps may stand inside one more step in the list at `way`.
#[must_use]
pub fn has_depth(way: &[usize]) -> bool {
    way.len() < Plan::DEPTH_MAX
}

/// Whether the list at `way` stands inside a `repeat`, where no other may.
#[must_use]
pub fn is_repeated(steps: &[PlanStep], way: &[usize]) -> bool {
    let [first, rest @ ..] = way else { return false };
    let Some(step) = steps.get(*first) else { return false };
    matches!(step, PlanStep::Repeat(..)) || is_repeated(step.inside(), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(to: &str) -> PlanStep {
        PlanStep::Call(to.to_string())
    }

    fn plan() -> Vec<PlanStep> {
        vec![
            PlanStep::Lookup("cache".into()),
            PlanStep::OnMiss(vec![call("store")]),
            call("bank"),
            PlanStep::OnError(vec![call("other")]),
            PlanStep::Repeat(3, vec![call("mail")]),
        ]
    }

    #[test]
    fn a_step_moves_with_what_is_done_when_it_fails() {
        let (steps, at) = moved(&plan(), &[2], true).unwrap();
        assert_eq!(at, [1]);
        assert!(matches!(&steps[..3], [_, PlanStep::Call(to), PlanStep::OnError(_)] if to == "bank"));
        let (back, at) = moved(&steps, &at, false).unwrap();
        assert_eq!((back, at), (plan(), vec![2]));
        let (steps, at) = moved(&plan(), &[4], true).unwrap();
        assert_eq!((steps[2].key(), at), ("repeat", vec![2]));
        assert_eq!(moved(&plan(), &[0], true), None);
        assert_eq!(moved(&plan(), &[4], false), None);
        assert_eq!(moved(&plan(), &[1, 0], false), None);
    }

    #[test]
    fn a_step_goes_with_what_belongs_to_it_and_leaves_nothing_hollow() {
        let steps = removed(&plan(), &[2]).unwrap();
        assert_eq!(steps.iter().map(PlanStep::key).collect::<Vec<_>>(), ["lookup", "on-miss", "repeat"]);
        let steps = removed(&plan(), &[4, 0]).unwrap();
        assert_eq!(steps, plan()[..4]);
        assert_eq!(removed(&plan(), &[9]), None);
    }

    #[test]
    fn steps_are_added_inside_and_behind() {
        let steps = appended(&plan(), &[1], PlanStep::Fill("cache".into())).unwrap();
        assert_eq!(steps[1].inside().len(), 2);
        let steps = followed(&steps, &[1, 0], PlanStep::OnError(vec![call("other")])).unwrap();
        assert_eq!(steps[1].inside()[1].key(), "on-error");
        assert!(has_looked_up(&plan(), &[]) && has_looked_up(&plan(), &[3]) && !has_looked_up(&plan()[1..], &[0]));
        assert!(is_repeated(&plan(), &[4]) && !is_repeated(&plan(), &[1]));
    }
}
