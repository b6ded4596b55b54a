// The Runs page: filters, failures over time, the list, and what can be done with ticked runs.

const PAGE = 50, BY = [["", "Runs"], ["fault", "By fault"], ["session", "By session"], ["user", "By user"]];

class RunsPage {
  constructor(root) {
    this.root = root;
    this.runs = []; this.next = null; this.fresh = 0;
    this.address = new Address();
  }

  connect(component) {
    this.component = component;
    const news = this.address.news(component.data.filters);
    if (!this.bar) this.build(component.data.filters || {});
    else if (news) { this.bar.filters = { ...component.data.filters }; this.bar.search.value = this.bar.filters.text || ""; this.bar.draw(); this.load(); }
    this.listen();
  }

  listen() {
    if (!this.live) this.live = new Live("/api/events", steady(() => this.refresh(), 400));
    if (!this.keys) { this.keys = (event) => this.key(event); document.addEventListener("keydown", this.keys); }
    if (!this.observer) { this.observer = new ResizeObserver(() => this.history.draw()); this.observer.observe(this.history.node.parentElement); }
  }

  stop() {
    if (this.live) { this.live.stop(); this.live = null; }
    if (this.observer) { this.observer.disconnect(); this.observer = null; }
    document.removeEventListener("keydown", this.keys); this.keys = null;
  }

  build(filters) {
    this.bar = new FilterBar(filters, () => this.changed(), { sort: true, replays: true });
    this.history = new HistoryLine((since, until) => this.bar.setTimes(since, until));
    this.table = new RunsTable({ open: (run) => this.go("replay", { run: run.run_id }), ticked: () => this.drawActions(), filter: (name, value) => this.bar.set(name, value) });
    this.groups = new GroupsTable((by, value) => { delete this.bar.filters.by; this.bar.set(by, value); });
    this.faults = new FaultsTable({ show: (f) => this.showFault(f), open: (run_id) => this.go("replay", { run: run_id }) });
    this.together = new Together();
    this.actions = el("div", "actions"); this.tabs = el("div", "tabs", null, { role: "group", "aria-label": "Grouped" });
    this.count = el("span", "dim", "", { "aria-live": "polite" });
    this.body = el("div"); this.said = el("span", "dim", "", { role: "status" });
    this.root.append(this.bar.node, this.history.node, this.actions, this.body);
    this.load();
  }

  changed() {
    this.address.report(this.component, this.bar.filters);
    this.load();
  }

  // What the list, the picture above it and the groups are of.
  chosen() {
    const asked = runsQuery(this.bar.filters);
    if (this.bar.hidesReplays()) asked.set("replays", "false");
    return asked;
  }

  query(cursor) {
    const asked = this.chosen();
    asked.set("limit", String(PAGE));
    if (cursor) asked.set("cursor", cursor);
    return asked;
  }

  async load() {
    const mine = (this.asking = Symbol("load"));
    this.fresh = 0;
    try {
      const by = this.bar.filters.by, asked = this.chosen();
      this.history.load(asked);
      if (by) {
        asked.delete("sort");
        if (by === "fault") { await this.loadFaults(asked, mine); return; }
        asked.set("by", by);
        const groups = await ask(`/api/groups?${asked}`);
        if (mine !== this.asking) return;
        this.groups.show(groups); this.runs = []; this.next = null;
        this.count.textContent = plural(groups.groups.length, by);
        this.draw(this.groups.node);
        return;
      }
      const page = await this.page(null, () => mine === this.asking);
      if (mine === this.asking) this.take(page);
    } catch (error) { if (mine === this.asking) this.draw(el("p", "problem", `The store does not answer: ${error.message}`)); }
  }

  async loadFaults(asked, mine) {
    const found = await ask(`/api/faults?${asked}`);
    if (mine !== this.asking) return;
    this.faults.show(found); this.runs = []; this.next = null;
    this.count.textContent = `${plural(found.faults.length, "fault")} in ${plural(found.faults.reduce((sum, f) => sum + f.runs, 0), "failing run")}`;
    this.draw(this.faults.node);
  }

  // The runs of one fault: filters that stand in the address.
  showFault(f) {
    const { filters } = this.bar;
    for (const name of ["by", "origin", "rule"]) delete filters[name];
    Object.assign(filters, { failed: "true", pipeline: f.pipeline, ...(f.origin ? { origin: f.origin, ...(f.rule ? { rule: f.rule } : {}) } : { status: "error" }) });
    if (!f.origin && !f.rule) delete filters.status;
    this.bar.draw();
    this.changed();
  }

  // A search for text answers after some time with what it found so far, maybe nothing: it goes on.
  async page(cursor, wanted = () => true) {
    let page = await ask(`/api/runs?${this.query(cursor)}`);
    while (!page.runs.length && page.next && wanted()) page = await ask(`/api/runs?${this.query(page.next)}`);
    return page;
  }

  take(page) {
    this.runs = page.runs; this.next = page.next;
    if (!page.runs.length) {
      this.count.textContent = "";
      const filtered = Object.keys(this.bar.filters).some((n) => n !== "sort" && n !== "by");
      this.bar.node.hidden = !filtered;
      this.draw(filtered ? el("p", "dim pad", "No run matches. Take a filter away.") : emptyStore());
      return;
    }
    this.bar.node.hidden = false;
    this.table.show(this.runs);
    this.draw(this.table.node);
  }

  draw(content) {
    const parts = [content];
    if (content === this.table.node && this.next) {
      const more = el("div", "more");
      more.append(press("Further runs", () => this.more()), el("span", "dim", `${count(this.runs.length)} shown`));
      parts.push(more);
    }
    if (content === this.table.node) {
      const faults = this.runs.filter((r) => r.origins.length).length;
      this.count.textContent = `${this.next ? `${count(this.runs.length)}+ runs` : plural(this.runs.length, "run")}, ${count(faults)} with a first bad hop`;
    }
    this.body.replaceChildren(...parts);
    this.empty = content.classList.contains("empty");
    this.drawActions();
  }

  async more() {
    try {
      const page = await this.page(this.next);
      this.runs = this.runs.concat(page.runs); this.next = page.next;
      this.table.show(this.runs);
      this.draw(this.table.node);
    } catch (error) { this.say(error.message); }
  }

  // New runs do not push away what is being read: then they wait behind a button.
  async refresh() {
    if (this.bar.filters.by) { this.load(); return; }
    try {
      const page = await this.page(null);
      const known = new Set(this.runs.map((r) => r.run_id)), fresh = page.runs.filter((r) => !known.has(r.run_id));
      const busy = this.table.ticks.size > 0 || this.runs.length > PAGE || this.root.getBoundingClientRect().top < -40;
      if (fresh.length && busy) { this.fresh = fresh.length; this.renew(page.runs); this.drawActions(); return; }
      if (JSON.stringify(page.runs) === JSON.stringify(this.runs)) return;
      const at = this.table.current();
      this.take(page);
      if (at) this.table.at = this.runs.findIndex((r) => r.run_id === at.run_id);
      this.history.load(this.chosen());
    } catch (error) { this.say(error.message); }
  }

  // The rows that are shown, with what is new about them.
  renew(runs) {
    const by = new Map(runs.map((r) => [r.run_id, r]));
    this.runs = this.runs.map((r) => by.get(r.run_id) || r);
    this.table.show(this.runs);
  }

  drawActions() {
    this.actions.hidden = Boolean(this.empty);
    const ticked = [...this.table.ticks.values()], parts = [];
    this.tabs.replaceChildren(...BY.map(([key, text]) => {
      const tab = press(text, () => this.bar.set("by", key));
      tab.setAttribute("aria-pressed", String((this.bar.filters.by || "") === key));
      return tab;
    }));
    parts.push(this.tabs, this.count);
    if (this.fresh) parts.push(press(`${plural(this.fresh, "new run")}: show`, () => { this.table.ticks.clear(); this.load(); }, { cls: "primary" }));
    if (ticked.length) {
      parts.push(el("span", "strong", `${count(ticked.length)} ticked`));
      if (ticked.length === 2) parts.push(press("Compare", () => this.compare(ticked)));
      parts.push(press("In common", () => this.inCommon(), { title: "What they share, against good runs of the same pipelines" }));
      for (const state of ["good", "bad"]) parts.push(press(`Mark ${state}`, () => this.markAll(state), { cls: state }));
      parts.push(press("Untick", () => { this.table.ticks.clear(); this.together.node.remove(); this.table.draw(); this.drawActions(); }, { cls: "quiet" }));
    }
    parts.push(this.said);
    if (!ticked.length && !this.bar.filters.by) parts.push(this.hints());
    this.actions.replaceChildren(...parts);
  }

  hints() {
    const box = el("span", "hints");
    for (const [key, text] of [["j k", "walk"], ["enter", "opens"], ["x", "ticks"], ["i", "in common"], ["c", "compare"], ["f", "failing"]]) box.append(el("kbd", "", key), el("span", "", text));
    return box;
  }

  inCommon() {
    const ticked = [...this.table.ticks.values()];
    if (!ticked.length) return;
    this.body.prepend(this.together.node);
    this.together.show(ticked);
  }

  // The failing one on the left, whichever was ticked first.
  compare(ticked) {
    const [a, b] = [...ticked].sort((x, y) => Number(y.verdict.state === "bad" || y.origins.length > 0) - Number(x.verdict.state === "bad" || x.origins.length > 0));
    this.go("compare", { a: a.run_id, b: b.run_id });
  }

  async markAll(state) {
    const ids = [...this.table.ticks.keys()];
    const results = await Promise.allSettled(ids.map((id) => send(runPath(id, "/verdict"), { state, by: whoami.get() })));
    const failed = results.filter((r) => r.status === "rejected");
    this.table.ticks.clear();
    await this.load();
    this.say(failed.length ? `${failed.length} could not be marked: ${failed[0].reason.message}` : `Marked ${plural(ids.length, "run")} ${state}`);
  }

  say(text) { this.said.textContent = visible(text); if (!this.said.isConnected) this.actions.append(this.said); }

  go(page, query) { this.component.setTriggerValue("go", { page, query }); }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event)) return;
    const target = event.composedPath()[0], run = this.table.current();
    const acts = {
      j: () => this.table.move(1), k: () => this.table.move(-1), ArrowDown: () => this.table.move(1), ArrowUp: () => this.table.move(-1),
      Enter: () => { if (run) this.go("replay", { run: run.run_id }); }, x: () => this.table.toggle(), "/": () => this.bar.search.focus(),
      c: () => { if (this.table.ticks.size === 2) this.compare([...this.table.ticks.values()]); },
      i: () => this.inCommon(),
      f: () => this.bar.set("failed", this.bar.filters.failed === "true" ? "" : "true"),
    };
    if (!acts[event.key] || (event.key === "Enter" && ["BUTTON", "A"].includes(target.tagName))) return;
    event.preventDefault();
    acts[event.key]();
  }
}

export default mounted((root) => new RunsPage(root));
