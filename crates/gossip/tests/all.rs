//! Every test of this crate but those beside its code, as one program: each program more costs a link, and a start of Node.

mod seeds;
mod stories;
#[cfg(not(target_arch = "wasm32"))] // only those use it that cannot run as WASM
mod tellings;
