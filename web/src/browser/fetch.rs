//! Files that lie beside the page.

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Response, window};
use yew::Callback;

/// Fetches a text at a path beside the page; an error is a sentence.
pub fn text(path: String, done: Callback<Result<String, String>>) {
    spawn_local(async move {
        let result = fetched(&path).await.map_err(|why| format!("{path} could not be loaded: {why}"));
        done.emit(result);
    });
}

async fn fetched(path: &str) -> Result<String, String> {
    const BROKEN: &str = "the connection failed";
    let window = window().ok_or(BROKEN)?;
    let response = JsFuture::from(window.fetch_with_str(path)).await.map_err(|_| BROKEN)?;
    let response: Response = response.dyn_into().map_err(|_| BROKEN)?;
    if !response.ok() {
        return Err(format!("the server answered {}", response.status()));
    }
    let text = JsFuture::from(response.text().map_err(|_| BROKEN)?).await.map_err(|_| BROKEN)?;
    text.as_string().ok_or_else(|| BROKEN.to_string())
}
