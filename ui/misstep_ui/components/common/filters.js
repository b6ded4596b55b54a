// The bar above the list: every filter is the server's.

const RANGES = [["", "any time"], ["1h", "last hour"], ["24h", "last 24 hours"], ["7d", "last 7 days"], ["30d", "last 30 days"]];
const RANGE_MS = { "1h": 3.6e6, "24h": 8.64e7, "7d": 6.048e8, "30d": 2.592e9 };
const VERDICTS = [["", "any verdict"], ["bad", "bad"], ["good", "good"], ["unknown", "no verdict"]];
const SORTS = [["", "newest first"], ["oldest", "oldest first"], ["slowest", "slowest first"], ["costliest", "dearest first"]];
const FACETS = ["pipeline", "model", "service", "version", "user", "session", "tag"];
const CALLS = " calls"; // no model's name
const TOLD = { origin: "first bad hop", rule: "rule", status: "status" }; // set by what is pressed, not chosen
const ASKED = ["text", "since", "until", "failed", "calls", "verdict", "sort", ...Object.keys(TOLD), ...FACETS];

// The API's query out of what the address holds; "last hour" is counted from now.
function runsQuery(filters) {
  const query = new URLSearchParams();
  for (const name of ASKED) if (filters[name]) query.set(name, filters[name]);
  if (filters.range && RANGE_MS[filters.range]) query.set("since", new Date(Date.now() - RANGE_MS[filters.range]).toISOString());
  return query;
}

class FilterBar {
  // change(filters) whenever one is set; options: {sort: bool, replays: bool}
  constructor(filters, change, options) {
    this.filters = { ...filters }; this.change = change; this.options = options || {};
    this.node = el("div", "bar", null, { role: "search" });
    this.search = el("input", "", null, { type: "search", placeholder: "Search names, inputs, outputs  /", "aria-label": "Search runs" });
    this.search.value = this.filters.text || "";
    this.search.addEventListener("keydown", (event) => { if (event.key === "Enter") this.set("text", this.search.value.trim()); });
    this.search.addEventListener("search", () => this.set("text", this.search.value.trim()));
    this.facets = {};
    this.draw();
    this.recount();
  }

  // How many runs have each value, of those that the list shows.
  recount() {
    ask(`/api/facets${this.hidesReplays() ? "?replays=false" : ""}`).then(({ facets }) => { this.facets = facets; this.draw(); }).catch(() => { /* the list tells that the store does not answer */ });
  }

  set(name, value) {
    if ((this.filters[name] || "") === (value || "")) return;
    if (value) this.filters[name] = value; else delete this.filters[name];
    if (name === "range") { delete this.filters.since; delete this.filters.until; }
    if (name === "replays") this.recount();
    this.draw();
    this.change(this.filters);
  }

  hidesReplays() { return !!this.options.replays && this.filters.replays !== "true"; }

  setTimes(since, until) {
    delete this.filters.range;
    Object.assign(this.filters, { since, until });
    this.draw();
    this.change(this.filters);
  }

  draw() {
    const failed = press("Failing", () => this.set("failed", this.filters.failed === "true" ? "" : "true"), { title: "error, marked bad, or a fault was found" });
    failed.setAttribute("aria-pressed", String(this.filters.failed === "true"));
    const parts = [this.search, failed, choice(RANGES, this.filters.range || "", "Time range", (v) => this.set("range", v)), choice(VERDICTS, this.filters.verdict || "", "Verdict", (v) => this.set("verdict", v))];
    for (const name of FACETS) { const control = this.facet(name); if (control) parts.push(control); }
    if (this.options.sort) parts.push(choice(SORTS, SORTS.some(([key]) => key === this.filters.sort) ? this.filters.sort : "", "Order", (v) => this.set("sort", v)));
    if (this.options.replays) parts.push(this.replays());
    parts.push(...this.chips());
    const focused = this.node.getRootNode().activeElement === this.search;
    this.node.replaceChildren(...parts);
    if (focused) this.search.focus();
  }

  replays() {
    const shown = press("Replays", () => this.set("replays", this.filters.replays === "true" ? "" : "true"), { title: "show what replays and bisects made, too" });
    shown.setAttribute("aria-pressed", String(this.filters.replays === "true"));
    return shown;
  }

  // Offered where there is a choice; a value of hundreds is typed.
  facet(name) {
    const values = this.facets[name] || [];
    if (this.filters[name] || values.length < (["pipeline", "model"].includes(name) ? 1 : 2)) return values.length >= 1 && this.filters[name] ? this.select(name, values) : null;
    return this.select(name, values);
  }

  select(name, values) {
    if (name === "model") return this.models(values);
    const options = [["", `any ${name}`], ...values.map((v) => [v.value, `${short(v.value, 40)} (${count(v.runs)})`])];
    if (this.filters[name] && !values.some((v) => v.value === this.filters[name])) options.push([this.filters[name], short(this.filters[name], 40)]);
    return choice(options, this.filters[name] || "", name, (v) => this.set(name, v));
  }

  // Services that are traced whole fill a store with runs that call no model.
  models(values) {
    const now = this.filters.model || (this.filters.calls === "true" ? CALLS : ""), known = values.map((v) => [v.value, `${short(v.value, 40)} (${count(v.runs)})`]);
    const options = [["", "any model or none"], [CALLS, "a model call"], ...known];
    if (this.filters.model && !values.some((v) => v.value === now)) options.push([now, short(now, 40)]);
    return choice(options, now, "model", (v) => this.setModel(v));
  }

  setModel(chosen) {
    for (const name of ["model", "calls"]) delete this.filters[name];
    if (chosen) this.filters[chosen === CALLS ? "calls" : "model"] = chosen === CALLS ? "true" : chosen;
    this.draw();
    this.change(this.filters);
  }

  chips() {
    const chips = [];
    const chip = (text, clear, label) => chips.push(press(`${text} ×`, clear, { cls: "chip", label }));
    if (this.filters.since || this.filters.until) chip(`${this.filters.since ? when(this.filters.since) : "…"} – ${this.filters.until ? when(this.filters.until) : "now"}`, () => this.setTimes("", ""), "Remove the time range");
    for (const name of FACETS) if (this.filters[name] && !(this.facets[name] || []).length) chip(`${name}: ${short(this.filters[name], 30)}`, () => this.set(name, ""), `Remove filter ${name}`);
    for (const [name, text] of Object.entries(TOLD)) if (this.filters[name]) chip(`${text}: ${short(this.filters[name], 40)}`, () => this.set(name, ""), `Remove filter ${text}`);
    return chips;
  }
}
