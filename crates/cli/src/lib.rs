//! The terminal's face: what the binary `faultline` is made of. Everything below the screen is the page's own code.
//!
//! ```
//! let design = cli::open::design("newsfeed")?;
//! let ran = cli::run::to_end(design.scenario, Some(base::Span::from_secs(2)))?;
//! assert_eq!(ran.report.now.as_secs_f64(), 2.0);
//! # Ok::<(), cli::Trouble>(())
//! ```

pub mod command;
pub mod json;
pub mod library;
pub mod open;
pub mod reference;
pub mod review;
pub mod run;
pub mod table;
mod trouble;

pub use trouble::Trouble;
