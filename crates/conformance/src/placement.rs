//! Placement of keys on members.

use crate::{Fraction, Number, Outcome, Refusal, Row, ask};
use placement::{BoundedLoad, Excess, Favourites, Ketama, Place, Ring, by_draw, jump, maglev_table};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const TABLE: &[Row] = &[
    ("bounded-load", bounded_load),
    ("jump-hash", jump_hash),
    ("ketama", ketama),
    ("maglev-table", maglev),
    ("rendezvous", rendezvous),
    ("ring-lookup", ring_lookup),
];

/// Most steps that filling one table may take: its size times the back ends.
const CLAIMS_MAX: u64 = 200_000_000;

/// Names as the small numbers that members are, in the order of the names.
struct Names(Vec<String>);

impl Names {
    fn of(names: impl Iterator<Item = String>) -> Names {
        Names(names.collect::<BTreeSet<_>>().into_iter().collect())
    }

    /// The member of a name that is in the list.
    fn member(&self, name: &str) -> u32 {
        self.0.partition_point(|known| known.as_str() < name) as u32
    }

    fn name(&self, member: u32) -> String {
        self.0[member as usize].clone()
    }
}

fn ring_lookup(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        ring_bits: u32,
        points: Vec<(Number, String)>,
        keys: Vec<Number>,
    }
    #[derive(Serialize)]
    struct Answer {
        preference: Vec<Vec<String>>,
        owned_arc_length: BTreeMap<String, String>,
    }
    ask(request, |request: Request| {
        if request.ring_bits > 64 {
            return Err(Refusal(format!("`ring_bits` is {}, but must be at most 64", request.ring_bits)));
        }
        let size = 1_u64.checked_shl(request.ring_bits).unwrap_or(0);
        if let Some((at, name)) = request.points.iter().find(|(at, _)| size > 0 && at.0 >= size) {
            return Err(Refusal(format!("the point of {name:?} at {} lies outside a ring of {size}", at.0)));
        }
        let names = Names::of(request.points.iter().map(|(_, name)| name.clone()));
        let points: Vec<_> = request.points.iter().map(|(at, name)| (at.0, names.member(name))).collect();
        let ring = Ring::from_points(&points);
        let mut preference = Vec::new();
        let mut named = |key: &Number| {
            ring.preference(key.0, usize::MAX, &mut preference);
            preference.iter().map(|member| names.name(*member)).collect()
        };
        let length = |member: u32| (names.name(member), ring.owned_length(member, size).to_string());
        Ok(Answer {
            preference: request.keys.iter().map(&mut named).collect(),
            owned_arc_length: ring.members().into_iter().map(length).collect(),
        })
    })
}

fn jump_hash(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        key: Number,
        buckets: Number,
    }
    #[derive(Serialize)]
    struct Answer {
        bucket: u32,
    }
    ask(request, |request: Request| {
        let buckets = u32::try_from(request.buckets.0).map_err(|_| Refusal::new("`buckets` must be below 2^32"))?;
        let bucket = jump(request.key.0, buckets).ok_or_else(|| Refusal::new("without buckets there is no bucket"))?;
        Ok(Answer { bucket })
    })
}

fn maglev(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Backend {
        offset: Number,
        skip: Number,
    }
    #[derive(Deserialize)]
    struct Request {
        size: Number,
        backends: Vec<Backend>,
    }
    #[derive(Serialize)]
    struct Answer {
        table: Vec<u32>,
    }
    ask(request, |request: Request| {
        if request.size.0.saturating_mul(request.backends.len() as u64) > CLAIMS_MAX {
            return Err(Refusal(format!("the size times the back ends may be at most {CLAIMS_MAX}")));
        }
        let row = |backend: &Backend| Favourites { offset: backend.offset.0, skip: backend.skip.0, weight: 1 };
        let rows: Vec<Favourites> = request.backends.iter().map(row).collect();
        Ok(Answer { table: maglev_table(request.size.0, &rows).map_err(Refusal::new)? })
    })
}

fn rendezvous(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        scores: BTreeMap<String, Number>,
    }
    #[derive(Serialize)]
    struct Answer {
        preference: Vec<String>,
    }
    ask(request, |request: Request| {
        let names = Names::of(request.scores.keys().cloned());
        let mut draws: Vec<(u64, u32)> =
            request.scores.values().zip(0..).map(|(score, member)| (score.0, member)).collect();
        by_draw(&mut draws);
        Ok(Answer { preference: draws.into_iter().map(|(_, member)| names.name(member)).collect() })
    })
}

fn bounded_load(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        points: Vec<(Number, String)>,
        eps: Fraction,
        items: Vec<Number>,
    }
    #[derive(Serialize)]
    struct Answer {
        placements: Vec<String>,
    }
    ask(request, |request: Request| {
        let excess = Excess::new(request.eps.over, request.eps.under).map_err(Refusal::new)?;
        let names = Names::of(request.points.iter().map(|(_, name)| name.clone()));
        let points: Vec<_> = request.points.iter().map(|(at, name)| (at.0, names.member(name))).collect();
        let ring = Ring::from_points(&points);
        let mut load = BoundedLoad::new(excess, request.items.len() as u64);
        let mut placed = |item: &Number| load.assign(&ring, item.0).map(|member| names.name(member));
        let placements: Result<_, _> = request.items.iter().map(&mut placed).collect();
        Ok(Answer { placements: placements.map_err(Refusal::new)? })
    })
}

fn ketama(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        servers: Vec<(String, Number)>,
        keys: Vec<String>,
    }
    #[derive(Serialize)]
    struct Answer {
        owners: Vec<String>,
    }
    ask(request, |request: Request| {
        let servers: Vec<(&str, u64)> =
            request.servers.iter().map(|(name, weight)| (name.as_str(), weight.0)).collect();
        let ring = Ketama::new(&servers).map_err(Refusal::new)?;
        let owner = |key: &String| ring.owner(key).map(|server| servers[server as usize].0.to_owned());
        let owners: Option<Vec<String>> = request.keys.iter().map(owner).collect();
        Ok(Answer { owners: owners.ok_or_else(|| Refusal::new("no server has a point on the ring"))? })
    })
}
