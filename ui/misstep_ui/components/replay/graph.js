// Which hop's values went into which, in layers from the pipeline's input down to its output.

const NODE_HIGH = 34, LAYER = 60, ROW_MOST = 8, NODE_WIDE = 190;

class FlowGraph {
  constructor(view) {
    this.view = view;
    this.node = el("div", "scroll", null, { tabindex: "0", role: "img", "aria-label": "Hops by data flow" });
    this.canvas = el("canvas", "", null, { "aria-hidden": "true" });
    this.spacer = el("div");
    this.node.append(this.canvas, this.spacer);
    this.opened = new Set();
    this.node.addEventListener("scroll", () => { this.view.card.hide(); this.draw(); });
    this.canvas.addEventListener("click", (event) => this.click(event));
    this.canvas.addEventListener("pointermove", (event) => this.hover(event));
    this.canvas.addEventListener("pointerleave", () => this.view.card.hide());
  }

  setModel(model) {
    if (this.model && this.model.runId !== model.runId) this.opened.clear();
    this.model = model;
    const { nodes, of } = graphNodes(model, this.opened, this.view.selected);
    this.nodes = nodes; this.of = of;
    this.arrows = graphArrows(model, of);
    this.place();
    const groups = nodes.filter((n) => n.hops.length > 1).length, fed = nodes.filter((n) => this.feeders.get(n).length).length;
    this.node.setAttribute("aria-label", `Hops by data flow: ${count(model.hops.length)} hops${groups ? ` in ${count(nodes.length)} boxes, ${count(groups)} of them steps that repeat` : ""}; ${fed} of ${nodes.length} took values from others`);
  }

  // Layer = the longest way from the input; within one, near what feeds it. Wide layers are broken.
  place() {
    const layer = new Map();
    this.feeders = new Map(this.nodes.map((n) => [n, []]));
    for (const { from, to } of this.arrows) if (from && to) this.feeders.get(to).push(from);
    for (const node of this.nodes) {
      const from = this.feeders.get(node).filter((n) => layer.has(n)).map((n) => layer.get(n));
      layer.set(node, 1 + Math.max(0, ...from));
    }
    const rows = [];
    for (const node of this.nodes) { const at = layer.get(node) - 1; (rows[at] || (rows[at] = [])).push(node); }
    const column = new Map();
    this.layers = [];
    for (const row of rows.filter(Boolean)) {
      const wish = (node) => { const from = this.feeders.get(node).map((n) => column.get(n)).filter((c) => c !== undefined); return from.length ? from.reduce((a, b) => a + b, 0) / from.length : 0.5; };
      row.sort((a, b) => wish(a) - wish(b) || a.hops[0].index - b.hops[0].index);
      const most = this.perRow();
      for (let i = 0; i < row.length; i += most) {
        const part = row.slice(i, i + most);
        part.forEach((node, j) => column.set(node, (j + 0.5) / part.length));
        this.layers.push(part);
      }
    }
    this.column = column;
    this.rowOf = new Map(this.layers.flatMap((row, i) => row.map((node) => [node, i + 1])));
    this.high = (this.layers.length + 2) * LAYER;
  }

  // As many boxes side by side as can be read.
  perRow() { return Math.max(2, Math.min(ROW_MOST, Math.floor((this.node.clientWidth || 640) / 120))); }

  box(node, width) {
    const row = this.layers[this.rowOf.get(node) - 1], wide = Math.min(NODE_WIDE, (width - 20) / row.length - 14);
    const x = 10 + this.column.get(node) * (width - 20) - wide / 2;
    return { x, y: this.rowOf.get(node) * LAYER + 8 - this.node.scrollTop, wide, high: NODE_HIGH };
  }

  end(side, width) {
    const y = side === "in" ? 8 : (this.layers.length + 1) * LAYER + 8;
    return { x: width / 2 - 75, y: y - this.node.scrollTop, wide: 150, high: 26 };
  }

  hit(event) {
    if (!this.nodes) return null;
    const at = this.canvas.getBoundingClientRect(), x = event.clientX - at.left, y = event.clientY - at.top, width = this.node.clientWidth;
    const node = this.nodes.find((n) => { const b = this.box(n, width); return x >= b.x && x <= b.x + b.wide && y >= b.y && y <= b.y + b.high; });
    if (!node) return null;
    const b = this.box(node, width);
    return { node, badge: Boolean(node.path) && (node.hops.length > 1 || this.opened.has(node.path)) && x > b.x + b.wide - 22 };
  }

  // On the sign at its right a group is opened and closed; else its most telling hop is chosen.
  click(event) {
    const hit = this.hit(event);
    this.view.card.hide();
    if (hit && hit.badge) this.toggle(hit.node.path);
    else if (hit) this.view.choose(worstFirst(hit.node.hops)[0].hop_id);
    this.node.focus({ preventScroll: true });
  }

  hover(event) {
    const hit = event.pointerType !== "touch" && this.hit(event);
    this.canvas.style.cursor = hit ? "pointer" : "default";
    if (hit && hit.node.hops.length === 1) this.view.card.show(hit.node.hops[0], event); else this.view.card.hide();
  }

  toggle(path) {
    if (this.opened.has(path)) this.opened.delete(path); else this.opened.add(path);
    this.setModel(this.model);
    this.draw();
  }

  // Of the selected hop; tells whether there is something to open.
  toggleSelected() {
    const node = this.of && this.of.get(this.view.selected);
    if (!node || !node.path || (node.hops.length < 2 && !this.opened.has(node.path))) return false;
    this.toggle(node.path);
    return true;
  }

  reveal(hop) {
    const node = this.of.get(hop.hop_id);
    if (!node) return;
    const y = this.rowOf.get(node) * LAYER, top = this.node.scrollTop, room = this.node.clientHeight;
    if (y < top) this.node.scrollTop = y - 8; else if (y + NODE_HIGH + 16 > top + room) this.node.scrollTop = y + NODE_HIGH + 24 - room;
  }

  draw() {
    const width = this.node.clientWidth, height = this.node.clientHeight;
    if (!this.nodes || !height) return;
    if (this.across !== this.perRow()) { this.across = this.perRow(); this.place(); }
    const p = this.view.palette, g = pencil(this.canvas, width, height);
    g.fillStyle = p.bg; g.fillRect(0, 0, width, height);
    this.spacer.style.height = `${Math.max(0, this.high - height)}px`;
    this.chosen = this.of.get(this.view.selected) || null;
    for (const arrow of this.arrows) this.drawArrow(g, p, arrow, width);
    for (const side of ["in", "out"]) this.drawEnd(g, p, side, width);
    for (const node of this.nodes) this.drawNode(g, p, node, this.box(node, width));
    for (const arrow of this.arrows) this.drawQuote(g, p, arrow, width);
  }

  ends(arrow, width) {
    const a = arrow.from ? this.box(arrow.from, width) : this.end("in", width), b = arrow.to ? this.box(arrow.to, width) : this.end("out", width);
    return { x1: a.x + a.wide / 2, y1: a.y + a.high, x2: b.x + b.wide / 2, y2: b.y };
  }

  drawArrow(g, p, arrow, width) {
    const at = this.ends(arrow, width);
    const mine = this.chosen && (arrow.from === this.chosen || arrow.to === this.chosen);
    g.strokeStyle = arrow.tainted ? p.carried : mine ? p.link : p.line; g.fillStyle = g.strokeStyle;
    g.lineWidth = mine ? 2 : arrow.tainted ? 1.6 : 1; g.globalAlpha = mine || arrow.tainted ? 1 : 0.8;
    if (arrow.inside) g.setLineDash([4, 4]);
    const bend = Math.max(16, Math.abs(at.y2 - at.y1) * 0.45);
    g.beginPath(); g.moveTo(at.x1, at.y1); g.bezierCurveTo(at.x1, at.y1 + bend, at.x2, at.y2 - bend, at.x2, at.y2 - 4); g.stroke();
    g.setLineDash([]);
    g.beginPath(); g.moveTo(at.x2, at.y2); g.lineTo(at.x2 - 4, at.y2 - 7); g.lineTo(at.x2 + 4, at.y2 - 7); g.closePath(); g.fill();
    g.globalAlpha = 1; g.lineWidth = 1;
  }

  // What went along the selected hop's edges, on a ground of its own.
  drawQuote(g, p, arrow, width) {
    if (!this.chosen || (arrow.to !== this.chosen && arrow.from !== this.chosen) || !arrow.edges.length) return;
    const at = this.ends(arrow, width), quotes = [...new Set(arrow.edges.map((e) => e.quote))];
    g.font = `11px ${p.mono}`;
    const text = fit(g, `${short(quotes[0], 28)}${quotes.length > 1 ? ` +${quotes.length - 1}` : ""}`, 170), wide = g.measureText(text).width + 10;
    // In the gap at the other hop: below what fed the selected one, above what it fed.
    const fed = arrow.to === this.chosen;
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

  drawNode(g, p, node, b) {
    if (b.y > this.node.clientHeight || b.y + b.high < 0) return;
    const hop = node.hops.length > 1 ? worstFirst(node.hops)[0] : node.hops[0], many = node.hops.length > 1;
    const selected = node === this.chosen, wrong = WRONG_STATES.includes(hop.state) || hop.error;
    g.globalAlpha = this.view.cursor !== null && node.hops[0].offset_ms > this.view.cursor ? 0.35 : 1;
    g.fillStyle = selected ? p.select : p.raised; g.strokeStyle = hop.error ? p.origin : wrong ? p[hop.state] : selected ? p.link : p.line;
    g.lineWidth = selected || hop.state === "origin" ? 2 : 1;
    if (many) { g.beginPath(); g.roundRect(b.x + 4, b.y + 4, b.wide, b.high, 5); g.fill(); g.stroke(); }
    g.beginPath(); g.roundRect(b.x, b.y, b.wide, b.high, 5); g.fill(); g.stroke(); g.lineWidth = 1;
    g.textAlign = "left"; g.textBaseline = "middle";
    g.font = `13px ${p.sans}`; g.fillStyle = hop.error ? p.origin : p[hop.state];
    g.fillText(hop.error && hop.state !== "origin" ? "✕" : GLYPHS[hop.state], b.x + 8, b.y + 12);
    const sign = node.path && (many || this.opened.has(node.path)) ? (this.opened.has(node.path) ? "⊟" : "⊞") : "", room = b.wide - 32 - (sign ? 16 : 0);
    g.font = `${hop.state === "origin" ? "600 " : ""}12px ${p.sans}`; g.fillStyle = hop.state === "origin" ? p.origin : p.text;
    g.fillText(fitLabel(g, node.label, room), b.x + 24, b.y + 12);
    g.font = `10px ${p.mono}`; g.fillStyle = p.faint;
    g.fillText(fit(g, this.under(node, hop), b.wide - 32), b.x + 24, b.y + 26);
    if (sign) { g.font = `13px ${p.sans}`; g.fillStyle = p.dim; g.fillText(sign, b.x + b.wide - 18, b.y + 12); }
    g.globalAlpha = 1;
  }

  under(node, hop) {
    if (node.hops.length === 1) {
      const state = this.model.isSymptom(hop) ? "symptom" : hop.state === "unknown" ? "" : hop.state;
      return [state, hop.model || hop.kind].filter(Boolean).join(" · ");
    }
    const wrong = node.hops.reduce((n, h) => n + (WRONG_STATES.includes(h.state) ? 1 : 0), 0), errors = node.hops.reduce((n, h) => n + (h.error ? 1 : 0), 0);
    const time = node.hops.reduce((sum, h) => sum + h.duration_ms, 0);
    return [`×${count(node.hops.length)}`, errors ? plural(errors, "error") : "", wrong ? `${count(wrong)} wrong` : "", duration(time), node.loops ? "feeds itself" : "", hop.kind].filter(Boolean).join(" · ");
  }
}
