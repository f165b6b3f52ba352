//! Kept per key.
