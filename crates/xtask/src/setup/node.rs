//! Node, and what is installed through it: the optimiser of WASM modules, and the judge of pages for those who do not see them.

use super::{Item, debian};
use crate::child::asked;
use crate::host::Host;
use crate::trouble::{Advise, Done, Trouble};
use std::fs;

/// The optimiser's version. The one that Debian 12 packages breaks what wasm-bindgen writes.
pub const BINARYEN_VERSION: &str = "132";

/// The judge's version: what it finds changes with it.
pub const AXE_VERSION: &str = "4.11.0";

/// Node older than this cannot run the optimiser.
const NODE_MAJOR_MIN: u32 = 18;

/// Node and its package manager.
pub const NODE: Item = Item {
    name: "node",
    purpose: "runs the WASM optimiser, and the tests outside a browser",
    find: |host| {
        host.find("npm")?;
        asked(host.native("node").arg("--version")).filter(|version| is_recent(version))
    },
    get: |host| {
        debian::install(host, &["nodejs", "npm"]).map_err(|trouble| {
            let newer = format!("install Node {NODE_MAJOR_MIN} or newer with npm");
            Trouble::new(trouble.what, format!("{newer}, or: {}", trouble.next))
        })
    },
};

/// `wasm-opt`.
pub const WASM_OPT: Item = Item {
    name: "wasm-opt",
    purpose: "makes the WASM modules small and quick",
    find: |host| installed(host, "node", "binaryen", &format!("{BINARYEN_VERSION}.0.0")),
    get: |host| install(host, "node", "binaryen", &format!("{BINARYEN_VERSION}.0.0")),
};

/// `axe-core`, which browser tests put into a page.
pub const AXE: Item = Item {
    name: "axe-core",
    purpose: "finds what shuts people out of a page",
    find: |host| installed(host, "axe", "axe-core", AXE_VERSION),
    get: |host| install(host, "axe", "axe-core", AXE_VERSION),
};

/// Tells whether the package lies in `folder` in this version.
fn installed(host: &Host, folder: &str, package: &str, wanted: &str) -> Option<String> {
    let file = host.tools.join(folder).join("node_modules").join(package).join("package.json");
    let text = fs::read_to_string(file).ok()?;
    let version = serde_json::from_str::<serde_json::Value>(&text).ok()?.get("version")?.as_str()?.to_owned();
    (version == wanted).then(|| format!("{package} {version}"))
}

/// Each package has a folder of its own: npm takes out of a folder what is not asked for at the same time.
fn install(host: &Host, folder: &str, package: &str, version: &str) -> Done {
    let folder = host.tools.join(folder);
    fs::create_dir_all(&folder).advise(folder.display(), format!("is {} writable?", host.tools.display()))?;
    let mut npm = host.native("npm");
    npm.current_dir(&folder).args(["install", "--no-audit", "--no-fund", "--no-save", "--prefix"]).arg(&folder);
    npm.arg(format!("{package}@{version}"));
    host.run(&format!("npm-{package}"), npm, "is the npm registry reachable? try: npm ping").map(drop)
}

fn is_recent(version: &str) -> bool {
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    major.is_some_and(|major| major >= NODE_MAJOR_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_node_is_not_enough() {
        assert!(is_recent("v20.20.2") && is_recent("v18.0.0"));
        assert!(!is_recent("v12.22.12") && !is_recent("") && !is_recent("node"));
    }
}
