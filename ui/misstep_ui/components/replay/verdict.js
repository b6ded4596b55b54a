// The verdict in words: which hop, which value, on whose evidence, and what would settle it.

const MOST_SCORES = 8;

class VerdictLine {
  constructor(view) {
    this.view = view;
    this.node = el("section", "verdict", null, { "aria-label": "Verdict" });
  }

  // While nothing is known yet, and when nothing can be.
  say(title, detail) { this.node.replaceChildren(el("h1", "", title), el("p", "", detail || "")); }

  draw() {
    const words = el("div", "words");
    words.append(...this.headline(), ...this.explanation(), this.chips());
    this.node.replaceChildren(words, this.side());
  }

  headline() {
    const { model } = this.view, d = model.diagnosis, head = el("h1");
    if (!d && model.waits) {
      head.append(`${count(model.hops.length)} hops, not diagnosed yet `, press("Diagnose", () => this.view.diagnose(), { title: "a run of this length is diagnosed when asked for: it can take minutes" }));
      return [head];
    }
    if (!d) {
      head.append(model.diagnosisError ? "No diagnosis" : `Diagnosing ${plural(model.hops.length, "hop")} …`);
      return [head];
    }
    if (d.verdict === "fault") return this.fault(d, head);
    if (d.verdict === "undecided") {
      const first = model.diff && model.diff.first_divergence, hop = first && model.byId.get(first.hop_a);
      head.append("Undecided");
      if (hop) head.append(el("span", "dim", ". First difference from the good run: "), this.jump(hop, hop.label), el("span", "value dim", ` ${first.field}`));
      else if (d.suspects.length) head.append(el("span", "dim", ". Most suspicious: "), this.jump(model.byId.get(d.suspects[0].hop_id), d.suspects[0].name));
      return [head];
    }
    head.append(model.run.complete ? el("span", "fine", "✓ ") : "", model.run.complete ? "Nothing speaks against this run" : "This run is still going");
    return [head];
  }

  fault(d, head) {
    const { model } = this.view;
    d.origins.forEach((origin, i) => {
      const hop = model.byId.get(origin.hop_id);
      head.append(i === 0 ? (d.origins.length > 1 ? "First bad hops: " : "First bad hop: ") : ", ");
      head.append(this.jump(hop, origin.hop_id ? origin.name : "the pipeline's input", "hop"));
      if (hop) head.append(el("span", "dim", ` (${hop.index + 1} of ${model.hops.length})`));
    });
    const value = this.value(d.origins[0]);
    return value ? [head, value] : [head];
  }

  // total: 1299.00 → 1.299
  value(origin) {
    const { model } = this.view, evidence = model.mainEvidence();
    if (!evidence || evidence.hop_id !== origin.hop_id) return null;
    const detail = model.details.get(origin.hop_id);
    const found = evidence.path ? valueAt(origin.hop_id ? detail && detail.output : model.run.input, evidence.path) : undefined;
    const quoted = evidence.quote.split(" → ").pop();
    const now = found !== undefined && found !== null && typeof found !== "object" && String(found).length <= 48 ? String(found) : quoted;
    const line = el("p", "values");
    if (evidence.path) line.append(el("span", "path", `${leafName(evidence.path)} `));
    if (evidence.expected) line.append(el("span", "was", short(evidence.expected, 64)), el("span", "dim", " → "));
    else if (!evidence.path) return null;
    line.append(el("span", "now", short(now === "" ? "(empty)" : now, 64)));
    return line;
  }

  jump(hop, text, cls) {
    if (!hop) return el("span", cls || "", text);
    return press(text, () => this.view.choose(hop.hop_id), { cls: `plain ${cls || ""}`, title: "Go to this hop" });
  }

  explanation() {
    const { model } = this.view, d = model.diagnosis;
    if (!d) return [el("p", "", model.diagnosisError || "")];
    const parts = [el("p", "", d.explanation, { title: d.explanation })];
    for (const missing of d.missing.slice(0, 2)) parts.push(el("p", "", `Missing: ${missing}`));
    return parts;
  }

  chips() {
    const { model } = this.view, d = model.diagnosis, chips = el("div", "chips");
    for (const score of model.run.scores.filter((s) => !s.hop_id).slice(0, MOST_SCORES)) chips.append(scored(score));
    // A failure that nothing else here leads to.
    const failed = d && d.verdict === "fault" ? [] : model.hops.filter((h) => h.error);
    if (failed.length) chips.append(press(`${plural(failed.length, "hop")} failed${failed.length > 1 ? ", first" : ":"} ${short(failed[0].label, 60)}`, () => this.view.choose(failed[0].hop_id), { cls: "from", title: "Go to this hop" }));
    if (!d) return chips;
    if (d.verdict === "fault") {
      const sure = d.origins.every((o) => o.confirmed), trials = d.trials.length ? ` (${plural(d.trials.length, "trial")})` : "";
      chips.append(el("span", `chip ${sure ? "good" : "origin"}`, sure ? `✓ confirmed by execution${trials}` : "suspected, read from the recording"));
    }
    const evidence = model.mainEvidence();
    const compared = evidence && isComparison(evidence);
    if (compared) chips.append(el("span", "chip", "no rule: compared with the other hops", { title: "where to look first; nothing by itself speaks against this hop" }));
    else if (evidence) chips.append(el("span", "chip", `rule ${evidence.rule}${evidence.strict ? "" : ", heuristic"}`, { title: evidence.strict ? "a strict rule" : "a heuristic: it needs a second witness" }));
    const symptom = d.symptom && model.byId.get(d.symptom.hop_id);
    if (d.verdict === "fault" && symptom && symptom.state !== "origin") {
      const origin = model.originHop(), later = origin ? symptom.offset_ms - origin.offset_ms : 0;
      chips.append(press(`surfaced at ${symptom.label}${later > 0 ? `, ${duration(later)} later` : ""}`, () => this.view.choose(symptom.hop_id), { cls: "from" }));
    }
    if (d.next_check) chips.append(this.next(d.next_check));
    return chips;
  }

  // What would settle it; a comparison is one press away.
  next(check) {
    const { diff } = this.view.model;
    if (!diff || !check.startsWith("compare with a good run")) return el("span", "dim", `Next: ${check}`);
    return press("Next: compare with a good run", () => this.view.compare(diff.run_b), { cls: "from" });
  }

  side() {
    const { view } = this, { model } = view, run = model.run, side = el("div", "side"), acts = el("div", "acts");
    if (view.again.allowed) {
      acts.append(press("Replay from here", () => view.again.open(), { title: "Edit this hop's output or model and execute the rest again" }));
      if (model.diagnosis && model.diagnosis.verdict !== "clean") acts.append(press("Confirm", () => view.again.confirm(), { title: "Find the origin by execution: replace outputs and run the rest again" }));
    }
    if (run.replay_of) acts.append(press("Compare with its source", () => view.compare(run.replay_of)));
    else if (model.diff) acts.append(press("Compare with good run", () => view.compare(model.diff.run_b)));
    acts.append(press(run.verdict.state === "unknown" ? "Mark…" : `Marked ${run.verdict.state} · ${run.verdict.by}`, () => view.mark(), { cls: run.verdict.state === "unknown" ? "" : `said ${run.verdict.state}`, title: "m", label: "Mark this run, hop or text" }));
    acts.append(press("Doctor", () => view.claims.open(), { title: "d: which claims the recordings of this pipeline can support" }));
    side.append(acts, el("div", "meta", `${run.pipeline || run.name} · ${when(run.started_at)}`), this.meta(run));
    return side;
  }

  meta(run) {
    const line = el("div", "meta");
    const live = run.complete ? "" : " · live ●";
    line.append(`${duration(run.duration_ms)} · ${money(run.cost_usd, run.unpriced_tokens)} · ${count(run.input_tokens + run.output_tokens)} tokens${live}`);
    if (run.unpriced_tokens) line.title = `${count(run.unpriced_tokens)} tokens of models without a known price are not in the sum`;
    const id = press(`${run.run_id.slice(0, 8)}…`, () => { navigator.clipboard?.writeText(run.run_id); this.view.tell("Run id copied"); }, { cls: "plain", label: "Copy the run id", title: run.run_id });
    line.append(" · ", id);
    return line;
  }
}
