//! Stories of rumours, SWIM and anti-entropy, one folder each: commands and the whole expected trace (the format and the common commands:
//! crate `stories`). `STORIES=write cargo test -p gossip --test stories` writes them anew.
//!
//! A wrong variant is named by `rule=` as in the code.
//!
//! | folder | `group` | requests | looks |
//! |---|---|---|---|
//! | rumour | `members=` `fanout=` `style=Push` (also `Pull`, `PushPull`), rounds of 10 ms | `tell M NUMBER` | `rounds N`, `all NUMBER` |
//! | swim | `members=` `period=` `ping=` `proxies=` `suspect=` | | `view M` (what all take it for) |
//! | repair | `members=` `every=` | `put M KEY VALUE`, `delete M KEY` | `see KEY`, `settled KEY VALUE` (`-`: none) |

#![cfg(not(target_arch = "wasm32"))] // reads its stories from files, which Node does not show to WASM

use crate::tellings;
use stories::{folder, hold, hold_harm, retold};
use tellings::{Repair, Rumours, Swim};

#[test]
fn every_story_goes_as_written() {
    hold(folder!("rumour"), 4, retold::<Rumours>);
    hold(folder!("swim"), 7, retold::<Swim>);
    hold(folder!("repair"), 5, retold::<Repair>);
}

/// A story of a wrong variant ends with the harm, and without the mistake it does not.
#[test]
fn every_mistake_does_harm_and_nothing_else_does() {
    hold_harm(folder!("rumour"), "rule=", "HARM", retold::<Rumours>);
    hold_harm(folder!("swim"), "rule=", "HARM", retold::<Swim>);
    hold_harm(folder!("repair"), "rule=", "HARM", retold::<Repair>);
}
