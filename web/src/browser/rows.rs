//! The library's list, read with the browser's own reader of JSON.

use crate::state::library::Row;
use js_sys::{Array, JSON, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// The rows that `text` lists, as an array or under `rows`; what makes no sense is passed over.
#[must_use]
pub fn read(text: &str) -> Vec<Row> {
    let Ok(value) = JSON::parse(text) else { return Vec::new() };
    let list = if Array::is_array(&value) { value } else { member(&value, "rows") };
    let Ok(list) = list.dyn_into::<Array>() else { return Vec::new() };
    list.iter().map(|value| row(&value)).filter(|row| !row.slug.is_empty() && !row.title.is_empty()).collect()
}

fn member(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

fn row(value: &JsValue) -> Row {
    let text = |name: &str| member(value, name).as_string().unwrap_or_default();
    let tags =
        member(value, "tags").dyn_into::<Array>().map(|tags| tags.iter().filter_map(|tag| tag.as_string()).collect());
    Row { slug: text("slug"), title: text("title"), about: text("about"), tags: tags.unwrap_or_default() }
}
