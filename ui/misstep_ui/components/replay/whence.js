// "Whence?": where a value first appeared and where it ended, from any selected text.

const ASKED_MOST = 2000, STEPS_SHOWN = 40;
const ENDED = { output: ["\u25cf", "in the final output"], absorbed: ["\u25cc", "it used none of it"], unused: ["\u2013", "nobody received what it made of it"] };

class Whence {
  constructor(view) {
    this.view = view;
    this.node = el("div", "box whence");
    this.input = el("input", "", null, { "aria-label": "Value to trace", placeholder: "Select text above, or type a value" });
    this.input.addEventListener("keydown", (event) => { if (event.key === "Enter") this.ask(this.input.value); });
    this.result = el("div", "", null, { "aria-live": "polite" });
    const row = el("div", "row");
    row.append(this.input, press("Trace", () => this.ask(this.input.value), { title: "where it first appeared, and where it ended" }));
    this.node.append(el("h3", "", "Whence, and whither?"), row, this.result);
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
  reset(value) { this.bubble.hidden = true; this.input.value = visible(value || ""); this.result.replaceChildren(); this.view.trail = new Set(); }

  selected() {
    const text = String(selectionOf(this.view.root) || "").trim() || this.picked || this.input.value;
    this.bubble.hidden = true;
    if (text) { this.node.scrollIntoView({ block: "nearest" }); this.ask(text); } else { this.node.scrollIntoView({ block: "nearest" }); this.input.focus(); }
  }

  async ask(text) {
    // A JSON string is asked for without its quotes.
    const wanted = visible(text).trim().replace(/^"([^"]*)"$/, "$1").slice(0, ASKED_MOST);
    if (!wanted) return;
    this.input.value = wanted;
    const { model, selected } = this.view;
    this.result.replaceChildren(el("p", "dim", "…"));
    try {
      // Read at the chosen hop first: the same text elsewhere may have come another way.
      const query = `text=${encodeURIComponent(asRecorded(wanted))}`;
      let blame = await ask(model.path(`/blame?${query}${selected ? `&hop=${encodeURIComponent(selected)}` : ""}`));
      if (!blame.chain.length && selected) blame = await ask(model.path(`/blame?${query}`));
      if (this.view.selected !== selected) return;
      this.show(blame, null);
      const from = blame.origin && blame.origin.hop_id;
      const reach = await ask(model.path(`/reach?${query}${from ? `&hop=${encodeURIComponent(from)}` : ""}`));
      if (this.view.selected === selected && this.input.value === wanted) this.show(blame, reach);
    } catch (error) { this.result.replaceChildren(el("p", "", error.message)); }
  }

  // Backwards as soon as it is known; forwards beside it.
  show(blame, reach) {
    const { model } = this.view, ways = el("div", "ways");
    ways.append(this.backwards(blame), this.forwards(reach));
    const parts = [ways];
    const origin = blame.origin && blame.origin.hop_id && model.byId.get(blame.origin.hop_id);
    if (origin && origin.hop_id !== this.view.selected) parts.push(press(`Go to ${origin.label}`, () => this.view.choose(origin.hop_id)));
    const passed = [...blame.chain, ...(reach ? reach.chain : [])];
    this.view.trail = new Set(passed.map((s) => s.hop_id).filter(Boolean));
    this.view.drawCanvas();
    this.result.replaceChildren(...parts);
  }

  backwards(blame) {
    const way = el("section", "way back", null, { "aria-label": "Where it came from" }), list = el("ol", "chain");
    blame.chain.slice(0, STEPS_SHOWN).forEach((step, i) => list.append(this.item(step, blame.chain[i - 1], step.side === "in" ? "pipeline input" : "final output")));
    way.append(el("h4", "", "Came from"), el("p", "", blame.explanation), list);
    return way;
  }

  // The hops it reached, each once where it arrives and once where it goes on, and how it ended.
  forwards(reach) {
    const way = el("section", "way on", null, { "aria-label": "Where it went" });
    way.append(el("h4", "", "Went to"));
    if (!reach) { way.append(el("p", "dim", "…")); return way; }
    const list = el("ol", "onward"), { model } = this.view;
    // The final output is told once, as an end, wherever it stands there.
    const steps = reach.chain.filter((s) => s.hop_id || s.side === "in");
    steps.slice(0, STEPS_SHOWN).forEach((step, i) => list.append(this.item(step, steps[i - 1], "pipeline input")));
    if (steps.length > STEPS_SHOWN) list.append(el("li", "dim", `${steps.length - STEPS_SHOWN} more places`));
    const ends = el("ul", "ends");
    for (const end of reach.ends.slice(0, STEPS_SHOWN)) {
      const hop = end.hop_id ? model.byId.get(end.hop_id) : null, [glyph, told] = ENDED[end.how], item = el("li", `end ${end.how}`);
      item.append(el("span", "glyph", glyph, { "aria-hidden": "true" }));
      if (end.how === "output") item.append(el("strong", "", told));
      else item.append(hop ? press(hop.label, () => this.view.choose(hop.hop_id), { cls: "from" }) : el("span", "", end.name), el("span", "dim", told));
      ends.append(item);
    }
    way.append(el("p", "", reach.explanation), ends, list);
    return way;
  }

  // A hop is named once for all places in it that follow each other.
  item(step, before, elsewhere) {
    const hop = step.hop_id ? this.view.model.byId.get(step.hop_id) : null, again = before && before.hop_id === step.hop_id, item = el("li", again ? "same" : "");
    if (!again) {
      item.append(hop ? press(hop.label, () => this.view.choose(hop.hop_id), { cls: "from", title: STATE_SAYS[hop.state] }) : el("span", "", elsewhere));
      if (hop && hop.state !== "clean" && hop.state !== "unknown") item.append(el("span", `state ${hop.state}`, `${GLYPHS[hop.state]} ${hop.state}`));
    }
    item.append(el("span", "mono dim", step.path), el("span", "mono", short(step.quote, 80)));
    if (step.match !== "exact") item.append(el("span", "dim", step.detail || step.match));
    return item;
  }
}
