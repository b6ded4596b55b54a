// "Whence?": where a value first appeared, from any selected text.

const ASKED_MOST = 2000;

class Whence {
  constructor(view) {
    this.view = view;
    this.node = el("div", "box whence");
    this.input = el("input", "", null, { "aria-label": "Value to trace back", placeholder: "Select text above, or type a value" });
    this.input.addEventListener("keydown", (event) => { if (event.key === "Enter") this.ask(this.input.value); });
    this.result = el("div", "", null, { "aria-live": "polite" });
    const row = el("div", "row");
    row.append(this.input, press("Trace back", () => this.ask(this.input.value)));
    this.node.append(el("h3", "", "Whence?"), row, this.result);
    this.bubble = el("div", "bubble");
    this.bubble.append(press("Whence? w", () => this.selected(), { label: "Whence does the selected text come" }), press("Mark…", () => this.view.mark(this.picked)));
    this.bubble.hidden = true;
    for (const kind of ["mousedown", "pointerdown"]) this.bubble.addEventListener(kind, (event) => event.preventDefault());
  }

  // A small bar where text was selected.
  offer() {
    const selection = selectionOf(this.view.root), text = String(selection || "").trim();
    if (!text || !selection.rangeCount || !this.inside(selection)) { this.bubble.hidden = true; return; }
    this.picked = text.slice(0, ASKED_MOST);
    const at = selection.getRangeAt(0).getBoundingClientRect(), home = this.view.root.getBoundingClientRect();
    this.bubble.hidden = false;
    this.bubble.style.left = `${Math.max(4, Math.min(home.width - 150, at.left - home.left))}px`;
    this.bubble.style.top = `${at.bottom - home.top + 6}px`;
  }

  inside(selection) {
    const node = selection.anchorNode;
    return Boolean(node) && this.view.panel.node.contains(node.nodeType === 1 ? node : node.parentElement);
  }

  // For a newly shown hop: nothing asked yet, a value worth asking about at hand.
  reset(value) { this.bubble.hidden = true; this.input.value = value || ""; this.result.replaceChildren(); this.view.trail = new Set(); }

  selected() {
    const text = String(selectionOf(this.view.root) || "").trim() || this.picked || this.input.value;
    this.bubble.hidden = true;
    if (text) { this.node.scrollIntoView({ block: "nearest" }); this.ask(text); } else { this.node.scrollIntoView({ block: "nearest" }); this.input.focus(); }
  }

  async ask(text) {
    // A JSON string is asked for without its quotes.
    const wanted = String(text).trim().replace(/^"([^"]*)"$/, "$1").slice(0, ASKED_MOST);
    if (!wanted) return;
    this.input.value = wanted;
    const { model, selected } = this.view;
    this.result.replaceChildren(el("p", "dim", "…"));
    try {
      // Read at the chosen hop first: the same text elsewhere may have come another way.
      const query = `text=${encodeURIComponent(wanted)}`;
      let blame = await ask(model.path(`/blame?${query}${selected ? `&hop=${encodeURIComponent(selected)}` : ""}`));
      if (!blame.chain.length && selected) blame = await ask(model.path(`/blame?${query}`));
      if (this.view.selected === selected) this.show(blame);
    } catch (error) { this.result.replaceChildren(el("p", "", error.message)); }
  }

  show(blame) {
    const { model } = this.view, list = el("ol", "chain");
    for (const step of blame.chain.slice(0, 40)) {
      const hop = step.hop_id ? model.byId.get(step.hop_id) : null, item = el("li");
      item.append(hop ? press(hop.label, () => this.view.choose(hop.hop_id), { cls: "from" }) : el("span", "", step.side === "in" ? "pipeline input" : "final output"));
      item.append(el("span", "mono dim", step.path), el("span", "mono", short(step.quote, 80)));
      if (step.match !== "exact") item.append(el("span", "dim", step.detail || step.match));
      list.append(item);
    }
    const parts = [el("p", "", blame.explanation)];
    const origin = blame.origin && blame.origin.hop_id && model.byId.get(blame.origin.hop_id);
    if (origin && origin.hop_id !== this.view.selected) parts.push(press(`Go to ${origin.label}`, () => this.view.choose(origin.hop_id)));
    this.view.trail = new Set(blame.chain.map((s) => s.hop_id).filter(Boolean));
    this.view.drawCanvas();
    this.result.replaceChildren(...parts, list);
  }
}
