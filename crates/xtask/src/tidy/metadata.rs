//! The workspace as cargo sees it: its packages, and who depends on whom.

use crate::child::asked;
use crate::host::Host;
use crate::trouble::{Advise, Done, Trouble};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A package of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub folder: PathBuf,
    /// The packages of the workspace that it builds on.
    pub uses: Vec<String>,
    /// Those that only its tests use.
    pub tests_use: Vec<String>,
}

/// The packages of the workspace, by name.
pub fn members(host: &Host) -> Done<Vec<Member>> {
    let advice = "cargo metadata --no-deps";
    let mut cargo = host.native("cargo");
    cargo.args(["metadata", "--format-version", "1", "--no-deps"]);
    let text = asked(&mut cargo).ok_or_else(|| Trouble::new("cargo cannot read the workspace", advice))?;
    let metadata: Value = serde_json::from_str(&text).advise("cargo metadata", advice)?;
    Ok(read(&metadata))
}

/// Every crate that these packages are built on, one a line, as `name version`. Tests' own dependencies do not count, nor do
/// the features that they ask for.
pub fn built_on(host: &Host, packages: &[&str]) -> Done<String> {
    let mut cargo = host.native("cargo");
    cargo.args(["tree", "-e", "normal", "--prefix", "none", "--format", "{p}"]);
    for name in packages {
        cargo.args(["-p", name]);
    }
    host.run("tree", cargo, "cargo tree")
}

fn read(metadata: &Value) -> Vec<Member> {
    let empty = Vec::new();
    let list = |value: &Value, key: &str| value[key].as_array().unwrap_or(&empty).clone();
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let member = |package: &Value| {
        // A dependency with a path is one of ours.
        let ours = |is_for_tests: bool| {
            let wanted =
                |dependency: &&Value| dependency["path"].is_string() && (dependency["kind"] == "dev") == is_for_tests;
            let all = list(package, "dependencies");
            let mut names: Vec<String> = all.iter().filter(wanted).map(|dependency| text(dependency, "name")).collect();
            names.sort();
            names.dedup();
            names
        };
        let manifest = text(package, "manifest_path");
        Member {
            name: text(package, "name"),
            folder: Path::new(&manifest).parent().unwrap_or(Path::new("")).to_owned(),
            uses: ours(false),
            tests_use: ours(true),
        }
    };
    let mut members: Vec<Member> = list(metadata, "packages").iter().map(member).collect();
    members.sort_by(|one, other| one.name.cmp(&other.name));
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_packages_of_the_workspace_are_edges() {
        let metadata = serde_json::json!({ "packages": [{
            "name": "sim", "manifest_path": "/r/crates/sim/Cargo.toml", "dependencies": [
                { "name": "serde", "kind": null },
                { "name": "base", "kind": null, "path": "/r/crates/base" },
                { "name": "catalog", "kind": "dev", "path": "/r/crates/catalog" },
                { "name": "trace", "kind": "build", "path": "/r/crates/trace" },
            ]
        }]});
        let sim = Member {
            name: "sim".to_owned(),
            folder: PathBuf::from("/r/crates/sim"),
            uses: vec!["base".to_owned(), "trace".to_owned()],
            tests_use: vec!["catalog".to_owned()],
        };
        assert_eq!(read(&metadata), vec![sim]);
    }
}
