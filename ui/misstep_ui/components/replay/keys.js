// Everything by keyboard; the same list is the help.

const KEYS = [
  ["j k", "next and previous hop"], ["h l", "enclosing hop, first hop inside"], ["space", "play, pause"], ["esc", "close; show the whole run again"],
  ["b", "first bad hop"], ["[ ]", "hop before or after that changed the state"], ["w", "whence the selected text comes, and where it went"], ["g", "good run on or off"],
  ["m", "mark good or bad"], ["/", "search hops and their values"], ["v", "tree, lanes, data flow"], ["e", "open or close a step that repeats, in the data flow"], ["+ − 0", "zoom in, out, all"], ["z", "zoom to the hop, or to the selected time"], ["s", "sum up the time of the hop: hops, tokens, cost"],
  ["c", "compare with the good run"], ["r", "replay from here (where the server allows it)"], ["d", "doctor: what the recordings of this pipeline can support"], ["?", "this list"],
];

const MOUSE = [
  ["drag", "over the bars: sum up a stretch of time; on the axis or with shift: move what is shown"],
  ["wheel", "on the axis, with ctrl, or where all rows fit: zoom around the pointer; with shift: move"],
  ["double click", "zoom to a hop"],
];

class Keys {
  constructor(view) {
    this.view = view;
    this.listen = (event) => this.press(event);
    document.addEventListener("keydown", this.listen);
  }

  stop() { document.removeEventListener("keydown", this.listen); }

  press(event) {
    const { view } = this;
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event) || !view.model || !view.model.hops.length) return;
    const target = event.composedPath()[0];
    if (event.key === " " && target.tagName === "BUTTON") return;
    const act = this.actions()[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  actions() {
    const { view } = this, hop = view.model.byId.get(view.selected);
    return {
      j: () => view.step(1), k: () => view.step(-1), ArrowDown: () => view.step(1), ArrowUp: () => view.step(-1),
      h: () => { const parent = hop && view.model.hops[hop.parent]; if (parent) view.choose(parent.hop_id); },
      l: () => { if (hop && hop.children) view.choose(hop.children[0].hop_id); },
      " ": () => view.scrubber.play(), b: () => { const origin = view.model.originHop(); if (origin) view.choose(origin.hop_id); },
      "[": () => this.turn(-1), "]": () => this.turn(1), w: () => view.panel.whence.selected(), g: () => view.toggleGood(), m: () => view.mark(),
      "/": () => view.openSearch(), v: () => view.nextView(), "+": () => this.zoom(0.6), "=": () => this.zoom(0.6), "-": () => this.zoom(1.7), 0: () => view.timeline.setRange(view.model.start, view.model.total),
      e: () => { if (view.viewKind === "flow") view.graph.toggleSelected(); },
      z: () => { if (view.sums.range) view.sums.zoom(); else if (hop) view.timeline.fitHop(hop); },
      s: () => { if (hop && !view.sums.clear()) view.sums.choose(hop.offset_ms, hop.offset_ms + hop.duration_ms); },
      c: () => { if (view.model.diff) view.compare(view.model.diff.run_b); }, r: () => { if (view.again.allowed) view.again.open(); }, d: () => view.claims.open(),
      "?": () => this.help(), Escape: () => { if (!this.closeHelp()) view.rest(); },
    };
  }

  zoom(factor) {
    const hop = this.view.model.byId.get(this.view.selected);
    this.view.timeline.zoom(factor, hop ? hop.offset_ms + hop.duration_ms / 2 : undefined);
  }

  turn(by) {
    const hop = this.view.model.byId.get(this.view.selected), way = this.view.model.turning();
    const next = hop && (by > 0 ? way.find((h) => h.index > hop.index) : way.filter((h) => h.index < hop.index).pop());
    if (next) this.view.choose(next.hop_id);
  }

  help() {
    if (this.closeHelp()) return;
    this.box = el("div", "sheet help", null, { role: "dialog", "aria-label": "Keys", tabindex: "-1" });
    const head = el("div", "sheet-head"), list = el("dl", "two");
    head.append(el("h2", "", "Keys"), press("×", () => this.closeHelp(), { cls: "quiet", label: "Close" }));
    for (const [key, text] of KEYS) { const term = el("dt"); term.append(...key.split(" ").map((k) => el("kbd", "", k))); list.append(term, el("dd", "", text)); }
    const legend = el("dl", "two");
    for (const state of Object.keys(GLYPHS)) legend.append(el("dt", `state ${state}`, `${GLYPHS[state]} ${state}`), el("dd", "", STATE_SAYS[state]));
    const mouse = el("dl");
    for (const [what, text] of MOUSE) mouse.append(el("dt", "", what), el("dd", "", text));
    this.box.append(head, list, el("h3", "", "Pointer"), mouse, el("h3", "", "States"), legend);
    this.view.root.append(this.box);
    this.box.focus();
  }

  closeHelp() { if (!this.box) return false; this.box.remove(); this.box = null; return true; }
}
