//! How long the dead stay in a list, whom a list leaves out though he lives, and what callers do when there is no list.

use crate::groups::{Run, Trial};

const KIND: &str = "registry";
const LISTED: usize = 0;
const MISSING: usize = 2;

/// Two hundred requests a second over four instances in turn; heartbeats each half second, good for two.
fn run(fields: &str, verb: &str, member: usize) -> Run {
    let fields = format!(r#""members": 5, "beat_ms": 500, "ttl_ms": 2000, "refresh_ms": 500 {fields}"#);
    Trial::of(KIND, &fields).fault(5_000, 10_000, verb, member).run()
}

/// Requests that ended badly: begun in the ten seconds of the fault, or just after it.
fn bad(run: &Run) -> usize {
    run.answered(5_000, 17_000).1
}

/// Oracle: the dead one's quarter of the traffic, from the last heartbeat's time to live (less one heartbeat) to one refresh later.
#[test]
fn a_dead_instance_gets_its_share_until_its_entry_expires_and_the_callers_ask_again() {
    let dead = run("", "crash", 2);
    let lost = bad(&dead);
    assert!((70..=130).contains(&lost), "{lost} lost; 50/s for 1.5 to 2.5 s");
    assert_eq!(dead.answered(9_000, 15_000).1, 0, "later nobody asks it");
    assert_eq!(dead.gauge(LISTED), Some(4.0), "it came back");
    assert!(dead.is_accounted());
    let believed = bad(&run(r#", "check": "none""#, "crash", 2));
    assert!((450..=550).contains(&believed), "{believed} lost without a check; 50/s for 10 s");
}

#[test]
fn an_instance_that_the_registry_does_not_hear_is_left_out_though_it_could_serve() {
    let mut isolated = Trial::of(KIND, r#""members": 5"#).fault(5_000, 10_000, "isolate", 2).start();
    isolated.to(12_000);
    assert_eq!((isolated.gauge(LISTED), isolated.gauge(MISSING)), (Some(3.0), Some(1.0)), "it lives and is left out");
    isolated.to(20_000);
    assert_eq!(isolated.answered(0, 20_000).1, 0, "nobody misses it");
    // Cut off from everybody it is as good as dead, also to the registry.
    let lost = bad(&run("", "cut-off", 2));
    assert!((70..=130).contains(&lost), "{lost} lost; 50/s for 1.5 to 2.5 s");
}

#[test]
fn without_its_registry_a_list_grows_old_or_is_forgotten_and_distrust_helps() {
    assert_eq!(bad(&run("", "crash", 0)), 0, "callers go by the list they have");
    // All heartbeats are lost on the way: the list empties, and nobody is there any more, though everybody is.
    let (believing, doubting) = (run("", "isolate", 0), run(r#", "keep_percent": 50"#, "isolate", 0));
    assert!(bad(&believing) > 1_000, "{} refused", bad(&believing));
    assert_eq!(bad(&doubting), 0, "a list with less than half of all is not believed");
    // A registry that comes back with an empty list tells the callers so.
    let forgets = |kept: &str, distrust: u32| {
        let fields = format!(
            r#""restart": "{kept}", "beat_ms": 2000, "ttl_ms": 6000, "refresh_ms": 100, "keep_percent": {distrust}"#
        );
        bad(&Trial::of(KIND, &fields).fault(5_000, 300, "crash", 0).run())
    };
    let (disk, memory, doubted) = (forgets("on disk", 0), forgets("in memory", 0), forgets("in memory", 50));
    assert_eq!((disk, doubted), (0, 0));
    assert!(memory > 10, "{memory} found nobody listed");
}

/// A slow instance with a full line says nothing where heartbeats are those of the fit; otherwise it keeps its share and loses it.
#[test]
fn an_instance_that_lives_and_cannot_serve_is_left_out_only_if_it_says_so() {
    let slow = |check: &str| {
        let fields = format!(
            r#""members": 5, "check": "{check}", "beat_ms": 200, "ttl_ms": 600, "refresh_ms": 200,
               "time_ms": 20, "workers": 2, "line_max": 40"#
        );
        bad(&Trial::of(KIND, &fields).fault(5_000, 10_000, "slow", 2).run())
    };
    let (shallow, fit) = (slow("heartbeats"), slow("heartbeats of the fit"));
    assert!(shallow > 200 && fit * 2 < shallow, "{shallow} lost, {fit} where the fit alone are heard");
}
