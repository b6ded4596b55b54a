
const ROW = 40, HEAD = 24, PAD = 14;
const replays = new WeakMap();

export default function (component) {
  const root = component.parentElement.querySelector(".ms-root");
  let view = replays.get(root);
  if (!view) {
    view = new Replay(root);
    replays.set(root, view);
  }
  view.connect(component);
  return () => view.stop();
}

class Replay {
  constructor(root) {
    this.root = root;
    root.classList.add("msw");
    this.hops = []; this.edges = []; this.diff = null; this.goodHops = new Map();
    this.selected = null; this.cursor = null; this.showGood = true;
    this.build();
  }

  // --- life ------------------------------------------------------------------------------

  connect(component) {
    this.component = component;
    const data = component.data || {};
    setTheme(this.root);
    if (this.runId !== data.run) {
      this.runId = data.run; this.wantedHop = data.hop; this.showGood = data.good !== false;
      this.load();
    } else this.draw();
    if (!this.keys) {
      this.keys = (event) => this.key(event);
      document.addEventListener("keydown", this.keys);
      this.observer = new ResizeObserver(() => this.draw());
      this.observer.observe(this.scroll);
    }
  }

  stop() {
    document.removeEventListener("keydown", this.keys); this.keys = null;
    if (this.observer) this.observer.disconnect();
    clearTimeout(this.live); this.pause();
  }

  async load() {
    try {
      const base = `/api/runs/${encodeURIComponent(this.runId)}`;
      // The diagnosis first: it fills the states that the run's hops then carry.
      this.diagnosis = await ask(`${base}/diagnosis`);
      this.run = await ask(base);
      this.index();
      this.drawVerdict(); this.draw();
      this.select(this.start(), { quiet: true });
      const [lineage, diff] = await Promise.all([ask(`${base}/lineage`), this.loadDiff(base)]);
      this.edges = lineage.edges; this.diff = diff;
      this.indexEdges(); this.drawVerdict(); this.draw(); this.drawHop();
      clearTimeout(this.live);
      if (!this.run.complete) this.live = setTimeout(() => this.load(), 2000);
    } catch (error) { this.verdict.replaceChildren(el("h1", "", error.status === 404 ? "There is no such run." : "The store does not answer."), el("p", "", error.message)); }
  }

  async loadDiff(base) {
    try {
      const diff = await ask(`${base}/diff`);
      const good = await ask(`/api/runs/${diff.run_b}`);
      this.goodHops = new Map(good.hops.map((h) => [h.hop_id, h]));
      return diff;
    } catch (error) { this.noGood = error.message; return null; }
  }

  index() {
    this.hops = this.run.hops;
    this.byId = new Map(this.hops.map((h) => [h.hop_id, h]));
    this.depths = new Map();
    for (const hop of this.hops) this.depths.set(hop.hop_id, hop.parent_id && this.byId.has(hop.parent_id) ? (this.depths.get(hop.parent_id) || 0) + 1 : 0);
    this.total = Math.max(this.run.duration_ms, ...this.hops.slice(0, 200000).map((h) => h.offset_ms + h.duration_ms), 0.001);
    this.wrong = new Map();
    for (const suspect of this.diagnosis.suspects) for (const e of suspect.evidence) if (e.path && e.hop_id) this.wrong.set(`${e.hop_id} ${e.path}`, e);
    this.critical = this.criticalPath();
  }

  indexEdges() {
    this.into = new Map(); this.arrows = new Map();
    for (const edge of this.edges) {
      if (!this.into.has(edge.to)) this.into.set(edge.to, []);
      this.into.get(edge.to).push(edge);
      if (edge.from && edge.to) {
        const key = `${edge.from} ${edge.to}`;
        if (!this.arrows.has(key)) this.arrows.set(key, { from: edge.from, to: edge.to, edges: [] });
        this.arrows.get(key).edges.push(edge);
      }
    }
  }

  // The chain of hops that decided when the run ended: back from the last, by who ended just before.
  criticalPath() {
    const path = new Set();
    const leaves = this.hops.filter((h) => !this.hops.some((o) => o.parent_id === h.hop_id)).slice(0, 2000);
    let here = leaves.reduce((a, b) => (!a || b.offset_ms + b.duration_ms > a.offset_ms + a.duration_ms ? b : a), null);
    while (here && !path.has(here.hop_id)) {
      path.add(here.hop_id);
      const start = here.offset_ms;
      here = leaves.filter((h) => !path.has(h.hop_id) && h.offset_ms + h.duration_ms <= start + 0.5)
        .reduce((a, b) => (!a || b.offset_ms + b.duration_ms > a.offset_ms + a.duration_ms ? b : a), null);
    }
    return path;
  }

  start() {
    if (this.wantedHop && this.byId.has(this.wantedHop)) return this.wantedHop;
    const origin = this.diagnosis.origins.find((o) => o.hop_id);
    const suspect = this.diagnosis.suspects.find((s) => s.hop_id);
    if (origin) return origin.hop_id;
    if (suspect && this.diagnosis.verdict === "undecided") return suspect.hop_id;
    return this.hops.length ? this.hops[0].hop_id : null;
  }

  // --- frame -----------------------------------------------------------------------------

  build() {
    this.verdict = el("div", "verdict");
    const work = el("div", "work");
    const left = el("div", "left");
    this.scroll = el("div", "scroll", null, { tabindex: "0", role: "listbox", "aria-label": "Hops by time" });
    this.canvas = el("canvas", "", null, { "aria-hidden": "true" });
    this.spacer = el("div");
    this.scroll.append(this.canvas, this.spacer);
    this.scroll.addEventListener("scroll", () => this.draw());
    this.canvas.addEventListener("click", (e) => this.clickRow(e));
    const strip = el("div", "strip");
    this.mini = el("canvas", "", null, { "aria-hidden": "true" });
    this.mini.addEventListener("click", (e) => this.clickStrip(e));
    const keys = el("div", "keys");
    this.playButton = el("button", "", "▶ play", { "aria-label": "Play the run hop by hop" });
    this.playButton.addEventListener("click", () => this.play());
    keys.append(this.playButton);
    for (const [key, text] of [["j", ""], ["k", "hop"], ["b", "first bad hop"], ["w", "who wrote it"], ["g", "good run"], ["m", "mark"], ["?", "all keys"]]) keys.append(el("kbd", "", key), ...(text ? [el("span", "", text)] : []));
    this.pathNote = el("span"); this.pathNote.style.marginLeft = "auto"; keys.append(this.pathNote);
    strip.append(this.mini, keys);
    left.append(this.scroll, strip);
    this.right = el("div", "right", null, { tabindex: "0", "aria-label": "Selected hop" });
    work.append(left, this.right);
    this.said = el("div", "sr", "", { "aria-live": "polite" });
    this.root.append(this.verdict, work, this.said);
  }

  // --- verdict ---------------------------------------------------------------------------

  drawVerdict() {
    const d = this.diagnosis, run = this.run;
    const words = el("div", "words"), head = el("h1");
    const origin = d.origins[0];
    if (d.verdict === "fault" && origin) {
      const hop = this.byId.get(origin.hop_id);
      head.append(el("span", "", "First bad hop: "), el("span", "hop", origin.name));
      if (hop) head.append(el("span", "dim", ` (${hop.index + 1} of ${this.hops.length})`));
      const evidence = this.mainEvidence();
      if (evidence && evidence.expected && evidence.path) {
        const value = this.valueAt(hop ? hop.output : run.input, evidence.path);
        head.append(el("span", "", ". "), el("span", "value dim", `${evidence.path.replace(/^output\.?/, "") || "output"} `));
        head.append(el("span", "value was", short(evidence.expected, 48)), el("span", "dim", " → "), el("span", "value now", value !== undefined && typeof value !== "object" && String(value).length < 48 ? String(value) : short(evidence.quote, 48)));
      }
    } else if (d.verdict === "undecided") head.append(el("span", "", d.suspects.length ? `Undecided. Most suspicious: ${d.suspects[0].name}` : "Undecided"));
    else head.append(el("span", "", run.complete ? "Nothing speaks against this run" : "This run is still going"));
    words.append(head, el("p", "", d.explanation));
    const chips = el("div", "chips");
    if (d.verdict === "fault") chips.append(el("span", `chip ${origin.confirmed ? "good" : "origin"}`, origin.confirmed ? "✓ confirmed by execution" : "suspected, read from the recording"));
    const evidence = this.mainEvidence();
    if (evidence) chips.append(el("span", "chip", `rule ${evidence.rule}`));
    if (d.symptom && d.verdict === "fault" && (!origin || d.symptom.hop_id !== origin.hop_id)) {
      const button = el("button", "from", `surfaced at ${d.symptom.name}`);
      button.addEventListener("click", () => this.select(d.symptom.hop_id));
      chips.append(button);
    }
    if (d.next_check) chips.append(el("span", "dim", `Next: ${d.next_check}`));
    words.append(chips);
    for (const missing of d.missing.slice(0, 2)) words.append(el("p", "", `Missing: ${missing}`));
    const acts = el("div", "acts");
    for (const state of ["good", "bad"]) {
      const button = el("button", "", `Mark ${state}`, { "aria-pressed": String(run.verdict.state === state && run.verdict.by === "user") });
      button.addEventListener("click", () => this.mark(state));
      acts.append(button);
    }
    const spend = money(run.cost_usd, run.unpriced_tokens);
    acts.append(el("div", "meta", `${run.pipeline || run.name} · ${run.run_id.slice(0, 8)}… · ${when(run.started_at)}`),
      el("div", "meta", `${duration(run.duration_ms)} · ${spend} · ${(run.input_tokens + run.output_tokens).toLocaleString("en")} tokens · ${run.complete ? "complete" : "live ●"}`));
    this.verdict.replaceChildren(words, acts);
  }

  mainEvidence() {
    const first = this.diagnosis.suspects[0];
    if (!first) return null;
    return first.evidence.find((e) => e.strict) || first.evidence[0] || null;
  }

  valueAt(value, path) {
    for (const part of path.matchAll(/\.([^.[]+)|\[(\d+)\]/g)) {
      if (value === null || value === undefined) return undefined;
      value = value[part[2] !== undefined ? Number(part[2]) : part[1]];
    }
    return value;
  }

  async mark(state) {
    try {
      const path = `/api/runs/${this.runId}/verdict`;
      await ask(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ state }) });
      this.wantedHop = this.selected;
      await this.load();
      this.said.textContent = `Marked ${state}`;
    } catch (error) { this.said.textContent = error.message; }
  }

  // --- timeline --------------------------------------------------------------------------

  color(name) { return getComputedStyle(this.root).getPropertyValue(name).trim(); }

  palette() {
    const names = ["bg", "panel", "line", "line-soft", "text", "dim", "faint", "origin", "carried", "amplified", "absorbed", "clean", "select", "link"];
    const made = Object.fromEntries(names.map((n) => [n, this.color(`--${n}`)]));
    for (const kind of ["llm", "tool", "retriever", "embedding", "reranker", "guardrail", "evaluator", "agent", "chain"]) made[`k-${kind}`] = this.color(`--k-${kind}`);
    made.unknown = made.faint;
    return made;
  }

  layout() {
    const width = this.scroll.clientWidth || 600;
    const label = Math.min(250, Math.max(150, width * 0.36));
    return { width, height: this.scroll.clientHeight || 300, label, x: (ms) => label + PAD + (ms / this.total) * (width - label - PAD * 2 - 64) };
  }

  context(canvas, width, height) {
    const ratio = devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio);
      canvas.style.width = `${width}px`; canvas.style.height = `${height}px`;
    }
    const g = canvas.getContext("2d");
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    return g;
  }

  draw() {
    if (!this.run) return;
    const p = this.palette(), at = this.layout();
    const g = this.context(this.canvas, at.width, at.height);
    this.spacer.style.height = `${Math.max(0, HEAD + this.hops.length * ROW + 8 - at.height)}px`;
    const top = this.scroll.scrollTop;
    g.fillStyle = p.bg; g.fillRect(0, 0, at.width, at.height);
    this.drawGrid(g, p, at);
    const first = Math.max(0, Math.floor((top - HEAD) / ROW)), last = Math.min(this.hops.length, Math.ceil((top + at.height) / ROW) + 1);
    this.y = (index) => HEAD + index * ROW - top;
    g.save(); g.beginPath(); g.rect(0, HEAD, at.width, at.height - HEAD); g.clip();
    for (let i = first; i < last; i++) if (this.hops[i].hop_id === this.selected) { g.fillStyle = p.select; g.fillRect(0, this.y(i), at.width, ROW); }
    this.drawArrows(g, p, at, first, last);
    for (let i = first; i < last; i++) this.drawRow(g, p, at, this.hops[i], this.y(i));
    g.restore();
    this.drawStrip(p);
    const saved = this.hops.length ? `critical path ${duration([...this.critical].reduce((s, id) => s + this.byId.get(id).duration_ms, 0))} of ${duration(this.total)}` : "";
    this.pathNote.textContent = saved;
  }

  drawGrid(g, p, at) {
    g.font = `10px ${this.color("--sans")}`; g.textBaseline = "middle"; g.textAlign = "center";
    const wanted = this.total / 5, power = 10 ** Math.floor(Math.log10(wanted || 1));
    const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= wanted) || wanted || 1;
    for (let ms = 0; ms <= this.total * 1.001; ms += step) {
      const x = Math.round(at.x(ms)) + 0.5;
      g.strokeStyle = p["line-soft"]; g.beginPath(); g.moveTo(x, HEAD); g.lineTo(x, at.height); g.stroke();
      g.fillStyle = p.faint; g.fillText(duration(ms), x, HEAD / 2);
    }
    g.strokeStyle = p.line; g.beginPath(); g.moveTo(0, HEAD - 0.5); g.lineTo(at.width, HEAD - 0.5); g.stroke();
  }

  drawRow(g, p, at, hop, y) {
    const state = hop.state in GLYPHS ? hop.state : "unknown", middle = y + ROW / 2;
    const future = this.cursor !== null && hop.offset_ms > this.cursor;
    g.globalAlpha = future ? 0.28 : 1;
    g.textAlign = "left"; g.textBaseline = "middle";
    const indent = 10 + Math.min(6, this.depths.get(hop.hop_id) || 0) * 12;
    const symptom = this.diagnosis.symptom && this.diagnosis.symptom.hop_id === hop.hop_id && this.diagnosis.verdict === "fault" && state !== "origin";
    g.font = `13px ${this.color("--sans")}`; g.fillStyle = hop.error ? p.origin : p[state];
    g.fillText(hop.error ? "✕" : GLYPHS[state], indent, middle - 7);
    const strong = state === "origin" || hop.hop_id === this.selected;
    g.font = `${strong ? "600 " : ""}13px ${this.color("--sans")}`; g.fillStyle = state === "origin" ? p.origin : p.text;
    const word = symptom ? "symptom" : state === "unknown" || state === "clean" ? "" : state;
    g.font = `11px ${this.color("--sans")}`; const wordWidth = word ? g.measureText(word).width + 8 : 0;
    g.font = `${strong ? "600 " : ""}13px ${this.color("--sans")}`;
    const name = this.fit(g, hop.name, at.label - indent - 20 - wordWidth);
    g.fillText(name, indent + 18, middle - 7);
    if (word) { const x = indent + 18 + g.measureText(name).width + 7; g.font = `11px ${this.color("--sans")}`; g.fillStyle = symptom || hop.error ? p.origin : p[state]; g.fillText(word, x, middle - 6.5); }
    g.font = `11px ${this.color("--mono")}`; g.fillStyle = p.faint;
    const model = hop.response_model || hop.request_model;
    const tries = hop.attempts.length > 1 ? ` ⟲${hop.attempts.length}` : "";
    g.fillText(this.fit(g, `${hop.kind}${model ? ` · ${model}` : ""}${tries}`, at.label - indent - 20), indent + 18, middle + 9);
    this.drawBar(g, p, at, hop, middle, state);
    g.globalAlpha = 1;
    g.strokeStyle = p["line-soft"]; g.beginPath(); g.moveTo(0, y + ROW - 0.5); g.lineTo(at.width, y + ROW - 0.5); g.stroke();
  }

  drawBar(g, p, at, hop, middle, state) {
    const x = at.x(hop.offset_ms), width = Math.max(3, at.x(hop.offset_ms + hop.duration_ms) - x), h = 14, y = middle - h / 2;
    g.fillStyle = state === "origin" ? p.origin : state === "carried" || state === "amplified" ? p[state] : p[`k-${hop.kind}`] || p["k-chain"];
    if (hop.error) g.fillStyle = p.origin;
    g.globalAlpha *= state === "absorbed" ? 0.6 : 1;
    g.beginPath(); g.roundRect(x, y, width, h, 2.5); g.fill();
    if (hop.orphan || !hop.complete) this.hatch(g, p, x, y, width, h);
    this.drawAttempts(g, p, hop, x, y, width, h);
    if (this.critical.has(hop.hop_id)) { g.fillStyle = p.text; g.globalAlpha *= 0.55; g.fillRect(x, y + h + 1.5, width, 1.5); g.globalAlpha = g.globalAlpha / 0.55; }
    g.font = `11px ${this.color("--sans")}`; g.fillStyle = p.dim;
    const note = hop.attempts.length > 1 ? ` · ${hop.attempts.slice(0, -1).map((a) => a.reason).join(", ")}` : "";
    g.fillText(this.fit(g, duration(hop.duration_ms) + note, Math.max(40, at.width - x - width - 8)), x + width + 5, middle);
  }

  drawAttempts(g, p, hop, x, y, width, h) {
    if (hop.attempts.length < 2) return;
    let past = 0; const sum = hop.attempts.reduce((s, a) => s + a.duration_ms, 0) || 1;
    g.strokeStyle = p.bg; g.lineWidth = 1.5;
    for (const attempt of hop.attempts.slice(0, -1)) {
      past += attempt.duration_ms; const at = x + (past / Math.max(sum, hop.duration_ms)) * width;
      g.beginPath(); g.moveTo(at, y); g.lineTo(at, y + h); g.stroke();
    }
    g.lineWidth = 1;
  }

  hatch(g, p, x, y, width, h) {
    g.save(); g.beginPath(); g.rect(x, y, width, h); g.clip(); g.strokeStyle = p.bg; g.lineWidth = 2;
    for (let d = -h; d < width; d += 6) { g.beginPath(); g.moveTo(x + d, y + h); g.lineTo(x + d + h, y); g.stroke(); }
    g.restore();
  }

  drawArrows(g, p, at, first, last) {
    if (!this.arrows || this.hops.length > 4000) return;
    for (const arrow of this.arrows.values()) {
      const a = this.byId.get(arrow.from), b = this.byId.get(arrow.to);
      if (!a || !b || (a.index < first && b.index < first) || (a.index > last && b.index > last)) continue;
      const tainted = this.isTainted(arrow), mine = this.selected === a.hop_id || this.selected === b.hop_id;
      if (!tainted && !mine) continue;
      const x1 = at.x(a.offset_ms + a.duration_ms), y1 = this.y(a.index) + ROW / 2, x2 = at.x(b.offset_ms), y2 = this.y(b.index) + ROW / 2;
      g.strokeStyle = tainted ? p.carried : p.link; g.globalAlpha = mine ? 0.95 : 0.55; g.lineWidth = mine ? 1.8 : 1.2;
      const bend = Math.max(14, Math.min(40, Math.abs(y2 - y1) / 3));
      g.beginPath(); g.moveTo(x1, y1); g.bezierCurveTo(x1 + bend, y1, x2 - bend, y2, x2, y2); g.stroke();
      g.beginPath(); g.arc(x2, y2, 2.5, 0, 7); g.fillStyle = g.strokeStyle; g.fill();
      g.globalAlpha = 1; g.lineWidth = 1;
    }
  }

  isTainted(arrow) {
    const from = this.byId.get(arrow.from), to = this.byId.get(arrow.to);
    if (!["origin", "carried", "amplified"].includes(from.state)) return false;
    if (!["carried", "amplified", "absorbed"].includes(to.state) && !to.error) return false;
    if (from.state !== "origin") return true;
    const wrong = [...this.wrong.keys()].filter((k) => k.startsWith(`${from.hop_id} `)).map((k) => k.split(" ")[1]);
    return !wrong.length || arrow.edges.some((e) => wrong.some((w) => e.from_path.startsWith(w)));
  }

  drawStrip(p) {
    const width = this.mini.parentElement.clientWidth - 24, height = 22;
    if (width < 20) return;
    const g = this.context(this.mini, width, height), x = (ms) => (ms / this.total) * width;
    g.fillStyle = p.bg; g.fillRect(0, 0, width, height);
    for (const hop of this.hops.slice(0, 20000)) {
      g.fillStyle = hop.error ? p.origin : ["origin", "carried", "amplified"].includes(hop.state) ? p[hop.state] : p[`k-${hop.kind}`];
      g.fillRect(x(hop.offset_ms), 4, Math.max(2, x(hop.duration_ms) - 1), height - 8);
    }
    const here = this.cursor !== null ? this.cursor : this.selected ? this.byId.get(this.selected).offset_ms : 0;
    g.fillStyle = p.text; g.fillRect(Math.min(width - 2, x(here)), 0, 2, height);
  }

  fit(g, text, width) {
    if (width < 8) return "";
    if (g.measureText(text).width <= width) return text;
    let low = 0, high = Math.min(text.length, 200);
    while (low < high) { const mid = (low + high + 1) >> 1; if (g.measureText(text.slice(0, mid) + "…").width <= width) low = mid; else high = mid - 1; }
    return text.slice(0, low) + "…";
  }

  // --- choosing --------------------------------------------------------------------------

  clickRow(event) {
    const box = this.canvas.getBoundingClientRect();
    const index = Math.floor((event.clientY - box.top - HEAD + this.scroll.scrollTop) / ROW);
    if (index >= 0 && index < this.hops.length) this.select(this.hops[index].hop_id);
  }

  clickStrip(event) {
    const box = this.mini.getBoundingClientRect(), ms = ((event.clientX - box.left) / box.width) * this.total;
    const near = this.hops.filter((h) => h.offset_ms <= ms).pop() || this.hops[0];
    if (near) this.select(near.hop_id);
  }

  select(hopId, options) {
    const hop = this.byId && this.byId.get(hopId);
    if (!hop) return;
    this.selected = hopId;
    const y = HEAD + hop.index * ROW, top = this.scroll.scrollTop;
    if (y < top + HEAD) this.scroll.scrollTop = y - HEAD; else if (y + ROW > top + this.scroll.clientHeight) this.scroll.scrollTop = y + ROW - this.scroll.clientHeight;
    this.draw(); this.drawHop();
    this.said.textContent = `${hop.name}, ${hop.index + 1} of ${this.hops.length}, ${hop.state}`;
    if (!options || !options.quiet) this.component.setStateValue("hop", hopId);
  }

  step(by) { const hop = this.byId.get(this.selected); const next = hop && this.hops[hop.index + by]; if (next) this.select(next.hop_id); }

  play() {
    if (this.playing) return this.pause();
    this.playButton.textContent = "❚❚ pause";
    const times = this.hops.map((h) => h.offset_ms); let i = -1;
    if (this.selected && this.byId.get(this.selected).index < this.hops.length - 1) i = this.byId.get(this.selected).index - 1;
    this.playing = setInterval(() => {
      i += 1;
      if (i >= this.hops.length) return this.pause();
      this.cursor = times[i]; this.select(this.hops[i].hop_id, { quiet: true });
    }, 700);
  }

  pause() { clearInterval(this.playing); this.playing = null; this.cursor = null; if (this.playButton) this.playButton.textContent = "▶ play"; this.draw(); }

  key(event) {
    const target = event.composedPath()[0];
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName || "")) return;
    const hop = this.byId && this.byId.get(this.selected);
    const actions = {
      j: () => this.step(1), k: () => this.step(-1), ArrowDown: () => this.step(1), ArrowUp: () => this.step(-1),
      h: () => hop && hop.parent_id && this.select(hop.parent_id),
      l: () => { const child = hop && this.hops.find((o) => o.parent_id === hop.hop_id); if (child) this.select(child.hop_id); },
      " ": () => this.play(), b: () => { const o = this.diagnosis.origins.find((x) => x.hop_id); if (o) this.select(o.hop_id); },
      "[": () => this.jump(-1), "]": () => this.jump(1),
      w: () => this.whoWrote(), g: () => this.toggleGood(),
      m: () => { const button = this.verdict.querySelector(".acts button:nth-of-type(2)"); if (button) button.focus(); },
      "?": () => this.help(), Escape: () => this.closeHelp(),
    };
    if (actions[event.key]) { event.preventDefault(); actions[event.key](); }
  }

  // The next hop on the wrong value's way.
  jump(by) {
    const hop = this.byId.get(this.selected); if (!hop) return;
    const way = this.hops.filter((h) => ["origin", "carried", "amplified"].includes(h.state) || h.error);
    const next = by > 0 ? way.find((h) => h.index > hop.index) : way.filter((h) => h.index < hop.index).pop();
    if (next) this.select(next.hop_id);
  }

  toggleGood() { this.showGood = !this.showGood; this.component.setStateValue("good", this.showGood); this.drawHop(); }

  help() {
    if (this.closeHelp()) return;
    this.helpBox = el("div", "help", null, { role: "dialog", "aria-label": "Keys" });
    for (const [key, text] of [["j k", "next and previous hop"], ["h l", "enclosing hop, first hop inside"], ["space", "play, pause"], ["b", "first bad hop"], ["[ ]", "along the wrong value's way"], ["w", "who wrote the selected text"], ["g", "good run on or off"], ["m", "mark good or bad"], ["esc", "close"]]) this.helpBox.append(el("kbd", "", key), el("span", "", text));
    this.root.append(this.helpBox);
  }

  closeHelp() { if (!this.helpBox) return false; this.helpBox.remove(); this.helpBox = null; return true; }

  // --- hop panel -------------------------------------------------------------------------

  drawHop() {
    const hop = this.byId && this.byId.get(this.selected);
    if (!hop) { this.right.replaceChildren(); return; }
    const parts = [this.hopHead(hop)];
    const why = this.hopWhy(hop); if (why) parts.push(why);
    const pair = el("div", "pair");
    pair.append(this.side("Received", this.received(hop)), this.side("Produced", this.produced(hop)));
    parts.push(pair);
    const good = this.goodBox(hop); if (good) parts.push(good);
    if (hop.attempts.length > 1) parts.push(this.attempts(hop));
    parts.push(this.whenceBox(hop)); const flow = this.flowBox(hop); if (flow) parts.push(flow);
    this.right.replaceChildren(...parts);
  }

  hopHead(hop) {
    const head = el("div"), title = el("h2", "", hop.name);
    const state = el("span", "state", `${GLYPHS[hop.state]} ${hop.state}`); state.style.color = `var(--${hop.state === "unknown" ? "faint" : hop.state})`;
    title.append(state);
    const model = hop.response_model || hop.request_model;
    const tokens = hop.input_tokens + hop.output_tokens;
    const facts = [hop.kind, hop.provider, model, duration(hop.duration_ms), tokens ? `${hop.input_tokens} → ${hop.output_tokens} tokens` : null, tokens ? money(hop.cost_usd, hop.unpriced_tokens) : null, hop.time_to_first_token_ms ? `first token ${duration(hop.time_to_first_token_ms)}` : null, hop.finish_reason ? `finish ${hop.finish_reason}` : null, hop.prompt_version ? `prompt ${hop.prompt_version}` : null];
    head.append(title, el("div", "facts", facts.filter(Boolean).join(" · ")));
    if (hop.orphan) head.append(el("span", "chip warn", "its parent never arrived"));
    if (!hop.complete) head.append(el("span", "chip warn", "not ended"));
    return head;
  }

  hopWhy(hop) {
    const suspect = this.diagnosis.suspects.find((s) => s.hop_id === hop.hop_id);
    if (!suspect || !suspect.evidence.length) return null;
    const box = el("div", hop.state === "origin" ? "why" : "why mild");
    box.append(el("h3", "", hop.state === "origin" ? "Why this hop" : "What speaks against it"));
    for (const e of suspect.evidence.slice(0, 5)) {
      const line = el("p", "", e.detail.charAt(0).toUpperCase() + e.detail.slice(1) + ". ");
      line.append(el("span", "chip", `${e.rule}${e.strict ? "" : " · heuristic"}`));
      box.append(line);
    }
    return box;
  }

  side(title, content) { const box = el("div", "box"); box.append(el("h3", "", title), content); return box; }

  received(hop) {
    const marks = new Map();
    for (const edge of (this.into && this.into.get(hop.hop_id)) || []) {
      if (!marks.has(edge.to_path)) marks.set(edge.to_path, []);
      const from = edge.from ? this.byId.get(edge.from) : null;
      marks.get(edge.to_path).push({ text: edge.quote, title: `from ${from ? from.name : "the pipeline's input"}, ${edge.from_path} (${edge.match}${edge.detail ? `: ${edge.detail}` : ""})`, go: edge.from, cls: from && ["origin", "carried", "amplified"].includes(from.state) && this.edgeTainted(edge) ? "from tainted" : "from" });
    }
    return this.json(hop.input !== null ? hop.input : hop.messages_in, "input", marks);
  }

  edgeTainted(edge) {
    const from = this.byId.get(edge.from);
    if (from.state !== "origin") return from.state === "carried" || from.state === "amplified" ? !((this.into.get(edge.from) || []).some((e) => e.quote === edge.quote && e.from && this.byId.get(e.from).state === "clean")) : false;
    const wrong = [...this.wrong.keys()].filter((k) => k.startsWith(`${edge.from} `)).map((k) => k.split(" ")[1]);
    return !wrong.length || wrong.some((w) => edge.from_path.startsWith(w));
  }

  produced(hop) {
    if (hop.error) { const box = el("pre"); box.append(el("span", "wrong", `${hop.error.type}`), document.createTextNode(`\n${hop.error.message}`)); return box; }
    const marks = new Map();
    for (const [key, e] of this.wrong) if (key.startsWith(`${hop.hop_id} `)) marks.set(key.slice(hop.hop_id.length + 1), [{ cls: hop.state === "origin" ? "wrong" : "tainted", title: e.detail, whole: true, text: e.quote }]);
    return this.json(hop.output, "output", marks);
  }

  // JSON as text, with the marked leaves as buttons or highlights; bounded, so huge payloads stay quick.
  json(value, root, marks) {
    const box = el("pre"); let left = 1500;
    const walk = (here, path, depth) => {
      const pad = "  ".repeat(depth);
      if (left-- <= 0) { if (left === -1) box.append(el("span", "dim", "… more")); return; }
      if (Array.isArray(here) && here.length && !here.every((v) => typeof v === "number")) {
        box.append("[\n"); here.forEach((v, i) => { box.append(pad + "  "); walk(v, `${path}[${i}]`, depth + 1); box.append(i < here.length - 1 ? ",\n" : "\n"); }); box.append(pad + "]");
      } else if (Array.isArray(here) && here.length > 8) box.append(el("span", "dim", `[${here.slice(0, 4).join(", ")}, … ${here.length} numbers]`));
      else if (here && typeof here === "object" && Object.keys(here).length) {
        const names = Object.keys(here); box.append("{\n");
        names.forEach((name, i) => { box.append(pad + "  ", el("span", "key", `${name}: `)); walk(here[name], `${path}.${name}`, depth + 1); box.append(i < names.length - 1 ? "\n" : "\n"); });
        box.append(pad + "}");
      } else this.leaf(box, here, marks.get(path), depth > 0);
    };
    walk(value, root, 0);
    return box;
  }

  leaf(box, value, marks, quoted) {
    let text = typeof value === "string" ? (quoted && value.length < 60 && !value.includes("\n") ? JSON.stringify(value) : value) : value === undefined ? "–" : JSON.stringify(value);
    if (text.length > 20000) text = text.slice(0, 20000) + "…";
    if (!marks) { box.append(text); return; }
    const whole = marks.find((m) => m.whole);
    if (whole && (text.length < 200 || !text.includes(whole.text))) { box.append(this.marked(text, whole)); return; }
    let rest = text;
    const order = marks.map((m) => ({ ...m, at: rest.indexOf(m.text) })).filter((m) => m.at >= 0).sort((a, b) => a.at - b.at || b.text.length - a.text.length);
    let past = 0;
    for (const mark of order) {
      if (mark.at < past) continue;
      box.append(text.slice(past, mark.at), this.marked(mark.text, mark)); past = mark.at + mark.text.length;
    }
    box.append(text.slice(past));
  }

  marked(text, mark) {
    if (!("go" in mark)) return el("span", mark.cls, text, { title: mark.title });
    if (!mark.go) return el("span", "", text, { title: mark.title });
    const button = el("button", mark.cls, text, { title: mark.title });
    button.addEventListener("click", () => { if (!String(getSelection())) this.select(mark.go); });
    return button;
  }

  goodBox(hop) {
    if (!this.showGood) return null;
    const box = el("div", "box");
    if (!this.diff) {
      box.append(el("h3", "", "Same hop in a good run"), el("div", "dim", this.noGood || "loading"));
      return box;
    }
    const pair = this.diff.pairs.find((p) => p.hop_a === hop.hop_id);
    box.append(el("h3", "", `Same hop in good run ${this.diff.run_b.slice(0, 8)}`), el("div", "dim", this.diff.reason));
    if (!pair || !pair.hop_b) { box.append(el("div", "", "The good run has no such hop.")); return box; }
    const changed = pair.changed.filter((c) => c.field.startsWith("output") || c.field.startsWith("error") || !c.field.startsWith("input"));
    box.append(el("div", "", { same: "Nothing differs but what came with its input.", wording: "The wording differs, nothing else.", decision: "It decided differently:", structure: "Its shape or success differs:" }[pair.kind]));
    if (changed.length) {
      const table = el("table", "diff"), head = el("tr");
      for (const name of ["field", "here", "good run"]) head.append(el("th", "", name, { scope: "col" }));
      table.append(head);
      for (const change of changed.slice(0, 12)) {
        const row = el("tr"); row.append(el("td", "dim", change.field.replace(/^output\.?/, "") || "output"), el("td", "a", short(change.a, 160)), el("td", "b", short(change.b, 160))); table.append(row);
      }
      box.append(table);
    }
    return box;
  }

  attempts(hop) {
    const box = el("div", "box"); box.append(el("h3", "", "Attempts"));
    for (const a of hop.attempts) {
      const wait = a.retry_after_s !== null ? `, told to wait ${a.retry_after_s} s` : "";
      box.append(el("div", "mono", `${a.number}. ${a.provider || ""} ${a.request_model || ""} ${a.ok ? "answered" : `failed: ${a.reason || "error"}${wait}`} (${duration(a.duration_ms)})`));
    }
    return box;
  }

  whenceBox(hop) {
    const box = el("div", "box"); box.append(el("h3", "", "Whence? Select any text above, or type a value"));
    const row = el("div", "whence"), input = el("input", "", null, { "aria-label": "Value to trace back", placeholder: "e.g. 1.42" }), button = el("button", "", "Trace back");
    const evidence = this.mainEvidence();
    if (evidence && hop.state !== "clean" && hop.state !== "unknown") input.value = this.suggestion(hop);
    this.whenceInput = input; this.whenceResult = el("div");
    const run = () => this.whence(input.value);
    button.addEventListener("click", run); input.addEventListener("keydown", (e) => { if (e.key === "Enter") run(); });
    row.append(input, button); box.append(row, this.whenceResult);
    return box;
  }

  // A value worth asking about: the wrong one here, or the newest number this hop put out.
  suggestion(hop) {
    for (const [key] of this.wrong) if (key.startsWith(`${hop.hop_id} `)) {
      const value = this.valueAt(hop.output, key.slice(hop.hop_id.length + 1));
      if (value !== undefined && typeof value !== "object" && String(value).length < 60) return String(value);
    }
    const tainted = ((this.into && this.into.get(hop.hop_id)) || []).find((e) => e.from && this.edgeTainted(e));
    return tainted ? tainted.quote.slice(0, 60) : "";
  }

  whoWrote() {
    const root = this.root.getRootNode(), selection = (root.getSelection ? root.getSelection() : getSelection()) || getSelection();
    const text = String(selection || "").trim() || (this.whenceInput && this.whenceInput.value);
    if (text) { this.whenceInput.value = text.slice(0, 500); this.whence(text.slice(0, 500)); }
  }

  async whence(text) {
    if (!text) return;
    try {
      const blame = await ask(`/api/runs/${this.runId}/blame?text=${encodeURIComponent(text)}`);
      const list = el("ol", "chain");
      for (const step of blame.chain.slice(0, 30)) {
        const hop = step.hop_id ? this.byId.get(step.hop_id) : null, item = el("li");
        const button = el("button", "from", hop ? hop.name : step.side === "in" ? "pipeline input" : "final output");
        if (hop) button.addEventListener("click", () => this.select(hop.hop_id));
        item.append(button, el("span", "mono dim", step.path), el("span", "mono", short(step.quote, 80)), el("span", "dim", step.match === "exact" ? "" : step.match));
        list.append(item);
      }
      const told = el("p", "", blame.explanation); told.style.margin = "4px 0";
      const parts = [told];
      if (blame.origin && blame.origin.hop_id && this.byId.has(blame.origin.hop_id)) {
        const go = el("button", "", `Go to ${blame.origin.name}`); go.addEventListener("click", () => this.select(blame.origin.hop_id)); parts.push(go);
      }
      this.whenceResult.replaceChildren(...parts, list);
    } catch (error) { this.whenceResult.replaceChildren(el("p", "", error.message)); }
  }

  flowBox(hop) {
    if (!this.edges.length) return null;
    const box = el("div", "box"), into = new Map(), out = new Map();
    for (const e of this.edges) {
      if (e.to === hop.hop_id) into.set(e.from, (into.get(e.from) || []).concat(e.quote));
      if (e.from === hop.hop_id) out.set(e.to, (out.get(e.to) || []).concat(e.quote));
    }
    const list = (title, map, end) => {
      if (!map.size) return;
      box.append(el("h3", "", title)); const row = el("div", "flow");
      for (const [id, quotes] of map) {
        const other = id ? this.byId.get(id) : null, unique = [...new Set(quotes)];
        const chip = el("button", "chip", `${other ? other.name : end}: ${short(unique.slice(0, 3).join(", "), 60)}${unique.length > 3 ? ` +${unique.length - 3}` : ""}`);
        if (other) chip.addEventListener("click", () => this.select(id)); row.append(chip);
      }
      row.style.marginBottom = "8px"; box.append(row);
    };
    list("Values that came in", into, "pipeline input"); list("Values that went on", out, "final output");
    return into.size || out.size ? box : null;
  }
}
