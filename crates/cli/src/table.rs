//! A run as tables for a person.

use crate::run::Ran;
use check::{Finding, Verdict};
use comfy_table::{CellAlignment, Table, presets};
use scenario::Scenario;
use session::{Figures, Report};
use std::fmt::Write;

/// Pieces of evidence that are shown of each verdict; JSON has all that are kept.
const EVIDENCE_SHOWN: usize = 5;
/// Happenings that are shown.
const HAPPENINGS_SHOWN: usize = 40;

/// The whole run.
#[must_use]
pub fn text(ran: &Ran) -> String {
    let Ran { scenario, report, .. } = ran;
    let mut out = String::new();
    head(report, &mut out);
    section("Boxes", &boxes(report), &mut out);
    section("Readings at the end", &readings(scenario, report), &mut out);
    if !report.wires.is_empty() {
        section("Wires", &wires(report), &mut out);
    }
    if report.wires.iter().any(|wire| !wire.policy.is_empty()) {
        section("Calls at the end", &policies(report), &mut out);
    }
    verdicts(report, &mut out);
    claims(ran, &mut out);
    happenings(report, &mut out);
    say(&mut out, format_args!("\nDigest {} after {} events", report.digest, whole(report.events)));
    out
}

fn say(out: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(out, "{line}").expect("a text takes whatever is written");
}

fn head(report: &Report, out: &mut String) {
    let title = if report.title.is_empty() { "Untitled" } else { &report.title };
    say(out, format_args!("{title}"));
    let end = base::Time::ZERO + report.length;
    say(out, format_args!("seed {}, from 00:00.000 to {} of {end}", report.seed, report.now));
    if let Some(why) = &report.stopped {
        say(out, format_args!("{why}"));
    }
}

fn section(title: &str, table: &Table, out: &mut String) {
    say(out, format_args!("\n{title}"));
    for line in table.lines() {
        say(out, format_args!("  {}", line.trim()));
    }
}

/// A table whose first `names` columns hold words and whose others hold figures.
fn table(heads: &[&str], names: usize) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header(heads);
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        column.set_cell_alignment(if at < names { CellAlignment::Left } else { CellAlignment::Right });
    }
    table
}

const COUNTS: [&str; 9] = ["arrived", "/s", "ok", "refused", "timed out", "failed", "p50 ms", "p95 ms", "p99 ms"];
const LOADS: [&str; 4] = ["waiting", "average", "busy", "average"];

fn boxes(report: &Report) -> Table {
    let mut table = table(&[&["box", "kind"][..], &COUNTS, &LOADS].concat(), 2);
    for known in &report.boxes {
        let names = [known.id.clone(), known.kind.clone()];
        table.add_row(names.into_iter().chain(counts(&known.figures)).chain(loads(&known.figures)));
    }
    table
}

fn wires(report: &Report) -> Table {
    let mut table = table(&[&["wire"][..], &COUNTS].concat(), 1);
    for known in &report.wires {
        table.add_row([known.wire.clone()].into_iter().chain(counts(&known.figures)));
    }
    table
}

fn counts(figures: &Figures) -> Vec<String> {
    let count = &figures.count;
    let mut cells = vec![whole(count.arrived), number(figures.rate)];
    cells.extend([count.ok, count.refused, count.timed_out, count.failed].map(some));
    cells.extend([figures.p50_ms, figures.p95_ms, figures.p99_ms].map(|ms| ms.map_or_else(none, number)));
    cells
}

fn loads(figures: &Figures) -> [String; 4] {
    let pair = |now: u32, average: f64| {
        if average == 0.0 && now == 0 { [none(), none()] } else { [whole(u64::from(now)), number(average)] }
    };
    let [waiting, waiting_average] = pair(figures.waiting, figures.waiting_average);
    let [busy, busy_average] = pair(figures.busy, figures.busy_average);
    [waiting, waiting_average, busy, busy_average]
}

/// What the callers of wires do about failure, where they do anything.
fn policies(report: &Report) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    for known in report.wires.iter().filter(|known| !known.policy.is_empty()) {
        table.add_row([known.wire.clone(), known.policy.join(", ")]);
    }
    table.column_iter_mut().for_each(|column| {
        column.set_padding((0, 2));
    });
    table
}

/// What each box shows on its card.
fn readings(scenario: &Scenario, report: &Report) -> Table {
    let schema = crate::open::schema();
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    for (known, placed) in report.boxes.iter().zip(&scenario.boxes) {
        let Some(kind) = schema.kind(&placed.kind) else { continue };
        let reading = |((_, reading), spec): (&(String, Option<f64>), &scenario::GaugeSpec)| {
            let said = reading.map_or_else(none, number);
            format!("{} {said} {}", spec.title, spec.unit).trim_end().to_string()
        };
        let said: Vec<String> = known.gauges.iter().zip(&kind.gauges).map(reading).collect();
        table.add_row([known.id.clone(), said.join(", ")]);
    }
    table.column_iter_mut().for_each(|column| {
        column.set_padding((0, 2));
    });
    table
}

fn verdicts(report: &Report, out: &mut String) {
    if report.verdicts.is_empty() {
        return;
    }
    say(out, format_args!("\nVerdicts"));
    for verdict in &report.verdicts {
        say(out, format_args!("  {:6}  {} of {}: {}", mark(verdict), verdict.check, verdict.on, verdict.headline));
        if !verdict.detail.is_empty() {
            say(out, format_args!("          {}", verdict.detail));
        }
        evidence(verdict, out);
    }
}

/// What others claim, and what the run says.
fn claims(ran: &Ran, out: &mut String) {
    let claims = &ran.scenario.lesson.claims;
    if claims.is_empty() {
        return;
    }
    say(out, format_args!("\nClaimed and measured"));
    for (claim, measured) in claims.iter().zip(&ran.claims) {
        say(out, format_args!("  {}", claim.claim));
        let measured = measured.as_deref().unwrap_or("this run does not tell");
        say(out, format_args!("          claimed {}; measured {measured}", claim.says));
    }
}

fn mark(verdict: &Verdict) -> &'static str {
    match verdict.finding {
        Finding::Untold => "untold",
        Finding::Holds => "holds",
        Finding::Broken => "BROKEN",
    }
}

fn evidence(verdict: &Verdict, out: &mut String) {
    for piece in verdict.evidence.iter().take(EVIDENCE_SHOWN) {
        say(out, format_args!("            {}  {}", piece.at, piece.text));
    }
    let shown = verdict.evidence.len().min(EVIDENCE_SHOWN) as u64;
    if verdict.evidence_total > shown {
        say(out, format_args!("            and {} more", whole(verdict.evidence_total - shown)));
    }
}

fn happenings(report: &Report, out: &mut String) {
    let all = &report.happenings;
    if all.is_empty() {
        return;
    }
    say(out, format_args!("\nWhat happened"));
    for line in all.iter().take(HAPPENINGS_SHOWN) {
        say(out, format_args!("  {}  {}", line.at, line.text));
    }
    if all.len() > HAPPENINGS_SHOWN {
        say(out, format_args!("  and {} more", whole((all.len() - HAPPENINGS_SHOWN) as u64)));
    }
}

fn none() -> String {
    "-".to_string()
}

/// A count, or nothing to see.
fn some(n: u64) -> String {
    if n == 0 { none() } else { whole(n) }
}

/// `21402` as `21,402`.
fn whole(n: u64) -> String {
    let digits = n.to_string();
    let mut said = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            said.push(',');
        }
        said.push(digit);
    }
    said
}

/// Three digits, or all that stand before the point.
pub(crate) fn number(n: f64) -> String {
    let size = n.abs();
    if size >= 99.95 {
        let sign = if n < 0.0 { "-" } else { "" };
        return format!("{sign}{}", whole((size + 0.5) as u64));
    }
    let decimals = if size >= 9.995 {
        1
    } else if size >= 0.9995 || size == 0.0 {
        2
    } else {
        3
    };
    let said = format!("{n:.decimals$}");
    if said.contains('.') { said.trim_end_matches('0').trim_end_matches('.').to_string() } else { said }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits_or_all_before_the_point() {
        let cases = [
            (0.0, "0"),
            (0.000_4, "0"),
            (0.012_34, "0.012"),
            (1.0, "1"),
            (1.239, "1.24"),
            (12.34, "12.3"),
            (99.94, "99.9"),
            (99.96, "100"),
            (123.4, "123"),
            (21_402.6, "21,403"),
            (-5.0, "-5"),
            (-1_234.0, "-1,234"),
        ];
        for (n, said) in cases {
            assert_eq!(number(n), said);
        }
        assert_eq!([0, 7, 999, 1_000, 1_234_567].map(whole), ["0", "7", "999", "1,000", "1,234,567"]);
    }
}
