//! Plans, weights and findings as a person meets them: edited, undone, refused with a reason, kept in step with the wiring.

use base::{Span, Time};
use scenario::{PlanStep, Scenario, Target, Value, WireEnds};
use session::{Command, Edit, Rule, Session};

fn ends(from: &str, to: &str) -> WireEnds {
    WireEnds { from: from.to_string(), to: to.to_string() }
}

fn edit(session: &mut Session, edit: Edit) -> Vec<String> {
    session.handle(Command::Edit(edit)).expect("the edit is allowed")
}

/// Clients, a service, and a store and a cache behind it.
fn shop() -> Session {
    let mut session = Session::new();
    for kind in ["clients", "service", "leader-follower", "cache"] {
        edit(&mut session, Edit::Add { kind: kind.to_string(), x: 0, y: 0 });
    }
    for to in ["leader-follower", "cache"] {
        edit(&mut session, Edit::Connect { ends: ends("service", to) });
    }
    edit(&mut session, Edit::Connect { ends: ends("clients", "service") });
    session
}

fn plan(steps: Vec<PlanStep>) -> Edit {
    Edit::Plan { id: "service".to_string(), op: "read".to_string(), steps: Some(steps) }
}

fn call(to: &str) -> PlanStep {
    PlanStep::Call(to.to_string())
}

fn keys(session: &Session) -> Vec<&'static str> {
    session.scenario().boxes[1].plans.iter().flat_map(|plan| &plan.steps).map(PlanStep::key).collect()
}

fn run_to(session: &mut Session, seconds: u64) -> u64 {
    session.handle(Command::Seek(Time::ZERO + Span::from_secs(seconds))).expect("seeking is always possible");
    while session.advance(10_000) {}
    session.digest()
}

#[test]
fn a_plan_is_written_from_the_derived_one_undone_and_done_again() {
    let mut session = shop();
    let derived = session.document().plans[1][0].clone();
    assert!(!derived.is_written);
    assert_eq!(derived.steps.iter().map(PlanStep::key).collect::<Vec<_>>(), ["lookup", "on-miss"]);
    let plain = run_to(&mut session, 5);
    let said = edit(&mut session, plan(derived.steps.clone()));
    assert_eq!(said, ["The run starts over: Service has another plan"]);
    assert!(session.document().plans[1][0].is_written);
    assert_eq!(run_to(&mut session, 5), plain, "it says what was done anyway");
    edit(&mut session, plan(vec![call("leader-follower")]));
    assert_ne!(run_to(&mut session, 5), plain);
    assert_eq!(session.document().undo.as_deref(), Some("plan of Service for read"));
    session.handle(Command::Undo).expect("there is something to undo");
    assert_eq!(keys(&session), ["lookup", "on-miss"]);
    session.handle(Command::Undo).expect("there is something to undo");
    assert_eq!(keys(&session), [""; 0]);
    session.handle(Command::Redo).expect("there is something to do again");
    assert_eq!(run_to(&mut session, 5), plain);
    edit(&mut session, Edit::Plan { id: "service".into(), op: "read".into(), steps: None });
    assert_eq!(keys(&session), [""; 0]);
}

#[test]
fn a_step_that_cannot_be_taken_is_refused_with_the_reason() {
    let mut session = shop();
    let cases = [
        (vec![call("clients")], "`service` has no wire to `clients`"),
        (vec![PlanStep::Fill("leader-follower".into())], "only a cache can be filled"),
        (vec![PlanStep::OnMiss(vec![call("cache")])], "no `lookup` comes before it"),
        (vec![PlanStep::OnError(vec![call("cache")])], "it must follow a `call`"),
        (vec![PlanStep::Work(-1.0)], "it must be between 0 and 600000 ms"),
        (vec![PlanStep::Repeat(0, vec![call("cache")])], "there must be 1 to 100"),
        (vec![call("cache"); 61], "there may be at most 60"),
    ];
    let before = session.scenario().clone();
    for (steps, why) in cases {
        let refused = session.handle(Command::Edit(plan(steps))).expect_err(why);
        assert!(refused.contains(why), "{refused}");
        assert_eq!(*session.scenario(), before);
    }
}

/// What is left of a plan is what can still be done, and undo brings the rest back with the wire.
#[test]
fn a_plan_follows_the_wiring() {
    let mut session = shop();
    let fallback = PlanStep::OnError(vec![call("cache")]);
    edit(&mut session, plan(vec![call("leader-follower"), fallback, PlanStep::Work(1.0), call("cache")]));
    let whole = session.scenario().clone();
    edit(&mut session, Edit::Disconnect { ends: ends("service", "leader-follower") });
    assert_eq!(keys(&session), ["work_ms", "call"], "the fallback goes with its call");
    session.handle(Command::Undo).expect("there is something to undo");
    assert_eq!(*session.scenario(), whole);
    edit(&mut session, Edit::Remove { ids: vec!["cache".into()] });
    assert_eq!(keys(&session), ["call", "work_ms"]);
    session.handle(Command::Undo).expect("there is something to undo");
    let ids = ["service", "leader-follower"].map(String::from).to_vec();
    edit(&mut session, Edit::Duplicate { ids });
    let copy = session.scenario().boxes.iter().find(|placed| placed.id == "service-2").expect("a copy");
    assert_eq!(copy.plans[0].steps, [call("leader-follower-2"), PlanStep::Work(1.0)], "a copy calls the copies");
    let problems = scenario::validate(session.scenario(), &Session::schema());
    assert!(!problems.iter().any(scenario::Problem::is_error), "{problems:?}");
}

#[test]
fn a_weight_changes_what_is_said_and_nothing_that_happens() {
    let mut session = shop();
    edit(&mut session, Edit::Add { kind: "limiter".into(), x: 0, y: 0 });
    run_to(&mut session, 5);
    let digest = session.digest();
    assert_eq!(edit(&mut session, Edit::Weight(1_000)), [""; 0], "the run goes on");
    assert_eq!((session.digest(), session.frame().now), (digest, Time::ZERO + Span::from_secs(5)));
    let frame = session.frame();
    assert!(frame.boxes[4].summary.contains("/s × 1,000"), "{}", frame.boxes[4].summary);
    assert!(matches!(&frame.boxes[0].face, session::Face::Line { unit, .. } if unit == "/s × 1,000"));
    assert_eq!(session.series(None).weight.0, 1_000);
    assert_eq!(session.report().expect("there is a run").weight, 1_000);
    let schema = Session::schema();
    let link = scenario::link::encode(session.scenario(), &schema);
    assert_eq!(scenario::link::decode(&link, &schema).expect("it was just made").scenario.weight.0, 1_000);
    assert!(session.handle(Command::Edit(Edit::Weight(0))).is_err());
    session.handle(Command::Undo).expect("there is something to undo");
    assert_eq!(session.scenario().weight, scenario::Weight::ONE);
}

#[test]
fn findings_come_with_the_document_and_go_when_they_are_mended() {
    let mut session = shop();
    let wire = Target::Wire(ends("clients", "service"));
    let set =
        |field: &str, value: f64| Edit::Set { on: wire.clone(), field: field.into(), value: Value::Number(value) };
    let has =
        |session: &Session| session.document().findings.iter().any(|finding| finding.rule == Rule::RetriesUnbounded);
    assert!(!has(&session));
    edit(&mut session, set("retries", 3.0));
    assert!(has(&session));
    edit(&mut session, set("retry_budget_percent", 10.0));
    assert!(!has(&session));
    assert_eq!(Session::open(Scenario::default()).document().findings, []);
}
