//! What a limited client reads in a response: the `RateLimit` fields, their older cousins, and `Retry-After`.
//!
//! ```text
//!   RateLimit-Policy: "burst";q=100;w=60, "daily";q=1000;w=86400      what was promised
//!   RateLimit: "burst";r=45;t=12                                      what is left, and for how long
//!   Retry-After: 12                                                   only with a refusal
//! ```
//!
//! Without them a client that was refused tries again blindly. Seconds are rounded up: a client that waits as long as it was told
//! is never early. Names are quoted strings of structured fields; what may not stand in one is left out.
//!
//! Source: the IETF draft "RateLimit header fields for HTTP" (draft-ietf-httpapi-ratelimit-headers, from version 08 on); structured
//! fields, RFC 9651; `Retry-After` in seconds, RFC 9110 section 10.2.3; the `X-RateLimit` names as GitHub and many others use them,
//! with the reset as a moment.

use crate::Policy;
use crate::tiers::{Answer, Standing};
use base::{Span, Time};

/// A header of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: String,
}

/// The headers that go with an answer to a client of a tier with these policies, at `now`.
///
/// The `RateLimit` field names the policy with the least left, which is the one that will bite first.
#[must_use]
pub fn of(policies: &[Policy], answer: &Answer, now: Time) -> Vec<Header> {
    let mut headers = Vec::new();
    if !policies.is_empty() {
        let promised: Vec<String> = policies.iter().map(promise).collect();
        headers.push(Header { name: "RateLimit-Policy", value: promised.join(", ") });
    }
    let closest =
        answer.standings.iter().min_by_key(|standing| (standing.remaining, core::cmp::Reverse(standing.more_from)));
    let closest = closest.and_then(|standing| Some((standing, policies.get(standing.policy as usize)?)));
    if let Some((standing, policy)) = closest {
        headers.push(Header { name: "RateLimit", value: left(policy, standing, now) });
        headers.push(Header { name: "X-RateLimit-Limit", value: policy.quota().to_string() });
        headers.push(Header { name: "X-RateLimit-Remaining", value: standing.remaining.to_string() });
        if let Some(moment) = standing.more_from {
            headers.push(Header { name: "X-RateLimit-Reset", value: seconds(moment.since(Time::ZERO)).to_string() });
        }
    }
    if let (false, Some(moment)) = (answer.is_allowed, answer.not_before) {
        headers.push(Header { name: "Retry-After", value: seconds(moment.since(now)).to_string() });
    }
    headers
}

fn promise(policy: &Policy) -> String {
    format!("{};q={};w={}", quoted(policy.name()), policy.quota(), seconds(policy.window()))
}

fn left(policy: &Policy, standing: &Standing, now: Time) -> String {
    let wait = standing.more_from.map(|moment| format!(";t={}", seconds(moment.since(now))));
    format!("{};r={}{}", quoted(policy.name()), standing.remaining, wait.unwrap_or_default())
}

/// Whole seconds, rounded up.
fn seconds(span: Span) -> u64 {
    span.0.div_ceil(1_000_000_000)
}

/// A string of structured fields: printable ASCII, with `"` and `\` escaped.
fn quoted(name: &str) -> String {
    let mut text = String::from('"');
    for letter in name.chars().filter(|letter| matches!(letter, ' '..='~')) {
        if matches!(letter, '"' | '\\') {
            text.push('\\');
        }
        text.push(letter);
    }
    text.push('"');
    text
}
