//! Every test of this crate but those beside its code, as one program: each program more costs a link, and a start of Node.

mod assignment;
mod erlang;
mod exactly_once;
mod log;
mod model;
mod notes;
mod schedule;
mod task;
mod window;
