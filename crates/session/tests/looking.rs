//! What whoever looks into a box or a member sees, over the list of kinds.
#![cfg(not(target_arch = "wasm32"))] // A minute of every kind is more than the browser's stage has time for.

use base::Time;
use scenario::{Target, WireEnds};
use session::{Command, Edit, Session};

fn go(session: &mut Session, to: Time) {
    session.handle(Command::Seek(to)).expect("a run can be sought through");
    while session.advance(100_000) {}
}

const fn secs(n: u64) -> Time {
    Time(n * 1_000_000_000)
}

fn add(session: &mut Session, kind: &str) {
    session.handle(Command::Edit(Edit::Add { kind: kind.to_string(), x: 0, y: 0 })).expect("the kind is there");
}

fn join(session: &mut Session, from: &str, to: &str) {
    let ends = WireEnds { from: from.into(), to: to.into() };
    session.handle(Command::Edit(Edit::Connect { ends })).expect("they can be wired");
}

/// One of a kind with its defaults, under clients, with a service behind it where it calls anybody.
fn alone(kind: &str) -> Session {
    before(kind, "third-party")
}

/// The same before a box of the kind `behind`.
fn before(kind: &str, behind: &str) -> Session {
    let mut session = Session::new();
    let schema = Session::schema();
    let spec = schema.kind(kind).expect("it is in the list");
    add(&mut session, "clients");
    if kind == "clients" {
        add(&mut session, "service");
        join(&mut session, "clients", "service");
        return session;
    }
    add(&mut session, kind);
    let id = session.scenario().boxes[1].id.clone();
    if spec.ports.accepts {
        join(&mut session, "clients", &id);
    }
    if spec.ports.out_max > 0 {
        add(&mut session, behind);
        let behind = session.scenario().boxes[2].id.clone();
        join(&mut session, &id, &behind);
    }
    session
}

/// The box of interest.
fn whom(session: &Session, kind: &str) -> String {
    session.scenario().boxes.iter().find(|placed| placed.kind == kind).expect("it was placed").id.clone()
}

#[test]
fn whoever_opens_a_box_of_any_kind_sees_what_it_decides() {
    let mut silent = Vec::new();
    for kind in &Session::schema().kinds {
        let mut session = alone(&kind.slug);
        let on = Target::Box(whom(&session, &kind.slug));
        session.look_into(Some(&on));
        go(&mut session, secs(60));
        let history = session.history(&on);
        if history.latest.is_empty() {
            silent.push(kind.slug.to_string());
        }
        if std::env::var_os("SHOW").is_some() {
            println!("== {}", kind.slug);
            history
                .latest
                .iter()
                .rev()
                .take(8)
                .for_each(|line| println!("   {} {}", line.at.0 as f64 / 1e9, line.text));
        }
    }
    assert!(silent.is_empty(), "nothing is told of {silent:?}");
}

#[test]
fn a_run_is_the_same_whether_it_is_looked_into_or_not() {
    for kind in
        ["cache", "balancer", "limiter", "service", "worker-pool", "stream-processor", "work-queue", "raft-group"]
    {
        let (mut seen, mut unseen) = (alone(kind), alone(kind));
        seen.look_into(Some(&Target::Box(whom(&seen, kind))));
        go(&mut unseen, secs(10));
        go(&mut seen, secs(4));
        seen.look_into(Some(&Target::Member(whom(&seen, kind), 0)));
        go(&mut seen, secs(10));
        assert_eq!((seen.digest(), seen.events()), (unseen.digest(), unseen.events()), "{kind}");
        // Looking into what has long happened does not make it happen again.
        unseen.look_into(Some(&Target::Box(whom(&unseen, kind))));
        assert_eq!((seen.digest(), seen.events()), (unseen.digest(), unseen.events()), "{kind}");
    }
}

#[test]
fn a_moment_tells_the_same_decisions_however_it_is_reached() {
    for kind in ["cache", "worker-pool"] {
        let on = Target::Box(whom(&alone(kind), kind));
        let mut forward = alone(kind);
        forward.look_into(Some(&on));
        go(&mut forward, secs(5));
        let mut back = alone(kind);
        go(&mut back, secs(9));
        back.look_into(Some(&on));
        go(&mut back, secs(5));
        back.look_into(Some(&on));
        let mut late = alone(kind);
        go(&mut late, secs(5));
        late.look_into(Some(&on));
        assert!(!forward.history(&on).latest.is_empty());
        assert_eq!(forward.history(&on), back.history(&on), "{kind}: gone back to");
        assert_eq!(forward.history(&on), late.history(&on), "{kind}: looked into when it was there");
    }
}

#[test]
fn a_cache_tells_whom_it_evicted_for_whom_and_by_which_rule() {
    let mut session = before("cache", "leader-follower");
    let cache = whom(&session, "cache");
    let set =
        Edit::Set { on: Target::Box(cache.clone()), field: "capacity".into(), value: scenario::Value::Number(8.0) };
    session.handle(Command::Edit(set)).expect("a cache can be small");
    session.look_into(Some(&Target::Box(cache.clone())));
    go(&mut session, secs(5));
    let said: Vec<String> = session.history(&Target::Box(cache)).latest.into_iter().map(|line| line.text).collect();
    assert!(said.iter().any(|line| line.starts_with("miss: key ")), "{said:?}");
    assert!(
        said.iter().any(|line| line.starts_with("evicted key ") && line.contains("lru: Evicts the least")),
        "{said:?}"
    );
}
