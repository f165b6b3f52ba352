//! A package of the workspace built twice: as a native program, and as WASM that Node can load.

use crate::host::{Host, WASM};
use crate::trouble::Done;
use std::path::PathBuf;

/// Builds the program `package` natively, and tells where it is.
pub fn native(host: &Host, package: &str) -> Done<PathBuf> {
    native_with(host, package, &[])
}

/// The same with some of its features.
pub fn native_with(host: &Host, package: &str, features: &[&str]) -> Done<PathBuf> {
    println!("  build {package}, natively");
    let mut cargo = host.native("cargo");
    cargo.args(["build", "--release", "--locked", "--package", package]);
    cargo.args(features.iter().flat_map(|feature| ["--features", feature]));
    host.run(&format!("{package}-native"), cargo, format!("cargo build --release --package {package}"))?;
    Ok(host.target.join("release").join(package))
}

/// Builds the library of `package` as WASM with its glue for Node, and tells the folder of both: `{package}.js`,
/// `{package}_bg.wasm`.
pub fn wasm(host: &Host, package: &str) -> Done<PathBuf> {
    println!("  build {package} as WASM");
    let folder = host.target.join(format!("{package}-node"));
    let mut cargo = host.wasm("cargo")?;
    let wasm_target = host.target.join("wasm");
    cargo.args(["build", "--release", "--locked", "--package", package, "--lib", "--target", WASM]);
    cargo.arg("--target-dir").arg(&wasm_target);
    let by_hand = format!("cargo build --release --package {package} --lib --target {WASM}");
    host.run(&format!("{package}-wasm"), cargo, by_hand)?;
    let mut bindgen = host.native("wasm-bindgen");
    bindgen.args(["--target", "nodejs", "--out-dir"]).arg(&folder);
    bindgen.arg(wasm_target.join(WASM).join("release").join(format!("{package}.wasm")));
    host.run(&format!("{package}-bindgen"), bindgen, "cargo xtask setup")?;
    Ok(folder)
}
