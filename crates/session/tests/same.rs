//! Same link, same run, bit for bit: natively (`cargo test`) and in Node (`wasm-pack test --node`).

mod stories;

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn every_story_has_its_golden_digest() {
    stories::every_story_has_its_golden_digest_however_it_is_reached();
}

#[cfg(target_arch = "wasm32")]
#[wasm_bindgen_test::wasm_bindgen_test]
fn every_story_has_its_golden_digest_in_node() {
    stories::every_story_has_its_golden_digest_however_it_is_reached();
}
