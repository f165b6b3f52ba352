//! `cargo xtask test`: everything that must hold before a change lands, stage by stage.
//!
//! `.ci/run` runs this and nothing else, so what passes here passes there. Stages go on after a failed one: a person who waited
//! for twenty minutes wants to know everything that is wrong, not the first thing.

use crate::child::seconds;
use crate::host::Host;
use crate::trouble::{Done, Trouble};
use crate::{budget, conformance, page, policy, setup, tidy};
use std::process::Command;
use std::time::{Duration, Instant};

mod crates;

/// How it is used.
pub const USAGE: &str = "test [--list] [STAGE]...";

/// One stage.
struct Stage {
    name: &'static str,
    about: &'static str,
    run: fn(&Host) -> Done<Outcome>,
}

/// How a stage ended that did not fail, with a few words for the table.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Passed(String),
    Skipped(String),
}

/// The stages, cheap ones first.
const STAGES: &[Stage] = &[
    Stage { name: "setup", about: "every tool is there", run: ready },
    Stage { name: "tidy", about: "layers, bans, files and lists", run: rules },
    Stage { name: "format", about: "rustfmt has nothing to change", run: format },
    Stage { name: "lints", about: "clippy is silent, natively", run: lints },
    Stage { name: "wasm-lints", about: "clippy is silent, for the browser", run: wasm_lints },
    Stage { name: "tests", about: "unit and integration tests, natively", run: tests },
    Stage { name: "doc-tests", about: "the examples in the documentation", run: doc_tests },
    Stage { name: "docs", about: "the documentation builds without a warning", run: docs },
    Stage { name: "node", about: "WASM tests in Node", run: node },
    Stage { name: "conformance", about: "every mechanism answers alike, natively and as WASM", run: answers },
    Stage { name: "chromium", about: "WASM tests in headless Chromium", run: chromium },
    Stage { name: "page", about: "the page builds, keeps its policy, and stands on any host", run: build_page },
    Stage { name: "size", about: "a first visit is light enough", run: weigh },
    Stage { name: "browser", about: "the page, used as a person would", run: browser },
];

/// The package that uses the page as a person would.
const BROWSER_TESTS: &str = "browser-tests";

/// Runs the stages named by `words`, or all of them. Tells whether everything holds.
pub fn run(host: &Host, words: &[String]) -> Done<bool> {
    if words.iter().any(|word| word == "--list") {
        for stage in STAGES {
            println!("  {:<11} {}", stage.name, stage.about);
        }
        return Ok(true);
    }
    if let Some(unknown) = words.iter().find(|word| STAGES.iter().all(|stage| stage.name != **word)) {
        return Err(Trouble::new(format!("there is no stage {unknown:?}"), "cargo xtask test --list"));
    }
    let start = Instant::now();
    let wanted = |stage: &&Stage| words.is_empty() || words.iter().any(|word| word == stage.name);
    let results: Vec<_> = STAGES.iter().filter(wanted).map(|stage| attempt(host, stage)).collect();
    println!("\n{}", table(&results));
    println!("in {}; the logs are in {}\n", seconds(start.elapsed()), host.target.join("xtask").display());
    let (line, is_good) = verdict(&results);
    if !is_good {
        println!("mend what failed above; one stage alone: cargo xtask test STAGE\n");
    }
    println!("{line}");
    Ok(is_good)
}

/// A stage's name, its outcome and its time.
type Result = (&'static str, Done<Outcome>, Duration);

fn attempt(host: &Host, stage: &Stage) -> Result {
    println!("\n{}: {}", stage.name, stage.about);
    let start = Instant::now();
    let outcome = (stage.run)(host);
    match &outcome {
        Ok(Outcome::Passed(words)) => println!("  passed in {}  {words}", seconds(start.elapsed())),
        Ok(Outcome::Skipped(words)) => println!("  skipped: {words}"),
        Err(trouble) => println!("  FAILED in {}\n  {trouble}", seconds(start.elapsed())),
    }
    (stage.name, outcome, start.elapsed())
}

fn table(results: &[Result]) -> String {
    let row = |(name, outcome, time): &Result| {
        let (word, note) = match outcome {
            Ok(Outcome::Passed(note)) => ("passed", note.as_str()),
            Ok(Outcome::Skipped(note)) => ("skipped", note.as_str()),
            Err(trouble) => ("FAILED", trouble.what.lines().next().unwrap_or_default()),
        };
        format!("  {name:<11} {word:<8} {:>12}  {note}", seconds(*time))
    };
    results.iter().map(row).collect::<Vec<_>>().join("\n")
}

/// The last line, in the plain form that any reader of logs knows, and whether all is well.
fn verdict(results: &[Result]) -> (String, bool) {
    let count = |is: fn(&Done<Outcome>) -> bool| results.iter().filter(|(_, outcome, _)| is(outcome)).count();
    let passed = count(|outcome| matches!(outcome, Ok(Outcome::Passed(_))));
    let skipped = count(|outcome| matches!(outcome, Ok(Outcome::Skipped(_))));
    let failed = count(|outcome| outcome.is_err());
    let tail = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
    // Nothing that passed shows nothing.
    (format!("{passed} passed, {failed} failed{tail}"), failed == 0 && passed > 0)
}

fn passed(words: impl Into<String>) -> Done<Outcome> {
    Ok(Outcome::Passed(words.into()))
}

fn ready(host: &Host) -> Done<Outcome> {
    setup::ensure(host, setup::PAGE)?;
    setup::ensure(host, setup::TESTS)?;
    passed("")
}

fn rules(host: &Host) -> Done<Outcome> {
    tidy::check(host).and_then(passed)
}

fn format(host: &Host) -> Done<Outcome> {
    cargo(host, "format", &["fmt", "--all", "--check"], "cargo fmt --all").and_then(|_| passed(""))
}

fn lints(host: &Host) -> Done<Outcome> {
    let words = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    cargo(host, "lints", &words, format!("cargo {}", words.join(" "))).and_then(|_| passed(""))
}

fn wasm_lints(host: &Host) -> Done<Outcome> {
    let mut clippy = host.wasm("cargo")?;
    clippy.args(["clippy", "--target", crate::host::WASM, "--lib", "--bins", "--tests", "-p", "web"]);
    for package in crates::with_wasm_tests(host)? {
        clippy.args(["-p", &package.name]);
    }
    clippy.args(["--", "-D", "warnings"]);
    host.run("wasm-lints", clippy, "cargo clippy --target wasm32-unknown-unknown -p web")?;
    let mut small = host.wasm("cargo")?;
    let words = ["clippy", "--target", crate::host::WASM, "-p", "web", "--no-default-features", "--", "-D", "warnings"];
    small.args(words);
    host.run("wasm-lints-small", small, format!("cargo {}", words.join(" "))).and_then(|_| passed(""))
}

fn tests(host: &Host) -> Done<Outcome> {
    let words = ["test", "--workspace", "--exclude", BROWSER_TESTS, "--lib", "--bins", "--tests", "--no-fail-fast"];
    let words = if crates::exists(host, BROWSER_TESTS)? { words.to_vec() } else { [&words[..2], &words[4..]].concat() };
    let said = cargo(host, "tests", &words, "one crate alone: cargo test -p CRATE")?;
    counted(&said)
}

fn doc_tests(host: &Host) -> Done<Outcome> {
    let said =
        cargo(host, "doc-tests", &["test", "--workspace", "--doc", "--no-fail-fast"], "cargo test --doc -p CRATE")?;
    counted(&said)
}

fn docs(host: &Host) -> Done<Outcome> {
    let mut doc = host.native("cargo");
    doc.args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
    host.run("docs", doc, "RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps").and_then(|_| passed(""))
}

fn node(host: &Host) -> Done<Outcome> {
    let packages: Vec<_> = crates::with_wasm_tests(host)?.into_iter().filter(|package| package.runs_in_node).collect();
    wasm_pack(host, "node", &["--node"], &packages)
}

fn chromium(host: &Host) -> Done<Outcome> {
    let packages: Vec<_> =
        crates::with_wasm_tests(host)?.into_iter().filter(|package| package.runs_in_browser).collect();
    wasm_pack(host, "chromium", &["--headless", "--chrome"], &packages)
}

/// Runs the tests of `packages` through wasm-pack, which finds everything it needs on the path.
fn answers(host: &Host) -> Done<Outcome> {
    if conformance::run(host, &[])? {
        return passed("the same answers");
    }
    Err(Trouble::new("the answers above differ", "cargo xtask conformance"))
}

fn wasm_pack(host: &Host, stage: &str, options: &[&str], packages: &[crates::Package]) -> Done<Outcome> {
    if packages.is_empty() {
        return Ok(Outcome::Skipped("no crate has such tests".to_owned()));
    }
    let mut said = String::new();
    for package in packages {
        println!("  {}", package.name);
        let mut wasm_pack = host.wasm("wasm-pack")?;
        wasm_pack.args(["test", "--mode", "no-install"]).args(options).arg(&package.folder);
        // A browser's tests replay whole runs; the 20 s that are given by themselves are for small ones.
        wasm_pack.env("WASM_BINDGEN_TEST_TIMEOUT", "900");
        let advice = format!("wasm-pack test {} {}", options.join(" "), package.folder.display());
        said += &host.run(&format!("{stage}-{}", package.name), wasm_pack, advice)?;
    }
    counted(&said)
}

fn build_page(host: &Host) -> Done<Outcome> {
    let outcome = page::build(host)?;
    policy::check(&page::dist(host))?;
    passed(outcome)
}

fn weigh(host: &Host) -> Done<Outcome> {
    let (table, summary) = budget::weigh(&page::dist(host))?;
    println!("{table}");
    passed(summary)
}

fn browser(host: &Host) -> Done<Outcome> {
    if !crates::exists(host, BROWSER_TESTS)? {
        return Ok(Outcome::Skipped(format!("there is no package {BROWSER_TESTS} yet")));
    }
    let mut cargo = host.native("cargo");
    cargo.args(["test", "-p", BROWSER_TESTS, "--no-fail-fast"]);
    cargo.env("FAULTLINE_DIST", page::dist(host));
    cargo.env("FAULTLINE_AXE", host.tools.join(xtask::AXE_SCRIPT));
    for (variable, names) in [("CHROMEDRIVER", &["chromedriver"][..]), ("CHROME", &["chromium", "google-chrome"])] {
        if let Some(program) = names.iter().find_map(|name| host.find(name)) {
            cargo.env(variable, program);
        }
    }
    let by_hand = format!("FAULTLINE_DIST={} cargo test -p {BROWSER_TESTS}", page::dist(host).display());
    counted(&host.run("browser", cargo, by_hand)?)
}

fn cargo(host: &Host, stage: &str, words: &[&str], advice: impl Into<String>) -> Done<String> {
    let mut cargo: Command = host.native("cargo");
    cargo.args(words);
    host.run(stage, cargo, advice)
}

/// How many tests a run of tests counted. None at all shows nothing, and is a failure.
fn counted(said: &str) -> Done<Outcome> {
    let number = |line: &str, what: &str| -> u64 {
        let (before, _) = line.split_once(what).unwrap_or_default();
        before.split_whitespace().last().and_then(|word| word.parse().ok()).unwrap_or(0)
    };
    let lines = || said.lines().filter(|line| line.trim_start().starts_with("test result:"));
    let sum = |what: &str| lines().map(|line| number(line, what)).sum::<u64>();
    match (sum(" passed"), sum(" ignored")) {
        (0, _) => Err(Trouble::new("no test ran", "did the tests move? see the log")),
        (tests, 0) => passed(format!("{tests} tests")),
        (tests, ignored) => passed(format!("{tests} tests, {ignored} ignored")),
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn tests_are_summed_over_all_binaries() {
        let said = "x\ntest result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n\
                    test result: ok. 40 passed; 0 failed; 0 ignored; 0 filtered out\n";
        assert_eq!(counted(said), passed("43 tests, 1 ignored"));
    }

    #[test]
    fn a_run_without_any_test_is_a_failure() {
        assert!(counted("test result: ok. 0 passed; 0 failed; 0 ignored\n").is_err());
        assert!(counted("no tests to run!").is_err());
    }

    #[test]
    fn the_last_line_is_plain_and_one_failure_fails_all() {
        let of = |outcome| ("stage", outcome, Duration::ZERO);
        let bad = || of(Err(Trouble::new("bad", "mend it")));
        assert_eq!(verdict(&[of(passed("")), of(passed("")), bad()]), ("2 passed, 1 failed".to_owned(), false));
        assert_eq!(verdict(&[of(passed(""))]), ("1 passed, 0 failed".to_owned(), true));
        assert!(!verdict(&[of(Ok(Outcome::Skipped(String::new())))]).1, "nothing was shown");
    }

    #[test]
    fn stages_can_be_named_and_unknown_ones_are_refused() {
        assert!(run(&Host::this(), &["no-such-stage".to_owned()]).is_err());
        assert!(run(&Host::this(), &["--list".to_owned()]).is_ok());
    }
}
