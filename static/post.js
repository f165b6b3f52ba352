// The paragraphs drive the figures, and the figures tell what came of it.

const acts = {
  slow: (figure) => (figure.speed(0.02), figure.play()),
  fast: (figure) => (figure.speed(10), figure.play()),
  talk: (figure) => (figure.speed(1), figure.inject("spike", "celebrity", { amount: 10, seconds: 4 }), figure.play()),
  cut: (figure) => (figure.speed(1), figure.inject("cut-off", "posts.0", { seconds: 8 }), figure.play()),
  wait: (figure) => (figure.seek(8), figure.set("posts", "acknowledge", "semi-sync"), figure.play()),
};

for (const button of document.querySelectorAll("button[data-do]")) {
  button.addEventListener("click", () => acts[button.dataset.do](document.getElementById(button.dataset.figure)));
}

const said = (figure) => document.querySelector(`.said[data-figure="${figure.id}"]`);

addEventListener("faultline-verdict", ({ target, detail: { finding, headline } }) => {
  if (finding === "broken") said(target).textContent = `Just now: ${headline}.`;
});
addEventListener("faultline-error", ({ target, detail: { heading } }) => {
  said(target).textContent = heading;
});
