//! Building the page: Trunk does it, we see to its tools and skip it when nothing changed.

use crate::child::asked;
use crate::host::{Host, WASM};
use crate::sources::fingerprint;
use crate::trouble::{Advise, Done};
use std::fs;
use std::path::PathBuf;

/// Where the built page is.
pub fn dist(host: &Host) -> PathBuf {
    host.root.join("dist")
}

/// Builds the page unless it is built already. Tells which of the two it was.
pub fn build(host: &Host) -> Done<&'static str> {
    let now = format!("{:016x}", fingerprint(&host.root, &versions(host)?)?);
    let stamp = host.stamp("page");
    let index = dist(host).join("index.html");
    // The stamp holds the page's own entry too: somebody may have run Trunk by hand, with other settings, in between.
    let written = || fs::read_to_string(&index).map(|html| format!("{now}\n{html}")).ok();
    if written().is_some_and(|due| fs::read_to_string(&stamp).is_ok_and(|stamp| stamp == due)) {
        return Ok("nothing changed since it was built");
    }
    let mut fetch = host.wasm("cargo")?;
    fetch.args(["fetch", "--target", WASM]);
    host.run("fetch", fetch, "is the crate registry reachable? by hand: cargo fetch")?;
    let mut trunk = host.wasm("trunk")?;
    // Offline, so that a tool that is missing is said to be missing, and not fetched in another version.
    trunk.args(["build", "--release", "--offline"]);
    host.run("trunk", trunk, "mend what it says above; the build alone is: trunk build --release")?;
    if let Some(due) = written() {
        fs::write(&stamp, due).advise(stamp.display(), "is the target folder writable?")?;
    }
    Ok("built")
}

/// The versions of everything that turns sources into the page.
fn versions(host: &Host) -> Done<String> {
    let mut said = Vec::new();
    for (program, option) in [("rustc", "-vV"), ("trunk", "--version"), ("wasm-bindgen", "--version")] {
        said.push(asked(host.wasm(program)?.arg(option)).unwrap_or_default());
    }
    Ok(said.join("\n"))
}
