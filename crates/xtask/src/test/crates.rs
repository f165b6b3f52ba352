//! Which packages there are, and which of them have tests that run as WASM.

use crate::host::Host;
use crate::sources::files;
use crate::tidy::metadata;
use crate::trouble::{Advise, Done};
use std::path::PathBuf;

/// A package with tests that run as WASM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub folder: PathBuf,
    /// Whether some of its tests run in Node.
    pub runs_in_node: bool,
    /// Whether some of its tests run in a browser.
    pub runs_in_browser: bool,
}

/// Whether the workspace has a package `name`.
pub fn exists(host: &Host, name: &str) -> Done<bool> {
    Ok(metadata::members(host)?.iter().any(|member| member.name == name))
}

/// The packages whose tests run as WASM.
pub fn with_wasm_tests(host: &Host) -> Done<Vec<Package>> {
    let mut packages = Vec::new();
    for member in metadata::members(host)? {
        // The build only speaks of such tests.
        if member.name == env!("CARGO_PKG_NAME") {
            continue;
        }
        let is_rust =
            |path: &std::path::Path| path.is_dir() || path.extension().is_some_and(|extension| extension == "rs");
        let mut texts = Vec::new();
        for folder in ["src", "tests"] {
            for file in files(&member.folder.join(folder), &is_rust).advise(&member.name, "is the clone complete?")? {
                texts.push(std::fs::read_to_string(&file).advise(file.display(), "is it readable?")?);
            }
        }
        let (runs_in_node, runs_in_browser) = places(&texts);
        if runs_in_node || runs_in_browser {
            packages.push(Package { name: member.name, folder: member.folder, runs_in_node, runs_in_browser });
        }
    }
    Ok(packages)
}

/// Whether these sources have tests for Node, and for a browser. A file says in one line if its tests are for a browser.
fn places(texts: &[String]) -> (bool, bool) {
    let marks = [
        "#[wasm_bindgen_test",
        "wasm_bindgen_test::wasm_bindgen_test]",
        "wasm_bindgen_test::wasm_bindgen_test as test;",
    ];
    let tested = |text: &&String| marks.iter().any(|mark| text.contains(mark));
    let in_browser = |text: &String| text.contains("run_in_browser") || text.contains("run_in_dedicated_worker");
    let with_tests: Vec<&String> = texts.iter().filter(tested).collect();
    (with_tests.iter().any(|text| !in_browser(text)), with_tests.iter().any(|text| in_browser(text)))
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn tests_are_sent_to_where_they_can_run() {
        let node = "#[wasm_bindgen_test]\nfn same() {}".to_owned();
        let browser = "wasm_bindgen_test_configure!(run_in_browser);\n#[wasm_bindgen_test]\nfn same() {}".to_owned();
        assert_eq!(places(&[]), (false, false));
        assert_eq!(places(&["#[test]\nfn same() {}".to_owned()]), (false, false));
        assert_eq!(places(std::slice::from_ref(&node)), (true, false));
        assert_eq!(places(std::slice::from_ref(&browser)), (false, true));
        assert_eq!(places(&[node, browser]), (true, true));
    }
}
