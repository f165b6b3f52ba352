//! What stays in this browser: the shelf of designs and a few settings. Without storage (private mode) everything else works.

use crate::state::progress::Progress;
use crate::state::shelf::Shelf;
use web_sys::{Storage, window};

const SHELF: &str = "faultline.shelf";
const WORK: &str = "faultline.work.";
const CURRENT: &str = "faultline.current";

fn storage() -> Option<Storage> {
    window()?.local_storage().ok()?
}

fn read(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

fn write(key: &str, text: &str) -> bool {
    storage().is_some_and(|storage| storage.set_item(key, text).is_ok())
}

/// A setting, by name.
#[must_use]
pub fn setting(name: &str) -> Option<String> {
    read(&format!("faultline.{name}"))
}

/// Keeps a setting.
pub fn keep_setting(name: &str, value: &str) {
    write(&format!("faultline.{name}"), value);
}

/// How far the lessons of the library were followed.
#[must_use]
pub fn progress() -> Progress {
    Progress::read(&setting("progress").unwrap_or_default())
}

/// Keeps that so many steps of a row were reached.
pub fn keep_progress(slug: &str, steps: usize) {
    let mut progress = progress();
    if progress.reach(slug, steps) {
        keep_setting("progress", &progress.write());
    }
}

/// The shelf as it is now, in whatever window it was changed last.
#[must_use]
pub fn shelf() -> Shelf {
    Shelf::read(&read(SHELF).unwrap_or_default())
}

/// The design kept under `id`.
#[must_use]
pub fn work(id: u32) -> Option<String> {
    read(&format!("{WORK}{id}"))
}

/// The design that was worked on last, if it is still kept.
#[must_use]
pub fn current() -> Option<u32> {
    let id = read(CURRENT)?.parse().ok()?;
    shelf().0.iter().any(|kept| kept.id == id).then_some(id)
}

/// Says which design is being worked on; none: the page opens with whatever its address says.
pub fn set_current(id: Option<u32>) {
    match id {
        Some(id) => {
            write(CURRENT, &id.to_string());
        }
        None => remove(CURRENT),
    }
}

/// Keeps a design; under a new id when none is given. `None` when the browser keeps nothing or has no more room.
pub fn keep(id: Option<u32>, now_ms: f64, title: &str, text: &str) -> Option<u32> {
    let mut shelf = shelf();
    let id = id.unwrap_or_else(|| shelf.free_id());
    let fallen = shelf.put(id, now_ms, title);
    for old in fallen {
        remove(&format!("{WORK}{old}"));
    }
    let kept = write(&format!("{WORK}{id}"), text) && write(SHELF, &shelf.write());
    kept.then_some(id)
}

/// Lets a design go.
pub fn forget(id: u32) {
    let mut shelf = shelf();
    shelf.0.retain(|kept| kept.id != id);
    write(SHELF, &shelf.write());
    remove(&format!("{WORK}{id}"));
}

fn remove(key: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(key);
    }
}
