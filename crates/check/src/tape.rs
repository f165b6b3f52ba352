//! Sequences that clones share.
