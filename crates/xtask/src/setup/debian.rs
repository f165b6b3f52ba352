//! What Debian's packages give: a browser, and the compiler for the browser where rustup cannot get its own.

use super::Item;
use crate::child::asked;
use crate::host::{Host, LIBRARY_STAMP, WASM};
use crate::trouble::{Advise, Done, Trouble};
use std::fs;
use std::path::{Path, PathBuf};

/// A browser and its remote control.
pub const BROWSER: Item = Item {
    name: "browser",
    purpose: "Chromium and its driver, for the tests that need a real browser",
    find: |host| {
        let names = ["chromium", "google-chrome", "chromium-browser"];
        let browser = names.iter().find_map(|name| host.find(name))?;
        let driver = host.find("chromedriver")?;
        asked(host.native(&driver.to_string_lossy()).arg("--version"))
            .map(|version| format!("{}, {version}", browser.display()))
    },
    get: |host| install(host, &["chromium", "chromium-driver"]),
};

/// The compiler in `/usr/bin`, its sources and its linker.
const COMPILER: &[&str] = &["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "lld-22"];

/// Installs `packages`, as root or through `sudo`.
pub fn install(host: &Host, packages: &[&str]) -> Done {
    let names = packages.join(" ");
    let by_hand = format!("apt-get update && apt-get install {names}  (as root)");
    if host.find("apt-get").is_none() {
        return Err(Trouble::new(
            format!("this system has no apt-get to install {names}"),
            format!("install with your own package manager what Debian calls {names}"),
        ));
    }
    let privileged = |words: &[&str]| {
        let mut command = if is_root(host) { host.native("env") } else { host.native("sudo") };
        command.args(if is_root(host) { &[][..] } else { &["-n", "env"] });
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300"]);
        command.args(words);
        command
    };
    if !is_root(host) && host.find("sudo").is_none() {
        return Err(Trouble::new(format!("installing {names} needs root, and there is no sudo"), by_hand));
    }
    // Old lists name files that are gone. An update that fails in part may still be enough, so only the installation decides.
    if let Err(trouble) = host.run("apt-update", privileged(&["update"]), &by_hand) {
        println!("        the package lists could not be renewed: {}", trouble.what.lines().next().unwrap_or_default());
    }
    let words: Vec<&str> = ["install", "--no-install-recommends"].iter().chain(packages).copied().collect();
    host.run("apt-install", privileged(&words), by_hand).map(drop)
}

/// Gets Debian's compiler and builds the standard library for the browser with it, which Debian does not package.
pub fn library(host: &Host) -> Done {
    let is_complete = || host.find("rust-lld").is_some() && has_sources(host);
    if !(host.debian_version().is_some_and(|version| is_new_enough(&version)) && is_complete()) {
        println!("        installing {}", COMPILER.join(" "));
        install(host, COMPILER)?;
    }
    let version = host.debian_version().unwrap_or_default();
    if !is_new_enough(&version) {
        let what = format!("Debian's compiler is {:?}; this needs 1.{MINOR_MIN} or newer", version.lines().next());
        return Err(Trouble::new(
            what,
            "add Debian's security archive to the package sources; newer compilers come there",
        ));
    }
    println!("        building the standard library with it, about a minute");
    let built = build(host)?;
    place(host, &built)
}

/// The workspace's `rust-version`.
const MINOR_MIN: u32 = 95;

fn is_new_enough(version: &str) -> bool {
    let minor =
        version.strip_prefix("rustc 1.").and_then(|rest| rest.split('.').next()).and_then(|minor| minor.parse().ok());
    minor.is_some_and(|minor: u32| minor >= MINOR_MIN)
}

fn has_sources(host: &Host) -> bool {
    let sysroot = asked(host.native("/usr/bin/rustc").args(["--print", "sysroot"]));
    sysroot.is_some_and(|root| Path::new(&root).join("lib/rustlib/src/rust/library/std").exists())
}

/// Builds the library in a scratch crate and gives back its files.
fn build(host: &Host) -> Done<Vec<PathBuf>> {
    let scratch = host.tools.join("build/std");
    let advice = format!("is {} writable?", host.tools.display());
    fs::create_dir_all(scratch.join("src")).advise(scratch.display(), &advice)?;
    let manifest = "[package]\nname = \"scratch\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[workspace]\n";
    fs::write(scratch.join("Cargo.toml"), manifest).advise(scratch.display(), &advice)?;
    fs::write(scratch.join("src/lib.rs"), "").advise(scratch.display(), &advice)?;
    let mut cargo = host.native("/usr/bin/cargo");
    cargo.current_dir(&scratch);
    cargo.args(["build", "-Zbuild-std=std,panic_abort,test", "--target", WASM, "--release"]);
    // Without the bitcode inside, the link-time optimisation of what is built on it fails.
    cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", "-Cembed-bitcode=yes");
    cargo.env("RUSTC", "/usr/bin/rustc").env("CARGO_TARGET_DIR", scratch.join("target"));
    host.run("std", cargo, "apt-get install --reinstall rust-web-src, then the same command again")?;
    let deps = scratch.join("target").join(WASM).join("release/deps");
    let files = deps.read_dir().advise(deps.display(), "the same command again")?;
    Ok(files.flatten().map(|file| file.path()).filter(|file| is_library(file)).collect())
}

/// Whether the file is one of the library's, not the scratch crate's own.
fn is_library(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".rlib") && !name.starts_with("libscratch")
}

/// Puts the files where Debian's compiler looks for them, in place of what an earlier set-up put there.
fn place(host: &Host, built: &[PathBuf]) -> Done {
    let advice = "the same command again, as root";
    let missing = || Trouble::new("Debian's compiler does not say where its libraries go", "/usr/bin/rustc --version");
    let folder = host.library_folder("/usr/bin/rustc").ok_or_else(missing)?;
    let version = host.debian_version().ok_or_else(missing)?;
    let staged = host.tools.join("build/std/staged");
    let io = |result: std::io::Result<()>| result.advise(staged.display(), advice);
    // An earlier, broken attempt may have left files there.
    let _ = fs::remove_dir_all(&staged);
    io(fs::create_dir_all(&staged))?;
    for file in built {
        io(fs::copy(file, staged.join(file.file_name().unwrap_or_default())).map(drop))?;
    }
    io(fs::write(staged.join(LIBRARY_STAMP), format!("{version}\n")))?;
    // The folder belongs to the system, so it is changed by one command that may be given root's rights. Libraries of another
    // version of the compiler would be found twice and refused, hence the removal.
    let script = r#"set -e; rm -rf "$2"; mkdir -p "$2"; cp "$1"/* "$2"/"#;
    let mut command = if is_root(host) { host.native("sh") } else { host.native("sudo") };
    command.args(if is_root(host) { &[][..] } else { &["-n", "sh"] });
    command.args(["-c", script, "place"]).args([&staged, &folder]);
    host.run("std-place", command, advice).map(drop)
}

fn is_root(host: &Host) -> bool {
    asked(host.native("id").arg("-u")).is_some_and(|id| id == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compiler_older_than_the_workspace_wants_is_not_taken() {
        assert!(is_new_enough("rustc 1.96.0 (ac68faa20)\nbinary: rustc") && is_new_enough("rustc 1.95.0"));
        assert!(!is_new_enough("rustc 1.85.0") && !is_new_enough("") && !is_new_enough("gcc 12"));
    }

    #[test]
    fn only_the_library_itself_is_placed() {
        assert!(is_library(Path::new("/deps/libstd-0123.rlib")));
        assert!(!is_library(Path::new("/deps/libstd-0123.rmeta")));
        assert!(!is_library(Path::new("/deps/libscratch-0123.rlib")));
    }
}
