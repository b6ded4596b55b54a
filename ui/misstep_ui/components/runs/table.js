// The list itself: one row a run, ticked, opened and walked by keyboard.

const COLUMNS = [["", "tick"], ["Pipeline"], ["First bad hop"], ["Verdict"], ["When"], ["Duration", "num"], ["Critical", "num when-wide"], ["Cost", "num"], ["Tokens", "num when-wide"], ["Hops", "num when-wider"], ["Models", "when-wide"], ["Session, tags", "tags when-wide"]];

class RunsTable {
  // act: {open(run), ticked(), filter(name, value)}
  constructor(act) {
    this.act = act;
    this.node = el("div", "table");
    this.ticks = new Map(); this.runs = []; this.at = -1; this.latency = new Map();
  }

  show(runs) {
    this.runs = runs;
    this.at = Math.min(this.at, runs.length - 1);
    const known = new Map(runs.map((r) => [r.run_id, r]));
    for (const id of [...this.ticks.keys()]) if (known.has(id)) this.ticks.set(id, known.get(id));
    this.draw();
    this.loadLatency();
  }

  draw() {
    const named = this.runs.some((r) => r.session_id || r.tags.length);
    const table = el("table", named ? "list" : "list unnamed"), head = el("tr"), top = el("thead"), body = el("tbody");
    for (const [name, cls] of COLUMNS) {
      const cell = el("th", cls || "", name, { scope: "col" });
      if (cls === "tick") cell.append(this.tickAll());
      if (name === "Critical") cell.title = "share of the duration that the critical path of hops takes; the rest is the pipeline's own code";
      head.append(cell);
    }
    this.rows = this.runs.map((run, i) => this.row(run, i));
    body.append(...this.rows);
    top.append(head); table.append(top, body);
    this.node.replaceChildren(table);
  }

  tickAll() {
    const box = el("input", "", null, { type: "checkbox", "aria-label": "Tick all shown runs" });
    box.checked = this.runs.length > 0 && this.runs.every((r) => this.ticks.has(r.run_id));
    box.addEventListener("change", () => { for (const run of this.runs) this.setTick(run, box.checked); this.draw(); this.act.ticked(); });
    return box;
  }

  setTick(run, on) { if (on) this.ticks.set(run.run_id, run); else this.ticks.delete(run.run_id); }

  row(run, i) {
    const row = el("tr", [run.origins.length ? "fault" : "", i === this.at ? "at" : ""].join(" ").trim(), null, { "data-run": run.run_id });
    const tick = el("td", "tick"), box = el("input", "", null, { type: "checkbox", "aria-label": `Tick run ${run.run_id}` });
    box.checked = this.ticks.has(run.run_id);
    box.addEventListener("change", () => { this.setTick(run, box.checked); this.act.ticked(); });
    tick.append(box);
    tick.addEventListener("click", (event) => event.stopPropagation());
    row.append(tick, this.name(run), this.origin(run), this.verdict(run), el("td", "dim mono at-time", whenShort(run.started_at), { title: when(run.started_at) }), el("td", "num took", duration(run.duration_ms)),
      el("td", "num dim critical when-wide", this.critical(run)), this.cost(run), el("td", "num when-wide", count(run.input_tokens + run.output_tokens)), el("td", "num when-wider", count(run.hop_count)),
      el("td", "models dim when-wide", run.models.map(undated).join(", "), { title: run.models.join(", ") }), this.session(run));
    row.addEventListener("click", () => this.act.open(run));
    return row;
  }

  name(run) {
    const cell = el("td", "wide name");
    cell.append(press(run.pipeline || run.name, (event) => { event.stopPropagation(); this.act.open(run); }, { cls: "plain strong", label: `Open run ${run.run_id}` }));
    if (run.replay_of) cell.append(" ", el("span", "chip", `replay of ${run.replay_of.slice(0, 8)}`, { title: run.replay_of }));
    if (!run.complete) cell.append(" ", el("span", "chip warn", "running"));
    return cell;
  }

  origin(run) {
    const cell = el("td", "wide origin");
    if (run.origins.length) {
      cell.append(el("span", "bad strong", `● ${run.origins.map((o) => o.name).join(", ")}`), el("span", "dim", run.origins.every((o) => o.confirmed) ? " confirmed" : " suspected"));
    } else if (run.diagnosis_verdict === "undecided") cell.append(el("span", "dim", "undecided"));
    else if (!run.diagnosis_verdict && run.complete) cell.append(el("span", "dim", "not diagnosed yet"));
    return cell;
  }

  verdict(run) {
    const cell = el("td", "said"), { state, by } = run.verdict;
    cell.append(el("span", state === "bad" ? "chip origin" : state === "good" ? "chip good" : "chip", state === "unknown" ? "no verdict" : `${state} · ${by}`));
    if (run.status === "error") cell.append(" ", el("span", "chip", "error"));
    return cell;
  }

  cost(run) {
    const cell = el("td", "num spent", money(run.cost_usd, run.unpriced_tokens));
    if (run.unpriced_tokens) cell.title = `${count(run.unpriced_tokens)} tokens without a known price are not in it`;
    return cell;
  }

  session(run) {
    const cell = el("td", "tags dim when-wide");
    const filter = (name, value) => press(short(value, 24), (event) => { event.stopPropagation(); this.act.filter(name, value); }, { cls: "chip", title: `Only ${name} ${value}` });
    if (run.session_id) cell.append(filter("session", run.session_id));
    for (const tag of run.tags) cell.append(" ", filter("tag", tag));
    return cell;
  }

  critical(run) {
    const known = this.latency.get(run.run_id);
    return known && run.duration_ms ? `${Math.round(Math.min(1, known.critical_ms / run.duration_ms) * 100)} %` : "";
  }

  async loadLatency() {
    const wanted = this.runs.map((r) => r.run_id).filter((id) => !this.latency.has(id)).slice(0, 200);
    if (!wanted.length) return;
    try {
      for (const known of (await ask(`/api/latency?runs=${wanted.join(",")}`)).runs) this.latency.set(known.run_id, known);
      this.runs.forEach((run, i) => { const cell = this.rows[i] && this.rows[i].querySelector(".critical"); if (cell) cell.textContent = this.critical(run); });
    } catch { /* the column stays empty */ }
  }

  move(by) {
    if (!this.runs.length) return;
    if (this.rows[this.at]) this.rows[this.at].classList.remove("at");
    this.at = Math.max(0, Math.min(this.runs.length - 1, this.at + by));
    this.rows[this.at].classList.add("at");
    this.rows[this.at].scrollIntoView({ block: "nearest" });
    return this.runs[this.at];
  }

  current() { return this.runs[this.at] || null; }

  toggle() {
    const run = this.current();
    if (!run) return;
    this.setTick(run, !this.ticks.has(run.run_id));
    this.rows[this.at].querySelector("input").checked = this.ticks.has(run.run_id);
    this.act.ticked();
  }
}
