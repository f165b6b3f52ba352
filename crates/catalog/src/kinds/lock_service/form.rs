//! What can be set on a lock service, and what the protocol makes of it.

use crate::settings::{FieldExt, Settings, choice, law, number, whole, gauge};
use base::Law;
use lease::lock::{Config, Rule};
use scenario::{Field, KindSpec, Ports, Verb};

/// The settings of the protocol.
pub(super) fn config(settings: &Settings<'_>) -> Config {
    Config {
        ttl: settings.millis("ttl_ms"),
        poll: settings.millis("poll_ms"),
        patience: settings.millis("patience_ms"),
        rule: match settings.choice("rule") {
            0 => Rule::Sound,
            1 => Rule::NoFencing,
            2 => Rule::EnterAnyway,
            3 => Rule::ReleaseAnyones,
            _ => Rule::LoseAtFailover,
        },
    }
}

fn fields() -> Vec<Field> {
    vec![
        whole("members", "Members", "", (3.0, 18.0), 5.0, "The lock, the resource, and all others take the lock to write"),
        choice("rule", "Lock", "What keeps a holder of old from doing harm", &[
            ("fenced", "the resource refuses a token smaller than one it has seen"),
            ("no fencing", "set if absent, with expiry and an owner; the resource checks nothing"),
            ("enter anyway", "who has waited long enough goes in without the lock"),
            ("release anyone's", "a release does not say whose: a late one ends its successor's lease"),
            ("lost at failover", "a crash of the lock takes lease and counter along, as an asynchronous copy does"),
        ]).live(),
        number("ttl_ms", "Lease", "ms", (1.0, 3.6e6), 2_000.0, "How long the lock is given for; it then ends by itself").live(),
        number("poll_ms", "Ask every", "ms", (1.0, 60_000.0), 5.0, "How often one who waits asks again").live(),
        number("patience_ms", "Wait at most", "ms", (1.0, 3.6e6), 1_000.0, "After this long without the lock a write is given up").live(),
        number("hold_ms", "Work", "ms", (0.0, 60_000.0), 5.0, "Mean time between taking the lock and writing").live(),
        law("hold_law", "Work varies", Law::Exponential).live(),
        number("mesh_ms", "Between members", "ms", (0.0, 60_000.0), 1.0, "One-way latency from member to member"),
        whole("line_max", "Line", "", (0.0, 1e6), 100.0, "Writes that may wait at one member; more are refused").live(),
    ]
}

/// What there is to know about the kind.
pub(super) fn spec(slug: &'static str) -> KindSpec {
    KindSpec {
        slug: slug.into(),
        title: "Lock service".into(),
        group: "Coordination".into(),
        purpose: "A lock as a lease, and a resource that can tell whose time is over.".into(),
        icon: "M4 8h10v7.500H4zM6 8V5.500a3 3 0 0 1 6 0V8M9 11v2".into(),
        fields: fields(),
        ports: Ports { accepts: true, out_max: 0, refusal: "A lock service guards what is inside it; it calls nobody".into() },
        verbs: vec![
            Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Isolate, Verb::Heal,
        ],
        gauges: vec![
            gauge("overwritten", "Overwritten by older", ""),
            gauge("fenced", "Fenced off", ""),
            gauge("holders", "Believe they hold", ""),
            gauge("p99_ms", "p99", "ms"),
        ],
        members: Some("members".into()),
        modelled: vec![
            "a write takes the lock, works, writes in the name of its token, and releases; one at a time at each member".into(),
            "leases that end at the store while their holder is paused, and the tokens by which the resource can tell".into(),
            "a read asks the resource whose write stands: older than one acknowledged before is a stale read".into(),
        ],
        left_out: vec![
            "a replicated lock store: a crash of member .0 stops all but those who hold".into(),
            "fairness: whoever asks first after the lock is free has it".into(),
            "keys: the resource is one thing, and one lock guards it".into(),
        ],
    }
}
