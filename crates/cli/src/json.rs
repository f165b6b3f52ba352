//! A run as JSON for another program. `README.md` beside this crate describes it; a test holds the two to each other.

use crate::run::Ran;
use base::Time;
use check::{Evidence, Finding, Verdict};
use serde::Serialize;
use session::{Figures, LogLine};
use std::collections::BTreeMap;
use trace::Count;

/// The form of what is printed. Keys may be added; one that is changed or taken away makes a new form.
const FORM: u8 = 1;

#[derive(Serialize)]
struct Run<'a> {
    report: u8,
    slug: Option<&'a str>,
    title: &'a str,
    seed: u64,
    length_s: f64,
    now_s: f64,
    stopped: Option<&'a str>,
    events: u64,
    digest: &'a str,
    boxes: Vec<Placed<'a>>,
    wires: Vec<Wire<'a>>,
    verdicts: Vec<Said<'a>>,
    claims: Vec<Claimed<'a>>,
    happenings: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Placed<'a> {
    id: &'a str,
    kind: &'a str,
    name: &'a str,
    #[serde(flatten)]
    measured: Measured,
    gauges: BTreeMap<&'a str, Option<f64>>,
}

#[derive(Serialize)]
struct Wire<'a> {
    from: &'a str,
    to: &'a str,
    policy: &'a [String],
    #[serde(flatten)]
    measured: Measured,
}

#[derive(Serialize)]
struct Measured {
    requests: Count,
    rate_per_s: f64,
    p50_ms: Option<f64>,
    p95_ms: Option<f64>,
    p99_ms: Option<f64>,
    waiting: u32,
    waiting_average: f64,
    busy: u32,
    busy_average: f64,
}

#[derive(Serialize)]
struct Said<'a> {
    check: &'a str,
    on: &'a str,
    finding: &'static str,
    headline: &'a str,
    detail: &'a str,
    figure: f64,
    broken_at_s: Option<f64>,
    evidence_total: u64,
    evidence: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Claimed<'a> {
    claim: &'a str,
    says: &'a str,
    measured: Option<&'a str>,
    because: &'a str,
}

#[derive(Serialize)]
struct Line<'a> {
    at_s: f64,
    text: &'a str,
}

/// The run as JSON, indented, with a line break at its end.
#[must_use]
pub fn text(ran: &Ran) -> String {
    let Ran { scenario, report, claims } = ran;
    let boxes = report.boxes.iter().zip(&scenario.boxes).map(|(known, placed)| Placed {
        id: &known.id,
        kind: &known.kind,
        name: &placed.name,
        measured: measured(&known.figures),
        gauges: known.gauges.iter().map(|(name, reading)| (name.as_str(), *reading)).collect(),
    });
    let wires = report.wires.iter().zip(&scenario.wires).map(|(known, wire)| Wire {
        from: &wire.ends.from,
        to: &wire.ends.to,
        policy: &known.policy,
        measured: measured(&known.figures),
    });
    let claims = scenario.lesson.claims.iter().zip(claims).map(|(claim, measured)| Claimed {
        claim: &claim.claim,
        says: &claim.says,
        measured: measured.as_deref(),
        because: &claim.because,
    });
    let run = Run {
        report: FORM,
        slug: scenario.slug.as_deref(),
        title: &report.title,
        seed: report.seed,
        length_s: report.length.as_secs_f64(),
        now_s: report.now.as_secs_f64(),
        stopped: report.stopped.as_deref(),
        events: report.events,
        digest: &report.digest,
        boxes: boxes.collect(),
        wires: wires.collect(),
        verdicts: report.verdicts.iter().map(said).collect(),
        claims: claims.collect(),
        happenings: report.happenings.iter().map(|LogLine { at, text }| line(*at, text)).collect(),
    };
    let mut text =
        serde_json::to_string_pretty(&run).expect("every key is a text, and what is not a number becomes null");
    text.push('\n');
    text
}

fn measured(figures: &Figures) -> Measured {
    let Figures { count, rate, p50_ms, p95_ms, p99_ms, waiting, busy, waiting_average, busy_average } = *figures;
    Measured { requests: count, rate_per_s: rate, p50_ms, p95_ms, p99_ms, waiting, waiting_average, busy, busy_average }
}

/// What a finding is called here and in the golden results.
#[must_use]
pub fn finding(finding: Finding) -> &'static str {
    match finding {
        Finding::Untold => "untold",
        Finding::Holds => "holds",
        Finding::Broken => "broken",
    }
}

fn said(verdict: &Verdict) -> Said<'_> {
    Said {
        check: &verdict.check,
        on: &verdict.on,
        finding: finding(verdict.finding),
        headline: &verdict.headline,
        detail: &verdict.detail,
        figure: verdict.figure,
        broken_at_s: verdict.broken_at.map(Time::as_secs_f64),
        evidence_total: verdict.evidence_total,
        evidence: verdict.evidence.iter().map(|Evidence { at, text }| line(*at, text)).collect(),
    }
}

fn line(at: Time, text: &str) -> Line<'_> {
    Line { at_s: at.as_secs_f64(), text }
}
