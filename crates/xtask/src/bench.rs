//! `cargo xtask bench`: how fast the engine and the mechanisms are, as ratios.
//!
//! Everything is measured in one run and interleaved, round by round, so that what the machine does meanwhile falls on all alike;
//! each figure is the median of the rounds. A program's own processor time counts, not the wall clock, except in the page, which
//! has to share the clock with its reader.

mod peers;

use crate::child::asked;
use crate::host::Host;
use crate::trouble::{Advise, Done, Trouble};
use crate::{child::seconds, page, setup, under_node};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// How it is called.
pub const USAGE: &str = "bench [engine|peers] [ROUNDS]";

/// Rounds when nothing is said.
const ROUNDS: usize = 5;
/// Events in one measurement natively and in WASM; SimPy gets a twentieth.
const EVENTS: u64 = 8_000_000;

/// What must hold: a name, the figure above, the figure below, and the least that their ratio may be.
const BARS: [(&str, &str, &str, f64); 5] = [
    ("kernel on M/M/1 against the limit", "kernel-queue native", "limit-queue native", 0.5),
    ("boxes on clients to database against the limit", "boxes-tiers native", "limit-tiers native", 0.25),
    ("boxes on clients to database against SimPy", "boxes-tiers native", "tiers SimPy", 25.0),
    ("boxes in WASM under Node against native", "boxes-tiers Node", "boxes-tiers native", 0.8),
    ("the page at full speed against WASM under Node", "boxes-tiers page", "boxes-tiers Node", 0.7),
];

/// One thing measured: its name, and its million events a second in each round.
struct Figure {
    name: String,
    rounds: Vec<f64>,
}

impl Figure {
    fn median(&self) -> f64 {
        median(&self.rounds)
    }
}

/// Of an even number, the upper of the two in the middle.
fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Measures what is asked for, and prints: both halves if nothing is said, and rounds if nothing is said of them.
pub fn run(host: &Host, words: &[String]) -> Done {
    let (has_engine, has_peers, rest) = match words.first().map(String::as_str) {
        Some("engine") => (true, false, &words[1..]),
        Some("peers") => (false, true, &words[1..]),
        _ => (true, true, words),
    };
    let rounds = match rest {
        [] => ROUNDS,
        [word] => word.parse().ok().filter(|n| (1..=100).contains(n)).ok_or_else(|| {
            Trouble::new(format!("{word:?} is not a number of rounds, 1 to 100"), "cargo xtask bench 5")
        })?,
        _ => return Err(Trouble::new(format!("{:?} is too much", rest.join(" ")), format!("cargo xtask {USAGE}"))),
    };
    let start = Instant::now();
    // The peers need nothing but the native program: their figures come first.
    if has_peers {
        peers::run(host, rounds)?;
    }
    if has_engine {
        run_engine(host, rounds)?;
    }
    println!("\nmeasured in {}", seconds(start.elapsed()));
    Ok(())
}

fn run_engine(host: &Host, rounds: usize) -> Done {
    setup::ensure(host, setup::PAGE)?;
    setup::ensure(host, setup::TESTS)?;
    let measurements = prepare(host)?;
    let mut figures: Vec<Figure> =
        measurements.iter().map(|m| Figure { name: m.name.clone(), rounds: Vec::new() }).collect();
    for round in 1..=rounds {
        println!("  engine, round {round} of {rounds}");
        for (measurement, figure) in measurements.iter().zip(&mut figures) {
            figure.rounds.push(measurement.take()?);
        }
    }
    report(&figures);
    Ok(())
}

/// A command that prints `{"events": …, "seconds": …}`.
struct Measurement {
    name: String,
    command: Box<dyn Fn() -> Command>,
}

impl Measurement {
    fn new(name: String, command: impl Fn() -> Command + 'static) -> Measurement {
        Measurement { name, command: Box::new(command) }
    }

    /// Million events a second.
    fn take(&self) -> Done<f64> {
        let value = asked_json(&self.name, (self.command)())?;
        let number = |key: &str| value.get(key).and_then(serde_json::Value::as_f64);
        match (number("events"), number("seconds")) {
            (Some(events), Some(seconds)) if seconds > 0.0 => Ok(events / seconds / 1e6),
            _ => Err(Trouble::new(format!("{}: {value}", self.name), "the last line should have events and seconds")),
        }
    }
}

/// The JSON in the last line of what a command prints.
fn asked_json(name: &str, mut command: Command) -> Done<serde_json::Value> {
    let said = asked(&mut command)
        .ok_or_else(|| Trouble::new(format!("{name}: the measurement failed"), format!("{command:?}")))?;
    serde_json::from_str(said.lines().last().unwrap_or("")).advise(name, "the last line should be JSON")
}

/// Builds everything that is measured.
fn prepare(host: &Host) -> Done<Vec<Measurement>> {
    let native = under_node::native(host, "bench")?;
    let node = build_node(host)?;
    let python = build_simpy(host)?;
    let speed = build_page(host)?;
    let mut all = Vec::new();
    for case in ["limit-queue", "kernel-queue", "boxes-queue", "limit-tiers", "boxes-tiers"] {
        let (native, node) = (native.clone(), node.clone());
        all.push(Measurement::new(format!("{case} native"), move || program(&native, &[case, &EVENTS.to_string()])));
        all.push(Measurement::new(format!("{case} Node"), move || {
            program(Path::new("node"), &[&node.display().to_string(), case, &EVENTS.to_string()])
        }));
    }
    for model in ["queue", "tiers"] {
        let python = python.clone();
        let script = host.root.join("crates/bench/simpy_models.py").display().to_string();
        let events = (EVENTS / 20).to_string();
        all.push(Measurement::new(format!("{model} SimPy"), move || program(&python, &[&script, model, &events])));
    }
    let dist = page::dist(host);
    all.push(Measurement::new("boxes-tiers page".to_owned(), move || {
        let mut command = program(&speed, &[]);
        command.env("FAULTLINE_DIST", &dist);
        command
    }));
    Ok(all)
}

fn program(file: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(file);
    command.args(words);
    command
}

/// The measurements as WASM, and the script that runs them under Node.
fn build_node(host: &Host) -> Done<PathBuf> {
    let folder = under_node::wasm(host, "bench")?;
    let (plain, fast) = (folder.join("bench_bg.wasm"), folder.join("fast.wasm"));
    // The level that the page's worker has: beyond it, wasm-opt inlines so much that V8 makes slower code of it.
    let mut optimise = host.native("wasm-opt");
    optimise.args(["-O1", "--all-features"]).arg(&plain).arg("-o").arg(&fast);
    host.run("bench-wasm-opt", optimise, "cargo xtask setup")?;
    std::fs::rename(&fast, &plain).advise(plain.display(), "is the folder writable?")?;
    let script = folder.join("run.cjs");
    std::fs::write(&script, RUN_UNDER_NODE).advise(script.display(), "is the folder writable?")?;
    Ok(script)
}

/// Warms up in one short call, because a first long call stays in the browser's baseline compiler; then measures.
const RUN_UNDER_NODE: &str = r#"const { run_case } = require("./bench.js");
const [name, events] = [process.argv[2], Number(process.argv[3])];
for (let i = 0; i < 8; i++) run_case(name, events / 80);
const before = process.cpuUsage();
const done = run_case(name, events);
const took = process.cpuUsage(before);
console.log(JSON.stringify({ events: done, seconds: (took.user + took.system) / 1e6 }));
"#;

/// A Python of its own with SimPy in it.
fn build_simpy(host: &Host) -> Done<PathBuf> {
    let folder = host.target.join("simpy");
    let python = folder.join("bin/python");
    if !python.is_file() {
        println!("  get   SimPy in an environment of its own");
        let mut make = host.native("python3");
        make.args(["-m", "venv"]).arg(&folder);
        host.run("simpy-venv", make, "python3 with its venv module is needed: apt-get install python3-venv")?;
        let mut get = host.native(&python.display().to_string());
        get.args(["-m", "pip", "install", "--quiet", "simpy==4.1.1"]);
        host.run("simpy-install", get, "is the network there?")?;
    }
    Ok(python)
}

/// The page itself, and the program that watches it run at full speed.
fn build_page(host: &Host) -> Done<PathBuf> {
    page::build(host)?;
    println!("  build the program that watches the page");
    let mut cargo = host.native("cargo");
    cargo.args(["build", "--release", "--locked", "--package", "browser-tests", "--bin", "page-speed"]);
    host.run("bench-page", cargo, "cargo build --release --package browser-tests --bin page-speed")?;
    Ok(host.target.join("release/page-speed"))
}

fn report(figures: &[Figure]) {
    println!("\n  million events a second, medians (least to most)");
    for figure in figures {
        let least = figure.rounds.iter().copied().fold(f64::INFINITY, f64::min);
        let most = figure.rounds.iter().copied().fold(0.0, f64::max);
        println!("    {:<22} {:>8.3}   ({least:.3} to {most:.3})", figure.name, figure.median());
    }
    println!("\n  ratios");
    let median = |name: &str| figures.iter().find(|figure| figure.name == name).map_or(f64::NAN, Figure::median);
    for (what, above, below, least) in BARS {
        verdict(what, median(above) / median(below), least);
    }
}

/// One ratio beside its bar.
fn verdict(what: &str, ratio: f64, least: f64) {
    let holds = if ratio >= least { "holds" } else { "MISSED" };
    println!("    {what:<60} {ratio:>7.2}   at least {least:<5.3} {holds}");
}
