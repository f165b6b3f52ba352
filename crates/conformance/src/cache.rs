//! Caches.

use crate::{Number, Outcome, Row, ask};
use base::{Rng, Time};
use cache::{Algorithm, Cache, belady_hits};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) const TABLE: &[Row] = &[("cache", hits)];

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Policy {
    Lru,
    Fifo,
    Lfu,
    Clock,
    Sieve,
    Arc,
    Opt,
}

impl Policy {
    /// The algorithm; the optimum is none, because it looks ahead.
    fn algorithm(self) -> Option<Algorithm> {
        match self {
            Policy::Lru => Some(Algorithm::Lru),
            Policy::Fifo => Some(Algorithm::Fifo),
            Policy::Lfu => Some(Algorithm::Lfu),
            Policy::Clock => Some(Algorithm::Clock),
            Policy::Sieve => Some(Algorithm::Sieve),
            Policy::Arc => Some(Algorithm::Arc),
            Policy::Opt => None,
        }
    }
}

fn hits(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        policy: Policy,
        capacity: Number,
        requests: Vec<Number>,
    }
    #[derive(Serialize)]
    struct Answer {
        hits: u64,
        bits: String,
    }
    ask(request, |request: Request| {
        let keys: Vec<u64> = request.requests.iter().map(|key| key.0).collect();
        let hits = match request.policy.algorithm() {
            None => belady_hits(request.capacity.0, &keys),
            Some(algorithm) => {
                // There are fewer requests than that, so a cache that is larger still behaves the same.
                let capacity = u32::try_from(request.capacity.0).unwrap_or(u32::MAX);
                let mut cache = Cache::of(algorithm, capacity, Rng::new(0));
                keys.iter().map(|key| asked(&mut cache, *key)).collect()
            }
        };
        let bits = hits.iter().map(|hit| if *hit { '1' } else { '0' }).collect();
        Ok(Answer { hits: hits.iter().filter(|hit| **hit).count() as u64, bits })
    })
}

/// Whether `key` was there; if not it is now.
fn asked(cache: &mut Cache<()>, key: u64) -> bool {
    let is_hit = cache.get(key, Time::ZERO).hit().is_some();
    if !is_hit {
        cache.put(key, (), Time::NEVER, Time::ZERO);
    }
    is_hit
}
