//! What went wrong, and the next thing to try.
//!
//! A failed step that only says "failed" sends a newcomer away, so there is no way to make a `Trouble` without the advice.

use std::fmt;

/// The outcome of a step.
pub type Done<T = ()> = Result<T, Trouble>;

/// A failure with its advice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What happened, with the values that matter.
    pub what: String,
    /// What to do about it.
    pub next: String,
}

impl Trouble {
    /// A failure `what`, and what to do `next`.
    pub fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { what: what.into(), next: next.into() }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  next: {}", self.what, self.next.replace('\n', "\n        "))
    }
}

impl std::error::Error for Trouble {}

/// Turns any error into a [`Trouble`].
pub trait Advise<T> {
    /// Keeps the error's own words after `what`, and adds what to do `next`.
    fn advise(self, what: impl fmt::Display, next: impl Into<String>) -> Done<T>;
}

impl<T, E: fmt::Display> Advise<T> for Result<T, E> {
    fn advise(self, what: impl fmt::Display, next: impl Into<String>) -> Done<T> {
        self.map_err(|error| Trouble::new(format!("{what}: {error}"), next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_keeps_its_words_and_gains_advice() {
        let bad: Done<u8> = "x".parse::<u8>().advise("port \"x\"", "give a number below 65536");
        assert_eq!(
            bad.expect_err("x is no number").to_string(),
            "port \"x\": invalid digit found in string\n  next: give a number below 65536"
        );
    }
}
