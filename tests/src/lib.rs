//! The page in a real Chromium: a WebDriver client, and what a person does with it.
//!
//! Things are found by role and accessible name in the browser's own accessibility tree, pressed where they are seen, and waited for
//! on flags and conditions, never for a length of time. `tests/page` holds the tests, `page-speed` measures.
//!
//! Everything panics with what was seen instead of returning errors: there is nobody to handle them, and the panic's hook
//! ([`seen::on_panic`]) adds the accessible tree and a picture of every open page.
//!
//! ```text
//!   tests/page, page-speed
//!        page        the workbench: play, select, open a link, what the flags say
//!        things      by role and name; press, drag, tap, type
//!        browser     one Chromium: scripts, input, protocol
//!        driver      chromedriver        wire   JSON over HTTP
//! ```

pub mod browser;
pub mod driver;
pub mod links;
pub mod page;
pub mod seen;
pub mod things;
pub mod wire;

use std::net::TcpListener;
use std::path::PathBuf;
use xtask::serve::Site;

/// Where the built page is: `FAULTLINE_DIST`, or `dist` in the repository.
#[must_use]
pub fn dist() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../dist");
    let dist = std::env::var_os("FAULTLINE_DIST").map_or(here, PathBuf::from);
    let index = dist.join("index.html");
    assert!(index.is_file(), "there is no page at {}: build it with cargo xtask play --build-only", index.display());
    dist
}

/// Serves the built page under `base` of this machine; the address of the page.
#[must_use]
pub fn serve(base: &str) -> String {
    serve_folder(dist(), base)
}

/// Serves a folder under `base` of this machine, as an origin of its own; the address.
#[must_use]
pub fn serve_folder(folder: PathBuf, base: &str) -> String {
    let site = Site::new(folder, base);
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("this machine has a free port");
    let address = listener.local_addr().expect("a listener has an address");
    let url = format!("http://{address}{}", site.base());
    std::thread::spawn(move || site.serve(&listener));
    url
}
