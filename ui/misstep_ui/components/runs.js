
const views = new WeakMap();

export default function (component) {
  const root = component.parentElement.querySelector(".ms-root");
  let view = views.get(root);
  if (!view) {
    view = new RunsView(root);
    views.set(root, view);
  }
  view.connect(component);
  return () => view.stop();
}

class RunsView {
  constructor(root) {
    this.root = root;
    this.filters = {};
    this.runs = [];
    this.next = null;
    setTheme(root);
    this.build();
  }

  connect(component) {
    this.component = component;
    setTheme(this.root);
    if (!this.started) {
      this.started = true;
      this.filters = { ...(component.data.filters || {}) };
      this.search.value = this.filters.text || "";
      this.verdict.value = this.filters.verdict || "";
      this.failed.setAttribute("aria-pressed", String(this.filters.failed === "true"));
      this.load();
    }
    clearInterval(this.timer);
    this.timer = setInterval(() => this.refresh(), 3000);
  }

  stop() { clearInterval(this.timer); }

  build() {
    this.bar = el("div", "bar");
    this.search = el("input", "", null, { type: "search", placeholder: "Search names, inputs, outputs", "aria-label": "Search runs" });
    this.search.addEventListener("keydown", (e) => { if (e.key === "Enter") this.set("text", this.search.value); });
    this.search.addEventListener("change", () => this.set("text", this.search.value));
    this.failed = el("button", "", "Failing only", { "aria-pressed": "false" });
    this.failed.addEventListener("click", () => {
      const on = this.failed.getAttribute("aria-pressed") !== "true";
      this.failed.setAttribute("aria-pressed", String(on));
      this.set("failed", on ? "true" : "");
    });
    this.verdict = el("select", "", null, { "aria-label": "Verdict" });
    for (const [value, text] of [["", "any verdict"], ["bad", "bad"], ["good", "good"], ["unknown", "nobody said"]]) {
      this.verdict.append(el("option", "", text, { value }));
    }
    this.verdict.addEventListener("change", () => this.set("verdict", this.verdict.value));
    this.chips = el("span");
    this.count = el("span", "dim", "", { "aria-live": "polite" });
    this.bar.append(this.search, this.failed, this.verdict, this.chips, this.count);
    this.body = el("div");
    this.root.append(this.bar, this.body);
  }

  set(name, value) {
    if (value) this.filters[name] = value; else delete this.filters[name];
    this.component.setStateValue("filters", { ...this.filters });
    this.load();
  }

  query(cursor) {
    const asked = new URLSearchParams({ limit: "50", ...this.filters });
    if (cursor) asked.set("cursor", cursor);
    return `/api/runs?${asked}`;
  }

  async load() {
    try {
      const page = await ask(this.query());
      this.runs = page.runs; this.next = page.next;
      this.draw();
    } catch (error) { this.fail(error); }
  }

  async refresh() {
    if (document.hidden || this.runs.length > 50) return;
    try {
      const page = await ask(this.query());
      if (JSON.stringify(page.runs) !== JSON.stringify(this.runs)) {
        this.runs = page.runs; this.next = page.next; this.draw();
      }
    } catch (error) { this.fail(error); }
  }

  async more() {
    const page = await ask(this.query(this.next));
    this.runs = this.runs.concat(page.runs); this.next = page.next;
    this.draw();
  }

  fail(error) { this.body.replaceChildren(el("p", "bad", `The store does not answer: ${error.message}`)); }

  draw() {
    this.drawChips();
    if (!this.runs.length) {
      this.count.textContent = "";
      this.body.replaceChildren(Object.keys(this.filters).length ? el("p", "dim", "No run matches. Take a filter away.") : this.empty());
      return;
    }
    const faults = this.runs.filter((r) => r.origins.length).length;
    this.count.textContent = `${this.runs.length}${this.next ? "+" : ""} runs, ${faults} with a first bad hop`;
    const table = el("table");
    const head = el("tr");
    for (const [name, cls] of [["Pipeline"], ["First bad hop"], ["Verdict"], ["When"], ["Duration", "num"], ["Cost", "num"], ["Tokens", "num"], ["Hops", "num"], ["Models"], ["Session"]]) head.append(el("th", cls || "", name, { scope: "col" }));
    const thead = el("thead"); thead.append(head);
    const tbody = el("tbody");
    for (const run of this.runs) tbody.append(this.row(run));
    table.append(thead, tbody);
    const holder = el("div", "table"); holder.append(table);
    const parts = [holder];
    if (this.next) {
      const more = el("div", "more"); const button = el("button", "", "Older runs");
      button.addEventListener("click", () => this.more().catch((e) => this.fail(e)));
      more.append(button); parts.push(more);
    }
    this.body.replaceChildren(...parts);
  }

  drawChips() {
    this.chips.replaceChildren(...["pipeline", "model", "session", "user"].filter((n) => this.filters[n]).map((name) => {
      const chip = el("button", "chip", `${name}: ${this.filters[name]} ×`, { "aria-label": `Remove filter ${name}` });
      chip.addEventListener("click", () => this.set(name, ""));
      return chip;
    }));
  }

  row(run) {
    const fault = run.origins.length > 0;
    const row = el("tr", fault ? "fault" : "");
    const open = el("button", "link", run.pipeline || run.name, { "aria-label": `Open run ${run.run_id}` });
    const first = el("td", "wide"); first.append(open);
    if (run.replay_of) first.append(el("span", "chip", "replay"));
    if (!run.complete) first.append(el("span", "chip warn", "running"));
    const origin = el("td", "wide");
    if (fault) {
      origin.append(el("span", "bad", `● ${run.origins.map((o) => o.name).join(", ")}`));
      origin.append(el("span", "dim", run.origins[0].confirmed ? "  confirmed" : "  suspected"));
    } else if (run.diagnosis_verdict === "undecided") origin.append(el("span", "dim", "undecided"));
    const verdict = el("td");
    const state = run.verdict.state;
    verdict.append(el("span", state === "bad" ? "chip origin" : state === "good" ? "chip good" : "chip", state === "unknown" ? "nobody said" : `${state} · ${run.verdict.by}`));
    if (run.status === "error") verdict.append(" ", el("span", "chip", "error"));
    const models = el("td", "wide dim", run.models.join(", "), { title: run.models.join(", ") });
    row.append(first, origin, verdict, el("td", "dim mono", when(run.started_at)), el("td", "num", duration(run.duration_ms)),
      el("td", "num", money(run.cost_usd, run.unpriced_tokens)), el("td", "num", (run.input_tokens + run.output_tokens).toLocaleString("en")),
      el("td", "num", run.hop_count), models, el("td", "wide dim", run.session_id || ""));
    row.addEventListener("click", () => this.component.setTriggerValue("open", run.run_id));
    return row;
  }

  empty() {
    const page = el("div", "empty");
    const origin = location.origin;
    page.append(el("h2", "", "No runs yet. Three ways to a first one:"));
    const ways = [
      ["1. Wrap your pipeline", `import misstep\n\nmisstep.init()\n\n@misstep.pipeline\ndef answer(ticket: str) -> str: ...\n\n@misstep.hop(kind="llm")\ndef extract(ticket: str) -> dict: ...`],
      ["2. Run a program that was never changed", "misstep run -- python app.py"],
      ["3. Point any OpenTelemetry exporter at it", "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 python app.py"],
    ];
    for (const [title, code] of ways) page.append(el("h3", "", title), el("pre", "", code));
    page.append(el("p", "dim", "Or look at bundled pipelines, good and failing: misstep demo"));
    page.dataset.origin = origin;
    return page;
  }
}
