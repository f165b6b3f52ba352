//! Set-up: what the build needs from the machine, item by item.
//!
//! Each item is looked for first, by asking the thing itself and not a note about it, and got only when it is missing or of the
//! wrong version. Nothing is taken on trust from an earlier run, so a half-done set-up goes on where it stopped.

mod crates;
mod debian;
mod node;
mod rust;

use crate::child::seconds;
use crate::host::Host;
use crate::trouble::{Done, Trouble};
use std::time::Instant;

/// One thing that the build needs.
#[derive(Debug, Clone, Copy)]
pub struct Item {
    /// What it is called on screen.
    name: &'static str,
    /// What it is for, said when it has to be got.
    purpose: &'static str,
    /// Tells what is there, if it will do.
    find: fn(&Host) -> Option<String>,
    /// Gets it.
    get: fn(&Host) -> Done,
}

/// What the page needs: for `play`.
pub const PAGE: &[Item] = &[rust::WASM_LIBRARY, node::NODE, node::WASM_OPT, crates::WASM_BINDGEN, crates::TRUNK];

/// What it takes to run a package under Node.
pub const NODE: &[Item] = &[rust::WASM_LIBRARY, node::NODE, crates::WASM_BINDGEN];

/// What the tests need beyond that.
pub const TESTS: &[Item] = &[rust::LINTS, rust::WASM_LINTS, debian::BROWSER, crates::WASM_PACK, node::AXE];

/// Looks for each item and gets what is missing, in order.
pub fn ensure(host: &Host, items: &[Item]) -> Done {
    items.iter().try_for_each(|item| ensure_one(host, item))?;
    crates::tidy_up(host);
    Ok(())
}

fn ensure_one(host: &Host, item: &Item) -> Done {
    if let Some(found) = (item.find)(host) {
        println!("  have  {:<14} {found}", item.name);
        return Ok(());
    }
    println!("  get   {:<14} {}", item.name, item.purpose);
    let start = Instant::now();
    (item.get)(host)?;
    match (item.find)(host) {
        Some(found) => {
            println!("  got   {:<14} {found}, in {}", item.name, seconds(start.elapsed()));
            Ok(())
        }
        None => Err(Trouble::new(
            format!("{}: it was installed without complaint, and still cannot be found", item.name),
            format!("look into {} for what the installation said", host.target.join("xtask").display()),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn item(find: fn(&Host) -> Option<String>, get: fn(&Host) -> Done) -> Item {
        Item { name: "thing", purpose: "for the test", find, get }
    }

    #[test]
    fn what_is_there_is_not_got_again() {
        let there = item(|_| Some("1.0".to_owned()), |_| panic!("it is there"));
        assert_eq!(ensure_one(&Host::this(), &there), Ok(()));
    }

    #[test]
    fn what_cannot_be_got_stops_the_set_up_with_its_advice() {
        let refused = item(|_| None, |_| Err(Trouble::new("no network", "plug it in")));
        assert_eq!(ensure_one(&Host::this(), &refused), Err(Trouble::new("no network", "plug it in")));
    }

    #[test]
    fn what_is_still_missing_after_it_was_got_is_a_failure() {
        let ghost = item(|_| None, |_| Ok(()));
        assert!(ensure_one(&Host::this(), &ghost).expect_err("it is not there").what.contains("still cannot be found"));
    }

    #[test]
    fn the_manifests_and_the_set_up_name_the_same_versions() {
        let read = |name: &str| std::fs::read_to_string(Host::this().root.join(name)).expect("the file is there");
        let (cargo, trunk) = (read("Cargo.toml"), read("Trunk.toml"));
        assert!(cargo.contains(&format!("wasm-bindgen = \"={}\"", crates::WASM_BINDGEN_VERSION)));
        assert!(trunk.contains(&format!("wasm_bindgen = \"{}\"", crates::WASM_BINDGEN_VERSION)));
        assert!(trunk.contains(&format!("wasm_opt = \"version_{}\"", node::BINARYEN_VERSION)));
        assert!(trunk.contains(&format!("trunk-version = \">={}", crates::TRUNK_VERSION)));
    }
}
