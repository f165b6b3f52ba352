//! Words that designs are full of. A link's content is compressed as if it stood behind them, so that even the first `leader` in
//! it costs two or three bytes: a fifth of a link of twelve boxes.
//!
//! They are part of version 1 of the link form and may not change by a single letter: a test holds their hash. What is likeliest
//! stands last, where it is cheapest to point at.

pub(super) const WORDS: &str = "\
exactly once at least idempotent bounded staleness consistent hashing virtual nodes hot partition thundering herd stampede \
backpressure head-of-line blocking bulkhead circuit breaker exponential backoff with jitter token bucket fixed window sliding \
write-through write-behind look-aside read-through eviction tombstone compaction snapshot checkpoint heartbeat failover fencing \
split brain quorum consensus election term commit two-phase saga outbox change feed vector clock conflict merge gossip anti-entropy \
shortener typeahead autocomplete suggestions presence location drivers riders nearby tiles upload transcode thumbnail celebrity \
timeout retries budget backlog overload region zone Frankfurt Virginia Singapore eu-west us-east partition members \
acknowledged writes are lost when the second one takes over before it was shipped. Each request waits for its turn in a queue; \
under load the latency grows, requests time out and are tried again, which makes more of them. How much does it save? Watch what \
happens to the hit ratio after the flush. Cut the leader off and see which writes were lost. A simple design in three tiers with \
reads from followers can be stale for a while. What the limiter lets through, what fails and what comes back. Only the keys that \
move when a member joins the ring. \
users readers writers visitors shoppers customers mobile desktop clients traffic spike front-door gateway edge cdn load-balancer \
balancer rate-limiter limiter api-1 api-2 app-1 app-2 web-1 web-2 web-3 server service worker workers jobs queue events stream \
fan-out deliveries notifications mails search index catalogue inventory products cart payments checkout accounts orders-db \
users-db posts-db database replica primary store ring shards counters sessions pages cache feed feeds timeline profile likes \
comments follows messages chat photos video media posts post read write get put list view browse search order login update delete ";

#[cfg(test)]
mod tests {
    #[test]
    fn the_words_of_version_1_are_frozen() {
        assert_eq!(super::WORDS.len(), 1935);
        assert_eq!(base::stable_hash(super::WORDS), 0xF5E6_FF84_898E_206D);
    }
}
