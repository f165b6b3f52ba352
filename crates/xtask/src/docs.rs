//! `cargo xtask docs`: writes the reference of the kinds of boxes from the catalog. A test holds the files to what this writes.

use crate::host::Host;
use crate::trouble::Done;

/// How it is called.
pub const USAGE: &str = "docs";

/// Writes `static/reference/`.
pub fn run(host: &Host) -> Done {
    let mut cargo = host.native("cargo");
    cargo.args(["test", "-q", "-p", "cli", "--test", "library", "reference"]).env("FAULTLINE_BLESS", "1");
    host.run("reference", cargo, "cargo test -p cli --test library reference")?;
    println!("written: static/reference/");
    Ok(())
}
