//! Partitioned logs: who reads which partition, and how far readers may see.

use crate::{Number, Outcome, Refusal, Row, ask};
use queue::{Strategy, Subscription};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const TABLE: &[Row] = &[("consumer-assignment", consumer_assignment), ("high-watermark", high_watermark)];

fn consumer_assignment(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        strategy: String,
        topics: BTreeMap<String, Number>,
        subscriptions: BTreeMap<String, BTreeSet<String>>,
    }
    #[derive(Serialize)]
    struct Answer {
        assignment: BTreeMap<String, Vec<String>>,
    }
    ask(request, |request: Request| {
        let strategy = Strategy::ALL.iter().find(|strategy| strategy.name() == request.strategy);
        let strategy = strategy.ok_or_else(|| Refusal(format!("there is no strategy {:?}", request.strategy)))?;
        let topics = request.topics.into_iter().map(|(topic, count)| {
            let count = u32::try_from(count.0);
            Ok((topic, count.map_err(|_| Refusal::new("a topic has at most 4294967295 partitions"))?))
        });
        let subscription = |topics| Subscription { topics, ..Subscription::default() };
        let members = request.subscriptions.into_iter().map(|(member, topics)| (member, subscription(topics)));
        let assignment =
            strategy.assign(&topics.collect::<Result<_, Refusal>>()?, &members.collect()).map_err(Refusal::new)?;
        let named = assignment
            .into_iter()
            .map(|(member, partitions)| (member, partitions.iter().map(|partition| partition.to_string()).collect()));
        Ok(Answer { assignment: named.collect() })
    })
}

fn high_watermark(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        leo: BTreeMap<String, Number>,
        leader: String,
        isr: BTreeSet<String>,
        min_insync_replicas: Number,
    }
    #[derive(Serialize)]
    struct Answer {
        high_watermark: Number,
        acks_all_accepts: bool,
    }
    ask(request, |request: Request| {
        let log_end = |replica: &String| {
            let end = request.leo.get(replica).map(|end| end.0);
            end.ok_or_else(|| Refusal(format!("there is no log end of {replica:?}")))
        };
        log_end(&request.leader)?;
        let log_ends = request.isr.iter().map(log_end).collect::<Result<Vec<u64>, Refusal>>()?;
        let high_watermark = queue::high_watermark(log_ends);
        Ok(Answer {
            high_watermark: Number(high_watermark.ok_or_else(|| Refusal::new("the in-sync set is empty"))?),
            acks_all_accepts: queue::acks_all_accepts(request.isr.len() as u64, request.min_insync_replicas.0),
        })
    })
}
