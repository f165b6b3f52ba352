//! Which log holds which entry.
