//! What a lesson asks, claims and offers: the runs answer, settle and change it, for every scenario of the library.

use super::golden::{pressed, pressed_cases};
use crate::{rows, schema};
use base::{Span, Time};
use scenario::Scenario;
use session::{Command, Edit, Readings, Session};

/// The moment at which the steps are pressed, in seconds.
const PRESSED_S: u64 = 5;

fn run_to(scenario: &Scenario, to: Time) -> Session {
    let mut session = Session::open(scenario.clone());
    session.handle(Command::Seek(to)).expect("a moment can be sought");
    while session.advance(100_000) {}
    session
}

/// The reading `name` at the moment that the session shows.
fn read(session: &mut Session, name: &str) -> Option<f64> {
    let (schema, frame) = (schema(), session.frame());
    let scenario = session.scenario();
    Readings { schema: &schema, scenario, frame: &frame, verdicts: &frame.verdicts }.of(name).flatten()
}

#[test]
fn every_question_has_an_answer_under_the_golden_seed() {
    for (slug, scenario) in rows() {
        for (at, step) in scenario.lesson.steps.iter().enumerate() {
            let (Some(asked), Some(after)) = (&step.predict, step.answered_after()) else { continue };
            let due = Time::ZERO + Span::from_secs(PRESSED_S) + after;
            assert!(due <= Time::ZERO + scenario.length, "{slug}, step {}: the run is too short", at + 1);
            let mut session = run_to(&pressed(scenario.clone(), &[(PRESSED_S, at + 1)]), due);
            let value =
                read(&mut session, &asked.reads).unwrap_or_else(|| panic!("{slug}: {} cannot be read", asked.reads));
            println!("{slug}, step {}: {} = {value}: {}", at + 1, asked.reads, asked.choices[asked.right(value)].says);
        }
    }
}

#[test]
fn every_claim_is_settled_by_one_of_the_golden_runs() {
    for (slug, scenario) in rows() {
        let mut open: Vec<_> = scenario.lesson.claims.iter().collect();
        for (name, case) in pressed_cases(slug) {
            if open.is_empty() {
                break;
            }
            let mut session = run_to(&case, Time::ZERO + case.length);
            let (schema, frame) = (schema(), session.frame());
            let readings = Readings { schema: &schema, scenario: &case, frame: &frame, verdicts: &frame.verdicts };
            open.retain(|claim| match readings.settled(claim) {
                Some(said) => {
                    println!("{slug}, {name}: {} ({}): {said:?}", claim.claim, claim.says);
                    false
                }
                None => true,
            });
        }
        assert!(open.is_empty(), "{slug}: no run settles {open:#?}");
    }
}

#[test]
fn a_design_opens_as_one_of_its_variants_and_each_is_one_edit_that_can_be_undone() {
    for (slug, scenario) in rows().into_iter().filter(|(_, scenario)| !scenario.variants.is_empty()) {
        let schema = schema();
        let mut session = Session::open(scenario.clone());
        let current = |session: &Session| {
            let now = session.scenario();
            now.variants
                .iter()
                .filter(|one| one.is_set_in(now, &schema))
                .map(|one| one.name.clone())
                .collect::<Vec<_>>()
        };
        let first = current(&session);
        assert_eq!(first.len(), 1, "{slug}: {first:?}");
        for variant in scenario.variants.iter().filter(|one| one.name != first[0]) {
            let choose = Edit::Choose { name: variant.name.clone(), set: variant.set.clone() };
            session.handle(Command::Edit(choose)).unwrap_or_else(|why| panic!("{slug}, {}: {why}", variant.name));
            assert_eq!(current(&session), [variant.name.clone()], "{slug}");
            session.handle(Command::Undo).expect("there is something to undo");
            assert_eq!(session.scenario(), &scenario, "{slug}: {} is one edit", variant.name);
        }
    }
}
