//! Placement of keys on members.

use crate::{Number, Outcome, Row, ask};
use placement::{Place, Ring};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const TABLE: &[Row] = &[("ring-lookup", ring_lookup)];

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
        let size = 1_u64.checked_shl(request.ring_bits).unwrap_or(0);
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
