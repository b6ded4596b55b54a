// Health of misstep itself: what came in, what was refused or lost and why, size, retention.

class Health {
  constructor(root) { this.root = root; }

  connect() {
    if (!this.live) this.live = new Live("/api/events", steady(() => this.load(), 1000));
    this.load();
  }

  stop() { if (this.live) { this.live.stop(); this.live = null; } }

  async load() {
    try {
      const [stats, history] = await Promise.all([ask("/api/stats"), ask("/api/history?buckets=80")]);
      this.draw(stats, history);
    } catch (error) { this.root.replaceChildren(el("p", "problem", `The store does not answer: ${error.message}`)); }
  }

  draw(s, history) {
    const tiles = el("div", "tiles");
    const tile = (text, value, cls) => { const box = el("div", "tile"); box.append(el("b", cls || "", value), el("span", "", text)); tiles.append(box); };
    const lost = Object.values(s.dropped).reduce((a, b) => a + b, 0);
    tile(s.replays ? `runs, ${count(s.replays)} of them replays` : "runs", count(s.runs)); tile("hops", count(s.hops)); tile("spans taken in", count(s.spans)); tile("on disk", bytes(s.bytes));
    tile("a span", s.spans ? bytes(s.bytes / s.spans) : "–"); tile("refused or lost", count(lost), lost ? "bad" : ""); tile("sent twice with other content", count(s.conflicts), s.conflicts ? "bad" : "");
    if (s.set_aside) tile("runs set aside: their spans cannot be read, and are kept", count(s.set_aside), "bad");
    this.history = this.history || new HistoryLine(null);
    this.history.data = history;
    const cols = el("div", "cols");
    cols.append(this.section("Refused or lost, by reason", this.counts(s.dropped, "Nothing was refused or dropped here.")), this.section("Store", this.facts(s, history)));
    const parts = [tiles, this.section("Taken in", this.history.node), cols];
    if (s.models.length) parts.push(this.section("Models as recorded", this.models(s.models)));
    this.root.replaceChildren(...parts);
    this.history.draw();
  }

  section(title, content) { const box = el("section"); box.append(el("h2", "", title), content); return box; }

  counts(counts, none) {
    const names = Object.keys(counts);
    if (!names.length) return el("p", "fine", `✓ ${none}`);
    const list = el("dl");
    for (const name of names) list.append(el("dt", "", name), el("dd", "", typeof counts[name] === "number" ? count(counts[name]) : short(counts[name], 200)));
    return list;
  }

  facts(s, history) {
    const list = el("dl"), add = (name, value) => list.append(el("dt", "", name), el("dd", "", value));
    add("File", s.store);
    add("Format", `schema ${s.schema_version}, DuckDB ${s.duckdb_version}`);
    if (history.since) add("Runs from", `${when(history.since)} to ${when(history.until)}`);
    const kept = s.retention || {};
    add("Retention", Object.keys(kept).length ? Object.entries(kept).map(([name, value]) => `${name} ${typeof value === "number" ? count(value) : short(value, 80)}`).join(", ") : "off: nothing is removed by itself (misstep retain --days N)");
    for (const destination of s.forward || []) add("Forwards to", short(destination, 200));
    return list;
  }

  models(models) {
    const holder = el("div", "table"), table = el("table", "list"), head = el("tr"), top = el("thead"), body = el("tbody");
    for (const [text, cls] of [["Model", ""], ["Provider", "when-broad"], ["Calls", "num"], ["Failed", "num when-broad"], ["Tokens in", "num when-broad"], ["out", "num when-broad"], ["Cost", "num"], ["p50", "num when-broad"], ["p95", "num when-broad"]]) head.append(el("th", cls, text, { scope: "col" }));
    for (const m of models) {
      const row = el("tr");
      row.append(el("td", "wide", m.model), el("td", "dim when-broad", m.provider || ""), el("td", "num", count(m.calls)), el("td", `num when-broad${m.errors ? " bad" : ""}`, m.errors ? count(m.errors) : "–"), el("td", "num when-broad", count(m.input_tokens)), el("td", "num when-broad", count(m.output_tokens)), el("td", "num", money(m.cost_usd, m.unpriced_tokens)), el("td", "num when-broad", duration(m.p50_ms)), el("td", "num when-broad", duration(m.p95_ms)));
      body.append(row);
    }
    top.append(head); table.append(top, body); holder.append(table);
    return holder;
  }
}

export default mounted((root) => new Health(root));
