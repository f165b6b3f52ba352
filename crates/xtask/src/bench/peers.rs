//! Our mechanisms beside other people's crates: the list and both sides live in `crates/bench/src/peers.rs`, and each side runs in
//! a process of its own, in turn.

use super::{asked_json, median, program, verdict};
use crate::host::Host;
use crate::trouble::{Done, Trouble};
use crate::under_node;
use serde_json::Value;
use std::path::Path;

/// One comparison, as the program tells it.
struct Peer {
    name: String,
    ours: String,
    theirs: String,
    is_time: bool,
    bar: f64,
    /// Least and most that our answer may be, as a multiple of theirs.
    agreement: [f64; 2],
}

/// What one side did in one round.
struct Taken {
    /// Million operations a second, or steps.
    figure: f64,
    /// A key; `None` where memory says nothing.
    bytes: Option<f64>,
    answer: f64,
}

/// Both sides of one comparison, round by round.
#[derive(Default)]
struct Sides {
    ours: Vec<Taken>,
    theirs: Vec<Taken>,
}

/// Measures and prints.
pub fn run(host: &Host, rounds: usize) -> Done {
    // Another peer's build runs a program that is packed for this system, and not for every other.
    let features: &[&str] = if cfg!(target_os = "linux") { &["raft-peer"] } else { &[] };
    let bench = under_node::native_with(host, "bench", features)?;
    let peers = list(&bench)?;
    let mut all: Vec<Sides> = peers.iter().map(|_| Sides::default()).collect();
    for round in 1..=rounds {
        println!("  peers, round {round} of {rounds}");
        for (peer, sides) in peers.iter().zip(&mut all) {
            // Whoever comes first finds the machine as the last comparison left it: they take turns.
            let (ours, theirs) = if round % 2 == 1 {
                (take(&bench, peer, "ours")?, take(&bench, peer, "theirs")?)
            } else {
                let theirs = take(&bench, peer, "theirs")?;
                (take(&bench, peer, "ours")?, theirs)
            };
            agree(peer, &ours, &theirs)?;
            sides.ours.push(ours);
            sides.theirs.push(theirs);
        }
    }
    report(&peers, &all);
    Ok(())
}

fn list(bench: &Path) -> Done<Vec<Peer>> {
    let said = crate::child::asked(&mut program(bench, &["peers"])).unwrap_or_default();
    let peers: Option<Vec<Peer>> = said.lines().map(|line| peer(&serde_json::from_str(line).ok()?)).collect();
    peers
        .filter(|peers| !peers.is_empty())
        .ok_or_else(|| Trouble::new(format!("not a list of comparisons: {said}"), format!("{} peers", bench.display())))
}

fn peer(value: &Value) -> Option<Peer> {
    let text = |key: &str| value[key].as_str().map(str::to_owned);
    Some(Peer {
        name: text("name")?,
        ours: text("ours")?,
        theirs: text("theirs")?,
        is_time: value["is_time"].as_bool()?,
        bar: value["bar"].as_f64()?,
        agreement: [value["agreement"][0].as_f64()?, value["agreement"][1].as_f64()?],
    })
}

/// Memory that was freed after the inputs were made is to go back to the system and not to what is measured: glibc keeps large
/// blocks once it has seen some freed, unless a bound is set.
const GIVE_BACK: (&str, &str) = ("MALLOC_MMAP_THRESHOLD_", "131072");

fn take(bench: &Path, peer: &Peer, side: &str) -> Done<Taken> {
    let name = format!("{} {side}", peer.name);
    let mut command = program(bench, &["peer", &peer.name, side]);
    command.env(GIVE_BACK.0, GIVE_BACK.1);
    let value = asked_json(&name, command)?;
    let number = |key: &str| value[key].as_f64();
    let figure = match (number("events"), number("seconds"), number("steps")) {
        (Some(events), Some(seconds), _) if peer.is_time && seconds > 0.0 => events / seconds / 1e6,
        (_, _, Some(steps)) if !peer.is_time && steps > 0.0 => steps,
        _ => return Err(Trouble::new(format!("{name}: {value}"), "it should have events and seconds, or steps")),
    };
    Ok(Taken { figure, bytes: number("bytes"), answer: number("answer").unwrap_or(f64::NAN) })
}

/// A comparison of two that do different things says nothing.
fn agree(peer: &Peer, ours: &Taken, theirs: &Taken) -> Done {
    let [least, most] = peer.agreement;
    if ours.answer >= theirs.answer * least && ours.answer <= theirs.answer * most {
        return Ok(());
    }
    let what = format!("{}: ours answers {}, theirs {}", peer.name, ours.answer, theirs.answer);
    Err(Trouble::new(what, format!("ours should be {least} to {most} times theirs: crates/bench/src/peers.rs")))
}

fn report(peers: &[Peer], all: &[Sides]) {
    println!(
        "\n  beside other crates: million operations a second of processor time (or steps), medians; bytes a key held"
    );
    for (peer, sides) in peers.iter().zip(all) {
        for (name, taken) in [(&peer.ours, &sides.ours), (&peer.theirs, &sides.theirs)] {
            let figures: Vec<f64> = taken.iter().map(|taken| taken.figure).collect();
            let bytes: Vec<f64> = taken.iter().filter_map(|taken| taken.bytes).collect();
            let least = figures.iter().copied().fold(f64::INFINITY, f64::min);
            let most = figures.iter().copied().fold(0.0, f64::max);
            let bytes = if bytes.is_empty() { String::new() } else { format!("{:.1} bytes", median(&bytes)) };
            let answer = taken.first().map_or(f64::NAN, |taken| taken.answer);
            let range = format!("({least:.3} to {most:.3})");
            println!("    {name:<24} {:>12.3}   {range:<28} {bytes:>10}   answer {answer}", median(&figures));
        }
    }
    println!("\n  ratios, ours to theirs");
    for (peer, sides) in peers.iter().zip(all) {
        let of = |taken: &[Taken]| median(&taken.iter().map(|taken| taken.figure).collect::<Vec<f64>>());
        let (ours, theirs) = (of(&sides.ours), of(&sides.theirs));
        let (what, ratio) = if peer.is_time { ("speed", ours / theirs) } else { ("fewer steps", theirs / ours) };
        verdict(&format!("{} against {}, {what}", peer.ours, peer.theirs), ratio, peer.bar);
    }
}
