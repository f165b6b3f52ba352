//! Gossip: news, membership and repair by talking to somebody drawn by luck. No leader, no list of who has heard.
//!
//! | | spreads | until | a member's load |
//! |---|---|---|---|
//! | [`epidemic`] | one piece of news | about log n rounds | k contacts a round |
//! | [`swim`] | who is alive | a few periods after a death | 2 messages a period |
//! | [`repair`] | every difference, cold ones too | everything is equal | 1 message where nothing differs |
//!
//! # Rules that always hold
//! 1. A rumour is never replaced by an older one, and everybody has the newest in the end.
//! 2. What is known of a member only goes up: dead beats all, else the higher incarnation, else the worse state; a member's incarnation is
//!    raised by itself alone. Every death is found by everybody.
//! 3. After writes stop, all copies become equal, to the entry with the largest stamp; what was deleted last stays deleted.
//!
//! Each has named variants that break it (`Rule` in each module), and a test that shows how. When not to use it: where somebody must know at
//! a moment that all have heard. Gossip gives no order and no moment: a read during the rounds is a read of the past.
//!
//! # Example
//! ```
//! use gossip::epidemic::{Style, expected_residue, expected_rounds};
//! assert_eq!(expected_rounds(Style::PushPull, 1_000, 1), 9);
//! assert!((expected_residue(3) - 0.0595).abs() < 0.0001); // three contacts once, then silence: 6% never hear
//! ```

pub mod epidemic;
pub mod repair;
pub mod swim;
