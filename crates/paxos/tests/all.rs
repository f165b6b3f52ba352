//! Every test of this crate but those beside its code, as one program: each program more costs a link, and a start of Node.

mod explore;
mod multi;
mod runs;
mod stories;
