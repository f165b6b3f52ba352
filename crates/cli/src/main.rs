//! `faultline`: the terminal's face.

use clap::Parser;
use cli::Trouble;
use cli::command::{Answer, Cli};
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Answer { out, notes, failed } =
        Cli::parse().answer().unwrap_or_else(|failed| Answer { failed: Some(failed), ..Answer::default() });
    // Whoever reads may have heard enough, as `head` has.
    let _ = std::io::stdout().write_all(out.as_bytes());
    let mut err = std::io::stderr().lock();
    for note in notes {
        let _ = writeln!(err, "note: {note}");
    }
    if let Some(failed) = &failed {
        let _ = writeln!(err, "{failed}");
    }
    ExitCode::from(failed.as_ref().map_or(0, Trouble::status))
}
