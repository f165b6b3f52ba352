//! Every test of this crate but those beside its code, as one program: each program more costs a link, and a start of Node.

mod around;
mod claims;
mod conformance;
mod erasure;
mod objects;
