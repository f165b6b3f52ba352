//! What lies on the canvas beside boxes: zones, which a run knows of, and notes and groups, which it does not.

use base::Time;
use scenario::{Target, Verb, WireEnds, validate};
use session::{Command, Edit, Health, Session};

const fn secs(n: u64) -> Time {
    Time(n * 1_000_000_000)
}

fn edit(session: &mut Session, edit: Edit) -> Vec<String> {
    let said = session.handle(Command::Edit(edit)).expect("the edit is allowed");
    let problems = validate(session.scenario(), &Session::schema());
    assert!(problems.iter().all(|problem| !problem.is_error()), "{problems:?}");
    said
}

fn run_to(session: &mut Session, at: Time) {
    session.handle(Command::Seek(at)).expect("seeking is always possible");
    while session.advance(10_000) {}
}

fn add(session: &mut Session, kind: &str, x: i32) {
    edit(session, Edit::Add { kind: kind.to_string(), x, y: 100 });
}

fn add_zone(session: &mut Session, x: i32, holds: &[&str]) {
    let holds = holds.iter().map(ToString::to_string).collect();
    edit(session, Edit::AddZone { x, y: 0, width: 300, height: 400, holds });
}

/// Clients in one zone, a service in the next.
fn apart() -> Session {
    let mut session = Session::new();
    add(&mut session, "clients", 50);
    add(&mut session, "service", 450);
    edit(&mut session, Edit::Connect { ends: WireEnds { from: "clients".into(), to: "service".into() } });
    add_zone(&mut session, 0, &["clients"]);
    add_zone(&mut session, 400, &["service"]);
    session
}

fn home(session: &Session, at: usize) -> Option<&str> {
    session.scenario().boxes[at].zone.as_deref()
}

#[test]
fn a_zone_holds_what_is_drawn_into_it_and_what_is_put_down_in_it() {
    let mut session = apart();
    assert_eq!((home(&session, 0), home(&session, 1)), (Some("zone-1"), Some("zone-2")));
    add(&mut session, "cache", 500);
    add(&mut session, "queue", 900);
    assert_eq!((home(&session, 2), home(&session, 3)), (Some("zone-2"), None));
    assert_eq!(session.scenario().zones[1].name, "Zone 2");
}

#[test]
fn boxes_that_are_dragged_into_another_zone_change_it_with_one_undo() {
    let mut session = apart();
    let before = session.scenario().clone();
    let boxes = vec![("service".to_string(), 60, 260)];
    let homes = vec![("service".to_string(), Some("zone-1".to_string()))];
    edit(&mut session, Edit::Arrange { boxes, zones: Vec::new(), homes });
    assert_eq!((home(&session, 1), session.scenario().boxes[1].x), (Some("zone-1"), 60));
    assert_eq!(session.document().undo.as_deref(), Some("move Service into Zone 1"));
    session.handle(Command::Undo).expect("there is something to undo");
    assert_eq!(*session.scenario(), before);
    session.handle(Command::Redo).expect("there is something to do again");
    assert_eq!(home(&session, 1), Some("zone-1"));
}

#[test]
fn what_is_only_looked_at_keeps_the_run_and_what_is_not_says_why_it_starts_over() {
    let mut session = apart();
    run_to(&mut session, secs(3));
    let digest = session.digest();
    let shaped = ("zone-1".to_string(), [10, 20, 500, 300]);
    let arrange = |zones, homes| Edit::Arrange { boxes: Vec::new(), zones, homes };
    let kept = [
        arrange(vec![shaped], Vec::new()),
        Edit::RenameZone { id: "zone-2".into(), name: "EU West".into() },
        Edit::AddZone { x: 900, y: 0, width: 200, height: 200, holds: Vec::new() },
        Edit::AddNote { x: 10, y: 10, text: "here".into() },
        Edit::MoveNote { at: 0, x: 40, y: 10 },
    ];
    for change in kept {
        assert_eq!(edit(&mut session, change.clone()), Vec::<String>::new(), "{change:?}");
        assert_eq!((session.frame().now, session.digest()), (secs(3), digest), "{change:?}");
    }
    let distance = Edit::Distance { a: "zone-1".into(), b: "zone-2".into(), latency_ms: 75.0 };
    assert_eq!(
        edit(&mut session, distance),
        ["The run starts over: zones are at another distance from each other now"]
    );
    run_to(&mut session, secs(3));
    let settle = Edit::Settle { id: "service".into(), member: None, zone: None };
    assert_eq!(edit(&mut session, settle), ["The run starts over: somebody lies in another zone now"]);
}

#[test]
fn a_zone_is_broken_and_healed_by_hand_and_says_so() {
    let mut session = apart();
    let act = |session: &mut Session, verb, on: &str| {
        let on = on.parse().expect("a target");
        session.handle(Command::Act { verb, on, amount: None, lasts: None })
    };
    run_to(&mut session, secs(1));
    act(&mut session, Verb::Crash, "zone:zone-2").expect("a zone can be lost");
    let down = session.frame();
    assert_eq!(
        (down.zones[1].health, &down.zones[1].troubles[..]),
        (Health::Cut, &["1 of 1 members down".to_string()][..])
    );
    assert_eq!((down.zones[0].health, down.zones[0].members), (Health::Healthy, 1));
    act(&mut session, Verb::Heal, "zone:zone-2").expect("what is broken can be healed");
    assert_eq!(session.frame().zones[1].troubles, [""; 0]);
    act(&mut session, Verb::Cut, "zone:zone-1|zone-2").expect("two zones can be parted");
    let told = session.frame().zones[1].troubles.join(", ");
    assert!(told.starts_with("cut ") && told.ends_with(" to Zone 1"), "{told}");
    run_to(&mut session, secs(2));
    let log: Vec<String> = session.frame().log.iter().map(|line| line.text.clone()).collect();
    assert!(
        log.contains(&"crash zone zone-2".to_string()) && log.contains(&"cut between zone-1 and zone-2".to_string()),
        "{log:?}"
    );
    assert!(act(&mut session, Verb::Flush, "zone:zone-1").is_err(), "a zone has nothing to forget");
    assert!(act(&mut session, Verb::Crash, "zone:mars").is_err());
}

#[test]
fn a_zone_that_goes_takes_what_was_said_of_it_along_and_leaves_its_boxes() {
    let mut session = apart();
    edit(&mut session, Edit::Distance { a: "zone-1".into(), b: "zone-2".into(), latency_ms: 75.0 });
    add(&mut session, "leader-follower", 460);
    for member in [0, 2] {
        let zone = Some("zone-1".to_string());
        edit(&mut session, Edit::Settle { id: "leader-follower".into(), member: Some(member), zone });
    }
    assert_eq!(session.scenario().boxes[2].member_zones, ["zone-1", "", "zone-1"]);
    let on = Target::Zone("zone-1".into());
    session.handle(Command::Act { verb: Verb::Pause, on, amount: None, lasts: None }).expect("a zone can be paused");
    let before = session.scenario().clone();
    edit(&mut session, Edit::RemoveZone { id: "zone-1".into() });
    let after = session.scenario();
    assert_eq!((after.boxes.len(), after.zones.len(), after.distances.len(), after.actions.len()), (3, 1, 0, 0));
    assert_eq!((home(&session, 0), &session.scenario().boxes[2].member_zones[..]), (None, &[][..]));
    session.handle(Command::Undo).expect("there is something to undo");
    assert_eq!(*session.scenario(), before);
}

#[test]
fn what_cannot_be_done_to_zones_and_notes_is_said() {
    let mut session = apart();
    let mut refused = |edit: Edit| session.handle(Command::Edit(edit)).expect_err("it is refused");
    let distance = |a: &str, b: &str, latency_ms| Edit::Distance { a: a.into(), b: b.into(), latency_ms };
    assert_eq!(refused(distance("zone-1", "zone-1", 1.0)), "a zone is at no distance from itself");
    assert_eq!(refused(distance("zone-1", "mars", 1.0)), "there is no zone mars");
    let why = refused(distance("zone-1", "zone-2", f64::NAN));
    assert_eq!(why, "the distance is NaN ms; it must be from 0 to 60000 ms");
    assert_eq!(refused(Edit::RenameZone { id: "zone-1".into(), name: "  ".into() }), "a zone needs a name");
    let settle = Edit::Settle { id: "service".into(), member: Some(3), zone: Some("zone-1".into()) };
    assert_eq!(refused(settle), "there is no member 3; Service has 1, counted from 0");
    assert_eq!(refused(Edit::AddNote { x: 0, y: 0, text: " \n ".into() }), "a note needs a text");
    assert_eq!(refused(Edit::MoveNote { at: 7, x: 0, y: 0 }), "there is no note 7");
}

#[test]
fn a_note_is_written_moved_and_emptied_away() {
    let mut session = Session::new();
    edit(&mut session, Edit::AddNote { x: 40, y: 20, text: "  <b>first</b>\nsecond\u{7}  ".into() });
    assert_eq!(
        session.scenario().notes[0].text,
        "<b>first</b>\nsecond",
        "markup is text; what cannot be shown is not kept"
    );
    edit(&mut session, Edit::MoveNote { at: 0, x: 400_000, y: 30 });
    assert_eq!((session.scenario().notes[0].x, session.scenario().notes[0].y), (100_000, 30));
    edit(&mut session, Edit::WriteNote { at: 0, text: "other".into() });
    edit(&mut session, Edit::WriteNote { at: 0, text: "".into() });
    assert!(session.scenario().notes.is_empty());
    session.handle(Command::Undo).expect("there is something to undo");
    assert_eq!(session.scenario().notes[0].text, "other");
}

/// Clients, a service and a cache, the last two in a folded group.
fn folded() -> Session {
    let mut session = Session::new();
    let wire = |from: &str, to: &str| Edit::Connect { ends: WireEnds { from: from.into(), to: to.into() } };
    add(&mut session, "clients", 50);
    add(&mut session, "service", 450);
    add(&mut session, "cache", 850);
    edit(&mut session, wire("clients", "service"));
    edit(&mut session, wire("service", "cache"));
    // In another order than the design's, which is the one that is kept.
    edit(&mut session, Edit::Group { ids: vec!["cache".into(), "service".into()] });
    session
}

#[test]
fn boxes_are_grouped_folded_named_and_let_go_each_with_one_undo() {
    let mut session = folded();
    let group = &session.scenario().groups[0];
    assert_eq!((&*group.id, &*group.name, group.folded), ("group-1", "Group 1", true));
    assert_eq!(group.boxes, ["service", "cache"]);
    let id = || "group-1".to_string();
    let changes = [
        (Edit::Fold { id: id(), folded: false }, "unfold Group 1"),
        (Edit::Fold { id: id(), folded: true }, "fold Group 1"),
        (Edit::RenameGroup { id: id(), name: " Back end ".into() }, "rename to Back end"),
        (Edit::Move { to: vec![("service".into(), 470, 120), ("cache".into(), 870, 120)] }, "move Back end"),
        (Edit::Ungroup { id: id() }, "ungroup Back end"),
    ];
    for (change, said) in changes {
        let before = session.scenario().clone();
        edit(&mut session, change);
        let after = session.scenario().clone();
        assert_eq!(session.document().undo.as_deref(), Some(said));
        session.handle(Command::Undo).expect("there is something to undo");
        assert_eq!(*session.scenario(), before, "{said}");
        session.handle(Command::Redo).expect("there is something to do again");
        assert_eq!(*session.scenario(), after, "{said}");
    }
    assert_eq!((session.scenario().boxes.len(), session.scenario().groups.len()), (3, 0), "its boxes stay");
}

#[test]
fn a_run_is_the_same_to_the_last_bit_whether_a_group_is_folded_unfolded_or_not_there() {
    let mut session = folded();
    run_to(&mut session, secs(3));
    let (digest, events) = (session.digest(), session.events());
    assert!(events > 1_000, "something happens: {events} events");
    let id = || "group-1".to_string();
    let changes = [
        Edit::Fold { id: id(), folded: false },
        Edit::RenameGroup { id: id(), name: "Back end".into() },
        Edit::Fold { id: id(), folded: true },
        Edit::Ungroup { id: id() },
        Edit::Group { ids: vec!["clients".into(), "cache".into()] },
    ];
    for change in changes {
        assert_eq!(edit(&mut session, change.clone()), Vec::<String>::new(), "{change:?}");
        assert_eq!((session.frame().now, session.digest()), (secs(3), digest), "the run goes on: {change:?}");
        let mut again = Session::new();
        again.handle(Command::Open(Box::new(session.scenario().clone()))).expect("it can be opened");
        run_to(&mut again, secs(3));
        assert_eq!((again.digest(), again.events()), (digest, events), "and one from the start: {change:?}");
    }
}

#[test]
fn a_group_goes_with_its_last_box_and_comes_back_with_it() {
    let mut session = folded();
    let before = session.scenario().clone();
    edit(&mut session, Edit::Remove { ids: vec!["service".into(), "cache".into()] });
    assert_eq!(session.document().undo.as_deref(), Some("delete Group 1"));
    let left = session.scenario();
    assert_eq!((left.boxes.len(), left.wires.len(), left.groups.len()), (1, 0, 0));
    session.handle(Command::Undo).expect("there is something to undo");
    assert_eq!(*session.scenario(), before);
    edit(&mut session, Edit::Remove { ids: vec!["cache".into()] });
    assert_eq!(session.scenario().groups[0].boxes, ["service"], "one box is left in it");
}

#[test]
fn a_group_is_copied_when_all_of_it_is() {
    let mut session = folded();
    edit(&mut session, Edit::Duplicate { ids: vec!["service".into(), "cache".into()] });
    let copy = &session.scenario().groups[1];
    assert_eq!((&*copy.id, &*copy.name, copy.folded), ("group-2", "Group 1 copy", true));
    assert_eq!(copy.boxes, ["service-2", "cache-2"]);
    edit(&mut session, Edit::Duplicate { ids: vec!["clients".into(), "cache".into()] });
    assert_eq!(session.scenario().groups.len(), 2, "a part of one is no group");
}

#[test]
fn what_cannot_be_done_to_groups_is_said() {
    let mut session = folded();
    let mut refused = |edit: Edit| session.handle(Command::Edit(edit)).expect_err("it is refused");
    let group = |ids: &[&str]| Edit::Group { ids: ids.iter().map(ToString::to_string).collect() };
    assert_eq!(refused(group(&["clients"])), "a group takes two boxes or more");
    assert_eq!(refused(group(&["clients", "mars"])), "a group takes two boxes or more");
    assert_eq!(refused(group(&["clients", "cache"])), "Cache is in Group 1 already; a box is in at most one group");
    assert_eq!(refused(Edit::Fold { id: "mars".into(), folded: true }), "there is no group mars");
    assert_eq!(refused(Edit::Ungroup { id: "mars".into() }), "there is no group mars");
    assert_eq!(refused(Edit::RenameGroup { id: "group-1".into(), name: "  ".into() }), "a group needs a name");
}
