//! Runs one case and prints its events and the processor time it took: `bench CASE EVENTS`.

use bench::Case;
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let case = words.next().and_then(|name| Case::ALL.into_iter().find(|(_, known)| *known == name));
    let events = words.next().and_then(|events| events.parse().ok());
    let (Some((case, _)), Some(events)) = (case, events) else {
        let names = Case::ALL.map(|(_, name)| name).join(", ");
        eprintln!("bench CASE EVENTS, where CASE is one of {names}");
        return ExitCode::from(2);
    };
    let before = processor_time();
    let done = case.run(events, 1);
    let took = processor_time().saturating_sub(before);
    println!("{{\"events\":{done},\"seconds\":{:.6}}}", took.as_secs_f64());
    ExitCode::SUCCESS
}

/// The processor time of this process so far: a neighbour who uses the machine too does not count.
fn processor_time() -> Duration {
    cpu_time::ProcessTime::now().as_duration()
}
