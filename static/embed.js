// <faultline-figure row="newsfeed"> puts a running design into a page.
//
//   <script defer src="https://…/embed.js"></script>
//   <faultline-figure row="newsfeed" autoplay until="40">a picture, or words, until it is there</faultline-figure>
//
// Attributes: row (a design of the library) or link (what stands after # in a shared link); theme (light, dark), autoplay, from and until
// (seconds), speed, controls (full, play, none), readonly, hide-answers, captions, focus (a box); src (where Faultline lives, when
// not beside this file); height (a CSS length).
//
// It is loaded when it comes near the window, stands still while it is out of sight, and takes no key and no wheel before somebody
// turns to it. Methods: play(), pause(), seek(seconds), speed(factor), load({row} or {link}), set(on, field, value),
// inject(verb, on, {amount, seconds}). Events: faultline-ready, -opened, -time, -verdict, -error, -refused, each with its letter as detail.

{
  const VERSION = 1;
  const OPTIONS = ["theme", "from", "until", "speed", "controls", "focus"];
  const FLAGS = ["readonly", "hide-answers", "captions"];
  // A plain script and no module: a module of another origin would need a host that sends headers for it.
  const HOME = new URL("./", document.currentScript.src).href;

  const style = `:host{display:block;position:relative;min-height:220px;max-width:100%;aspect-ratio:16/10;border:1px solid #8884;border-radius:10px;overflow:hidden;contain:content}
:host([hidden]){display:none}
iframe{position:absolute;inset:0;width:100%;height:100%;border:0}
.before{position:absolute;inset:0;display:grid;place-content:center;justify-items:center;gap:12px;text-align:center;padding:12px;color:#6b7688;font:14px system-ui,sans-serif}
.before svg{width:min(320px,80%);height:auto}
::slotted(img){max-width:100%;max-height:100%;object-fit:contain}`;

  // What stands there before the figure has come: two boxes and a wire.
  const drawing = `<svg viewBox="0 0 160 60" fill="none" stroke="currentColor" stroke-width="1.5" aria-hidden="true"><rect x="2" y="15" width="48" height="30" rx="5"/><rect x="110" y="15" width="48" height="30" rx="5"/><path d="M50 30h58m-6-4 6 4-6 4"/><circle cx="74" cy="30" r="3" fill="currentColor"/></svg>`;

  class FaultlineFigure extends HTMLElement {
    static observedAttributes = ["row", "link", "height"];
    #frame = null;
    #isReady = false;
    #isSeen = false;
    #plays = false;
    #state = "";
    #waiting = [];
    #near = null;
    #seen = null;

    constructor() {
      super();
      const root = this.attachShadow({ mode: "open" });
      root.innerHTML = `<style>${style}</style><div class="before">${drawing}<slot></slot></div>`;
    }

    connectedCallback() {
      this.#size();
      this.#plays = this.hasAttribute("autoplay") && !matchMedia("(prefers-reduced-motion: reduce)").matches;
      addEventListener("message", this.#heard);
      this.#near = new IntersectionObserver(([entry]) => entry.isIntersecting && this.#load(), { rootMargin: "600px" });
      this.#near.observe(this);
      this.#seen = new IntersectionObserver(([entry]) => this.#looked(entry.isIntersecting));
      this.#seen.observe(this);
    }

    disconnectedCallback() {
      removeEventListener("message", this.#heard);
      this.#near.disconnect();
      this.#seen.disconnect();
      this.#frame?.remove();
      this.#frame = null;
      this.#isReady = false;
    }

    attributeChangedCallback(name, before, now) {
      if (name === "height") this.#size();
      else if (this.#isReady && before !== now && now !== null) this.load({ [name]: now });
    }

    play() {
      this.#plays = true;
      if (this.#isSeen) this.#tell({ type: "play" });
    }
    pause() {
      this.#plays = false;
      this.#tell({ type: "pause" });
    }
    seek(seconds) {
      this.#tell({ type: "seek", seconds: Number(seconds) });
    }
    speed(factor) {
      this.#tell({ type: "speed", speed: Number(factor) });
    }
    load({ row, link }) {
      this.#tell(row ? { type: "load", row: String(row) } : { type: "load", link: String(link) });
    }
    set(on, field, value) {
      this.#tell({ type: "set", on: String(on), field: String(field), value: typeof value === "number" ? value : String(value) });
    }
    inject(verb, on, { amount, seconds } = {}) {
      this.#tell({ type: "inject", verb: String(verb), on: String(on), amount, seconds });
    }

    #home() {
      return new URL(this.getAttribute("src") ?? "./", HOME);
    }

    #size() {
      const height = this.getAttribute("height");
      this.style.height = height ?? "";
      this.style.aspectRatio = height ? "auto" : "";
    }

    #load() {
      if (this.#frame) return;
      const address = this.#home();
      const query = ["embed", `parent=${location.origin}`];
      for (const name of OPTIONS) if (this.hasAttribute(name)) query.push(`${name}=${encodeURIComponent(this.getAttribute(name))}`);
      for (const name of FLAGS) if (this.hasAttribute(name)) query.push(name);
      address.search = query.join("&");
      address.hash = this.hasAttribute("link") ? this.getAttribute("link").replace(/^#/, "") : `row=${this.getAttribute("row") ?? ""}`;
      const frame = document.createElement("iframe");
      frame.title = this.getAttribute("title") || `Faultline: ${this.getAttribute("row") ?? "a design"}`;
      frame.src = address.href;
      this.#frame = frame;
      this.shadowRoot.append(frame);
      this.#near.disconnect();
    }

    #looked(isSeen) {
      this.#isSeen = isSeen;
      if (this.#isReady && this.#plays) this.#tell({ type: isSeen ? "play" : "pause" });
    }

    #tell(letter) {
      const text = JSON.stringify({ faultline: VERSION, ...letter });
      if (this.#isReady) this.#frame.contentWindow.postMessage(text, this.#home().origin);
      else if (this.#waiting.length < 20) this.#waiting.push(letter);
    }

    #heard = (event) => {
      if (!this.#frame || event.source !== this.#frame.contentWindow || event.origin !== this.#home().origin) return;
      let letter;
      try {
        letter = JSON.parse(event.data);
      } catch {
        return;
      }
      if (letter?.faultline !== VERSION) return;
      if ((letter.type === "opened" || letter.type === "error") && !this.#isReady) {
        this.#isReady = true;
        for (const waiting of this.#waiting.splice(0)) this.#tell(waiting);
        this.#looked(this.#isSeen);
      }
      // Whoever presses play or pause inside is the one who decides.
      if (letter.type === "time" && letter.state !== this.#state) {
        if (this.#state && this.#isSeen) this.#plays = letter.state === "running";
        this.#state = this.#isReady ? letter.state : "";
      }
      this.dispatchEvent(new CustomEvent(`faultline-${letter.type}`, { detail: letter, bubbles: true, composed: true }));
    };
  }

  if (!customElements.get("faultline-figure")) customElements.define("faultline-figure", FaultlineFigure);
}
