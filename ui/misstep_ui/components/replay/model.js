// One run as the replay screen knows it: hops, states, value edges, the good run beside it.

const FULL_HOPS = 500;      // up to here all payloads come at once, above one hop at a time
const DIAGNOSED_HOPS = 5000; // above, the diagnosis is made on request only
const LINEAGE_HOPS = 3000;  // above, lineage and comparison are made on request only

/** Evidence that only says which hop stands out beside the others: no rule speaks against it. */
function isComparison(evidence) { return evidence.rule === "hop.likeliest"; }

class RunModel {
  constructor(runId, baseline) {
    this.runId = runId; this.baseline = baseline || null;
    this.hops = []; this.byId = new Map(); this.details = new Map(); this.asked = new Map(); this.goodHops = new Map();
    this.edges = []; this.into = new Map(); this.arrows = new Map();
    this.diagnosis = null; this.diff = null; this.noGood = ""; this.latency = null; this.run = null;
    this.quiet = new Set(); this.wrong = new Map(); this.critical = new Set(); this.large = false; this.goodRuns = [];
  }

  path(rest) { return runPath(this.runId, rest); }

  // told(part) after "outline", "diagnosis", "details", "flow": each draws what it can by then.
  async load(told) {
    this.takeOutline(await this.askOutline());
    told("outline");
    this.waits = this.hops.length > DIAGNOSED_HOPS;
    const diagnosis = this.waits ? null : this.askDiagnosis();
    if (!this.large) await this.loadDetails();
    this.takeDiagnosis(await diagnosis);
    this.findQuiet();
    told("diagnosis");
    if (this.hops.length <= LINEAGE_HOPS) await this.loadFlow();
    told("flow");
  }

  // The page's head asked for it already while Streamlit still loaded.
  async askOutline() {
    const early = window.__misstep;
    window.__misstep = null;
    return (early && early.run === this.runId && await early.outline) || ask(this.path("/outline"));
  }

  askDiagnosis() {
    return ask(this.path("/diagnosis")).catch((error) => { this.diagnosisError = error.message; return null; });
  }

  takeOutline(o) {
    this.run = o.run;
    const word = (n) => (n < 0 ? null : o.words[n]);
    this.hops = o.hop_id.map((hop_id, i) => ({
      hop_id, index: i, parent: o.parent[i], name: word(o.name[i]), kind: word(o.kind[i]), provider: word(o.provider[i]), model: word(o.model[i]),
      offset_ms: o.offset_ms[i], duration_ms: o.duration_ms[i], error: (o.flags[i] & 1) > 0, complete: !(o.flags[i] & 2), orphan: (o.flags[i] & 4) > 0, counted: !(o.flags[i] & 8),
      attempts: o.attempts[i], tokens: o.tokens[i], cost_usd: o.cost_usd[i], unpriced_tokens: o.unpriced_tokens[i], state: "unknown", depth: 0, skew_ms: 0, children: null,
    }));
    this.byId = new Map(this.hops.map((h) => [h.hop_id, h]));
    this.large = this.hops.length > FULL_HOPS;
    labelsOf(this.hops.map((h) => h.name)).forEach((label, i) => { this.hops[i].label = label; });
    this.nest();
    this.total = this.run.duration_ms || 0.001;
    for (const hop of this.hops) this.total = Math.max(this.total, hop.offset_ms + hop.duration_ms);
    this.start = this.hops.reduce((least, h) => Math.min(least, h.offset_ms), 0);
  }

  // Children, depth, and clocks that disagree: a hop cannot start before the one it runs in.
  nest() {
    const roots = [];
    for (const hop of this.hops) {
      const parent = this.hops[hop.parent];
      if (hop.offset_ms < -1) hop.skew_ms = hop.offset_ms;
      if (!parent) { roots.push(hop); continue; }
      (parent.children || (parent.children = [])).push(hop);
      if (hop.offset_ms < parent.offset_ms - 1) hop.skew_ms = hop.offset_ms - parent.offset_ms;
    }
    this.tree = [];
    const todo = roots.reverse().map((h) => [h, 0]);
    const seen = new Set();
    while (todo.length) {
      const [hop, depth] = todo.pop();
      if (seen.has(hop)) continue;
      seen.add(hop); hop.depth = depth; this.tree.push(hop);
      if (hop.children) for (let i = hop.children.length - 1; i >= 0; i--) todo.push([hop.children[i], depth + 1]);
    }
    // Parents in a circle reach no root; they are shown all the same.
    if (this.tree.length < this.hops.length) for (const hop of this.hops) if (!seen.has(hop)) this.tree.push(hop);
  }

  async loadDetails() {
    const run = await ask(this.path());
    this.run = { ...run, hops: undefined };
    this.details = new Map(run.hops.map((h) => [h.hop_id, h]));
  }

  // Steps that recorded nothing and hold nothing but such steps: what a framework does around its calls.
  findQuiet() {
    this.quiet = new Set();
    for (let i = this.tree.length - 1; i >= 0; i--) {
      const hop = this.tree[i];
      if (this.isSilent(hop) && (hop.children || []).every((c) => this.quiet.has(c))) this.quiet.add(hop);
    }
    if (this.quiet.size === this.hops.length) this.quiet = new Set(); // a run without content is its steps
  }

  isSilent(hop) {
    const d = this.details.get(hop.hop_id), talks = ["llm", "embedding", "reranker", "tool", "retriever"].includes(hop.kind);
    if (!d || talks || hop.error || !hop.complete || hop.orphan || hop.attempts > 1 || this.isAccused(hop) || WRONG_STATES.includes(hop.state)) return false;
    return d.input === null && d.output === null && ![d.messages_in, d.messages_out, d.documents, d.scores].some((many) => many && many.length);
  }

  // Whether a rule speaks of it, not only that it stands out beside the others.
  isAccused(hop) {
    const suspects = this.diagnosis ? this.diagnosis.suspects : [];
    return this.isSymptom(hop) || suspects.some((s) => s.hop_id === hop.hop_id && s.evidence.some((e) => !isComparison(e)));
  }

  async detail(hopId) {
    if (!this.details.has(hopId)) {
      if (!this.asked.has(hopId)) this.asked.set(hopId, ask(this.path(`/hops/${encodeURIComponent(hopId)}`)).finally(() => this.asked.delete(hopId)));
      this.details.set(hopId, await this.asked.get(hopId));
    }
    return this.details.get(hopId);
  }

  takeDiagnosis(diagnosis) {
    this.diagnosis = diagnosis;
    if (!diagnosis) return;
    for (const hop of this.hops) hop.state = diagnosis.states[hop.hop_id] || "unknown";
    this.wrong = new Map();
    // What is spoken of by name: the first suspects and the way of the wrong value, as far as it is short.
    this.told = new Set([...diagnosis.suspects.slice(0, 3).map((s) => s.hop_id), ...diagnosis.path.slice(0, 12)]);
    for (const suspect of diagnosis.suspects) for (const e of suspect.evidence) {
      const key = `${e.hop_id} ${e.path}`;
      if (e.path && e.hop_id && !this.wrong.has(key)) this.wrong.set(key, e); // what weighs most comes first
    }
  }

  async loadFlow() {
    const quiet = (promise) => promise.catch(() => null);
    const [lineage, latency] = await Promise.all([quiet(ask(this.path("/lineage"))), quiet(ask(this.path("/latency"))), this.loadGoodRuns().then(() => this.loadDiff())]);
    this.edges = lineage ? lineage.edges : [];
    this.flowKnown = Boolean(lineage);
    this.latency = latency;
    this.critical = new Set(latency ? latency.critical_path : []);
    this.indexEdges();
  }

  async loadDiff() {
    if (!this.baseline && !this.goodRuns.length) {
      this.noGood = `No good run of ${this.run.pipeline || this.run.name} to compare with yet; mark one good.`;
      return;
    }
    try {
      this.diff = await ask(this.path(this.baseline ? `/diff/${encodeURIComponent(this.baseline)}` : "/diff"));
      const good = await ask(runPath(this.diff.run_b));
      this.goodHops = new Map(good.hops.map((h) => [h.hop_id, h]));
    } catch (error) { this.diff = null; this.noGood = error.message; }
  }

  // Other runs to compare with.
  async loadGoodRuns() {
    const by = this.run.pipeline ? `pipeline=${encodeURIComponent(this.run.pipeline)}` : `name=${encodeURIComponent(this.run.name)}`;
    try {
      this.goodRuns = (await ask(`/api/runs?verdict=good&limit=20&${by}`)).runs.filter((r) => r.run_id !== this.runId);
    } catch { this.goodRuns = []; }
  }

  indexEdges() {
    this.into = new Map(); this.arrows = new Map();
    for (const edge of this.edges) {
      if (!this.into.has(edge.to)) this.into.set(edge.to, []);
      this.into.get(edge.to).push(edge);
      const key = `${edge.from} ${edge.to}`;
      if (!this.arrows.has(key)) this.arrows.set(key, { from: edge.from, to: edge.to, edges: [] });
      this.arrows.get(key).edges.push(edge);
    }
    for (const arrow of this.arrows.values()) arrow.tainted = this.isTainted(arrow);
  }

  // Wrong by the value that went, never by time alone.
  isTainted(arrow) {
    const from = this.byId.get(arrow.from), to = this.byId.get(arrow.to);
    if (!from || !WRONG_STATES.includes(from.state)) return false;
    if (to && !["carried", "amplified", "absorbed"].includes(to.state) && !to.error) return false;
    if (from.state !== "origin") return true;
    const wrong = this.wrongPaths(from.hop_id);
    return !wrong.length || arrow.edges.some((e) => wrong.some((w) => e.from_path.startsWith(w)));
  }

  edgeTainted(edge) {
    const from = this.byId.get(edge.from);
    if (!from || !WRONG_STATES.includes(from.state)) return false;
    if (from.state === "origin") {
      const wrong = this.wrongPaths(from.hop_id);
      return !wrong.length || wrong.some((w) => edge.from_path.startsWith(w));
    }
    return !(this.into.get(edge.from) || []).some((e) => e.quote === edge.quote && (!e.from || (this.byId.get(e.from) || {}).state === "clean"));
  }

  wrongPaths(hopId) { return [...this.wrong.keys()].filter((k) => k.startsWith(`${hopId} `)).map((k) => k.slice(hopId.length + 1)); }

  // What speaks loudest against the first suspect.
  mainEvidence() {
    const first = this.diagnosis && this.diagnosis.suspects[0];
    if (!first) return null;
    return first.evidence.find((e) => e.strict && e.path && e.expected) || first.evidence.find((e) => e.strict) || first.evidence[0] || null;
  }

  originHop() {
    const origin = this.diagnosis && this.diagnosis.origins.find((o) => o.hop_id && this.byId.has(o.hop_id));
    return origin ? this.byId.get(origin.hop_id) : null;
  }

  // Where to look first: the origin, else the first suspect, else the first hop that recorded something.
  opening() {
    const origin = this.originHop();
    if (origin) return origin.hop_id;
    const suspect = this.diagnosis && this.diagnosis.verdict === "undecided" && this.diagnosis.suspects.find((s) => s.hop_id && this.byId.has(s.hop_id));
    if (suspect) return suspect.hop_id;
    const divergence = this.diagnosis && this.diagnosis.verdict === "undecided" && this.diff && this.diff.first_divergence;
    if (divergence && this.byId.has(divergence.hop_a)) return divergence.hop_a;
    const first = this.hops.find((h) => !this.quiet.has(h) && !this.isSilent(h)) || this.hops[0];
    return first ? first.hop_id : null;
  }

  isSymptom(hop) {
    const d = this.diagnosis;
    return Boolean(d && d.verdict === "fault" && d.symptom && d.symptom.hop_id === hop.hop_id && hop.state !== "origin");
  }

  // Hops where the state changed: recorded snapshots, else where the wrong value was made or met.
  turning() {
    const snapshots = new Set(this.run.states ? this.run.states.map((s) => s.hop_id).filter(Boolean) : []);
    if (snapshots.size) return this.hops.filter((h) => snapshots.has(h.hop_id));
    return this.hops.filter((h, i) => h.error || (WRONG_STATES.includes(h.state) && (i === 0 || this.hops[i - 1].state !== h.state)));
  }
}
