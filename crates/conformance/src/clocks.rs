//! Logical clocks.

use crate::{Number, Outcome, Refusal, Row, ask};
use base::Time;
use clocks::{HybridClock, HybridStamp, Lamport, VectorClock};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const TABLE: &[Row] =
    &[("vector-clock", vector_clock), ("clock-diagram", clock_diagram), ("hybrid-clock", hybrid_clock)];

/// Most entries of all clocks of an answer together.
const ENTRIES_MAX: u64 = 2_000_000;

fn vector_clock(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        a: BTreeMap<String, Number>,
        b: BTreeMap<String, Number>,
    }
    #[derive(Serialize)]
    struct Answer {
        relation: &'static str,
        merge: BTreeMap<String, String>,
    }
    ask(request, |request: Request| {
        let clock = |counts: &BTreeMap<String, Number>| {
            VectorClock::from_counts(counts.iter().map(|(process, count)| (process.clone(), count.0)))
        };
        let (a, b) = (clock(&request.a), clock(&request.b));
        let merged = a.merged(&b);
        let names: BTreeSet<&String> = request.a.keys().chain(request.b.keys()).collect();
        let merge = names.into_iter().map(|name| (name.clone(), merged.count(name).to_string())).collect();
        Ok(Answer { relation: a.relation(&b).name(), merge })
    })
}

/// What happens at process `proc`: something local, a message sent, or one received.
#[derive(Deserialize)]
struct Event {
    proc: Number,
    #[serde(rename = "type")]
    kind: EventKind,
    msg: Option<Number>,
    #[serde(default)]
    pt: Option<Number>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum EventKind {
    Local,
    Send,
    #[serde(alias = "receive")]
    Recv,
}

#[derive(Deserialize)]
struct Diagram {
    processes: Number,
    events: Vec<Event>,
}

impl Diagram {
    /// Goes through the events with a clock a process. `count` counts one event, with what the received message carries, and returns
    /// what a message sent would carry.
    fn trace<C: Clone, M: Clone>(
        &self,
        fresh: C,
        mut count: impl FnMut(u32, &mut C, &Event, Option<&M>) -> Result<M, Refusal>,
    ) -> Result<Vec<M>, Refusal> {
        let (processes, events) = (self.processes.0, self.events.len() as u64);
        if processes.saturating_mul(events.max(1)) > ENTRIES_MAX {
            return Err(Refusal(format!("{processes} processes and {events} events, together at most {ENTRIES_MAX}")));
        }
        let mut clocks = vec![fresh; processes as usize];
        let mut sent: BTreeMap<Number, M> = BTreeMap::new();
        let mut stamps = Vec::with_capacity(self.events.len());
        for event in &self.events {
            let unknown = || Refusal(format!("process {} of {processes}", event.proc.0));
            let clock =
                clocks.get_mut(event.proc.0 as usize).filter(|_| event.proc.0 < processes).ok_or_else(unknown)?;
            let message = if event.kind == EventKind::Local { None } else { Some(event.message()?) };
            let carried = match (event.kind, message) {
                (EventKind::Recv, Some(message)) => {
                    let never = || Refusal(format!("message {} is received before it is sent", message.0));
                    Some(sent.get(&message).ok_or_else(never)?)
                }
                _ => None,
            };
            let stamp = count(event.proc.0 as u32, clock, event, carried)?;
            if let (EventKind::Send, Some(message)) = (event.kind, message)
                && sent.insert(message, stamp.clone()).is_some()
            {
                return Err(Refusal(format!("message {} is sent twice", message.0)));
            }
            stamps.push(stamp);
        }
        Ok(stamps)
    }
}

impl Event {
    fn message(&self) -> Result<Number, Refusal> {
        self.msg.ok_or_else(|| Refusal::new("`msg` is missing: it names the message that is sent or received"))
    }
}

fn clock_diagram(request: Value) -> Outcome {
    #[derive(Serialize)]
    struct Answer {
        vector: Vec<Vec<Number>>,
        lamport: Vec<Number>,
    }
    ask(request, |diagram: Diagram| {
        let vectors = diagram.trace(VectorClock::new(), |process, clock, _, sent: Option<&VectorClock<u32>>| {
            match sent {
                Some(sent) => clock.receive(process, sent).map_err(Refusal::new)?,
                None => clock.tick(process).map_err(Refusal::new)?,
            };
            Ok(clock.clone())
        })?;
        let lamport = diagram.trace(Lamport::new(), |_, clock, _, sent: Option<&u64>| match sent {
            Some(sent) => clock.receive(*sent).map_err(Refusal::new),
            None => clock.tick().map_err(Refusal::new),
        })?;
        let processes = 0..diagram.processes.0 as u32;
        let row = |clock: &VectorClock<u32>| processes.clone().map(|process| Number(clock.count(&process))).collect();
        Ok(Answer { vector: vectors.iter().map(row).collect(), lamport: lamport.into_iter().map(Number).collect() })
    })
}

fn hybrid_clock(request: Value) -> Outcome {
    #[derive(Serialize)]
    struct Answer {
        hlc: Vec<(Number, Number)>,
    }
    ask(request, |diagram: Diagram| {
        let stamps = diagram.trace(HybridClock::new(), |_, clock, event, sent: Option<&HybridStamp>| {
            let physical = event.pt.map(|pt| Time(pt.0));
            let physical = physical.ok_or_else(|| Refusal::new("`pt` is missing: what the physical clock reads"))?;
            match sent {
                Some(sent) => clock.receive(*sent, physical).map_err(Refusal::new),
                None => clock.tick(physical).map_err(Refusal::new),
            }
        })?;
        Ok(Answer { hlc: stamps.iter().map(|stamp| (Number(stamp.time.0), Number(stamp.count))).collect() })
    })
}
