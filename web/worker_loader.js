// Starts an engine in its worker: the one whose name the page gave the worker. The question that the page adds to this file's address
// says which build of the page asks; it goes on to the engine's own files, so that a browser never pairs a new page with an engine
// that it kept from an older one.
importScripts(`./${name}.js${location.search}`);
wasm_bindgen({ module_or_path: `./${name}_bg.wasm${location.search}` });
