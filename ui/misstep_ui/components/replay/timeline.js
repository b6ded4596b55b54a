// The waterfall on a canvas: only visible rows are drawn, whatever the run's length.

const HEAD = 24, EDGE = 14;

class Timeline {
  // view: the replay view (model, selected, cursor, trail, palette, choose).
  constructor(view) {
    this.view = view;
    this.node = el("div", "scroll", null, { tabindex: "0", role: "listbox", "aria-label": "Hops by time" });
    this.canvas = el("canvas", "", null, { "aria-hidden": "true" });
    this.spacer = el("div");
    this.mirror = el("div", "sr");
    this.node.append(this.canvas, this.spacer, this.mirror);
    this.node.addEventListener("scroll", () => this.draw());
    this.range = null;
    this.gestures = new Gestures(this);
  }

  setModel(model, kind) {
    this.model = model; this.kind = kind;
    this.rows = kind === "lanes" ? new LaneRows(model) : new TreeRows(model, this.view.root.clientHeight - 440, this.view.hidden(model));
    this.range = this.range || { from: model.start, to: model.total };
    if (this.range.to > model.total || this.whole) this.range = { from: model.start, to: model.total };
    this.describe();
  }

  get whole() { return !this.zoomed; }

  // --- geometry --------------------------------------------------------------------------

  layout() {
    const width = this.node.clientWidth || 600, height = this.node.clientHeight || 300;
    const narrow = width < 520;
    const label = Math.round(Math.min(290, Math.max(narrow ? 150 : 180, width * 0.38)));
    const gutter = this.kind === "lanes" || this.model.large ? 0 : narrow ? 26 : 46;
    const left = label + gutter + EDGE, right = width - EDGE - (narrow ? 6 : 62);
    const span = Math.max(0.001, this.range.to - this.range.from);
    return { width, height, narrow, label, gutter, left, right, x: (ms) => left + ((ms - this.range.from) / span) * (right - left), ms: (x) => this.range.from + ((x - left) / (right - left)) * span };
  }

  zoom(factor, around) {
    const { from, to } = this.range, middle = around ?? (from + to) / 2;
    let low = middle - (middle - from) * factor, high = middle + (to - middle) * factor;
    low = Math.max(this.model.start, low); high = Math.min(this.model.total, high);
    if (high - low < 0.05) return;
    this.setRange(low, high);
  }

  setRange(from, to) {
    this.range = { from, to };
    this.zoomed = from > this.model.start + 1e-6 || to < this.model.total - 1e-6;
    this.node.setAttribute("aria-description", this.zoomed ? `Shown: ${duration(from)} to ${duration(to)}` : "");
    this.draw();
    this.view.scrubber.draw();
  }

  clamp(ms) { return Math.max(this.model.start, Math.min(this.model.total, ms)); }

  pan(by) { this.panFrom(this.range, by); }

  // What was shown, moved by some milliseconds, as far as the run goes.
  panFrom(range, by) {
    const kept = Math.max(this.model.start - range.from, Math.min(this.model.total - range.to, by));
    this.setRange(range.from + kept, range.to + kept);
  }

  // A hop over most of the width.
  fitHop(hop) {
    const margin = Math.max(0.05, hop.duration_ms * 0.15);
    this.setRange(this.clamp(hop.offset_ms - margin), this.clamp(hop.offset_ms + hop.duration_ms + margin));
  }

  // --- choosing --------------------------------------------------------------------------

  hit(event) {
    const box = this.canvas.getBoundingClientRect();
    const y = event.clientY - box.top - HEAD + this.node.scrollTop, x = event.clientX - box.left;
    if (y < 0 || !this.rows) return null;
    if (this.kind !== "lanes") return this.rows.at(y);
    const ms = this.layout().ms(x), slack = (this.range.to - this.range.from) / 100;
    const near = this.rows.lineAt(y).filter((h) => ms >= h.offset_ms - slack && ms <= h.offset_ms + h.duration_ms + slack);
    return near.sort((a, b) => Math.abs(a.offset_ms - ms) - Math.abs(b.offset_ms - ms))[0] || null;
  }

  reveal(hop) {
    if (!this.rows.place.has(hop.hop_id)) return;
    const y = this.rows.top(hop), top = this.node.scrollTop, room = this.node.clientHeight - HEAD;
    if (y < top) this.node.scrollTop = y; else if (y + this.rows.row > top + room) this.node.scrollTop = y + this.rows.row - room;
    if (this.zoomed && (hop.offset_ms > this.range.to || hop.offset_ms + hop.duration_ms < this.range.from)) {
      const span = this.range.to - this.range.from;
      const from = Math.max(this.model.start, Math.min(this.model.total - span, hop.offset_ms - span / 4));
      this.setRange(from, from + span);
    }
  }

  // What a screen reader hears: real options, a window of them in long runs.
  describe() {
    const order = this.rows.order(), chosen = order.findIndex((h) => h.hop_id === this.view.selected);
    const from = order.length > 400 ? Math.max(0, chosen - 50) : 0, to = order.length > 400 ? from + 101 : order.length;
    this.mirror.replaceChildren(...order.slice(from, to).map((hop, i) => el("div", "", `${hop.label}, ${hop.kind}${hop.model ? ` ${hop.model}` : ""}, ${hop.error ? "error, " : ""}${seenAs(hop).word}, ${duration(hop.duration_ms)}`, {
      role: "option", id: `hop-${hop.hop_id}`, "aria-selected": String(hop.hop_id === this.view.selected), "aria-posinset": String(from + i + 1), "aria-setsize": String(order.length),
    })));
    if (this.view.selected) this.node.setAttribute("aria-activedescendant", `hop-${this.view.selected}`);
  }

  // --- drawing ---------------------------------------------------------------------------

  draw() {
    if (!this.rows || !this.node.clientHeight) return;
    const at = this.layout(), p = this.view.palette, g = pencil(this.canvas, at.width, at.height);
    this.spacer.style.height = `${Math.max(0, HEAD + this.rows.height + 4 - at.height)}px`;
    const top = this.node.scrollTop;
    this.y = (y) => HEAD + y - top;
    g.fillStyle = p.bg; g.fillRect(0, 0, at.width, at.height);
    this.drawAxis(g, p, at);
    g.save(); g.beginPath(); g.rect(0, HEAD, at.width, at.height - HEAD); g.clip();
    if (this.kind === "lanes") this.drawLanes(g, p, at, top);
    else this.drawTree(g, p, at, top);
    this.drawCursor(g, p, at);
    g.restore();
  }

  drawAxis(g, p, at) {
    g.font = `10px ${p.sans}`; g.textBaseline = "middle"; g.textAlign = "center";
    const span = this.range.to - this.range.from, wanted = (span * 72) / Math.max(72, at.right - at.left);
    const power = 10 ** Math.floor(Math.log10(wanted || 1));
    const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= wanted) || wanted || 1;
    for (let ms = Math.ceil(this.range.from / step) * step; ms <= this.range.to * 1.0001; ms += step) {
      const x = Math.round(at.x(ms)) + 0.5;
      g.strokeStyle = p["line-soft"]; g.beginPath(); g.moveTo(x, HEAD); g.lineTo(x, Math.min(at.height, HEAD + this.rows.height - this.node.scrollTop)); g.stroke();
      g.fillStyle = p.faint; g.fillText(Math.abs(ms) < 1e-9 ? "0" : duration(ms), x, HEAD / 2);
    }
    g.strokeStyle = p.line; g.beginPath(); g.moveTo(0, HEAD - 0.5); g.lineTo(at.width, HEAD - 0.5); g.stroke();
  }

  drawTree(g, p, at, top) {
    const low = top, high = top + at.height - HEAD;
    for (const [hop, y] of this.rows.between(low, high)) this.drawRow(g, p, at, hop, this.y(y));
    if (at.gutter) this.drawFlow(g, p, at, top);
  }

  drawRow(g, p, at, hop, y) {
    const row = this.rows.row, middle = y + row / 2, two = this.rows.two, selected = hop.hop_id === this.view.selected;
    if (selected) { g.fillStyle = p.select; g.fillRect(0, y, at.width, row); g.fillStyle = p.link; g.fillRect(0, y, 2, row); }
    g.globalAlpha = this.view.cursor !== null && hop.offset_ms > this.view.cursor ? 0.3 : 1;
    const indent = 10 + Math.min(6, hop.depth) * 12, line = two ? middle - 7 : middle;
    g.textAlign = "left"; g.textBaseline = "middle";
    g.font = `13px ${p.sans}`; g.fillStyle = hop.error ? p.origin : p[hop.state];
    g.fillText(hop.error && hop.state !== "origin" ? "✕" : GLYPHS[hop.state], indent, line);
    this.drawName(g, p, at, hop, indent, line, selected);
    if (two) {
      g.font = `11px ${p.mono}`; g.fillStyle = p.faint;
      const tries = hop.attempts > 1 ? ` ⟲${hop.attempts}` : "";
      g.fillText(fit(g, `${at.narrow && this.word(hop) ? `${this.word(hop)} · ` : ""}${hop.kind}${hop.model ? ` · ${hop.model}` : ""}${tries}`, at.label - indent - 22), indent + 18, middle + 9);
    }
    this.drawBar(g, p, at, hop, middle, two ? 14 : 10);
    g.globalAlpha = 1;
    g.strokeStyle = p["line-soft"]; g.beginPath(); g.moveTo(0, y + row - 0.5); g.lineTo(at.width, y + row - 0.5); g.stroke();
  }

  drawName(g, p, at, hop, indent, line, selected) {
    const symptom = this.model.isSymptom(hop), room = at.label - indent - 22;
    let word = at.narrow ? "" : this.word(hop);
    const bold = hop.state === "origin" || selected ? "600 " : "";
    g.font = `11px ${p.sans}`;
    let wordWide = word ? g.measureText(word).width + 8 : 0;
    g.font = `${bold}${this.rows.two ? 13 : 12}px ${p.sans}`; g.fillStyle = hop.state === "origin" ? p.origin : p.text;
    // That a state is unknown tells less than the end of a name.
    if (word && hop.state === "unknown" && !symptom && !hop.error && g.measureText(hop.label).width > room - wordWide) { word = ""; wordWide = 0; }
    const name = fitLabel(g, hop.label, room - wordWide);
    g.fillText(name, indent + 18, line);
    if (!word) return;
    const x = indent + 18 + g.measureText(name).width + 7;
    g.font = `11px ${p.sans}`; g.fillStyle = symptom || hop.error ? p.origin : hop.state === "clean" ? p.faint : p[hop.state];
    g.fillText(word, x, line + 0.5);
  }

  word(hop) { return this.model.isSymptom(hop) ? "symptom" : this.model.diagnosis ? seenAs(hop).word : ""; }

  fill(p, hop) {
    if (hop.error) return p.origin;
    return WRONG_STATES.includes(hop.state) ? p[hop.state] : p[`k-${hop.kind}`] || p["k-chain"];
  }

  drawBar(g, p, at, hop, middle, high) {
    const from = Math.max(at.left - 4, at.x(hop.offset_ms)), to = Math.min(at.right + 4, at.x(hop.offset_ms + hop.duration_ms));
    if (at.x(hop.offset_ms) > at.right + 4 || at.x(hop.offset_ms + hop.duration_ms) < at.left - 4) return;
    const wide = Math.max(3, to - from), y = middle - high / 2;
    g.fillStyle = this.fill(p, hop);
    g.beginPath(); g.roundRect(from, y, wide, high, 2.5); g.fill();
    if (hop.orphan || !hop.complete || hop.skew_ms) this.hatch(g, p, from, y, wide, high);
    this.drawAttempts(g, p, hop, from, y, wide, high);
    if (this.model.critical.has(hop.hop_id)) { g.fillStyle = p.dim; g.fillRect(from, y + high + 2, wide, 2); }
    if (at.narrow) return;
    g.font = `11px ${p.sans}`; g.fillStyle = p.dim; g.textAlign = "left";
    const note = duration(hop.duration_ms) + this.note(hop), room = at.width - to - 8;
    if (g.measureText(note).width <= room || room > from - at.left) g.fillText(fit(g, note, room), to + 5, middle);
    else { g.textAlign = "right"; g.fillText(fit(g, note, from - at.left), from - 5, middle); g.textAlign = "left"; }
  }

  note(hop) {
    if (hop.orphan) return this.model.run.complete ? " · parent never arrived" : " · waiting for parent";
    if (hop.skew_ms) return " · clock skew";
    if (!hop.complete) return " · not ended";
    const detail = hop.attempts > 1 && this.model.details.get(hop.hop_id);
    if (!detail) return "";
    const failed = detail.attempts.filter((a) => !a.ok), waited = failed.reduce((sum, a) => sum + (a.retry_after_s || 0), 0);
    return failed.length ? ` · ${[...new Set(failed.map((a) => a.reason || "error"))].join(", ")}${waited ? `, told to wait ${waited} s` : ""}` : "";
  }

  drawAttempts(g, p, hop, x, y, wide, high) {
    const detail = hop.attempts > 1 && this.model.details.get(hop.hop_id);
    if (!detail || wide < 10) return;
    const sum = Math.max(hop.duration_ms, detail.attempts.reduce((s, a) => s + a.duration_ms, 0)) || 1;
    let past = 0;
    g.strokeStyle = p.bg; g.lineWidth = 1.5;
    for (const attempt of detail.attempts.slice(0, -1)) {
      past += attempt.duration_ms;
      const at = x + (past / sum) * wide;
      g.beginPath(); g.moveTo(at, y); g.lineTo(at, y + high); g.stroke();
    }
    g.lineWidth = 1;
  }

  hatch(g, p, x, y, wide, high) {
    g.save(); g.beginPath(); g.rect(x, y, wide, high); g.clip(); g.strokeStyle = p.bg; g.lineWidth = 2;
    for (let d = -high; d < wide; d += 6) { g.beginPath(); g.moveTo(x + d, y + high); g.lineTo(x + d + high, y); g.stroke(); }
    g.restore();
  }

  // Values that went from hop to hop, as arcs in a gutter of their own: no bar or label is crossed.
  drawFlow(g, p, at, top) {
    const base = at.label + at.gutter - 4, row = this.rows.row;
    const shown = [];
    for (const arrow of this.model.arrows.values()) {
      const a = this.model.byId.get(arrow.from), b = this.model.byId.get(arrow.to);
      if (!a || !b || !this.rows.place.has(a.hop_id) || !this.rows.place.has(b.hop_id)) continue;
      const mine = this.view.selected === a.hop_id || this.view.selected === b.hop_id;
      if (arrow.tainted || mine) shown.push([arrow, a, b, mine]);
    }
    shown.sort((x, y) => Number(x[3]) - Number(y[3]) || Number(x[0].tainted) - Number(y[0].tainted));
    const many = shown.length > 16; // what went on to every later hop is a fan, no bar
    for (const [arrow, a, b, mine] of shown) {
      const y1 = this.y(this.rows.top(a)) + row / 2 + 3, y2 = this.y(this.rows.top(b)) + row / 2 - 3;
      if (Math.max(y1, y2) < HEAD || Math.min(y1, y2) > at.height) continue;
      const steps = Math.abs(this.rows.place.get(b.hop_id) - this.rows.place.get(a.hop_id));
      const out = Math.min(at.gutter - 8, 8 + 6 * Math.sqrt(steps * 2.2));
      const ahead = this.view.cursor !== null && b.offset_ms > this.view.cursor;
      g.strokeStyle = arrow.tainted ? p.carried : p.link; g.fillStyle = g.strokeStyle;
      g.globalAlpha = ahead ? 0.15 : mine ? (many ? 0.6 : 1) : 0.5; g.lineWidth = mine && !many ? 2 : many ? 0.8 : 1.3;
      g.beginPath(); g.moveTo(base, y1); g.bezierCurveTo(base - out * 1.3, y1, base - out * 1.3, y2, base - 5, y2); g.stroke();
      g.beginPath(); g.moveTo(base, y2); g.lineTo(base - 6, y2 - 3.5); g.lineTo(base - 6, y2 + 3.5); g.closePath(); g.fill();
    }
    g.globalAlpha = 1; g.lineWidth = 1;
    for (const hopId of this.view.trail) {
      const hop = this.model.byId.get(hopId);
      if (!hop || !this.rows.place.has(hopId)) continue;
      g.strokeStyle = p.link; g.lineWidth = 1.5;
      g.beginPath(); g.arc(10 + Math.min(6, hop.depth) * 12 + 5.5, this.y(this.rows.top(hop)) + row / 2 - (this.rows.two ? 7 : 0), 8.5, 0, 7); g.stroke();
      g.lineWidth = 1;
    }
  }

  drawLanes(g, p, at, top) {
    for (const lane of this.rows.lanes) {
      const y = this.y(lane.top);
      if (y > at.height || y + lane.height < HEAD) continue;
      const mark = Math.max(HEAD, y) + 14;
      g.textAlign = "left"; g.textBaseline = "middle";
      g.fillStyle = p[`k-${lane.kind}`] || p["k-chain"]; g.fillRect(8, mark - 5, 4, 10);
      g.font = `12px ${p.sans}`; g.fillStyle = p.text; g.fillText(fit(g, lane.name, at.label - 24), 18, mark);
      if (lane.height > 34) { g.font = `11px ${p.sans}`; g.fillStyle = p.faint; g.fillText(fit(g, `${plural(lane.hops, "hop")}, ${duration(lane.busy_ms)}`, at.label - 24), 18, mark + 15); }
      lane.rows.forEach((line, i) => this.drawLine(g, p, at, line, y + LANE_HEAD / 2 + i * LANE_ROW));
      g.strokeStyle = p["line-soft"]; g.beginPath(); g.moveTo(0, y + lane.height - 0.5); g.lineTo(at.width, y + lane.height - 0.5); g.stroke();
    }
  }

  drawLine(g, p, at, line, y) {
    if (y > at.height || y + LANE_ROW < HEAD) return;
    let past = -1;
    for (let i = this.zoomed ? firstFrom(line, this.range.from - line.longest) : 0; i < line.length; i++) {
      const hop = line[i];
      if (hop.offset_ms > this.range.to) break;
      const x = at.x(hop.offset_ms), to = Math.max(x + 2, at.x(hop.offset_ms + hop.duration_ms));
      const important = hop.hop_id === this.view.selected || WRONG_STATES.includes(hop.state) || hop.error;
      // What would add less than half a pixel is left out, unless it is on the wrong value's way.
      if (to < at.left || x > at.right || (to < past + 0.5 && !important)) continue;
      past = to;
      const from = Math.max(x, at.left), wide = Math.max(2, Math.min(to, at.right) - from - 1), high = LANE_ROW - 5;
      g.globalAlpha = this.view.cursor !== null && hop.offset_ms > this.view.cursor ? 0.3 : 1;
      g.fillStyle = this.fill(p, hop); g.fillRect(from, y + 2, wide, high);
      if (hop.orphan || !hop.complete || hop.skew_ms) this.hatch(g, p, from, y + 2, wide, high);
      if (hop.hop_id === this.view.selected) { g.strokeStyle = p.text; g.lineWidth = 1.5; g.strokeRect(from - 1, y + 1, wide + 2, high + 2); g.lineWidth = 1; }
      if (wide > 34) { g.font = `11px ${p.sans}`; g.fillStyle = p.bg; g.textAlign = "left"; g.fillText(fit(g, `${GLYPHS[hop.state] === "·" ? "" : `${GLYPHS[hop.state]} `}${hop.label}`, wide - 8), from + 4, y + 2 + high / 2 + 0.5); }
    }
    g.globalAlpha = 1;
  }

  drawCursor(g, p, at) {
    const chosen = this.view.sums.range;
    if (chosen) {
      const from = Math.max(at.left, at.x(chosen.from)), to = Math.min(at.right, at.x(chosen.to));
      g.fillStyle = p.link; g.globalAlpha = 0.13; g.fillRect(from, HEAD, to - from, at.height);
      g.globalAlpha = 1; g.fillRect(from, HEAD, 1, at.height); g.fillRect(to - 1, HEAD, 1, at.height);
    }
    if (this.view.cursor === null) return;
    const x = Math.round(at.x(this.view.cursor)) + 0.5;
    g.strokeStyle = p.text; g.beginPath(); g.moveTo(x, HEAD); g.lineTo(x, at.height); g.stroke();
  }
}
