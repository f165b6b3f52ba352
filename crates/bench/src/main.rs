//! Runs one measurement in a process of its own and prints it as a line of JSON:
//!
//! ```text
//!   bench CASE EVENTS              a case of the engine: events, seconds
//!   bench peers                    the list of comparisons with other crates, a line each
//!   bench peer NAME ours|theirs    one side of one comparison: events, seconds, bytes a key, answer, steps
//! ```

use bench::Case;
use bench::peers::{Measure, PEERS, Peer, Side};
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let lines = match words[..] {
        ["peers"] => Some(PEERS.iter().map(described).collect()),
        ["peer", name, "ours"] => Peer::named(name).map(|peer| vec![compared(peer, Side::Ours)]),
        ["peer", name, "theirs"] => Peer::named(name).map(|peer| vec![compared(peer, Side::Theirs)]),
        [case, events] => measured(case, events).map(|line| vec![line]),
        _ => None,
    };
    let Some(lines) = lines else {
        let cases = Case::ALL.map(|(_, name)| name).join(", ");
        let peers: Vec<&str> = PEERS.iter().map(|peer| peer.name).collect();
        eprintln!("bench CASE EVENTS, where CASE is one of {cases}");
        eprintln!("bench peers\nbench peer NAME ours|theirs, where NAME is one of {}", peers.join(", "));
        return ExitCode::from(2);
    };
    lines.iter().for_each(|line| println!("{line}"));
    ExitCode::SUCCESS
}

fn measured(case: &str, events: &str) -> Option<serde_json::Value> {
    let (case, _) = Case::ALL.into_iter().find(|(_, known)| *known == case)?;
    let events = events.parse().ok()?;
    let before = processor_time();
    let done = case.run(events, 1);
    let took = processor_time().saturating_sub(before);
    Some(serde_json::json!({ "events": done, "seconds": took.as_secs_f64() }))
}

fn described(peer: &Peer) -> serde_json::Value {
    serde_json::json!({
        "name": peer.name,
        "ours": peer.ours,
        "theirs": peer.theirs,
        "is_time": peer.measure == Measure::Time,
        "bar": peer.bar,
        "agreement": [peer.agreement.0, peer.agreement.1],
    })
}

fn compared(peer: &Peer, side: Side) -> serde_json::Value {
    let inputs = peer.inputs(peer.operations);
    let memory = resident_bytes();
    let job = peer.build(side, &inputs);
    let before = processor_time();
    let answer = job();
    let took = processor_time().saturating_sub(before);
    let bytes = resident_bytes().saturating_sub(memory) as f64;
    let answer = answer();
    serde_json::json!({
        "events": inputs.len(),
        "seconds": took.as_secs_f64(),
        "bytes": (peer.keys > 0).then(|| bytes / peer.keys as f64),
        "answer": answer.value,
        "steps": answer.steps,
    })
}

/// The processor time of this process so far: a neighbour who uses the machine too does not count.
fn processor_time() -> Duration {
    cpu_time::ProcessTime::now().as_duration()
}

/// What this process holds of the machine's memory; 0 where the system does not tell.
fn resident_bytes() -> u64 {
    memory_stats::memory_stats().map_or(0, |stats| stats.physical_mem as u64)
}
