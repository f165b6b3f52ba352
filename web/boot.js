// Starts the application from a file instead of an inline script, so that the page's content security policy can forbid
// inline scripts. Trunk leaves the names of the built files, which carry their hashes, in the meta element "boot".
const names = document.querySelector('meta[name="boot"]').dataset;
try {
  const app = await import(new URL(names.js, document.baseURI));
  await app.default({ module_or_path: new URL(names.wasm, document.baseURI) });
} catch (error) {
  const panel = document.getElementById("boot-error");
  panel.textContent = `The page could not start: ${error}. Reload it, or try a current browser.`;
  panel.hidden = false;
  throw error;
}
