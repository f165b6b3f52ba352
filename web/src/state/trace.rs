//! A trace as a person brings it, and what is in it in a line.

use crate::paint::number;
use scenario::Trace;

/// What a text is.
#[derive(Debug, PartialEq)]
pub enum Read {
    /// Empty.
    Nothing,
    /// A trace.
    Trace(Box<Trace>),
    /// None, and why: with line and column where one line is wrong.
    Wrong(String),
}

/// Reads what was pasted, dropped or opened.
#[must_use]
pub fn read(text: &str) -> Read {
    if text.trim().is_empty() {
        return Read::Nothing;
    }
    match Trace::from_csv(text) {
        Ok(trace) => Read::Trace(Box::new(trace)),
        Err(problem) => Read::Wrong(problem.to_string()),
    }
}

/// How many requests in which time, how often, how many keys.
#[must_use]
pub fn summary(trace: &Trace) -> String {
    let many = trace.asked().len();
    let requests = if many == 1 { "1 request".to_string() } else { format!("{many} requests") };
    let rate = trace.rate().map_or_else(String::new, |rate| {
        let reading = number::reading(rate, "/s");
        format!(" · {} {}", reading.value, reading.unit)
    });
    let keys = trace.keys();
    format!("{requests} in {}{rate} · {keys} {}", trace.length(), if keys == 1 { "key" } else { "keys" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_nothing_or_a_trace_or_says_where_it_is_wrong() {
        assert_eq!(read(" \n"), Read::Nothing);
        let Read::Trace(trace) = read("0,read,1\n2,read,1\n4,write,2") else { panic!("three requests") };
        assert_eq!(summary(&trace), "3 requests in 4s · 0.5 /s · 2 keys");
        let Read::Wrong(why) = read("0,read,1\nx,read,1") else { panic!("x is no time") };
        assert!(why.starts_with("line 2, column 1, time: it is `x`"), "{why}");
    }
}
