//! What a person does to a session: it repeats, it undoes, it refuses with a sentence, and it never panics.

use base::{Rng, Span, Time};
use scenario::{
    Act, LessonStep, Moment, Party, Prediction, Scenario, Setting, Sides, Target, Value, Variant, Verb, WireEnds,
};
use session::{Command, Edit, Frame, RunState, Session};

fn ends(from: &str, to: &str) -> WireEnds {
    WireEnds { from: from.to_string(), to: to.to_string() }
}

fn edit(session: &mut Session, edit: Edit) -> Vec<String> {
    session.handle(Command::Edit(edit)).expect("the edit is allowed")
}

/// Clients that write to a leader with followers, built as a person would.
fn store() -> Session {
    let mut session = Session::new();
    for (kind, x) in [("clients", 0), ("service", 200), ("leader-follower", 400)] {
        edit(&mut session, Edit::Add { kind: kind.to_string(), x, y: 0 });
    }
    edit(&mut session, Edit::Connect { ends: ends("clients", "service") });
    edit(&mut session, Edit::Connect { ends: ends("service", "leader-follower") });
    set(&mut session, "clients", "rate", 500.0);
    set(&mut session, "leader-follower", "ship_delay_ms", 100.0);
    session
}

fn set(session: &mut Session, id: &str, field: &str, value: f64) -> Vec<String> {
    edit(session, Edit::Set { on: Target::Box(id.to_string()), field: field.to_string(), value: Value::Number(value) })
}

/// Runs until `at`, in short calls as a page makes them.
fn run_to(session: &mut Session, at: Time) -> u64 {
    session.handle(Command::Seek(at)).expect("seeking is always possible");
    while session.advance(1_000) {}
    assert_eq!(session.frame().now, at);
    session.digest()
}

fn act(session: &mut Session, verb: Verb, on: &str) {
    let on = on.parse().expect("a target");
    session.handle(Command::Act { verb, on, amount: None, lasts: None }).expect("the act is allowed");
}

const fn secs(n: u64) -> Time {
    Time(n * 1_000_000_000)
}

fn lost(frame: &Frame) -> f64 {
    frame.verdicts.iter().find(|verdict| verdict.check == "lost-writes").expect("it is judged").figure
}

#[test]
fn any_moment_is_reached_again_with_the_same_digest() {
    let mut session = store();
    let mut seen: Vec<(Time, u64)> = [3, 7, 11, 20, 33].map(|n| (secs(n), run_to(&mut session, secs(n)))).into();
    seen.push((Time(12_345_678_901), run_to(&mut session, Time(12_345_678_901))));
    let mut rng = Rng::new(1);
    for _ in 0..12 {
        let (at, digest) = seen[rng.below(seen.len() as u64) as usize];
        assert_eq!(run_to(&mut session, at), digest, "at {at}");
    }
    let fresh = run_to(&mut Session::open(session.scenario().clone()), secs(33));
    assert_eq!(fresh, seen[4].1);
}

#[test]
fn what_a_person_does_during_a_run_happens_again_at_its_moment() {
    let mut session = store();
    run_to(&mut session, secs(5));
    act(&mut session, Verb::CutOff, "leader-follower.0");
    let frame = session.frame();
    assert!(
        frame.boxes[2].members[0].troubles[0].starts_with("cut off"),
        "it shows at once: {:?}",
        frame.boxes[2].members[0]
    );
    let after = run_to(&mut session, secs(20));
    let figure = lost(&session.frame());
    assert!(figure >= 1.0, "{figure} writes lost");
    run_to(&mut session, secs(2));
    assert_eq!(lost(&session.frame()), 0.0);
    assert_eq!(run_to(&mut session, secs(20)), after);
    assert_eq!(lost(&session.frame()), figure);
    let mut other = Session::open(Scenario { view: scenario::View::default(), ..session.scenario_for_link() });
    assert_eq!(run_to(&mut other, secs(20)), after, "the link carries it");
}

/// An action between two events of one moment must still happen at the same place when the run is repeated.
#[test]
fn an_action_in_the_middle_of_a_moment_repeats() {
    for steps in [1, 2, 3, 10, 57, 400] {
        let mut session = store();
        run_to(&mut session, secs(1));
        for _ in 0..steps {
            session.handle(Command::Step).expect("a step is always possible");
        }
        act(&mut session, Verb::Crash, "leader-follower.0");
        act(&mut session, Verb::Slow, "service");
        let live = run_to(&mut session, secs(9));
        let mut again = Session::open(Scenario { view: scenario::View::default(), ..session.scenario_for_link() });
        assert_eq!(run_to(&mut again, secs(9)), live, "after {steps} steps");
    }
}

#[test]
fn scrubbing_back_and_changing_async_to_sync_saves_the_writes() {
    let mut session = store();
    run_to(&mut session, secs(10));
    act(&mut session, Verb::CutOff, "leader-follower.0");
    run_to(&mut session, secs(25));
    assert!(lost(&session.frame()) >= 1.0);
    run_to(&mut session, secs(4));
    let sync = Edit::Set {
        on: Target::Box("leader-follower".to_string()),
        field: "acknowledge".to_string(),
        value: Value::Choice(2),
    };
    assert_eq!(edit(&mut session, sync), Vec::<String>::new(), "the run goes on");
    run_to(&mut session, secs(25));
    assert_eq!(lost(&session.frame()), 0.0);
    assert!(
        session
            .frame()
            .verdicts
            .iter()
            .any(|verdict| verdict.check == "lost-writes" && verdict.finding == check::Finding::Holds)
    );
}

#[test]
fn undo_takes_back_exactly_what_was_done() {
    let mut session = store();
    let untouched = run_to(&mut session, secs(8));
    run_to(&mut session, secs(3));
    set(&mut session, "service", "time_ms", 20.0);
    let retuned = run_to(&mut session, secs(8));
    assert_ne!(retuned, untouched);
    session.handle(Command::Undo).expect("there is something to undo");
    while session.advance(1_000) {}
    assert_eq!((session.frame().now, session.digest()), (secs(8), untouched), "and it stays where it was");
    session.handle(Command::Redo).expect("there is something to redo");
    while session.advance(1_000) {}
    assert_eq!(session.digest(), retuned);
}

#[test]
fn another_engine_goes_on_with_everything_that_was_done() {
    let mut session = store();
    set(&mut session, "service", "time_ms", 20.0);
    set(&mut session, "service", "time_ms", 30.0);
    session.handle(Command::Undo).expect("there is something to undo");
    let mut other = Session::take_over(session.hand_over());
    assert_eq!(other.scenario(), session.scenario());
    assert_eq!(run_to(&mut other, secs(5)), run_to(&mut session, secs(5)));
    for command in [Command::Redo, Command::Undo, Command::Undo] {
        assert_eq!(other.handle(command.clone()), session.handle(command));
        assert_eq!(other.scenario(), session.scenario());
        assert_eq!(other.frame().revision, session.frame().revision);
    }
}

#[test]
fn moving_and_renaming_leave_the_run_alone_and_rewiring_says_why_not() {
    let mut session = store();
    let digest = run_to(&mut session, secs(6));
    edit(&mut session, Edit::Move { to: vec![("service".to_string(), 17, 40)] });
    edit(&mut session, Edit::Rename { id: "service".to_string(), name: "Feed".to_string() });
    edit(&mut session, Edit::Describe { title: "Mine".to_string(), about: String::new() });
    assert_eq!((session.frame().now, session.digest()), (secs(6), digest));
    let said = edit(&mut session, Edit::Disconnect { ends: ends("clients", "service") });
    assert_eq!(said, ["The run starts over: the wiring has changed"]);
    assert_eq!(session.frame().now, Time::ZERO);
}

#[test]
fn a_new_check_sees_the_whole_run() {
    let mut session = store();
    run_to(&mut session, secs(6));
    let check = scenario::CheckSpec { check: "p99".to_string(), on: "clients".to_string(), bound: Some(0.001) };
    edit(&mut session, Edit::Checks(vec![check]));
    while session.advance(1_000) {}
    let frame = session.frame();
    assert_eq!((frame.now, frame.verdicts.len()), (secs(6), 1));
    assert_eq!(frame.verdicts[0].finding, check::Finding::Broken);
}

#[test]
fn refusals_are_sentences_and_change_nothing() {
    let mut session = store();
    let before = session.scenario().clone();
    let refuse = |session: &mut Session, edit: Edit| session.handle(Command::Edit(edit)).expect_err("it is refused");
    let on = || Target::Box("service".to_string());
    let field = || "workers".to_string();
    let refusals = [
        refuse(&mut session, Edit::Connect { ends: ends("service", "clients") }),
        refuse(&mut session, Edit::Connect { ends: ends("service", "service") }),
        refuse(&mut session, Edit::Connect { ends: ends("clients", "service") }),
        refuse(&mut session, Edit::Set { on: on(), field: field(), value: Value::Number(0.0) }),
        refuse(&mut session, Edit::Set { on: on(), field: field(), value: Value::Number(1.5) }),
        refuse(&mut session, Edit::Set { on: on(), field: field(), value: Value::Choice(3) }),
        refuse(&mut session, Edit::Length(Span::ZERO)),
        refuse(&mut session, Edit::Add { kind: "toaster".to_string(), x: 0, y: 0 }),
    ];
    assert_eq!(refusals[0], "Clients only send; wire them to what they call");
    assert_eq!(refusals[3], "Workers is 0; it must be between 1 and 10000");
    let deeds = [("nobody", Verb::Crash, None), ("service>nobody", Verb::Cut, None), ("service", Verb::Flush, None)];
    let deeds = deeds.into_iter().chain([("service", Verb::Slow, Some(f64::NAN)), ("service.9", Verb::Crash, None)]);
    let refused = deeds.map(|(on, verb, amount)| {
        let on = on.parse().expect("a target");
        session.handle(Command::Act { verb, on, amount, lasts: None }).expect_err("it is refused")
    });
    let refusals: Vec<String> = refused.chain(refusals).collect();
    assert!(refusals.iter().all(|sentence| sentence.len() > 10), "{refusals:?}");
    assert_eq!(*session.scenario(), before);
}

#[test]
fn a_run_ends_and_begins_again() {
    let mut session = store();
    edit(&mut session, Edit::Length(Span::from_secs(5)));
    session.handle(Command::Speed(0.0)).expect("a speed");
    session.handle(Command::Play).expect("it plays");
    while session.advance(10_000) {}
    assert_eq!((session.frame().state, session.frame().now), (RunState::Finished, secs(5)));
    session.handle(Command::Play).expect("it plays again");
    assert!(session.frame().now < secs(5));
}

#[test]
fn the_speed_is_kept() {
    let mut session = store();
    session.handle(Command::Speed(0.5)).expect("a speed");
    session.handle(Command::Play).expect("it plays");
    for _ in 0..100 {
        session.pace(Span::from_millis(16));
        while session.advance(1_000) {}
    }
    assert_eq!(session.frame().now, Time(800_000_000));
}

/// Everything a person can press, in any order: no panic, and the session can always be drawn and saved.
#[test]
fn random_commands_never_panic_and_the_run_always_repeats() {
    for seed in 0..60 {
        let mut rng = Rng::new(seed);
        let mut session = if seed % 2 == 0 { store() } else { Session::new() };
        for _ in 0..60 {
            let command = random_command(&mut rng, &session);
            let _ = session.handle(command);
            session.pace(Span::from_millis(200));
            for _ in 0..rng.below(20) {
                session.advance(500);
            }
            let frame = session.frame();
            assert_eq!(frame.boxes.len(), session.document().scenario.boxes.len());
            assert!(session.series(None).gauges.len() <= 4);
        }
        let at = session.frame().now;
        if at > Time::ZERO {
            session.handle(Command::Pause).expect("pausing is always possible");
            let here = run_to(&mut session, at);
            let mut again = Session::open(Scenario { view: scenario::View::default(), ..session.scenario_for_link() });
            assert_eq!(run_to(&mut again, at), here, "seed {seed}");
        }
    }
}

fn random_command(rng: &mut Rng, session: &Session) -> Command {
    let schema = Session::schema();
    let design = session.scenario();
    let any_box = |rng: &mut Rng| {
        let at = rng.below(design.boxes.len().max(1) as u64) as usize;
        design.boxes.get(at).map_or_else(|| "nobody".to_string(), |placed| placed.id.clone())
    };
    let any_zone = |rng: &mut Rng| {
        let at = rng.below(design.zones.len().max(1) as u64) as usize;
        design.zones.get(at).map_or_else(|| "nowhere".to_string(), |zone| zone.id.clone())
    };
    let any_target = |rng: &mut Rng| match rng.below(6) {
        5 => {
            let (one, other) = (Party::Member(any_box(rng), rng.below(4) as u8), Party::Box(any_box(rng)));
            let sides = vec![vec![one], vec![if rng.chance(0.5) { Party::Rest } else { other }]];
            Target::Sides(Sides { sides, is_one_way: rng.chance(0.5) })
        }
        3 => Target::Zone(any_zone(rng)),
        4 => Target::Between(any_zone(rng), any_zone(rng)),
        0 => Target::Box(any_box(rng)),
        1 => Target::Member(any_box(rng), rng.below(4) as u8),
        _ => Target::Wire(ends(&any_box(rng), &any_box(rng))),
    };
    let number = |rng: &mut Rng| [0.0, 1.0, 2.0, 7.0, 100.0, f64::NAN, -1.0, 1e9][rng.below(8) as usize];
    match rng.below(20) {
        0..=2 => {
            let kind = schema.kinds[rng.below(schema.kinds.len() as u64) as usize].slug.to_string();
            Command::Edit(Edit::Add { kind, x: rng.below(900) as i32, y: rng.below(600) as i32 })
        }
        3..=5 => Command::Edit(Edit::Connect { ends: ends(&any_box(rng), &any_box(rng)) }),
        6 => Command::Edit(Edit::Remove { ids: vec![any_box(rng)] }),
        7 => Command::Edit(Edit::Duplicate { ids: vec![any_box(rng), any_box(rng)] }),
        8 => {
            let kind = &schema.kinds[rng.below(schema.kinds.len() as u64) as usize];
            let field = kind.fields[rng.below(kind.fields.len() as u64) as usize].name.to_string();
            let value = if rng.chance(0.7) { Value::Number(number(rng)) } else { Value::Choice(rng.below(5) as u8) };
            Command::Edit(Edit::Set { on: any_target(rng), field, value })
        }
        9 | 10 => {
            let verb = Verb::ALL[rng.below(Verb::ALL.len() as u64) as usize];
            let lasts = rng.chance(0.5).then(|| Span(rng.below(3_000_000_000)));
            Command::Act { verb, on: any_target(rng), amount: rng.chance(0.5).then(|| number(rng)), lasts }
        }
        16 => {
            let (x, y) = (rng.below(400) as i32, rng.below(400) as i32);
            Command::Edit(Edit::AddZone { x, y, width: 300, height: 300, holds: vec![any_box(rng)] })
        }
        17 => {
            let member = rng.chance(0.5).then(|| rng.below(6) as u8);
            let zone = rng.chance(0.8).then(|| any_zone(rng));
            Command::Edit(Edit::Settle { id: any_box(rng), member, zone })
        }
        18 => match rng.below(4) {
            0 => Command::Edit(Edit::RemoveZone { id: any_zone(rng) }),
            1 => Command::Edit(Edit::Distance { a: any_zone(rng), b: any_zone(rng), latency_ms: number(rng) }),
            2 => Command::Edit(Edit::AddNote { x: 0, y: 0, text: "<b>a note</b>".to_string() }),
            _ => Command::Edit(Edit::WriteNote { at: rng.below(3) as u16, text: String::new() }),
        },
        19 => Command::Edit(Edit::Arrange {
            boxes: vec![(any_box(rng), 10, 20)],
            zones: vec![(any_zone(rng), [0, 0, 200, rng.below(300) as i32])],
            homes: vec![(any_box(rng), rng.chance(0.7).then(|| any_zone(rng)))],
        }),
        11 => Command::Seek(Time(rng.below(20_000_000_000))),
        12 => Command::Step,
        13 => Command::Play,
        14 => Command::Undo,
        _ => Command::Redo,
    }
}

/// Moments that name what is not there, as a hand-written file may, do nothing.
#[test]
fn faults_on_nobody_do_nothing() {
    let mut design = store().scenario().clone();
    for on in ["nobody", "service.9", "service>nobody"] {
        let act = Act::Do { verb: Verb::Crash, on: on.parse().expect("a target"), amount: None };
        design.faults.push(Moment { at: secs(1), lasts: None, act });
    }
    run_to(&mut Session::open(design), secs(3));
}

/// Every way of dealing with failure at once, switched on while it runs: what it does is told in words, and happens again.
#[test]
fn a_wire_says_what_its_caller_does_about_failure() {
    let mut session = store();
    let wire = Target::Wire(ends("service", "leader-follower"));
    let tune = |session: &mut Session, field: &str, value: Value| {
        edit(session, Edit::Set { on: wire.clone(), field: field.to_string(), value });
    };
    run_to(&mut session, secs(1));
    assert_eq!(session.frame().wires[1].policy, [""; 0], "nothing is asked for: nothing is told");
    for (field, value) in [
        ("breaker", Value::Choice(1)),
        ("breaker_open_ms", Value::Number(2_000.0)),
        ("pool", Value::Choice(1)),
        ("pool_calls", Value::Number(50.0)),
        ("retries", Value::Number(2.0)),
        ("retry_budget_percent", Value::Number(10.0)),
        ("hedge_ms", Value::Number(50.0)),
        ("timeout_ms", Value::Number(200.0)),
        ("jitter", Value::Choice(3)),
    ] {
        tune(&mut session, field, value);
    }
    run_to(&mut session, secs(2));
    let told = session.frame().wires[1].policy.join(", ");
    assert!(told.starts_with("breaker closed, pool ") && told.contains("budget pays 10 retries"), "{told}");
    act(&mut session, Verb::Crash, "leader-follower");
    run_to(&mut session, secs(3));
    let wire = session.frame().wires[1].clone();
    assert!(wire.troubles.contains(&"breaker open".to_string()), "{wire:?}");
    assert!(["retr", "hedge", "calls not made"].iter().all(|word| wire.policy.join(", ").contains(word)), "{wire:?}");
    run_to(&mut session, secs(5));
    act(&mut session, Verb::Restart, "leader-follower");
    let digest = run_to(&mut session, secs(12));
    let frame = session.frame();
    assert!(frame.wires[1].troubles.is_empty() && frame.wires[1].policy[0] == "breaker closed", "{:?}", frame.wires[1]);
    let log: Vec<&str> = frame.log.iter().map(|line| line.text.as_str()).collect();
    for said in ["opened", "is half-open: a few calls pass, to see", "closed"] {
        let said = format!("the breaker of Service → Leader and followers {said}");
        assert!(log.contains(&said.as_str()), "{said}: {log:?}");
    }
    run_to(&mut session, secs(2));
    assert_eq!(run_to(&mut session, secs(12)), digest, "after going back");
    assert_eq!(run_to(&mut Session::open(session.scenario().clone()), secs(12)), digest, "from the start");
}

/// A design whose lesson asks, claims and offers choices.
fn choosing() -> Session {
    let mut design = store().scenario().clone();
    let setting = |on: &str, field: &str, value| Setting { on: on.parse().expect(on), field: field.into(), value };
    let variant = |name: &str, set| Variant { name: name.into(), about: String::new(), set };
    design.variants = vec![
        variant("async", vec![setting("leader-follower", "acknowledge", Value::Choice(0))]),
        variant(
            "sync, and slow",
            vec![
                setting("leader-follower", "acknowledge", Value::Choice(2)),
                setting("service", "time_ms", Value::Number(9.0)),
            ],
        ),
    ];
    let cut = Act::Do { verb: Verb::CutOff, on: "leader-follower.0".parse().expect("a member"), amount: None };
    design.lesson.steps = vec![LessonStep {
        predict: Some(Prediction { reads: "p99.clients".into(), ..Prediction::default() }),
        offer: vec![Moment { at: Time::ZERO, lasts: Some(Span::from_secs(1)), act: cut }],
        ..LessonStep::default()
    }];
    Session::open(design)
}

#[test]
fn a_variant_is_chosen_whole_or_not_at_all_and_taken_back_at_once() {
    let mut session = choosing();
    let before = session.scenario().clone();
    run_to(&mut session, secs(2));
    let Variant { name, set, .. } = before.variants[1].clone();
    let said = edit(&mut session, Edit::Choose { name: name.clone(), set: set.clone() });
    assert!(said.iter().any(|sentence| sentence.starts_with("The run starts over")), "{said:?}");
    let schema = Session::schema();
    assert!(before.variants[1].is_set_in(session.scenario(), &schema));
    assert!(!before.variants[0].is_set_in(session.scenario(), &schema));
    session.handle(Command::Undo).expect("there is something to undo");
    assert_eq!(*session.scenario(), before);
    let mut bad = set;
    bad[1].value = Value::Number(-1.0);
    session.handle(Command::Edit(Edit::Choose { name, set: bad })).expect_err("the second setting is out of range");
    assert_eq!(*session.scenario(), before, "the first is not made either");
}

#[test]
fn what_speaks_of_a_box_that_is_gone_goes_with_it() {
    let mut session = choosing();
    edit(&mut session, Edit::Remove { ids: vec!["service".to_string()] });
    let names: Vec<&str> = session.scenario().variants.iter().map(|variant| variant.name.as_str()).collect();
    assert_eq!(names, ["async"]);
    assert!(session.scenario().lesson.steps[0].predict.is_some());
    edit(&mut session, Edit::Remove { ids: vec!["leader-follower".to_string()] });
    assert!(session.scenario().variants.is_empty());
    assert_eq!(session.scenario().lesson.steps[0].predict, None, "nothing is left that could answer it");
}
