// Cost and latency over the chosen runs: totals, sums by hop, model, provider or pipeline, the outliers.

const KEYS_BY = [["hop", "Hop"], ["model", "Model"], ["provider", "Provider"], ["pipeline", "Pipeline"]];
const OUTLIERS = 8;

class CostPage {
  constructor(root) { this.root = root; this.address = new Address(); }

  connect(component) {
    this.component = component;
    const news = this.address.news(component.data.filters);
    if (!this.bar) this.build(component.data.filters || {});
    else if (news) { this.bar.filters = { ...component.data.filters }; this.bar.draw(); this.load(); }
    if (!this.live) this.live = new Live("/api/events", steady(() => this.load(), 1000));
  }

  stop() { if (this.live) { this.live.stop(); this.live = null; } }

  build(filters) {
    this.bar = new FilterBar(filters, () => { this.report(); this.load(); });
    this.tiles = el("div", "tiles"); this.tabs = el("div", "tabs", null, { role: "group", "aria-label": "Summed by" });
    this.table = el("div", "table"); this.pair = el("div", "pair");
    this.root.append(this.bar.node, this.tiles, this.tabs, this.table, this.pair);
    this.load();
  }

  report() { this.address.report(this.component, this.bar.filters); }

  get by() { return this.bar.filters.by || "hop"; }

  async load() {
    const mine = (this.loading = Symbol("load")), query = runsQuery(this.bar.filters);
    query.delete("sort");
    try {
      const [spend, total, slow, dear] = await Promise.all([
        ask(`/api/spend?by=${this.by}&${query}`), ask(`/api/spend?by=pipeline&${query}`),
        ask(`/api/runs?sort=slowest&limit=${OUTLIERS}&${query}`), ask(`/api/runs?sort=costliest&limit=${OUTLIERS}&${query}`),
      ]);
      const { runs } = await ask(`/api/latency?runs=${slow.runs.map((r) => r.run_id).join(",")}`);
      if (mine !== this.loading) return;
      this.rows = spend.rows;
      this.drawTiles(total.rows);
      this.drawTable();
      this.drawOutliers(slow.runs, dear.runs, new Map(runs.map((r) => [r.run_id, r])));
    } catch (error) { if (mine === this.loading) this.table.replaceChildren(el("p", "problem", error.message)); }
  }

  drawTiles(rows) {
    const sum = (name) => rows.reduce((total, r) => total + (r[name] || 0), 0);
    const priced = rows.some((r) => r.cost_usd !== null), unpriced = sum("unpriced_tokens"), runs = sum("runs");
    const tile = (text, value) => { const box = el("div", "tile"); box.append(el("b", "", value), el("span", "", text)); return box; };
    const cost = priced ? sum("cost_usd") : null;
    this.tiles.replaceChildren(
      tile(unpriced ? `spent; ${count(unpriced)} tokens have no known price` : "spent", money(cost, unpriced)), tile("a run", cost === null || !runs ? "–" : money(cost / runs, unpriced)),
      tile("runs", count(runs)), tile("hops", count(sum("calls"))), tile("tokens in", count(sum("input_tokens"))), tile("tokens out", count(sum("output_tokens"))), tile("failed hops", count(sum("errors"))),
    );
  }

  drawTable() {
    this.tabs.replaceChildren(...KEYS_BY.map(([key, text]) => {
      const tab = press(`By ${text.toLowerCase()}`, () => { this.bar.filters.by = key; this.report(); this.load(); });
      tab.setAttribute("aria-pressed", String(key === this.by));
      return tab;
    }));
    if (!this.rows.length) { this.table.replaceChildren(el("p", "dim pad", "No hop of the chosen runs has one.")); return; }
    const order = this.bar.filters.order === "time" ? "total_ms" : "cost_usd";
    const rows = [...this.rows].sort((a, b) => (b[order] || 0) - (a[order] || 0) || b.total_ms - a.total_ms);
    const table = el("table", "list"), head = el("tr"), top = el("thead"), body = el("tbody");
    const heads = [[KEYS_BY.find(([k]) => k === this.by)[1], ""], [{ hop: "Pipeline", model: "Provider" }[this.by] || null, "when-broad"], ["Calls", "num"], ["Failed", "num when-broad"], ["Tokens in", "num when-broad"], ["out", "num when-broad"], ["Cost", "num", "cost"], ["share", "when-wide"], ["Time", "num", "time"], ["share", "when-wide"], ["p50", "num when-broad"], ["p95", "num when-broad"], ["max", "num when-wide"]];
    for (const [text, cls, key] of heads) if (text !== null) head.append(this.head(text, cls, key));
    const cost = rows.reduce((s, r) => s + (r.cost_usd || 0), 0), time = rows.reduce((s, r) => s + r.total_ms, 0);
    for (const row of rows) body.append(this.row(row, cost, time));
    top.append(head); table.append(top, body);
    this.table.replaceChildren(table);
  }

  head(text, cls, key) {
    const cell = el("th", cls, key ? null : text, { scope: "col" });
    if (!key) return cell;
    cell.append(press(text, () => { this.bar.filters.order = key; this.report(); this.drawTable(); }, { cls: "plain", label: `Sort by ${text.toLowerCase()}` }));
    if ((this.bar.filters.order || "cost") === key) { cell.setAttribute("aria-sort", "descending"); cell.append(" ▾"); }
    return cell;
  }

  row(r, cost, time) {
    const row = el("tr"), share = (part, whole, cls) => { const cell = el("td", "share when-wide"), bar = el("i", cls); bar.style.width = `${whole ? Math.round((part / whole) * 100) : 0}%`; if (part) cell.append(bar); cell.title = whole ? `${Math.round((part / whole) * 100)} %` : ""; return cell; };
    row.append(el("td", "wide strong", r.value));
    if (this.by === "hop" || this.by === "model") row.append(el("td", "wide dim when-broad", r.owner || ""));
    const spent = el("td", "num", r.input_tokens + r.output_tokens ? money(r.cost_usd, r.unpriced_tokens) : "–");
    if (r.unpriced_tokens) spent.title = `${count(r.unpriced_tokens)} tokens without a known price`;
    row.append(el("td", "num", count(r.calls)), el("td", `num when-broad${r.errors ? " bad" : ""}`, r.errors ? count(r.errors) : "–"), el("td", "num when-broad", count(r.input_tokens)), el("td", "num when-broad", count(r.output_tokens)), spent, share(r.cost_usd || 0, cost, ""),
      el("td", "num", duration(r.total_ms)), share(r.total_ms, time, "time"), el("td", "num when-broad", duration(r.p50_ms)), el("td", "num when-broad", duration(r.p95_ms)), el("td", "num when-wide", duration(r.max_ms)));
    return row;
  }

  drawOutliers(slow, dear, latency) {
    const critical = (run) => { const known = latency.get(run.run_id); return known ? `${duration(known.critical_ms)} on the critical path, ${duration(Math.max(0, known.hops_ms - known.critical_ms))} beside it` : ""; };
    this.pair.replaceChildren(this.outliers("Slowest runs", slow, (r) => duration(r.duration_ms), critical), this.outliers("Dearest runs", dear.filter((r) => r.cost_usd !== null), (r) => money(r.cost_usd, r.unpriced_tokens), (r) => `${count(r.input_tokens + r.output_tokens)} tokens`));
  }

  outliers(title, runs, main, more) {
    const box = el("section"), holder = el("div", "table"), table = el("table", "list"), body = el("tbody");
    for (const run of runs) {
      const row = el("tr"), name = el("td", "wide");
      name.append(press(run.pipeline || run.name, () => this.component.setTriggerValue("go", { page: "replay", query: { run: run.run_id } }), { cls: "plain", label: `Open run ${run.run_id}` }), el("span", "dim mono", ` ${run.run_id.slice(0, 8)}`));
      row.append(name, el("td", "num strong", main(run)), el("td", "dim when-broad", more(run)));
      body.append(row);
    }
    table.append(body); holder.append(table);
    box.append(el("h2", "", title), runs.length ? holder : el("p", "dim", "none"));
    return box;
  }
}

export default mounted((root) => new CostPage(root));
