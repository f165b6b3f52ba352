//! Files of the person's own: saved by download, read when chosen or dropped.

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, BlobPropertyBag, File, HtmlAnchorElement, HtmlCanvasElement, Url, window};
use yew::Callback;

/// Largest file that is read, in bytes.
pub const BYTES_MAX: f64 = 4_000_000.0;

/// What a file of the design called `title` is called, without its ending.
#[must_use]
pub fn name(title: &str) -> String {
    let title = title.to_ascii_lowercase();
    let words: Vec<&str> = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.is_empty() { "design".to_string() } else { words.join("-") }
}

/// Offers `text` of the type `kind` for download under `name`.
///
/// # Errors
/// What the browser said.
pub fn save(name: &str, text: &str, kind: &str) -> Result<(), JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    let blob = Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&text.into()), &options)?;
    let address = Url::create_object_url_with_blob(&blob)?;
    let document = window().and_then(|window| window.document()).ok_or(JsValue::NULL)?;
    let anchor: HtmlAnchorElement = document.create_element("a")?.dyn_into()?;
    anchor.set_href(&address);
    anchor.set_download(name);
    anchor.click();
    Url::revoke_object_url(&address)
}

/// The address of a picture that is nowhere but in it.
#[must_use]
pub fn inline(svg: &str) -> String {
    format!("data:image/svg+xml,{}", js_sys::encode_uri_component(svg))
}

/// Offers what the canvas that `selector` finds shows for download under `name`, as PNG.
///
/// # Errors
/// What the browser said.
pub fn save_picture(name: &str, selector: &str) -> Result<(), JsValue> {
    let document = window().and_then(|window| window.document()).ok_or(JsValue::NULL)?;
    let canvas: HtmlCanvasElement = document.query_selector(selector)?.ok_or(JsValue::NULL)?.dyn_into()?;
    let anchor: HtmlAnchorElement = document.create_element("a")?.dyn_into()?;
    anchor.set_href(&canvas.to_data_url_with_type("image/png")?);
    anchor.set_download(name);
    anchor.click();
    Ok(())
}

/// Reads a file as text; an error is a sentence.
pub fn read(file: File, done: Callback<Result<String, String>>) {
    spawn_local(async move {
        let name = file.name();
        let result = if file.size() > BYTES_MAX {
            Err(format!("{name} is {} bytes; a design may have at most {BYTES_MAX}", file.size()))
        } else {
            match JsFuture::from(file.text()).await {
                Ok(text) => text.as_string().ok_or_else(|| format!("{name} is not a text")),
                Err(_) => Err(format!("{name} could not be read")),
            }
        };
        done.emit(result);
    });
}
