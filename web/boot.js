// Starts the application from a file instead of an inline script, so that the page's content security policy can forbid
// inline scripts. Trunk leaves the names of the built files, which carry their hashes, in the meta element "boot".
//
// It also keeps watch: when a program traps, nothing of it can be trusted any more, so the panel of last resort is shown from
// here. It needs nothing but this file and shows the design as it was last kept.

const kept = (key) => {
  try {
    return localStorage.getItem(`faultline.${key}`);
  } catch {
    return null;
  }
};

function giveUp(why, work) {
  const panel = document.getElementById("broken");
  if (!panel.hidden) return;
  panel.hidden = false;
  document.getElementById("broken-why").textContent = why;
  const text = work || kept(`work.${kept("current")}`);
  const label = document.getElementById("broken-work");
  label.hidden = !text;
  label.querySelector("textarea").value = text ?? "";
}

addEventListener("faultline-broken", ({ detail: [why, work] }) => giveUp(why, work));
addEventListener("error", ({ error }) => {
  if (error instanceof WebAssembly.RuntimeError) giveUp(`It broke: ${error.message}.`);
});
addEventListener("unhandledrejection", ({ reason }) => {
  if (reason instanceof WebAssembly.RuntimeError) giveUp(`It broke: ${reason.message}.`);
});

// The chosen colours, before anything is painted in others.
document.documentElement.dataset.shade = kept("shade") ?? "system";

const names = document.querySelector('meta[name="boot"]').dataset;
try {
  const app = await import(new URL(names.js, document.baseURI));
  await app.default({ module_or_path: new URL(names.wasm, document.baseURI) });
} catch (error) {
  giveUp(`It could not start: ${error}. Load it again, or try a current browser.`);
  throw error;
}
