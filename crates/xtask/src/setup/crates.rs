//! The tools that come as Rust programs: built once, into the tools folder, in debug form because that takes a third of the time.

use super::Item;
use crate::child::asked;
use crate::host::Host;
use crate::trouble::Done;
use std::fs;

/// Trunk's version. The next one wants a newer compiler than ours.
pub const TRUNK_VERSION: &str = "0.21.14";
/// The version of wasm-bindgen's command, and of its crate: the two refuse to work together otherwise.
pub const WASM_BINDGEN_VERSION: &str = "0.2.130";
const WASM_PACK_VERSION: &str = "0.15.1";

/// Trunk.
pub const TRUNK: Item = Item {
    name: "trunk",
    purpose: "builds the page (some four minutes)",
    find: |host| version(host, "trunk", TRUNK_VERSION),
    get: |host| {
        // Its locked dependencies are the ones that build here; its TLS is for downloads that we do not let it do.
        install(host, &["--locked", "--no-default-features"], "trunk", TRUNK_VERSION)
    },
};

/// The writer of the page's JavaScript, and the runner of tests in Node and in browsers.
pub const WASM_BINDGEN: Item = Item {
    name: "wasm-bindgen",
    purpose: "writes the JavaScript around the WASM modules (a good minute)",
    find: |host| {
        version(host, "wasm-bindgen-test-runner", WASM_BINDGEN_VERSION)?;
        version(host, "wasm-bindgen", WASM_BINDGEN_VERSION)
    },
    get: |host| {
        let optimised = WASM_BINDGEN_HEART.map(|package| format!("--config=profile.dev.package.{package}.opt-level=2"));
        // Not locked: its lock names a crate's version that has been withdrawn.
        install(host, &optimised.each_ref().map(String::as_str), "wasm-bindgen-cli", WASM_BINDGEN_VERSION)
    },
};

/// What wasm-bindgen spends its time in. It reads and writes each of some hundred test programs, five times as fast when this much
/// of it is optimised, for half a minute at its installation.
const WASM_BINDGEN_HEART: [&str; 6] =
    ["gimli", "id-arena", "walrus", "wasm-bindgen-cli-support", "wasm-encoder", "wasmparser"];

/// The runner of a crate's browser tests.
pub const WASM_PACK: Item = Item {
    name: "wasm-pack",
    purpose: "runs the tests of crates in Node and in the browser (a good minute)",
    find: |host| version(host, "wasm-pack", WASM_PACK_VERSION),
    get: |host| install(host, &["--locked"], "wasm-pack", WASM_PACK_VERSION),
};

/// Removes what the builds of the tools left behind, once nothing is missing: it is ten times the size of the tools.
pub fn tidy_up(host: &Host) {
    // Not worth a failure: at worst some disk stays used.
    let _ = fs::remove_dir_all(host.tools.join("build"));
}

fn install(host: &Host, options: &[&str], package: &str, version: &str) -> Done {
    let mut cargo = host.native("cargo");
    // Away from the repository, whose settings are not meant for strangers' programs.
    fs::create_dir_all(&host.tools).ok();
    cargo.current_dir(&host.tools);
    cargo.args(["install", "--debug", "--root"]).arg(&host.tools).args(options);
    cargo.arg(format!("{package}@{version}"));
    // One folder for all of them: what two of them use is built once. No debug information: nobody steps through them.
    cargo.env("CARGO_TARGET_DIR", host.tools.join("build")).env("CARGO_PROFILE_DEV_DEBUG", "false");
    cargo.env("CARGO_INCREMENTAL", "0").env_remove("RUSTFLAGS");
    let by_hand = format!("cargo install {} {package}@{version}", options.join(" "));
    host.run(package, cargo, format!("is the crate registry reachable? by hand: {by_hand}")).map(drop)
}

fn version(host: &Host, program: &str, wanted: &str) -> Option<String> {
    let said = asked(host.native(program).arg("--version"))?;
    is_version(&said, wanted).then(|| said.lines().next().unwrap_or_default().to_owned())
}

/// Whether a program that introduces itself as `said` has the version `wanted`.
fn is_version(said: &str, wanted: &str) -> bool {
    said.lines().next().unwrap_or_default().split_whitespace().any(|word| word == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_is_not_taken_for_the_wanted_one() {
        assert!(is_version("trunk 0.21.14", "0.21.14"));
        assert!(is_version("wasm-bindgen 0.2.130 (abc)\n", "0.2.130"));
        assert!(!is_version("trunk 0.21.140", "0.21.14") && !is_version("", "0.21.14"));
    }
}
