//! The compiler's parts: its lints, its formatter, and the standard library for the browser.

use super::{Item, debian};
use crate::child::{Child, asked};
use crate::host::{Host, WASM, WasmCompiler, prefers_debian};
use crate::trouble::{Done, Trouble};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Clippy and rustfmt for the native compiler.
pub const LINTS: Item = Item {
    name: "lints, format",
    purpose: "clippy and rustfmt check the code",
    find: |host| {
        asked(host.native("cargo").args(["fmt", "--version"]))?;
        asked(host.native("cargo").args(["clippy", "--version"]))
    },
    get: |host| {
        if host.find("rustup").is_none() {
            return debian::install(host, &["rust-web-clippy", "rustfmt-web"]);
        }
        let mut rustup = host.native("rustup");
        rustup.args(["component", "add", "clippy", "rustfmt"]);
        host.run("rustup-lints", rustup, "install clippy and rustfmt for the compiler in use").map(drop)
    },
};

/// Clippy for the browser's compiler, where that is another one.
pub const WASM_LINTS: Item = Item {
    name: "browser lints",
    purpose: "clippy checks the page with the compiler that builds it",
    find: |host| match host.wasm_compiler()? {
        WasmCompiler::Own => asked(host.native("cargo").args(["clippy", "--version"])),
        // Asked by its own name: through cargo, rustup's would answer, which cannot read this compiler's libraries.
        WasmCompiler::Debian => asked(host.native("/usr/bin/cargo-clippy").arg("--version")),
    },
    get: |host| debian::install(host, &["rust-web-clippy"]),
};

/// The standard library for the browser.
pub const WASM_LIBRARY: Item = Item {
    name: "wasm library",
    purpose: "the standard library for the browser",
    find: |host| match host.wasm_compiler()? {
        WasmCompiler::Own => asked(host.native("rustc").arg("--version")),
        WasmCompiler::Debian => asked(host.native("/usr/bin/rustc").arg("--version")),
    },
    get: library,
};

/// How long a download may show no progress before it is given up. Where there is no way to the download, it hangs.
const PATIENCE: Duration = Duration::from_secs(20);

fn library(host: &Host) -> Done {
    if prefers_debian() {
        return debian::library(host);
    }
    let Err(by_rustup) = from_rustup(host) else { return Ok(()) };
    println!("        rustup cannot get it here; trying Debian's packages");
    debian::library(host).map_err(|by_debian| {
        let what = format!("rustup: {}\nDebian's packages: {}", by_rustup.what, by_debian.what);
        let by_hand = format!("on a network that reaches rustup's downloads: rustup target add {WASM}");
        Trouble::new(what, format!("{by_hand}\nor on Debian: {}", by_debian.next))
    })
}

fn from_rustup(host: &Host) -> Done {
    let mut rustup = host.native("rustup");
    rustup.args(["target", "add", WASM]);
    let downloads = downloads_folder(host);
    let (mut bytes, mut moved) = (0, Duration::ZERO);
    let is_moving = |time: Duration| {
        let now = downloads.as_deref().map_or(0, size);
        if now != bytes {
            (bytes, moved) = (now, time);
        }
        time < moved + PATIENCE
    };
    let child = Child::new(rustup, host.log("rustup-target"), format!("rustup target add {WASM}"));
    child.run_while(is_moving).map(drop)
}

/// Where rustup keeps what it is downloading.
fn downloads_folder(host: &Host) -> Option<PathBuf> {
    let home = asked(host.native("rustup").args(["show", "home"]))?;
    Some(Path::new(&home).join("downloads"))
}

fn size(folder: &Path) -> u64 {
    let Ok(files) = folder.read_dir() else { return 0 };
    files.flatten().filter_map(|file| file.metadata().ok()).map(|data| data.len()).sum()
}
