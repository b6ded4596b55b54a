// The replay screen: holds what is selected and keeps its parts and the address in step.

const VIEWS = [["tree", "Tree"], ["lanes", "Lanes"], ["flow", "Data flow"]];
const FEW_QUIET = 3; // fewer quiet hops are in nobody's way
const ADDRESS_MS = 120, LIVE_POLL_MS = 3000;

class Replay {
  constructor(root) {
    this.root = root;
    this.selected = null; this.field = null; this.cursor = null; this.trail = new Set();
    this.showGood = true; this.showQuiet = false; this.viewKind = "tree";
    this.palette = palette(root);
    this.sent = new Address();
    this.tellAddress = soon(() => this.report(), ADDRESS_MS);
    this.build();
    this.keys = null;
  }

  build() {
    this.verdict = new VerdictLine(this);
    this.card = new HoverCard(this); this.sums = new TimeSums(this);
    this.timeline = new Timeline(this); this.graph = new FlowGraph(this);
    this.scrubber = new Scrubber(this); this.context = new ContextStrip(this);
    this.panel = new HopPanel(this); this.again = new Again(this); this.claims = new Claims(this);
    const work = el("div", "work"), left = el("div", "left");
    this.tabs = el("div", "tabs", null, { role: "group", "aria-label": "View" });
    for (const [kind, text] of VIEWS) { const tab = press(text, () => this.setView(kind)); tab.dataset.view = kind; this.tabs.append(tab); }
    this.quieting = press("", () => this.toggleQuiet(), { title: "steps that recorded neither input nor output, and hold no others" });
    this.quieting.hidden = true;
    this.search = el("input", "search", null, { type: "search", placeholder: "Search hops and values  /", "aria-label": "Search hops" });
    this.search.addEventListener("keydown", (event) => this.searchKey(event));
    this.found = el("span", "dim found", "", { "aria-live": "polite" });
    this.tracing = press("Trace values", () => this.loadFlow(), { title: "which hop's values went into which; takes a while in a run of this length", cls: "act" });
    this.tracing.hidden = true;
    this.tabs.append(this.quieting, this.tracing, this.search, this.found);
    left.append(this.tabs, this.timeline.node, this.graph.node, this.sums.node, this.scrubber.node, this.context.node);
    work.append(left, this.panel.node);
    this.said = el("div", "sr", "", { "aria-live": "polite" });
    this.root.append(this.verdict.node, work, this.panel.whence.bubble, this.card.node, this.said);
    this.root.addEventListener("mouseup", () => setTimeout(() => this.panel.whence.offer(), 0));
    this.root.addEventListener("keyup", (event) => { if (event.shiftKey) this.panel.whence.offer(); });
    this.verdict.say("…");
  }

  // --- life -------------------------------------------------------------------------------

  connect(component) {
    this.component = component;
    this.palette = palette(this.root);
    if (!this.keys) {
      this.keys = new Keys(this);
      this.observer = new ResizeObserver(() => this.drawCanvas());
      for (const node of [this.timeline.node, this.scrubber.node]) this.observer.observe(node);
    }
    this.take(component.data || {});
  }

  // The address as Python has it: a new run loads; what we told ourselves comes back and is no news.
  take(data) {
    const news = this.sent.news(data);
    if (this.runId !== data.run) {
      this.runId = data.run; this.wanted = data.hop; this.field = data.field || null;
      this.showGood = data.good !== "off"; this.viewKind = VIEWS.some(([k]) => k === data.view) ? data.view : "tree"; this.baseline = data.baseline || null;
      this.selected = null; this.touched = false; this.settled = false; this.showQuiet = false; this.timeline.range = null; this.timeline.zoomed = false; this.sums.clear();
      this.load();
      this.listen();
    } else if (news && this.model) {
      if (data.view && data.view !== this.viewKind) this.setView(data.view, { quiet: true });
      if (data.hop && data.hop !== this.selected) this.choose(data.hop, { quiet: true });
    } else this.drawCanvas();
    if (!this.live) this.listen();
  }

  listen() {
    if (this.live) this.live.stop();
    this.live = new Live(`/api/events?run=${encodeURIComponent(this.runId)}`, steady(() => this.load(), () => Math.max(150, this.took_ms || 0)));
  }

  stop() {
    if (this.keys) { this.keys.stop(); this.keys = null; }
    if (this.observer) this.observer.disconnect();
    if (this.live) { this.live.stop(); this.live = null; }
    clearTimeout(this.poll);
    this.scrubber.pause();
  }

  // Loads anew beside what is shown: nothing jumps while a run arrives.
  async load() {
    const model = new RunModel(this.runId, this.baseline), first = !this.model || this.model.runId !== this.runId;
    const mine = (this.loading = Symbol("load"));
    const fresh = () => this.loading === mine, begun = performance.now();
    try {
      await model.load((part) => { if (fresh() && (first || part === "flow")) this.show(model, part, first); });
      if (!fresh()) return;
      this.took_ms = performance.now() - begun; // a long run is not read anew all the time
      this.follow(model);
    } catch (error) {
      if (fresh() && (first || error.status === 404)) this.verdict.say(error.status === 404 ? "There is no such run." : "The store does not answer.", error.message);
    }
  }

  async diagnose() {
    const model = this.model;
    model.waits = false;
    this.verdict.draw();
    const done = this.working(this.verdict.node.querySelector("h1"), `Diagnosing ${plural(model.hops.length, "hop")}`);
    model.takeDiagnosis(await model.askDiagnosis());
    done();
    if (this.model !== model) return;
    this.show(model, "flow", false);
    this.choose(model.opening(), { quiet: true });
  }

  // Says in a node what is being done and for how long already; what it answers ends that.
  working(node, text) {
    const before = node.textContent, begun = Date.now();
    const say = () => { node.textContent = `${text} … ${Math.round((Date.now() - begun) / 1000)} s`; };
    const timer = setInterval(say, 1000);
    node.disabled = true;
    this.tell(text);
    say();
    return () => { clearInterval(timer); node.disabled = false; node.textContent = before; };
  }

  // In long runs value edges and the comparison come when asked for.
  async loadFlow() {
    const model = this.model, done = this.working(this.tracing, "Tracing values");
    await model.loadFlow();
    done();
    if (this.model === model) this.show(model, "flow", false);
  }

  follow(model) {
    clearTimeout(this.poll);
    // That a run has gone quiet is no event of its own.
    if (!model.run.complete) this.poll = setTimeout(() => this.load(), LIVE_POLL_MS);
  }

  show(model, part, first) {
    this.model = model;
    this.timeline.setModel(model, this.viewKind === "lanes" ? "lanes" : "tree");
    if (this.viewKind === "flow") this.graph.setModel(model);
    this.arrange();
    this.sums.draw();
    this.search.placeholder = `Search ${model.large ? "hop names" : "hops and values"}  /`;
    this.verdict.draw();
    const known = this.selected && model.byId.has(this.selected);
    // Until the verdict is there what opens may change; a reload in between must not end that.
    if (!known || (!this.touched && !this.settled)) {
      const hop = this.wanted && model.byId.has(this.wanted) ? this.wanted : model.opening();
      if (hop) this.choose(hop, { quiet: true, untouched: true }); else this.panel.draw();
    } else { this.redrawHop(); this.draw(); }
    this.settled = this.settled || part !== "outline";
    this.root.dataset.part = part;
    if (part === "flow" && this.field && first) this.traceField();
  }

  // --- choosing ---------------------------------------------------------------------------

  choose(hopId, options) {
    const hop = this.model && this.model.byId.get(hopId), { quiet, untouched } = options || {};
    if (!hop) return;
    const same = this.selected === hopId;
    if (!untouched) this.touched = true;
    if (!same && this.selected !== null) this.field = null;
    this.selected = hopId;
    if (this.hidden(this.model).has(hop)) this.toggleQuiet();
    (this.viewKind === "flow" ? this.graph : this.timeline).reveal(hop);
    this.timeline.describe();
    this.draw();
    this.panel.keep = same;
    this.panel.draw();
    this.context.draw();
    this.said.textContent = `${visible(hop.label)}, ${hop.index + 1} of ${this.model.hops.length}, ${hop.error ? "error, " : ""}${seenAs(hop).word}`;
    if (!quiet) this.announce();
  }

  // Not under somebody's selection: what is being read stays.
  redrawHop(always) {
    if (!always && String(selectionOf(this.root)).trim() && !this.panel.whence.bubble.hidden) return;
    this.panel.keep = true; this.panel.draw(); this.context.draw(); this.panel.keep = false;
  }

  step(by) {
    const order = this.timeline.rows.order(), at = order.findIndex((h) => h.hop_id === this.selected), next = order[at + by];
    if (next) { if (this.cursor !== null) this.cursor = next.offset_ms; this.choose(next.hop_id); }
  }

  chooseField(path, value) {
    this.field = this.field === path ? null : path;
    this.redrawHop(true);
    if (this.field && value !== null && typeof value !== "object") this.panel.whence.ask(String(value));
    this.announce();
  }

  traceField() {
    const detail = this.model.details.get(this.selected);
    const value = detail && valueAt(this.field.startsWith("output") ? detail.output : detail.input, this.field);
    if (value !== undefined && value !== null && typeof value !== "object") this.panel.whence.ask(String(value));
  }

  chooseBaseline(runId) { this.baseline = runId; this.announce(); this.load(); }

  setView(kind, options) {
    this.viewKind = kind;
    if (this.model) {
      this.timeline.setModel(this.model, kind === "lanes" ? "lanes" : "tree");
      if (kind === "flow") this.graph.setModel(this.model);
    }
    this.arrange();
    this.draw();
    const hop = this.model && this.model.byId.get(this.selected);
    if (hop) (kind === "flow" ? this.graph : this.timeline).reveal(hop);
    this.draw();
    if (!(options && options.quiet)) this.announce();
  }

  nextView() { const at = VIEWS.findIndex(([k]) => k === this.viewKind); this.setView(VIEWS[(at + 1) % VIEWS.length][0]); }

  // Which of the two canvases is shown, and as high as its content needs: the rest is the context's.
  arrange() {
    this.graph.node.hidden = this.viewKind !== "flow";
    this.timeline.node.hidden = this.viewKind === "flow";
    this.tracing.hidden = !this.model || this.model.flowKnown || this.model.hops.length <= LINEAGE_HOPS || this.viewKind !== "flow";
    for (const tab of this.tabs.querySelectorAll("[data-view]")) tab.setAttribute("aria-pressed", String(tab.dataset.view === this.viewKind));
    const quiet = this.model ? this.model.quiet.size : 0;
    this.quieting.hidden = this.viewKind !== "tree" || quiet < FEW_QUIET;
    this.quieting.textContent = `${plural(quiet, "quiet hop")}${this.showQuiet ? "" : " hidden"}`;
    this.quieting.setAttribute("aria-pressed", String(this.showQuiet));
    if (!this.timeline.rows) return;
    this.timeline.node.style.flexBasis = `${HEAD + this.timeline.rows.height + 6}px`;
  }

  // Which hops get no row of the tree: quiet ones, unless they are few or asked for.
  hidden(model) { return this.showQuiet || this.viewKind !== "tree" || model.quiet.size < FEW_QUIET ? new Set() : model.quiet; }

  toggleQuiet() {
    this.showQuiet = !this.showQuiet;
    this.setView(this.viewKind, { quiet: true });
    if (this.hidden(this.model).has(this.model.byId.get(this.selected))) this.choose(this.model.opening());
  }

  toggleGood() { this.showGood = !this.showGood; this.redrawHop(true); this.announce(); }

  rest() { if (this.sums.clear()) return; this.panel.whence.bubble.hidden = true; this.trail = new Set(); this.scrubber.rest(); }

  // --- searching --------------------------------------------------------------------------

  openSearch() { this.search.focus(); this.search.select(); }

  searchKey(event) {
    if (event.key === "Escape") { this.search.value = ""; this.found.textContent = ""; this.timeline.node.focus(); return; }
    if (event.key !== "Enter") return;
    const text = this.search.value.trim().toLowerCase();
    if (!text) return;
    const hits = this.model.hops.filter((h) => this.holds(h, text));
    const at = this.model.byId.get(this.selected)?.index ?? -1, next = hits.find((h) => h.index > at) || hits[0];
    this.found.textContent = hits.length ? `${hits.indexOf(next) + 1} of ${hits.length}` : "no hop";
    if (next) this.choose(next.hop_id);
  }

  holds(hop, text) {
    if (`${hop.label} ${hop.model || ""} ${hop.kind}`.toLowerCase().includes(text)) return true;
    const detail = this.model.details.get(hop.hop_id);
    return Boolean(detail) && JSON.stringify([detail.input, detail.output, detail.error && detail.error.message, detail.messages_in]).toLowerCase().includes(text);
  }

  // --- marking and leaving ----------------------------------------------------------------

  mark(text) {
    if (this.marking) this.marking.close();
    const hop = this.model.byId.get(this.selected);
    this.marking = new MarkPanel({ runId: this.runId, hop, text: text ? asRecorded(text) : null }, (what) => { this.tell(what); this.load(); }, () => this.go("runs", {}));
    this.marking.closed = () => { this.marking = null; this.timeline.node.focus({ preventScroll: true }); };
    this.root.append(this.marking.box);
    this.marking.focus();
  }

  tell(text) { this.said.textContent = visible(text); }

  go(page, query) { this.component.setTriggerValue("go", { page, query }); }

  compare(other) { this.go("compare", { a: this.runId, b: other }); }

  // --- the address ------------------------------------------------------------------------

  announce() { this.tellAddress(); }

  address() {
    return { run: this.runId, hop: this.selected, field: this.field, baseline: this.baseline, view: this.viewKind === "tree" ? null : this.viewKind, good: this.showGood ? null : "off" };
  }

  report() {
    this.sent.report(this.component, this.address());
  }

  // --- drawing ----------------------------------------------------------------------------

  draw() { this.drawCanvas(); }

  drawCanvas() {
    if (!this.model) return;
    if (this.viewKind === "flow") this.graph.draw(); else this.timeline.draw();
    this.scrubber.draw();
  }
}

export default mounted((root) => new Replay(root));
