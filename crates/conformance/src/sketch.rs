//! Sketches.

use crate::{Number, Outcome, Refusal, Row, ask};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sketch::{BloomSize, CountMin, HyperLogLog, SpaceSaving};
use std::collections::BTreeMap;

pub(crate) const TABLE: &[Row] = &[
    ("bloom-sizing", bloom_sizing),
    ("count-min", count_min),
    ("hyperloglog", hyper_log_log),
    ("space-saving", space_saving),
];

fn bloom_sizing(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        n: Number,
        p: f64,
    }
    #[derive(Serialize)]
    struct Answer {
        m_bits: Number,
        k: u32,
    }
    ask(request, |request: Request| {
        let size = BloomSize::for_items(request.n.0, request.p).map_err(Refusal::new)?;
        Ok(Answer { m_bits: Number(size.bits), k: size.hashes })
    })
}

fn count_min(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        w: Number,
        d: u32,
        positions: BTreeMap<String, Vec<Number>>,
        stream: Vec<String>,
    }
    #[derive(Serialize)]
    struct Answer {
        table: Vec<Vec<Number>>,
        estimate: BTreeMap<String, Number>,
    }
    ask(request, |request: Request| {
        let mut counts = CountMin::new(request.w.0, request.d).map_err(Refusal::new)?;
        let places = |at: Vec<Number>| at.into_iter().map(|at| at.0).collect::<Vec<u64>>();
        let positions: BTreeMap<String, Vec<u64>> =
            request.positions.into_iter().map(|(item, at)| (item, places(at))).collect();
        for item in &request.stream {
            let at = positions.get(item).ok_or_else(|| Refusal(format!("{item:?} has no positions")))?;
            counts.add_at(at, 1).map_err(Refusal::new)?;
        }
        let estimate = |(item, at)| Ok((item, Number(counts.estimate_at(at).map_err(Refusal::new)?)));
        let estimates: Result<BTreeMap<&String, Number>, Refusal> =
            positions.iter().map(|(item, at)| estimate((item, at))).collect();
        Ok(Answer {
            estimate: estimates?.into_iter().map(|(item, count)| (item.clone(), count)).collect(),
            table: counts.rows().map(|row| row.iter().copied().map(Number).collect()).collect(),
        })
    })
}

fn hyper_log_log(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        p: u32,
        hashes: Vec<Number>,
    }
    #[derive(Serialize)]
    struct Answer {
        registers: Vec<u8>,
        raw_estimate: f64,
        estimate: f64,
    }
    ask(request, |request: Request| {
        let mut seen = HyperLogLog::new(request.p).map_err(Refusal::new)?;
        request.hashes.iter().for_each(|hash| seen.add_hash(hash.0));
        let (raw_estimate, estimate) = (seen.raw_estimate(), seen.estimate());
        Ok(Answer { registers: seen.registers().to_vec(), raw_estimate, estimate })
    })
}

fn space_saving(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        k: Number,
        stream: Vec<String>,
    }
    #[derive(Serialize)]
    struct Answer {
        counters: BTreeMap<String, Number>,
        errors: BTreeMap<String, Number>,
    }
    ask(request, |request: Request| {
        let mut seen = SpaceSaving::new(request.k.0).map_err(Refusal::new)?;
        request.stream.into_iter().for_each(|item| seen.add(item));
        let of = |field: fn(sketch::Counter) -> u64| {
            seen.counters().map(|(item, counter)| (item.clone(), Number(field(counter)))).collect()
        };
        Ok(Answer { counters: of(|counter| counter.count), errors: of(|counter| counter.error) })
    })
}
