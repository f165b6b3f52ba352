//! The session store's box: who has to log in again when a member dies, when sessions end, and how long a log-out takes to be one.

use crate::groups::Run;
use catalog::Face;
use scenario::file;

/// Two hundred requests a second of so many users, unless said otherwise.
fn run(clients: &str, store: &str, faults: &str) -> Run {
    let text = format!(
        r#"{{ "faultline": 1, "length": "600s", "boxes": [
            {{ "id": "crowd", "kind": "clients", {clients} }},
            {{ "id": "group", "kind": "session-store", "log_in_ms": 0, "time_ms": 0, {store} }} ],
            "wires": [{{ "from": "crowd", "to": "group", "latency_ms": 0, "timeout_ms": 1000, "retries": 1 }}],
            "faults": [{faults}] }}"#
    );
    Run::of(file::read(&text, catalog::schema()).unwrap_or_else(|why| panic!("{why:?} in {text}")))
}

const CROWD: &str = r#""rate": 200, "users": 400, "ops": [{ "name": "read" }]"#;

fn bar(run: &Run, label: &str) -> f64 {
    let Face::Bars { bars, .. } = run.face() else { panic!("bars") };
    bars.iter().find(|bar| bar.label == label).map(|bar| bar.value).expect("a known bar")
}

/// Sessions that a member says it has.
fn sessions(run: &Run, member: usize) -> f64 {
    let note = run.members()[member].note.clone();
    note.split(' ').next().and_then(|count| count.parse().ok()).expect("a count")
}

/// Users who had a session at a member when it died, and users who have had to log in again since though their session was good.
fn lost_with(store: &str, member: usize) -> (f64, f64) {
    let faults = format!(r#"{{ "at": "20s", "do": "crash", "on": "group.{member}" }}"#);
    let mut run = run(CROWD, &format!(r#""idle_ms": 600000, {store}"#), &faults);
    run.to(19_999);
    assert_eq!(bar(&run, "session lost"), 0.0, "{store}");
    let had = sessions(&run, member);
    // In 40 s each of 400 users asks 20 times on average: all have been back.
    run.to(60_000);
    (had, bar(&run, "session lost"))
}

/// Oracle: the sessions counted at the member before it died; and of 400 users over 4 servers in turn a quarter each.
#[test]
fn a_dead_server_logs_out_exactly_the_users_whose_sessions_only_it_had() {
    let (had, lost) = lost_with(r#""keep": "sticky""#, 1);
    assert!((80.0..120.0).contains(&had) && lost == had, "{lost} lost of the {had} that it had");
    for keep in ["paired", "everywhere"] {
        let (had, lost) = lost_with(&format!(r#""keep": "{keep}""#), 1);
        assert!(had > 80.0 && lost == 0.0, "{keep}: {lost} lost of the {had} that it had");
    }
    assert_eq!(lost_with(r#""keep": "tokens", "token_ms": 600000"#, 1).1, 0.0, "nothing is kept that could be lost");
    let (had, lost) = lost_with(r#""keep": "shared""#, 1);
    assert!(had == 0.0 && lost == 0.0, "a server behind a shared store has no session");
}

/// Oracle: the sessions counted. The shared store comes back empty: everybody has to log in again.
#[test]
fn a_shared_store_that_dies_logs_everybody_out() {
    let faults = r#"{ "at": "20s", "for": "1s", "do": "crash", "on": "group.0" }"#;
    let mut run = run(CROWD, r#""keep": "shared", "idle_ms": 600000"#, faults);
    run.to(19_999);
    let had = sessions(&run, 0);
    run.to(60_000);
    assert!(had == 400.0 && bar(&run, "session lost") == had, "{} lost of {had}", bar(&run, "session lost"));
}

/// Oracle: arithmetic. One user asks every 2 s for 60 s.
#[test]
fn a_session_ends_when_it_is_idle_or_old_and_not_before() {
    let log_ins = |ends: &str| {
        let crowd = r#""rate": 0.5, "users": 1, "arrivals": "constant", "ops": [{ "name": "read" }]"#;
        let mut run = run(crowd, ends, "");
        run.to(60_500);
        (bar(&run, "log-ins"), bar(&run, "log-ins") + bar(&run, "let in"))
    };
    for keep in ["sticky", "shared", "everywhere", "paired"] {
        let with = |idle: u32, absolute: u32| {
            log_ins(&format!(r#""keep": "{keep}", "mesh_ms": 0, "idle_ms": {idle}, "absolute_ms": {absolute}"#))
        };
        let (each, all) = with(1_900, 600_000);
        assert_eq!(each, all, "{keep}: idle for longer each time");
        assert_eq!(with(2_100, 600_000).0, 1.0, "{keep}: never idle");
        let (old, all) = with(2_100, 10_000);
        assert_eq!(old, (all / 5.0).ceil(), "{keep}: every fifth request finds a session of 10 s, of {all}");
    }
    let (expired, all) = log_ins(r#""keep": "tokens", "token_ms": 10000, "idle_ms": 1"#);
    assert_eq!(expired, (all / 5.0).ceil(), "a token is good for its time, however idle its user is");
}

/// Oracle: arithmetic. A log-out ends a session at once where it is looked up, a deny list within its period, and a signed token when it
/// expires; with many users somebody's is nearly new when he logs out.
#[test]
fn a_log_out_takes_as_long_as_a_token_lives_and_no_time_where_sessions_are_looked_up() {
    let latest = |store: &str| {
        let crowd = r#""rate": 200, "users": 50, "ops": [{ "name": "use", "weight": 99 }, { "name": "log out", "does": "write", "weight": 1 }]"#;
        let mut run = run(crowd, store, "");
        run.to(60_000);
        (run.gauge(1).expect("it is measured"), bar(&run, "in after log-out"))
    };
    assert_eq!(latest(r#""keep": "sticky""#), (0.0, 0.0));
    for keep in ["shared", "everywhere", "paired"] {
        let (ms, _) = latest(&format!(r#""keep": "{keep}""#));
        assert!(ms <= 1.0, "{keep}: let in {ms} ms after the log-out; a message takes 0.5 ms each way");
    }
    let (ms, count) = latest(r#""keep": "tokens", "token_ms": 10000"#);
    assert!((9_000.0..10_000.0).contains(&ms) && count > 1_000.0, "{count} let in, the last {ms} ms after the log-out");
    let (ms, _) = latest(r#""keep": "tokens", "token_ms": 10000, "revoke": "deny list", "deny_ms": 1000"#);
    assert!((500.0..=1_001.0).contains(&ms), "with a deny list told every second: {ms} ms");
}

/// Oracle: arithmetic. Messages a request: none, one to the partner, one to each of three others, one question, none.
#[test]
fn each_way_costs_its_messages() {
    for (keep, expected) in [("sticky", 0.0), ("paired", 1.0), ("everywhere", 3.0), ("shared", 1.0), ("tokens", 0.0)] {
        let mut run = run(CROWD, &format!(r#""keep": "{keep}""#), "");
        run.to(20_000);
        let got = run.gauge(2).expect("there were requests");
        assert!((got - expected).abs() < 0.01, "{keep}: {got} messages a request, {expected} expected");
    }
}

/// The session not used for longest makes room: with room for a quarter of the users, most are logged out again and again.
#[test]
fn a_full_memory_logs_users_out() {
    let mut run = run(CROWD, r#""keep": "shared", "capacity": 100, "idle_ms": 600000"#, "");
    run.to(30_000);
    // Of 400 users asked for evenly, the 100 used last are there: three requests in four find nothing.
    let share = bar(&run, "session lost") / (bar(&run, "session lost") + bar(&run, "let in"));
    assert!((0.7..0.8).contains(&share), "{share} of the users who came back had been thrown out");
}
