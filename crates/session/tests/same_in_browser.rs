//! Same link, same run, bit for bit: in a browser (`wasm-pack test --headless --chrome`).
#![cfg(target_arch = "wasm32")]

mod stories;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test::wasm_bindgen_test]
fn every_story_has_its_golden_digest_in_the_browser() {
    stories::every_story_has_its_golden_digest_however_it_is_reached();
}
