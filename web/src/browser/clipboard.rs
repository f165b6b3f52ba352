//! The clipboard.

use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::window;
use yew::Callback;

/// Copies `text` and says whether it worked; it does not where the page is not served safely or the person forbade it.
pub fn copy(text: &str, done: Callback<bool>) {
    let promise = window()
        .filter(web_sys::Window::is_secure_context)
        .map(|window| window.navigator().clipboard().write_text(text));
    spawn_local(async move {
        let copied = match promise {
            Some(promise) => JsFuture::from(promise).await.is_ok(),
            None => false,
        };
        done.emit(copied);
    });
}
