//! Stories of transactions, one folder a protocol: commands and the whole expected trace (the format and the common commands: crate
//! `stories`). `STORIES=write cargo test -p txn --test stories` writes them anew.
//!
//! A transaction is written t, its coordinator, life and number: t0.1.3. A wrong variant is named by `rule=` as in the code.
//!
//! | folder | `group` | requests | looks |
//! |---|---|---|---|
//! | two-phase | `members=` `votes=` `inquire=` `resend=` `alone` (participants do not ask each other) | `commit M M:KEY=VALUE…` | `see KEY`, `see KEY written` (as a client was told) |
//! | orchestrated | `steps=` `attempts=` `retry=` `undo-max=` `refuses=M` `undo-fails=M:TIMES` | `begin M SAGA` | `effects SAGA` |
//! | choreographed | `steps=` `retry=` `refuses=M` `undo-fails=M:TIMES` | `begin M SAGA` | `effects SAGA` |
//! | outbox | `retry=` | `grow M KEY AMOUNT` | `totals KEY` |

#![cfg(not(target_arch = "wasm32"))] // reads its stories from files, which Node does not show to WASM

use crate::tellings;
use stories::{folder, hold, hold_harm, retold};
use tellings::{Choreographed, Orchestrated, Outbox, TwoPhase};

#[test]
fn every_story_goes_as_written() {
    hold(folder!("two-phase"), 14, retold::<TwoPhase>);
    hold(folder!("orchestrated"), 12, retold::<Orchestrated>);
    hold(folder!("choreographed"), 6, retold::<Choreographed>);
    hold(folder!("outbox"), 6, retold::<Outbox>);
}

/// A story of a wrong variant ends with the harm, and without the mistake it does not.
#[test]
fn every_mistake_does_harm_and_nothing_else_does() {
    hold_harm(folder!("two-phase"), "rule=", "HARM", retold::<TwoPhase>);
    hold_harm(folder!("orchestrated"), "rule=", "HARM", retold::<Orchestrated>);
    hold_harm(folder!("choreographed"), "rule=", "HARM", retold::<Choreographed>);
    hold_harm(folder!("outbox"), "rule=", "HARM", retold::<Outbox>);
}
