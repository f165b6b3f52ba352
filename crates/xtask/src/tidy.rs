//! What the code keeps to beyond what the compiler checks: layers, bans, saved forms, file sizes, and lists that must be complete.
//!
//! Every check is a function from sources to findings, so that each is tested with sources that break it.

mod bans;
mod code;
mod layers;
mod lists;
pub mod metadata;
mod saved;
mod shape;

use crate::host::Host;
use crate::sources::files;
use crate::trouble::{Advise, Done, Trouble};
use layers::Layer;
use std::fmt;
use std::path::Path;

/// A file of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its path from the top of the repository, with `/`.
    path: String,
    /// What is in it.
    text: String,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    path: String,
    /// From one; zero where it is about the whole file.
    line: usize,
    what: String,
}

/// The kinds of files that are read. Pictures and the like have no words to check.
const TEXTS: &[&str] = &["rs", "toml", "md", "json", "js", "css", "html"];
/// Folders that builds make.
const MADE: &[&str] = &["target", "dist", "pkg", "node_modules"];

/// Checks, and prints what was found.
pub fn run(host: &Host) -> Done {
    check(host).map(|summary| println!("tidy: {summary}"))
}

/// Checks everything. Any finding is a failure.
pub fn check(host: &Host) -> Done<String> {
    let sources = sources(&host.root)?;
    let members = metadata::members(host)?;
    let mut findings = layers::findings(&members);
    let is_engine = |name: &&str| Layer::of(name).is_some_and(Layer::is_engine);
    let engine: Vec<&str> = members.iter().map(|member| &*member.name).filter(is_engine).collect();
    findings.extend(bans::strangers(&metadata::built_on(host, &engine)?));
    findings.extend(bans::findings(&sources, &members));
    findings.extend(saved::findings(&sources));
    findings.extend(shape::findings(&sources));
    findings.extend(lists::findings(&sources, &members));
    findings.sort();
    findings.dedup();
    if findings.is_empty() {
        return Ok(format!("{} files and {} packages are as they should be", sources.len(), members.len()));
    }
    let rows: Vec<String> = findings.iter().map(|finding| format!("    {finding}")).collect();
    let what = format!("{} findings:\n{}", findings.len(), rows.join("\n"));
    Err(Trouble::new(what, "each line says what to change; the check alone: cargo xtask tidy"))
}

fn sources(root: &Path) -> Done<Vec<Source>> {
    let is_wanted = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_made = MADE.contains(&&*name) && path.is_dir();
        let is_hidden = name.starts_with('.') && path != root;
        let is_text =
            path.extension().is_some_and(|kind| TEXTS.iter().any(|text| kind == *text)) || name.starts_with("LICENSE");
        !is_hidden && !is_made && (path.is_dir() || is_text)
    };
    let advice = "is the clone complete?";
    let read = |file: &std::path::PathBuf| {
        let bytes = std::fs::read(file).advise(file.display(), advice)?;
        let path = file.strip_prefix(root).unwrap_or(file).to_string_lossy().replace('\\', "/");
        Ok(Source { path, text: String::from_utf8_lossy(&bytes).into_owned() })
    };
    files(root, &is_wanted).advise(root.display(), advice)?.iter().map(read).collect()
}

impl Source {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The folder in `crates` that it is in.
    fn crate_name(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")?.split('/').next()
    }

    fn finding(&self, line: usize, what: impl Into<String>) -> Finding {
        Finding { path: self.path.clone(), line, what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.what),
            line => write!(f, "{}:{line}: {}", self.path, self.what),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A source for the checks' tests.
    pub fn source(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: text.to_owned() }
    }

    /// The lines on which something was found.
    pub fn lines(findings: &[Finding]) -> Vec<usize> {
        findings.iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn this_repository_is_tidy() {
        let outcome = check(&Host::this());
        assert!(outcome.is_ok(), "{}", outcome.err().map(|trouble| trouble.to_string()).unwrap_or_default());
    }

    #[test]
    fn the_sources_are_really_read() {
        let all = sources(&Host::this().root).expect("the repository is readable");
        let own =
            all.iter().find(|source| source.path == "crates/xtask/src/tidy.rs").expect("this file is one of them");
        assert!(own.is_rust() && own.crate_name() == Some("xtask") && own.text.starts_with("//! What the code"));
        assert!(all.iter().all(|source| !source.path.contains("target/")));
    }
}
