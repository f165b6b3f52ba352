//! The machine we work on: where the repository and the tools are, and the environment that other programs get.

use crate::child::{Child, asked};
use crate::trouble::{Done, Trouble};
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The target that a browser runs.
pub const WASM: &str = "wasm32-unknown-unknown";

/// Which compiler builds for the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WasmCompiler {
    /// The one that everything else is built with.
    Own,
    /// Debian's, in `/usr/bin`, because the own one has no library for the browser and cannot get it.
    Debian,
}

/// Paths and versions of one machine.
#[derive(Debug)]
pub struct Host {
    /// The top of the repository.
    pub root: PathBuf,
    /// Where cargo builds.
    pub target: PathBuf,
    /// Where tools are installed that the system's package manager does not have.
    pub tools: PathBuf,
}

impl Host {
    /// This machine.
    pub fn this() -> Self {
        let manifest = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&manifest).join("../..");
        let root = root.canonicalize().unwrap_or(root);
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |target| root.join(target));
        let tools = tools_folder(|name| env::var_os(name), &target);
        Self { root, target, tools }
    }

    /// The log of the step `name`.
    pub fn log(&self, name: &str) -> PathBuf {
        self.target.join("xtask").join(format!("{name}.log"))
    }

    /// Where it is noted that the step `name` is done.
    pub fn stamp(&self, name: &str) -> PathBuf {
        self.target.join("xtask").join(format!("{name}.stamp"))
    }

    /// A program with the tools on its path, run at the top of the repository, as if xtask had not been started by cargo.
    pub fn native(&self, program: &str) -> Command {
        self.with_path(program, &[])
    }

    /// The same for a program that builds for the browser.
    pub fn wasm(&self, program: &str) -> Done<Command> {
        match self.wasm_compiler() {
            Some(WasmCompiler::Own) => Ok(self.native(program)),
            Some(WasmCompiler::Debian) => {
                let mut command = self.with_path(program, &[PathBuf::from("/usr/bin")]);
                // Which of rustup's toolchains is active must not matter to a compiler that is none of them.
                command.env_remove("RUSTUP_TOOLCHAIN");
                Ok(command)
            }
            None => Err(Trouble::new(format!("no compiler here builds for {WASM}"), "cargo xtask setup")),
        }
    }

    /// Which compiler builds for the browser here, if any. Looks at what is there each time: set-up changes it.
    pub fn wasm_compiler(&self) -> Option<WasmCompiler> {
        if !prefers_debian() && has_std(&self.library_folder("rustc")?) {
            return Some(WasmCompiler::Own);
        }
        let folder = self.library_folder("/usr/bin/rustc")?;
        (has_std(&folder) && is_current(&folder, &self.debian_version()?)).then_some(WasmCompiler::Debian)
    }

    /// What Debian's compiler calls itself, in full.
    pub fn debian_version(&self) -> Option<String> {
        asked(self.native("/usr/bin/rustc").arg("-vV"))
    }

    /// Where the compiler `rustc` looks for the browser's standard library.
    pub fn library_folder(&self, rustc: &str) -> Option<PathBuf> {
        asked(self.native(rustc).args(["--print", "target-libdir", "--target", WASM])).map(PathBuf::from)
    }

    /// Where the program `name` is, looking at the tools first.
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        env::split_paths(&self.path(&[])).map(|folder| folder.join(name)).find(|file| file.is_file())
    }

    /// Runs `command` as the step `name`.
    pub fn run(&self, name: &str, command: Command, advice: impl Into<String>) -> Done<String> {
        Child::new(command, self.log(name), advice).run()
    }

    fn with_path(&self, program: &str, first: &[PathBuf]) -> Command {
        let path = self.path(first);
        // The program itself is looked for on the path that it is given; `Command` alone would use ours.
        let file = env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file());
        let mut command = Command::new(file.unwrap_or_else(|| program.into()));
        command.current_dir(&self.root).env("PATH", path).env("CARGO_TERM_COLOR", "never");
        for (name, _) in env::vars_os().filter(|(name, _)| is_cargo_own(&name.to_string_lossy())) {
            command.env_remove(name);
        }
        // Cargo puts the toolchain's libraries there, where another toolchain's compiler would find them.
        command.env_remove("LD_LIBRARY_PATH");
        // Trunk reads it as a yes or no of its own and stops at "1".
        command.env_remove("NO_COLOR");
        command
    }

    fn path(&self, first: &[PathBuf]) -> OsString {
        let own = [self.tools.join("bin"), self.tools.join("node/node_modules/.bin")];
        let given = env::var_os("PATH").unwrap_or_default();
        let all = first.iter().cloned().chain(own).chain(env::split_paths(&given));
        env::join_paths(all).unwrap_or(given)
    }
}

/// Whether a person asked for Debian's compiler although the own one might do; to try that way where it is not needed.
pub fn prefers_debian() -> bool {
    env::var("FAULTLINE_WASM").is_ok_and(|value| value == "debian")
}

/// The file, beside the libraries that set-up built for Debian's compiler, which tells for which version that was.
pub const LIBRARY_STAMP: &str = "faultline-built-for";

/// Whether the libraries are for the compiler `version`. Without a stamp they came in a package, which sees to that itself.
fn is_current(folder: &Path, version: &str) -> bool {
    std::fs::read_to_string(folder.join(LIBRARY_STAMP)).map_or(true, |stamp| stamp.starts_with(version))
}

fn has_std(folder: &Path) -> bool {
    let Ok(files) = folder.read_dir() else { return false };
    files.flatten().any(|file| {
        let name = file.file_name().to_string_lossy().into_owned();
        name.starts_with("libstd-") && name.ends_with(".rlib")
    })
}

/// `FAULTLINE_TOOLS`, else the user's cache folder, else beside the build.
fn tools_folder(variable: impl Fn(&str) -> Option<OsString>, target: &Path) -> PathBuf {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("FAULTLINE_TOOLS")
        .or_else(|| set("XDG_CACHE_HOME").map(|cache| cache.join("faultline")))
        .or_else(|| set("HOME").map(|home| home.join(".cache/faultline")))
        .unwrap_or_else(|| target.join("tools"))
}

/// Whether cargo set the variable for xtask's own sake. Trunk would take `CARGO` for the compiler to use.
fn is_cargo_own(name: &str) -> bool {
    let of_the_package = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"];
    name == "CARGO" || of_the_package.iter().any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_go_where_the_person_says_then_to_the_cache_then_beside_the_build() {
        let folder = |set: &[(&str, &str)]| {
            let found = |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value));
            tools_folder(found, Path::new("/t"))
        };
        assert_eq!(folder(&[("FAULTLINE_TOOLS", "/a"), ("HOME", "/h")]), Path::new("/a"));
        assert_eq!(folder(&[("XDG_CACHE_HOME", "/c"), ("HOME", "/h")]), Path::new("/c/faultline"));
        assert_eq!(folder(&[("XDG_CACHE_HOME", ""), ("HOME", "/h")]), Path::new("/h/.cache/faultline"));
        assert_eq!(folder(&[]), Path::new("/t/tools"));
    }

    #[test]
    fn children_do_not_see_what_cargo_tells_xtask() {
        assert!(is_cargo_own("CARGO") && is_cargo_own("CARGO_PKG_NAME") && is_cargo_own("CARGO_MANIFEST_DIR"));
        assert!(!is_cargo_own("CARGO_HOME") && !is_cargo_own("CARGO_TARGET_DIR") && !is_cargo_own("PATH"));
    }

    #[test]
    fn a_folder_without_the_standard_library_is_seen_as_such() {
        let folder = env::temp_dir().join(format!("xtask-std-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        std::fs::write(folder.join("libcore-1.rlib"), "").expect("a file");
        assert!(!has_std(&folder) && !has_std(&folder.join("missing")));
        std::fs::write(folder.join("libstd-1.rlib"), "").expect("a file");
        assert!(has_std(&folder) && is_current(&folder, "rustc 1"));
        std::fs::write(folder.join(LIBRARY_STAMP), "rustc 1\nlibstd-1.rlib\n").expect("a file");
        assert!(is_current(&folder, "rustc 1") && !is_current(&folder, "rustc 2"));
        std::fs::remove_dir_all(&folder).expect("it can go again");
    }
}
