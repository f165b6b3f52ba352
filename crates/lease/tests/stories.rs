//! Stories of locks, leaders by lease and the configuration store, one folder each: commands and the whole expected trace (the format and
//! the common commands: crate `stories`). `STORIES=write cargo test -p lease --test stories` writes them anew.
//!
//! A wrong variant is named by `rule=` as in the code.
//!
//! | folder | `group` | requests | looks |
//! |---|---|---|---|
//! | lock | `clients=` `ttl=` `poll=` `patience=` | `work M SPAN` | `judge` |
//! | leader | `members=` `ttl=` `drift=PPM` `ahead=M:SPAN` `fast=M:PPM` | | `watch SPAN` |
//! | registry | `clients=` `watches=KEY` `beat=` `timeout=` | `set M KEY VALUE`, `register M VALUE` | `node KEY`, `watch SPAN` |

#![cfg(not(target_arch = "wasm32"))] // reads its stories from files, which Node does not show to WASM

use crate::tellings;
use stories::{folder, hold, hold_harm, retold};
use tellings::{Leader, Lock, Registry};

#[test]
fn every_story_goes_as_written() {
    hold(folder!("lock"), 12, retold::<Lock>);
    hold(folder!("leader"), 7, retold::<Leader>);
    hold(folder!("registry"), 6, retold::<Registry>);
}

/// A story of a wrong variant ends with the harm, and without the mistake it does not.
#[test]
fn every_mistake_does_harm_and_nothing_else_does() {
    hold_harm(folder!("lock"), "rule=", "HARM", retold::<Lock>);
    hold_harm(folder!("leader"), "rule=", "HARM", retold::<Leader>);
    hold_harm(folder!("registry"), "rule=", "HARM", retold::<Registry>);
}
