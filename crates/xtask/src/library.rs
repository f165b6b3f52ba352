//! `cargo xtask library`: every row of the library under its golden seed, natively and as WASM under Node: what it costs, what its
//! checks find, which of its claims the runs settle.
//!
//! The runs are those of `tests/golden.json`; the tests of the terminal's package write that file and hold it to the designs. The
//! share of a core is measured in WASM, which is what the page runs, and in the process's own time, so that a busy machine does
//! not spoil it.

use crate::child::asked;
use crate::host::Host;
use crate::trouble::{Advise, Done, Trouble};
use crate::{setup, under_node};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How it is called.
pub const USAGE: &str = "library [SLUG]...";

/// What the runs are, and what they are to give.
const GOLDEN: &str = "tests/golden.json";
/// Most of one core that a row may need to keep real time.
const CORE_MAX: f64 = 0.4;
/// Longest link of a row of so many boxes or fewer, and of any row, in characters.
const LINKS_MAX: (usize, usize, usize) = (12, 700, 3_000);
/// Runs links one after the other, each with its events, its digest and the processor time that it took.
const SCRIPT: &str = r#"const { run_link } = require("./bench.js");
const links = JSON.parse(require("fs").readFileSync(process.argv[2], "utf8"));
run_link(links[0]);
for (const link of links) {
  const before = process.cpuUsage();
  const said = run_link(link);
  const took = process.cpuUsage(before);
  console.log(`${said} ${(took.user + took.system) / 1e6}`);
}
"#;

/// One run of a row.
#[derive(Clone, Debug, PartialEq)]
struct Case {
    name: String,
    link: String,
    /// What the golden file says.
    golden: Outcome,
    /// What came out natively.
    native: Outcome,
    /// What came out as WASM.
    wasm: Outcome,
    /// Simulated seconds.
    length_s: f64,
    /// Processor seconds in WASM.
    took_s: f64,
    boxes: usize,
    claims: Vec<Claim>,
}

/// What a run gives. Verdicts are the check, its box and the finding; under Node they are not asked for.
#[derive(Clone, Debug, Default, PartialEq)]
struct Outcome {
    events: u64,
    digest: String,
    verdicts: Vec<(String, String)>,
}

/// A claim, and what the run says to it.
#[derive(Clone, Debug, PartialEq)]
struct Claim {
    claim: String,
    says: String,
    measured: Option<String>,
}

/// Builds both programs, runs every row, prints a table. Tells whether all is well.
pub fn run(host: &Host, words: &[String]) -> Done<bool> {
    let mut golden = golden(host)?;
    let slugs = rows(host)?;
    if let Some(unknown) = words.iter().find(|word| !slugs.contains(word)) {
        return Err(Trouble::new(
            format!("there is no row {unknown:?}"),
            format!("one of these: {}", slugs.join(", ")),
        ));
    }
    let wanted = |slug: &str| words.is_empty() || words.iter().any(|word| word == slug);
    golden.retain(|case| wanted(text(case, "slug")));
    setup::ensure(host, setup::NODE)?;
    under_node::native(host, "cli")?;
    let folder = under_node::wasm(host, "bench")?;
    let by_wasm = under_wasm(host, &folder, &golden)?;
    let program = host.target.join("release/faultline");
    let mut is_well = true;
    for slug in slugs.iter().filter(|slug| wanted(slug)) {
        let own = golden.iter().zip(&by_wasm).filter(|(case, _)| text(case, "slug") == slug);
        let cases = own.map(|(case, wasm)| taken(&program, case, wasm)).collect::<Done<Vec<Case>>>()?;
        print!("{}", told(slug, &cases));
        let wrong = wrong(&cases);
        wrong.iter().for_each(|what| println!("    WRONG: {what}"));
        is_well &= wrong.is_empty();
    }
    println!("\n  {}", if is_well { "every row gives what it should" } else { "NOT every row gives what it should" });
    Ok(is_well)
}

fn golden(host: &Host) -> Done<Vec<Value>> {
    let path = host.root.join(GOLDEN);
    let text = fs::read_to_string(&path).advise(path.display(), "is the clone complete?")?;
    serde_json::from_str(&text).advise(path.display(), "FAULTLINE_BLESS=1 cargo test -p cli")
}

/// The slugs of all rows, sorted.
fn rows(host: &Host) -> Done<Vec<String>> {
    let folder = host.root.join("static/scenarios");
    let entries = fs::read_dir(&folder).advise(folder.display(), "is the clone complete?")?;
    let slug = |path: PathBuf| {
        let is_row = path.extension().is_some_and(|end| end == "json") && !path.ends_with("index.json");
        is_row.then(|| path.file_stem().map(|stem| stem.to_string_lossy().into_owned())).flatten()
    };
    let mut slugs: Vec<String> = entries.flatten().filter_map(|entry| slug(entry.path())).collect();
    slugs.sort();
    Ok(slugs)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Runs all cases as WASM: the outcome of each, and the processor seconds that it took.
fn under_wasm(host: &Host, folder: &Path, cases: &[Value]) -> Done<Vec<(Outcome, f64)>> {
    let (script, links) = (folder.join("library.cjs"), folder.join("links.json"));
    fs::write(&script, SCRIPT).advise(script.display(), "is the folder writable?")?;
    let list = Value::from_iter(cases.iter().map(|case| text(case, "link")));
    fs::write(&links, list.to_string()).advise(links.display(), "is the folder writable?")?;
    println!("  run   {} cases as WASM", cases.len());
    let mut node = host.native("node");
    node.arg(&script).arg(&links);
    let said = asked(&mut node).ok_or_else(|| Trouble::new("the runs as WASM failed", format!("{node:?}")))?;
    let all: Vec<_> = said.lines().filter_map(measured).collect();
    if all.len() == cases.len() {
        Ok(all)
    } else {
        Err(Trouble::new(format!("{} of {} links ran as WASM:\n{said}", all.len(), cases.len()), format!("{node:?}")))
    }
}

/// A line of the script: events, digest, seconds.
fn measured(line: &str) -> Option<(Outcome, f64)> {
    let mut words = line.split(' ');
    let (events, digest) = (words.next()?.parse().ok()?, words.next()?.to_owned());
    Some((Outcome { events, digest, verdicts: Vec::new() }, words.next()?.parse().ok()?))
}

/// Runs a case natively, and lays everything that is known of it together.
fn taken(program: &Path, case: &Value, (wasm, took_s): &(Outcome, f64)) -> Done<Case> {
    let link = text(case, "link");
    let mut command = Command::new(program);
    command.args(["run", link, "--json"]);
    let said = asked(&mut command).ok_or_else(|| Trouble::new("a run failed", format!("{command:?}")))?;
    let run: Value = serde_json::from_str(&said).advise("faultline run --json", "cargo test -p cli")?;
    let claim = |claim: &Value| Claim {
        claim: text(claim, "claim").to_owned(),
        says: text(claim, "says").to_owned(),
        measured: claim.get("measured").and_then(Value::as_str).map(str::to_owned),
    };
    Ok(Case {
        name: text(case, "case").to_owned(),
        link: link.to_owned(),
        golden: outcome(case),
        native: outcome(&run),
        wasm: wasm.clone(),
        length_s: run.get("length_s").and_then(Value::as_f64).unwrap_or_default(),
        took_s: *took_s,
        boxes: list(&run, "boxes").len(),
        claims: list(&run, "claims").iter().map(claim).collect(),
    })
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn outcome(value: &Value) -> Outcome {
    let verdict =
        |said: &Value| (format!("{} of {}", text(said, "check"), text(said, "on")), text(said, "finding").into());
    Outcome {
        events: value.get("events").and_then(Value::as_u64).unwrap_or_default(),
        digest: text(value, "digest").to_owned(),
        verdicts: list(value, "verdicts").iter().map(verdict).collect(),
    }
}

impl Case {
    /// Events in a simulated second.
    fn rate(&self) -> f64 {
        self.native.events as f64 / self.length_s.max(f64::MIN_POSITIVE)
    }

    /// The share of one core that it takes to keep real time.
    fn core(&self) -> f64 {
        self.took_s / self.length_s.max(f64::MIN_POSITIVE)
    }

    /// What the checks found that was not expected.
    fn surprises(&self) -> Vec<String> {
        let expected = &self.golden.verdicts;
        let differs = |(at, (what, got)): (usize, &(String, String))| match expected.get(at) {
            Some((known, finding)) if known == what && finding == got => None,
            Some((_, finding)) => Some(format!("{what} is {got}, not {finding}")),
            None => Some(format!("{what} is {got}, which nobody expected")),
        };
        let mut all: Vec<String> = self.native.verdicts.iter().enumerate().filter_map(differs).collect();
        if self.native.verdicts.len() < expected.len() {
            all.push(format!("{} verdicts, not {}", self.native.verdicts.len(), expected.len()));
        }
        all
    }
}

/// Each claim with the first run that settles it.
fn settled(cases: &[Case]) -> Vec<(&Claim, Option<&str>)> {
    let Some(first) = cases.first() else { return Vec::new() };
    let by = |at: usize| {
        let tells = |case: &&Case| case.claims.get(at).is_some_and(|claim| claim.measured.is_some());
        match cases.iter().find(tells) {
            Some(case) => (&case.claims[at], Some(case.name.as_str())),
            None => (&first.claims[at], None),
        }
    };
    (0..first.claims.len()).map(by).collect()
}

/// A row as a person reads it.
fn told(slug: &str, cases: &[Case]) -> String {
    let Some(first) = cases.first() else { return format!("\n  {slug}\n") };
    let mut out = format!("\n  {slug}: {} boxes, a link of {} characters\n", first.boxes, first.link.len());
    for case in cases {
        let (name, rate, core) = (&case.name, case.rate(), 100.0 * case.core());
        let (expected, found) = (case.golden.verdicts.len(), case.native.verdicts.len());
        let right = found - case.surprises().len().min(found);
        let digests = if case.native.digest == case.wasm.digest { "alike in WASM" } else { "NOT alike in WASM" };
        out += &format!(
            "    {name:<34} {rate:>7.0} events a simulated second, {core:>4.1}% of a core at 1×, {right} of {expected} verdicts as expected, {} {digests}\n",
            case.native.digest
        );
    }
    for (claim, by) in settled(cases) {
        let measured = claim.measured.as_deref().unwrap_or("no run tells");
        let by = by.map(|by| format!(" ({by})")).unwrap_or_default();
        out += &format!("    claimed: {}: {}\n    measured: {measured}{by}\n", claim.claim, claim.says);
    }
    out
}

/// Everything about a row that is not as it should be.
fn wrong(cases: &[Case]) -> Vec<String> {
    let Some(first) = cases.first() else { return vec![format!("{GOLDEN} has no run of it")] };
    let mut all = Vec::new();
    let (few, short, long) = LINKS_MAX;
    let (length, max) = (first.link.len(), if first.boxes <= few { short } else { long });
    if length > max {
        all.push(format!("its link has {length} characters, more than {max}"));
    }
    for case in cases {
        let name = &case.name;
        all.extend(case.surprises().into_iter().map(|what| format!("{name}: {what}")));
        for (host, got) in [("natively", &case.native), ("in WASM", &case.wasm)] {
            if (got.events, &got.digest) != (case.golden.events, &case.golden.digest) {
                let golden = &case.golden.digest;
                all.push(format!("{name}: {} {host}, not {golden}", got.digest));
            }
        }
        if case.core() >= CORE_MAX {
            all.push(format!(
                "{name}: {:.0}% of a core at 1×, not below {:.0}%",
                100.0 * case.core(),
                100.0 * CORE_MAX
            ));
        }
    }
    let untold = settled(cases).into_iter().filter(|(_, by)| by.is_none());
    all.extend(untold.map(|(claim, _)| format!("no run settles what is claimed: {}", claim.claim)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(name: &str, measured: Option<&str>) -> Case {
        let outcome = Outcome {
            events: 60_000,
            digest: "00ff".into(),
            verdicts: vec![("p99 of readers".into(), "holds".into())],
        };
        Case {
            name: name.into(),
            link: "#s=abc".into(),
            golden: outcome.clone(),
            native: outcome.clone(),
            wasm: Outcome { verdicts: Vec::new(), ..outcome },
            length_s: 60.0,
            took_s: 3.0,
            boxes: 4,
            claims: vec![Claim {
                claim: "Nothing is lost".into(),
                says: "0".into(),
                measured: measured.map(str::to_owned),
            }],
        }
    }

    #[test]
    fn a_row_that_gives_what_it_should_has_nothing_wrong_and_names_the_run_that_settles_a_claim() {
        let cases = [case("as it is", None), case("cut off", Some("106 lost"))];
        assert_eq!(wrong(&cases), Vec::<String>::new());
        let told = told("newsfeed", &cases);
        for part in ["4 boxes", "1000 events", " 5.0% of a core", "1 of 1 verdicts", "106 lost (cut off)"] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }

    #[test]
    fn everything_that_is_not_as_it_should_be_is_named() {
        let mut bad = case("as it is", None);
        bad.native.verdicts[0].1 = "broken".into();
        bad.wasm.digest = "0bad".into();
        bad.took_s = 30.0;
        bad.link = "x".repeat(701);
        assert_eq!(
            wrong(&[bad]),
            [
                "its link has 701 characters, more than 700",
                "as it is: p99 of readers is broken, not holds",
                "as it is: 0bad in WASM, not 00ff",
                "as it is: 50% of a core at 1×, not below 40%",
                "no run settles what is claimed: Nothing is lost",
            ]
        );
        assert_eq!(wrong(&[]), ["tests/golden.json has no run of it"]);
    }

    #[test]
    fn a_line_under_node_is_read_and_a_link_that_could_not_be_opened_is_none() {
        let (outcome, seconds) = measured("210064 00ff 0.25").expect("a whole line");
        assert_eq!((outcome.events, outcome.digest.as_str(), seconds), (210_064, "00ff", 0.25));
        assert_eq!(measured(" 0.25"), None);
    }

    #[test]
    fn the_golden_file_and_a_run_are_read_alike() {
        let run = serde_json::json!({
            "events": 7, "digest": "00ff",
            "verdicts": [{ "check": "p99", "on": "readers", "finding": "holds", "figure": 1.5 }],
        });
        let read =
            Outcome { events: 7, digest: "00ff".into(), verdicts: vec![("p99 of readers".into(), "holds".into())] };
        assert_eq!(outcome(&run), read);
    }
}
