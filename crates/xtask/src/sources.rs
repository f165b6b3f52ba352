//! What the page is built from, as one number: the same number means that there is nothing to build.
//!
//! Contents count, not times: a fresh clone or a change of branch and back changes every time and no content.

use crate::trouble::{Advise, Done};
use std::fs;
use std::path::{Path, PathBuf};

/// The files and folders that end up in the page.
const INPUTS: &[&str] = &["Cargo.lock", "Cargo.toml", "Trunk.toml", "crates", "static", "web"];

/// Folders within them that are made by builds, and the build itself, which is no part of what it builds.
const NOT_INPUTS: &[&str] = &["target", "dist", "pkg", "node_modules", "crates/xtask"];

/// The number for the repository at `root`, mixed with `more` that matters to the outcome, such as versions.
pub fn fingerprint(root: &Path, more: &str) -> Done<u64> {
    let mut hash = hashed(OFFSET, more.as_bytes());
    for name in INPUTS {
        for file in files(&root.join(name), &|path| is_input(root, path)).advise(name, "is the clone complete?")? {
            let bytes = fs::read(&file).advise(file.display(), "is the file readable?")?;
            let name = file.strip_prefix(root).unwrap_or(&file).to_string_lossy().into_owned();
            // The name's length and the content's keep one file's end apart from the next one's beginning.
            hash = hashed(hash, &name.len().to_le_bytes());
            hash = hashed(hash, name.as_bytes());
            hash = hashed(hash, &bytes.len().to_le_bytes());
            hash = hashed(hash, &bytes);
        }
    }
    Ok(hash)
}

/// All files at or below `path` that `is_wanted`, in the order of their names. A path that does not exist has none.
pub fn files(path: &Path, is_wanted: &dyn Fn(&Path) -> bool) -> std::io::Result<Vec<PathBuf>> {
    if !path.exists() || !is_wanted(path) {
        return Ok(Vec::new());
    }
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut entries = path.read_dir()?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    entries.sort();
    let below = entries.iter().map(|entry| files(entry, is_wanted)).collect::<Result<Vec<_>, _>>()?;
    Ok(below.concat())
}

fn is_input(root: &Path, path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_hidden = name.starts_with('.');
    !is_hidden && !NOT_INPUTS.iter().any(|skip| name == *skip || path == root.join(skip))
}

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// FNV-1a: enough to notice a change, and it needs no dependency.
fn hashed(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small repository in a folder of its own, which goes when the test ends.
    struct Repository(PathBuf);

    impl Repository {
        fn new(name: &str) -> Self {
            let root = std::env::temp_dir().join(format!("xtask-sources-{name}-{}", std::process::id()));
            let it = Self(root);
            it.write("Cargo.toml", "[workspace]");
            it.write("crates/base/src/lib.rs", "//! Words.");
            it
        }

        fn write(&self, name: &str, text: &str) {
            let file = self.0.join(name);
            fs::create_dir_all(file.parent().expect("a file is in a folder")).expect("a temporary folder");
            fs::write(file, text).expect("a temporary file");
        }

        fn fingerprint(&self) -> u64 {
            fingerprint(&self.0, "tools").expect("everything is readable")
        }
    }

    impl Drop for Repository {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn every_change_that_can_reach_the_page_is_noticed() {
        let it = Repository::new("changes");
        let mut seen = vec![it.fingerprint()];
        for (name, text) in [
            ("crates/base/src/lib.rs", "//! Other words."),
            ("crates/base/src/new.rs", ""),
            ("web/app.css", "a"),
            ("static/scenarios/a.json", "{}"),
            ("Trunk.toml", "[build]"),
        ] {
            it.write(name, text);
            seen.push(it.fingerprint());
        }
        seen.push(fingerprint(&it.0, "other tools").expect("everything is readable"));
        let distinct: std::collections::BTreeSet<_> = seen.iter().collect();
        assert_eq!(distinct.len(), seen.len());
    }

    #[test]
    fn what_cannot_reach_the_page_does_not_rebuild_it() {
        let it = Repository::new("same");
        let before = it.fingerprint();
        it.write("crates/base/src/lib.rs", "//! Words.");
        it.write("README.md", "new");
        it.write("crates/xtask/src/main.rs", "new");
        it.write("web/dist/index.html", "new");
        it.write("crates/base/target/debug/x", "new");
        it.write("web/.notes", "new");
        assert_eq!(it.fingerprint(), before);
    }

    #[test]
    fn moving_bytes_between_files_is_a_change() {
        let it = Repository::new("moved");
        it.write("web/a", "12");
        it.write("web/b", "3");
        let before = it.fingerprint();
        it.write("web/a", "1");
        it.write("web/b", "23");
        assert_ne!(it.fingerprint(), before);
    }
}
