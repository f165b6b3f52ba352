//! Every test of this crate but those beside its code, as one program: each program more costs a link, and a start of Node.

mod alerting;
mod sampling;
