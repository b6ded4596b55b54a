// Which hop's values went into which, in layers from the pipeline's input down to its output.

const NODE_HIGH = 34, LAYER = 60, MOST_NODES = 400;

class FlowGraph {
  constructor(view) {
    this.view = view;
    this.node = el("div", "scroll", null, { tabindex: "0", role: "img", "aria-label": "Hops by data flow" });
    this.canvas = el("canvas", "", null, { "aria-hidden": "true" });
    this.spacer = el("div");
    this.node.append(this.canvas, this.spacer);
    this.node.addEventListener("scroll", () => this.draw());
    this.canvas.addEventListener("click", (event) => this.click(event));
  }

  setModel(model) {
    this.model = model;
    this.tooMany = model.hops.length > MOST_NODES;
    if (!this.tooMany) this.place();
    const fed = model.hops.length - this.fedless;
    this.node.setAttribute("aria-label", this.tooMany ? "Data flow: too many hops to draw" : `Hops by data flow: ${fed} of ${model.hops.length} took values from others`);
  }

  // Layer = the longest way from the input; within one, near what feeds it.
  place() {
    const hops = this.model.hops, layer = new Map(), feeders = new Map(hops.map((h) => [h.hop_id, []]));
    this.fedless = 0;
    for (const arrow of this.model.arrows.values()) if (this.model.byId.has(arrow.from) && feeders.has(arrow.to)) feeders.get(arrow.to).push(arrow.from);
    for (const hop of hops) {
      const from = feeders.get(hop.hop_id).filter((id) => layer.has(id)).map((id) => layer.get(id));
      if (!from.length) this.fedless += 1;
      layer.set(hop.hop_id, 1 + Math.max(0, ...from));
    }
    this.layers = [];
    for (const hop of hops) { const at = layer.get(hop.hop_id) - 1; (this.layers[at] || (this.layers[at] = [])).push(hop); }
    this.layers = this.layers.filter(Boolean);
    const column = new Map();
    for (const row of this.layers) {
      const wish = (hop) => { const from = feeders.get(hop.hop_id).map((id) => column.get(id)).filter((c) => c !== undefined); return from.length ? from.reduce((a, b) => a + b, 0) / from.length : 0.5; };
      row.sort((a, b) => wish(a) - wish(b) || a.index - b.index);
      row.forEach((hop, i) => column.set(hop.hop_id, (i + 0.5) / row.length));
    }
    this.column = column;
    this.rowOf = new Map(this.layers.flatMap((row, i) => row.map((hop) => [hop.hop_id, i + 1])));
    this.high = (this.layers.length + 2) * LAYER;
  }

  box(id, width) {
    if (id === null) return null;
    const row = this.layers[this.rowOf.get(id) - 1], wide = Math.min(190, (width - 20) / row.length - 14);
    const x = 10 + this.column.get(id) * (width - 20) - wide / 2;
    return { x, y: this.rowOf.get(id) * LAYER + 8 - this.node.scrollTop, wide, high: NODE_HIGH };
  }

  end(side, width) {
    const y = side === "in" ? 8 : (this.layers.length + 1) * LAYER + 8;
    return { x: width / 2 - 75, y: y - this.node.scrollTop, wide: 150, high: 26 };
  }

  click(event) {
    if (this.tooMany) return;
    const at = this.canvas.getBoundingClientRect(), x = event.clientX - at.left, y = event.clientY - at.top;
    const hop = this.model.hops.find((h) => { const b = this.box(h.hop_id, this.node.clientWidth); return x >= b.x && x <= b.x + b.wide && y >= b.y && y <= b.y + b.high; });
    if (hop) this.view.choose(hop.hop_id);
    this.node.focus({ preventScroll: true });
  }

  reveal(hop) {
    if (this.tooMany) return;
    const y = this.rowOf.get(hop.hop_id) * LAYER, top = this.node.scrollTop, room = this.node.clientHeight;
    if (y < top) this.node.scrollTop = y - 8; else if (y + NODE_HIGH + 16 > top + room) this.node.scrollTop = y + NODE_HIGH + 24 - room;
  }

  draw() {
    const width = this.node.clientWidth, height = this.node.clientHeight;
    if (!this.model || !height) return;
    const p = this.view.palette, g = pencil(this.canvas, width, height);
    g.fillStyle = p.bg; g.fillRect(0, 0, width, height);
    if (this.tooMany) { this.spacer.style.height = "0"; this.say(g, p, width, `${count(this.model.hops.length)} hops: the graph is drawn up to ${MOST_NODES}. Lanes show them all.`); return; }
    this.spacer.style.height = `${Math.max(0, this.high - height)}px`;
    for (const arrow of this.model.arrows.values()) this.drawArrow(g, p, arrow, width);
    for (const side of ["in", "out"]) this.drawEnd(g, p, side, width);
    for (const hop of this.model.hops) this.drawNode(g, p, hop, this.box(hop.hop_id, width));
    for (const arrow of this.model.arrows.values()) this.drawQuote(g, p, arrow, width);
  }

  say(g, p, width, text) { g.font = `13px ${p.sans}`; g.fillStyle = p.dim; g.textAlign = "center"; g.fillText(fit(g, text, width - 20), width / 2, 60); g.textAlign = "left"; }

  ends(arrow, width) {
    const a = arrow.from && this.model.byId.has(arrow.from) ? this.box(arrow.from, width) : arrow.from ? null : this.end("in", width);
    const b = arrow.to && this.model.byId.has(arrow.to) ? this.box(arrow.to, width) : arrow.to ? null : this.end("out", width);
    return a && b ? { x1: a.x + a.wide / 2, y1: a.y + a.high, x2: b.x + b.wide / 2, y2: b.y } : null;
  }

  drawArrow(g, p, arrow, width) {
    const at = this.ends(arrow, width);
    if (!at) return;
    const mine = this.view.selected && (arrow.from === this.view.selected || arrow.to === this.view.selected);
    g.strokeStyle = arrow.tainted ? p.carried : mine ? p.link : p.line; g.fillStyle = g.strokeStyle;
    g.lineWidth = mine ? 2 : arrow.tainted ? 1.6 : 1; g.globalAlpha = mine || arrow.tainted ? 1 : 0.8;
    const bend = Math.max(16, Math.abs(at.y2 - at.y1) * 0.45);
    g.beginPath(); g.moveTo(at.x1, at.y1); g.bezierCurveTo(at.x1, at.y1 + bend, at.x2, at.y2 - bend, at.x2, at.y2 - 4); g.stroke();
    g.beginPath(); g.moveTo(at.x2, at.y2); g.lineTo(at.x2 - 4, at.y2 - 7); g.lineTo(at.x2 + 4, at.y2 - 7); g.closePath(); g.fill();
    g.globalAlpha = 1; g.lineWidth = 1;
  }

  // What went along the selected hop's edges, on a ground of its own.
  drawQuote(g, p, arrow, width) {
    if (!this.view.selected || (arrow.to !== this.view.selected && arrow.from !== this.view.selected)) return;
    const at = this.ends(arrow, width);
    if (!at) return;
    const quotes = [...new Set(arrow.edges.map((e) => e.quote))];
    g.font = `11px ${p.mono}`;
    const text = fit(g, `${short(quotes[0], 28)}${quotes.length > 1 ? ` +${quotes.length - 1}` : ""}`, 170), wide = g.measureText(text).width + 10;
    // In the gap at the other hop: below what fed the selected one, above what it fed.
    const fed = arrow.to === this.view.selected;
    const x = Math.max(4, Math.min(width - wide - 4, (fed ? at.x1 : at.x2) - wide / 2)), y = fed ? at.y1 + 11 : at.y2 - 15;
    g.fillStyle = p.bg; g.fillRect(x, y - 8, wide, 16);
    g.fillStyle = arrow.tainted ? p.carried : p.link; g.textAlign = "left"; g.textBaseline = "middle"; g.fillText(text, x + 5, y);
  }

  drawEnd(g, p, side, width) {
    const b = this.end(side, width);
    g.fillStyle = p.panel; g.strokeStyle = p.line; g.setLineDash([3, 3]);
    g.beginPath(); g.roundRect(b.x, b.y, b.wide, b.high, 13); g.fill(); g.stroke(); g.setLineDash([]);
    g.font = `12px ${p.sans}`; g.fillStyle = p.dim; g.textAlign = "center"; g.textBaseline = "middle";
    g.fillText(side === "in" ? "pipeline input" : "final output", b.x + b.wide / 2, b.y + b.high / 2);
    g.textAlign = "left";
  }

  drawNode(g, p, hop, b) {
    const selected = hop.hop_id === this.view.selected, wrong = WRONG_STATES.includes(hop.state) || hop.error;
    g.globalAlpha = this.view.cursor !== null && hop.offset_ms > this.view.cursor ? 0.35 : 1;
    g.fillStyle = selected ? p.select : p.raised; g.strokeStyle = hop.error ? p.origin : wrong ? p[hop.state] : selected ? p.link : p.line;
    g.lineWidth = selected || hop.state === "origin" ? 2 : 1;
    g.beginPath(); g.roundRect(b.x, b.y, b.wide, b.high, 5); g.fill(); g.stroke(); g.lineWidth = 1;
    g.textAlign = "left"; g.textBaseline = "middle";
    g.font = `13px ${p.sans}`; g.fillStyle = hop.error ? p.origin : p[hop.state];
    g.fillText(hop.error && hop.state !== "origin" ? "✕" : GLYPHS[hop.state], b.x + 8, b.y + 12);
    g.font = `${hop.state === "origin" ? "600 " : ""}12px ${p.sans}`; g.fillStyle = hop.state === "origin" ? p.origin : p.text;
    g.fillText(fit(g, hop.label, b.wide - 32), b.x + 24, b.y + 12);
    g.font = `10px ${p.mono}`; g.fillStyle = p.faint;
    const state = this.model.isSymptom(hop) ? "symptom" : hop.state === "unknown" ? "" : hop.state;
    g.fillText(fit(g, [state, hop.model || hop.kind].filter(Boolean).join(" · "), b.wide - 32), b.x + 24, b.y + 26);
    g.globalAlpha = 1;
  }
}
