//! What every scenario proves under its golden seed: as it is, broken as its lesson offers, and mended as its lesson offers.
//!
//! The findings stand here, because they are what the lesson says. Events, digests and figures stand in `tests/golden.json`, which
//! other hosts hold themselves to: each case has the link that makes it, so whoever can open a link can repeat it.
//! `FAULTLINE_BLESS=1 cargo test -p cli` writes that file anew.

use crate::{hold, row, schema};
use base::{Span, Time};
use cli::json::finding;
use scenario::{Moment, Scenario, link};
use serde::Serialize;
use session::{Command, Report, Session};

/// A run, and what it proves.
struct Case {
    slug: &'static str,
    name: &'static str,
    /// Which steps of the lesson were pressed, counted from 1, each at a moment in seconds.
    pressed: &'static [(u64, usize)],
    /// What the checks find, in the scenario's order.
    findings: &'static [&'static str],
}

const UNTOLD: &str = "untold";
const HOLDS: &str = "holds";
const BROKEN: &str = "broken";

const CASES: &[Case] = &[
    // lost-writes, availability of the authors, p99 of the readers, stale-reads, delivery
    Case { slug: "newsfeed", name: "as it is", pressed: &[], findings: &[UNTOLD, HOLDS, HOLDS, HOLDS, HOLDS] },
    Case {
        slug: "newsfeed",
        name: "the celebrity talks",
        pressed: &[(5, 2)],
        findings: &[UNTOLD, HOLDS, HOLDS, HOLDS, HOLDS],
    },
    Case {
        slug: "newsfeed",
        name: "the leader is cut off",
        pressed: &[(5, 3)],
        findings: &[BROKEN, HOLDS, HOLDS, HOLDS, HOLDS],
    },
    Case {
        slug: "newsfeed",
        name: "semi-sync, cut off",
        pressed: &[(4, 5), (5, 3)],
        findings: &[HOLDS, HOLDS, HOLDS, HOLDS, HOLDS],
    },
    Case {
        slug: "newsfeed",
        name: "sync, cut off",
        pressed: &[(4, 6), (5, 3)],
        findings: &[HOLDS, BROKEN, HOLDS, HOLDS, HOLDS],
    },
    // p99 and availability of the visitors, availability of the buyers, delivery
    Case { slug: "tiered-web", name: "as it is", pressed: &[], findings: &[BROKEN, BROKEN, BROKEN, HOLDS] },
    Case { slug: "tiered-web", name: "more workers", pressed: &[(5, 3)], findings: &[BROKEN, BROKEN, BROKEN, HOLDS] },
    Case { slug: "tiered-web", name: "followers answer", pressed: &[(5, 4)], findings: &[HOLDS, HOLDS, HOLDS, HOLDS] },
    Case { slug: "tiered-web", name: "a larger cache", pressed: &[(5, 5)], findings: &[HOLDS, HOLDS, HOLDS, HOLDS] },
    Case { slug: "tiered-web", name: "a shorter line", pressed: &[(5, 6)], findings: &[HOLDS, BROKEN, BROKEN, HOLDS] },
    // limiter-budget of the bucket and of the window
    Case { slug: "rate-limited-api", name: "as it is", pressed: &[], findings: &[HOLDS, BROKEN] },
    Case { slug: "rate-limited-api", name: "three times the crowd", pressed: &[(10, 3)], findings: &[HOLDS, BROKEN] },
    Case { slug: "rate-limited-api", name: "two buckets", pressed: &[(0, 5)], findings: &[HOLDS, HOLDS] },
    // stale-reads, p99 in Europe and in the US, availability in the US, lost-writes
    Case {
        slug: "two-region-database",
        name: "as it is",
        pressed: &[],
        findings: &[HOLDS, HOLDS, HOLDS, HOLDS, UNTOLD],
    },
    Case {
        slug: "two-region-database",
        name: "the cable breaks",
        pressed: &[(10, 2)],
        findings: &[BROKEN, HOLDS, HOLDS, HOLDS, UNTOLD],
    },
    Case {
        slug: "two-region-database",
        name: "read from the leader",
        pressed: &[(5, 3), (10, 2)],
        findings: &[HOLDS, BROKEN, HOLDS, HOLDS, UNTOLD],
    },
    Case {
        slug: "two-region-database",
        name: "sync",
        pressed: &[(5, 4), (10, 2)],
        findings: &[HOLDS, HOLDS, BROKEN, BROKEN, UNTOLD],
    },
    Case {
        slug: "two-region-database",
        name: "failover",
        pressed: &[(5, 5), (10, 2)],
        findings: &[BROKEN, HOLDS, HOLDS, HOLDS, BROKEN],
    },
    // p99 and availability of the visitors, stale-reads, lost-writes
    Case { slug: "url-shortener", name: "as it is", pressed: &[], findings: &[HOLDS, HOLDS, BROKEN, UNTOLD] },
    Case {
        slug: "url-shortener",
        name: "without the cache",
        pressed: &[(10, 2)],
        findings: &[HOLDS, HOLDS, BROKEN, UNTOLD],
    },
    Case {
        slug: "url-shortener",
        name: "the leader after a miss",
        pressed: &[(0, 4)],
        findings: &[HOLDS, HOLDS, HOLDS, UNTOLD],
    },
    Case { slug: "url-shortener", name: "short lives", pressed: &[(0, 5)], findings: &[HOLDS, HOLDS, HOLDS, UNTOLD] },
    // p99 and availability of the readers
    Case { slug: "distributed-cache", name: "as it is", pressed: &[], findings: &[HOLDS, HOLDS] },
    Case { slug: "distributed-cache", name: "a shard is lost", pressed: &[(20, 2)], findings: &[HOLDS, HOLDS] },
    Case { slug: "distributed-cache", name: "emptied in a rush", pressed: &[(20, 3)], findings: &[HOLDS, BROKEN] },
    Case {
        slug: "distributed-cache",
        name: "emptied in a rush, a short line",
        pressed: &[(0, 5), (20, 3)],
        findings: &[HOLDS, HOLDS],
    },
    // keys-moved of both, availability of both, stale-reads of the table
    Case {
        slug: "online-resharding",
        name: "as it is",
        pressed: &[],
        findings: &[UNTOLD, UNTOLD, HOLDS, HOLDS, HOLDS],
    },
    Case {
        slug: "online-resharding",
        name: "a fifth shard",
        pressed: &[(10, 2)],
        findings: &[BROKEN, HOLDS, BROKEN, HOLDS, HOLDS],
    },
    Case {
        slug: "online-resharding",
        name: "without two steps",
        pressed: &[(0, 4), (10, 2)],
        findings: &[BROKEN, HOLDS, BROKEN, HOLDS, BROKEN],
    },
    // stale-reads of the store, availability of its users, keys-moved of the ring
    Case { slug: "key-value-store", name: "as it is", pressed: &[], findings: &[HOLDS, HOLDS, UNTOLD] },
    Case { slug: "key-value-store", name: "one is away", pressed: &[(10, 2)], findings: &[HOLDS, HOLDS, UNTOLD] },
    Case {
        slug: "key-value-store",
        name: "one and one, one is away",
        pressed: &[(0, 3), (10, 2)],
        findings: &[BROKEN, HOLDS, UNTOLD],
    },
    Case {
        slug: "key-value-store",
        name: "the same without read repair",
        pressed: &[(0, 3), (0, 4), (10, 2)],
        findings: &[BROKEN, HOLDS, UNTOLD],
    },
    Case {
        slug: "key-value-store",
        name: "the same, trees compared",
        pressed: &[(0, 3), (0, 4), (0, 5), (10, 2)],
        findings: &[BROKEN, HOLDS, UNTOLD],
    },
    Case { slug: "key-value-store", name: "two are away", pressed: &[(10, 6)], findings: &[HOLDS, BROKEN, UNTOLD] },
    Case {
        slug: "key-value-store",
        name: "two are away, others stand in",
        pressed: &[(0, 7), (10, 6)],
        findings: &[HOLDS, HOLDS, UNTOLD],
    },
    Case { slug: "key-value-store", name: "an eleventh", pressed: &[(10, 8)], findings: &[HOLDS, HOLDS, HOLDS] },
    // of the ledger: availability, stale-reads, lost-writes; of the carts: availability, stale-reads
    Case { slug: "cp-against-ap", name: "as it is", pressed: &[], findings: &[HOLDS, HOLDS, UNTOLD, HOLDS, HOLDS] },
    Case {
        slug: "cp-against-ap",
        name: "one centre is cut off",
        pressed: &[(10, 2)],
        findings: &[BROKEN, HOLDS, UNTOLD, HOLDS, BROKEN],
    },
    Case {
        slug: "cp-against-ap",
        name: "any member of the ledger answers reads",
        pressed: &[(0, 5), (10, 2)],
        findings: &[HOLDS, BROKEN, UNTOLD, HOLDS, BROKEN],
    },
    Case {
        slug: "cp-against-ap",
        name: "two of three carts",
        pressed: &[(0, 6), (10, 2)],
        findings: &[BROKEN, HOLDS, UNTOLD, BROKEN, HOLDS],
    },
    // p99 and availability of those who wait, the same of the others, delivery of the orders, payments that happened twice
    Case {
        slug: "order-pipeline",
        name: "as it is",
        pressed: &[],
        findings: &[BROKEN, HOLDS, HOLDS, HOLDS, HOLDS, HOLDS],
    },
    Case {
        slug: "order-pipeline",
        name: "payments fail",
        pressed: &[(10, 2)],
        findings: &[BROKEN, BROKEN, HOLDS, HOLDS, HOLDS, HOLDS],
    },
    Case {
        slug: "order-pipeline",
        name: "no payments for a while",
        pressed: &[(20, 4)],
        findings: &[BROKEN, BROKEN, HOLDS, HOLDS, HOLDS, HOLDS],
    },
    Case {
        slug: "order-pipeline",
        name: "answers get lost",
        pressed: &[(10, 5)],
        findings: &[BROKEN, BROKEN, HOLDS, HOLDS, HOLDS, BROKEN],
    },
    Case {
        slug: "order-pipeline",
        name: "answers get lost, with keys",
        pressed: &[(0, 6), (10, 5)],
        findings: &[BROKEN, BROKEN, HOLDS, HOLDS, HOLDS, HOLDS],
    },
    // p99 of readers in Europe, of editors in the US and in Europe, availability in the US, stale-reads, lost-writes
    Case {
        slug: "global-read-replicas",
        name: "as it is",
        pressed: &[],
        findings: &[HOLDS, HOLDS, HOLDS, HOLDS, HOLDS, UNTOLD],
    },
    Case {
        slug: "global-read-replicas",
        name: "read from the primary",
        pressed: &[(0, 2)],
        findings: &[BROKEN, HOLDS, HOLDS, HOLDS, HOLDS, UNTOLD],
    },
    Case {
        slug: "global-read-replicas",
        name: "the primary dies",
        pressed: &[(20, 3)],
        findings: &[HOLDS, HOLDS, HOLDS, BROKEN, BROKEN, BROKEN],
    },
    Case {
        slug: "global-read-replicas",
        name: "semi-sync, the primary dies",
        pressed: &[(0, 4), (20, 3)],
        findings: &[HOLDS, BROKEN, BROKEN, BROKEN, BROKEN, HOLDS],
    },
    Case {
        slug: "global-read-replicas",
        name: "a short lease, the primary dies",
        pressed: &[(0, 5), (20, 3)],
        findings: &[HOLDS, HOLDS, HOLDS, HOLDS, BROKEN, BROKEN],
    },
    Case {
        slug: "global-read-replicas",
        name: "a short lease, the primary pauses",
        pressed: &[(0, 5), (20, 6)],
        findings: &[HOLDS, HOLDS, HOLDS, HOLDS, BROKEN, BROKEN],
    },
    Case {
        slug: "global-read-replicas",
        name: "a long lease, the primary pauses",
        pressed: &[(20, 6)],
        findings: &[HOLDS, HOLDS, HOLDS, BROKEN, BROKEN, UNTOLD],
    },
];

/// `scenario` with steps of its lesson pressed, each at a moment in seconds.
pub fn pressed(mut scenario: Scenario, pressed: &[(u64, usize)]) -> Scenario {
    for (at, step) in pressed {
        let offer = &scenario.lesson.steps[step - 1].offer;
        assert!(!offer.is_empty(), "step {step} offers nothing");
        let later = |moment: &Moment| Moment { at: moment.at + Span::from_secs(*at), ..moment.clone() };
        scenario.actions.extend(offer.iter().map(later));
    }
    scenario.actions.sort_by_key(|moment| moment.at);
    scenario
}

/// The runs of the row `slug`, each with its name.
pub fn pressed_cases(slug: &str) -> impl Iterator<Item = (&'static str, Scenario)> {
    let own = CASES.iter().filter(move |case| case.slug == slug);
    own.map(|case| (case.name, pressed(row(case.slug), case.pressed)))
}

#[derive(Serialize)]
struct Golden {
    slug: &'static str,
    case: &'static str,
    link: String,
    events: u64,
    digest: String,
    verdicts: Vec<Verdict>,
}

#[derive(Serialize)]
struct Verdict {
    check: String,
    on: String,
    finding: &'static str,
    figure: f64,
}

fn golden(case: &Case, link: String, report: &Report) -> Golden {
    let verdict = |said: &check::Verdict| Verdict {
        check: said.check.clone(),
        on: said.on.clone(),
        finding: finding(said.finding),
        figure: said.figure,
    };
    let verdicts = report.verdicts.iter().map(verdict).collect();
    Golden { slug: case.slug, case: case.name, link, events: report.events, digest: report.digest.clone(), verdicts }
}

fn run_on(session: &mut Session, to: Time) {
    session.handle(Command::Seek(to)).expect("a moment can be sought");
    while session.advance(100_000) {}
}

#[test]
fn the_golden_seed_gives_the_findings_figures_and_digests() {
    let mut all = Vec::new();
    for case in CASES {
        let scenario = pressed(row(case.slug), case.pressed);
        let link = link::encode(&scenario, &schema());
        let opened = cli::open::follow(&link).unwrap_or_else(|why| panic!("{}: {why}", case.name));
        assert_eq!((&opened.scenario, &opened.notes[..]), (&scenario, &[][..]), "{}, {}", case.slug, case.name);
        let end = Time::ZERO + scenario.length;
        let mut session = Session::open(opened.scenario);
        run_on(&mut session, end);
        let report = session.report().expect("it runs");
        assert_eq!(report.stopped, None);
        let found: Vec<&str> = report.verdicts.iter().map(|said| finding(said.finding)).collect();
        assert_eq!(found, case.findings, "{}, {}", case.slug, case.name);
        // Back and forth, and from the scenario instead of its link.
        run_on(&mut session, Time(end.0 / 7 * 3));
        run_on(&mut session, end);
        assert_eq!(session.report(), Ok(report.clone()), "{}, {}: after going back", case.slug, case.name);
        let again = cli::run::to_end(scenario, None).expect("it runs").report;
        assert_eq!(again, report, "{}, {}: run again", case.slug, case.name);
        all.push(golden(case, format!("#s={link}"), &report));
    }
    hold("tests/golden.json", &(serde_json::to_string_pretty(&all).expect("it has texts and numbers") + "\n"));
}
