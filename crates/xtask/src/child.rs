//! Running other programs so that a person can see that they are alive.
//!
//! A program's words go to a log file, not to the screen: cargo alone would bury the ten lines that matter. While it runs, its
//! last line is shown every few seconds; when it fails, the end of its log is shown and its place is named.

use crate::trouble::{Advise, Done, Trouble};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child as Process, Command, Stdio};
use std::time::{Duration, Instant};

/// How often a running program is heard of.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often we look whether it has ended. Short, because many steps take less than a second.
const LOOK: Duration = Duration::from_millis(20);
/// How much of a failed program's log is shown: enough for a compiler error or a failed assertion with its backtrace.
const TAIL_LINES: usize = 120;

/// One program to run.
#[derive(Debug)]
pub struct Child {
    command: Command,
    log: PathBuf,
    advice: String,
}

impl Child {
    /// `command`, with its words going to `log`, and what to try if it fails.
    pub fn new(command: Command, log: impl Into<PathBuf>, advice: impl Into<String>) -> Self {
        Self { command, log: log.into(), advice: advice.into() }
    }

    /// Runs it to its end. Gives back what it said.
    pub fn run(self) -> Done<String> {
        self.run_while(|_| true)
    }

    /// Runs it as long as `is_worthwhile(time since start)` says so; beyond that it is ended, and that is a failure.
    pub fn run_while(mut self, mut is_worthwhile: impl FnMut(Duration) -> bool) -> Done<String> {
        let line = described(&self.command);
        let mut process = self.start(&line)?;
        let (start, mut heard) = (Instant::now(), Instant::now());
        let status = loop {
            if let Some(status) = process.try_wait().advise(&line, "run it by hand")? {
                break status;
            }
            if !is_worthwhile(start.elapsed()) {
                // It may have ended in this very moment; then there is nothing to end.
                let _ = process.kill();
                let _ = process.wait();
                return Err(Trouble::new(format!("{line}: ended after {}", seconds(start.elapsed())), self.advice));
            }
            if heard.elapsed() >= HEARTBEAT {
                heard = Instant::now();
                println!("        … {}  {}", seconds(start.elapsed()), last_line(&self.log));
            }
            std::thread::sleep(LOOK);
        };
        let said = said(&self.log);
        if status.success() {
            return Ok(said);
        }
        let what = format!("{line}: {status}\n{}\n  whole log: {}", tail(&said, TAIL_LINES), self.log.display());
        Err(Trouble::new(what, self.advice))
    }

    fn start(&mut self, line: &str) -> Done<Process> {
        let folder = self.log.parent().unwrap_or(Path::new("."));
        let advice = format!("is {} writable?", folder.display());
        fs::create_dir_all(folder).advise(folder.display(), &advice)?;
        let log = File::create(&self.log).advise(self.log.display(), &advice)?;
        let twin = log.try_clone().advise(self.log.display(), &advice)?;
        self.command.stdin(Stdio::null()).stdout(log).stderr(twin);
        self.command.spawn().advise(line, &self.advice)
    }
}

/// What a short command prints, if it can be run and succeeds.
pub fn asked(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// `12.3 s` or `4 min 05 s`.
pub fn seconds(time: Duration) -> String {
    if time < Duration::from_secs(100) {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {:02} s", time.as_secs() / 60, time.as_secs() % 60)
    }
}

/// The command as a person would type it.
fn described(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

fn said(log: &Path) -> String {
    fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

fn last_line(log: &Path) -> String {
    let said = said(log);
    let line = said.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or("");
    line.chars().take(100).collect()
}

fn tail(said: &str, lines: usize) -> String {
    let all: Vec<&str> = said.lines().collect();
    all[all.len().saturating_sub(lines)..].iter().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str, log: &str) -> Child {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Child::new(command, std::env::temp_dir().join(format!("xtask-{log}-{}.log", std::process::id())), "look again")
    }

    #[test]
    fn what_a_program_says_on_both_streams_is_kept_in_order() {
        assert_eq!(sh("echo one; echo two >&2; echo three", "order").run().expect("sh runs"), "one\ntwo\nthree\n");
    }

    #[test]
    fn a_failure_shows_the_end_of_the_log_and_the_advice() {
        let trouble = sh("echo the reason; exit 3", "fails").run().expect_err("exits with 3");
        assert!(trouble.what.contains("the reason") && trouble.what.contains('3'), "{}", trouble.what);
        assert_eq!(trouble.next, "look again");
    }

    #[test]
    fn a_program_that_hangs_is_ended_when_it_is_no_longer_worthwhile() {
        let start = Instant::now();
        let ended = sh("exec sleep 60", "hangs").run_while(|time| time < Duration::from_millis(200));
        assert!(ended.expect_err("it was ended").what.contains("ended after"));
        assert!(start.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn a_program_that_does_not_exist_is_a_failure_with_advice() {
        let missing =
            Child::new(Command::new("no-such-program-at-all"), std::env::temp_dir().join("xtask-no.log"), "get it");
        assert_eq!(missing.run().expect_err("there is no such program").next, "get it");
    }

    #[test]
    fn times_are_short_to_read() {
        assert_eq!(seconds(Duration::from_millis(1_234)), "1.2 s");
        assert_eq!(seconds(Duration::from_secs(245)), "4 min 05 s");
    }
}
