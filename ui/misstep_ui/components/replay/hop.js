// One hop: why it is suspected, what it received and produced, the same hop in the good run.

const SHOWN_CHANGES = 12, EVIDENCE_SHOWN = 2, EVIDENCE_MOST = 8;

class HopPanel {
  constructor(view) {
    this.view = view;
    this.node = el("section", "right", null, { tabindex: "0", "aria-label": "Selected hop" });
    this.whence = new Whence(view);
  }

  async draw() {
    const { model, selected } = this.view, hop = selected && model.byId.get(selected);
    if (!hop) { this.node.replaceChildren(); return; }
    if (!model.details.has(selected)) {
      this.node.replaceChildren(el("h2", "", hop.label), el("p", "dim", "…"));
      try { await model.detail(selected); } catch (error) { this.node.append(el("p", "", error.message)); return; }
      if (this.view.selected !== selected) return;
      this.view.context.draw();
    }
    const detail = model.details.get(selected), parts = [this.head(hop, detail)];
    const why = this.why(hop);
    if (why) parts.push(why);
    const trio = el("div", this.view.showGood ? "trio" : "trio two");
    trio.append(this.side("Received", this.received(hop, detail)), this.side("Produced", this.produced(hop, detail)));
    if (this.view.showGood) trio.append(this.good(hop));
    parts.push(trio);
    if (detail.attempts.length > 1) parts.push(this.attempts(detail));
    const findings = this.findings(detail);
    if (findings) parts.push(findings);
    if (!this.keep) this.whence.reset(this.suggestion(hop, detail));
    parts.push(this.whence.node);
    const flow = this.flow(hop);
    if (flow) parts.push(flow);
    const messages = this.messages(detail);
    if (messages) parts.push(messages);
    const top = this.keep ? this.node.scrollTop : 0;
    this.node.replaceChildren(...parts);
    this.node.scrollTop = top;
  }

  head(hop, detail) {
    const head = el("div"), title = el("h2", "", hop.label), seen = seenAs(hop);
    title.append(el("span", `state ${seen.state}`, `${seen.glyph} ${seen.word}`, { title: seen.says }));
    if (hop.error && seen.word !== "failed") title.append(el("span", "state origin", "✕ error"));
    if (this.view.model.isSymptom(hop)) title.append(el("span", "state origin", "symptom"));
    const asked = detail.request_model, served = detail.response_model;
    const model = asked && served && !served.startsWith(asked) ? `${asked} asked, ${served} served` : served || asked;
    const tokens = detail.input_tokens + detail.output_tokens;
    const facts = [detail.kind, detail.provider, model, duration(hop.duration_ms), tokens ? `${count(detail.input_tokens)} → ${count(detail.output_tokens)} tokens` : null, tokens ? money(detail.cost_usd, detail.unpriced_tokens) + (this.view.model.run.replay_of && detail.cost_usd === 0 ? ", served" : "") : null, detail.time_to_first_token_ms ? `first token ${duration(detail.time_to_first_token_ms)}` : null, detail.finish_reason ? `finish ${detail.finish_reason}` : null, detail.prompt_version ? `prompt ${detail.prompt_version}` : null];
    head.append(title, el("div", "facts", facts.filter(Boolean).join(" · ")), this.warnings(hop, detail));
    return head;
  }

  warnings(hop, detail) {
    const row = el("div", "chips"), warn = (text) => row.append(el("span", "chip warn", text));
    if (hop.orphan) warn(this.view.model.run.complete ? "its parent never arrived" : "waiting for its parent");
    if (hop.skew_ms) warn(`clock skew: starts ${duration(-hop.skew_ms)} before the hop it runs in`);
    if (!hop.complete) warn(this.view.model.run.complete ? "never ended" : "not ended yet");
    if (detail.input_cut || detail.output_cut) warn(`${[detail.input_cut && "input", detail.output_cut && "output"].filter(Boolean).join(" and ")} cut at the size limit`);
    if (detail.redacted) warn("redacted");
    for (const score of detail.scores) row.append(scored(score));
    return row;
  }

  why(hop) {
    const d = this.view.model.diagnosis, suspect = d && d.suspects.find((s) => s.hop_id === hop.hop_id);
    if (!suspect || !suspect.evidence.length) return null;
    const box = el("div", hop.state === "origin" ? "why" : "why mild");
    const compared = suspect.evidence.every(isComparison);
    box.append(el("h3", "", hop.state === "origin" ? "Why this hop" : compared ? "Beside the other hops" : "What speaks against it"));
    const said = suspect.evidence.slice(0, EVIDENCE_MOST).map((e) => this.evidence(e));
    box.append(...said.slice(0, EVIDENCE_SHOWN));
    if (said.length > EVIDENCE_SHOWN) {
      const more = el("details", ""), summary = el("summary", "", `${said.length - EVIDENCE_SHOWN} more that speak against it`);
      more.open = this.moreEvidence === true;
      more.addEventListener("toggle", () => { this.moreEvidence = more.open; });
      more.append(summary, ...said.slice(EVIDENCE_SHOWN));
      box.append(more);
    }
    for (const trial of d.trials.filter((t) => t.hop_id === hop.hop_id).slice(0, 4)) box.append(el("p", "dim", `Trial ${trial.n} (${trial.kind}): ${trial.outcome}${trial.detail ? `, ${trial.detail}` : ""}`));
    return box;
  }

  evidence(e) {
    const line = el("p", "", `${e.detail.charAt(0).toUpperCase()}${e.detail.slice(1)}. `);
    line.append(el("span", "chip", isComparison(e) ? "no rule" : `${e.rule}${e.strict ? "" : " · heuristic"}`));
    return line;
  }

  side(title, content) { const box = el("div", "box"); box.append(el("h3", "", title), content); return box; }

  payload(marks) {
    return new PayloadText(marks, { chosen: this.view.field, go: (hopId) => this.view.choose(hopId), pick: (path, value) => this.view.chooseField(path, value) });
  }

  // What came from an upstream hop is underlined and leads there.
  received(hop, detail) {
    const { model } = this.view, marks = new Map();
    for (const edge of model.into.get(hop.hop_id) || []) {
      const from = edge.from ? model.byId.get(edge.from) : null;
      const tainted = from && model.edgeTainted(edge);
      if (!marks.has(edge.to_path)) marks.set(edge.to_path, []);
      marks.get(edge.to_path).push({ text: edge.quote, title: `from ${from ? from.label : "the pipeline's input"}, ${edge.from_path} (${edge.match}${edge.detail ? `: ${edge.detail}` : ""})`, go: from ? edge.from : null, cls: from ? (tainted ? "from tainted" : "from") : "given" });
    }
    const [value, root] = givenTo(detail);
    this.markSource(marks, hop, value, root);
    if (value === null) return el("pre", "payload dim", "not recorded");
    return this.payload(marks).render(value, root);
  }

  // What it should have read, where the evidence quotes it.
  markSource(marks, hop, value, root) {
    const quotes = new Map(), d = this.view.model.diagnosis;
    for (const e of ((d && d.suspects.find((s) => s.hop_id === hop.hop_id)) || { evidence: [] }).evidence) {
      if (e.quote.includes(" → ")) quotes.set(e.quote.split(" → ")[0], e.detail);
      if (e.expected && String(e.expected).length < 60) quotes.set(String(e.expected), e.detail);
    }
    if (!quotes.size || value === null) return;
    for (const [path, leaf] of leaves(value, root)) {
      for (const [text, detail] of quotes) {
        if (text.length < 2 || !String(leaf).includes(text)) continue;
        if (!marks.has(path)) marks.set(path, []);
        marks.get(path).unshift({ text, cls: "source", title: detail });
      }
    }
  }

  produced(hop, detail) {
    if (detail.error) {
      const box = el("pre", "payload");
      box.append(el("span", "wrong", detail.error.type), `\n${detail.error.message}`);
      return box;
    }
    const marks = new Map();
    for (const [key, e] of this.view.model.wrong) {
      if (!key.startsWith(`${hop.hop_id} `)) continue;
      marks.set(key.slice(hop.hop_id.length + 1), [{ cls: hop.state === "origin" ? "wrong" : "tainted", title: e.detail, whole: true, text: e.quote.split(" → ").pop() }]);
    }
    for (const edge of this.view.model.edges) {
      if (edge.from !== hop.hop_id || marks.has(edge.from_path) || !edge.from_path.startsWith("output")) continue;
      const to = edge.to ? this.view.model.byId.get(edge.to) : null;
      marks.set(edge.from_path, [{ cls: "went", text: edge.quote, title: `went into ${to ? to.label : "the final output"}, ${edge.to_path}` }]);
    }
    if (detail.output === null || detail.output === undefined) return el("pre", "payload dim", hop.complete ? "nothing recorded" : "not ended yet");
    return this.payload(marks).render(detail.output, "output");
  }

  good(hop) {
    const { model } = this.view, box = el("div", "box good-run"), title = el("h3", "", "Good run");
    box.append(title);
    if (!model.diff) {
      const waits = model.hops.length > LINEAGE_HOPS && !model.noGood;
      box.append(waits ? press("Trace values and compare", () => this.view.loadFlow(), { title: `Takes a while on ${count(model.hops.length)} hops` }) : el("div", "dim", model.noGood || "…"));
      return box;
    }
    title.title = visible(model.diff.reason);
    title.append(this.baselines());
    const pair = model.diff.pairs.find((p) => p.hop_a === hop.hop_id);
    if (!pair || !pair.hop_b) { box.append(el("div", "", "has no such hop.")); return box; }
    const own = pair.changed.filter((c) => !c.field.startsWith("input") && c.a !== c.b);
    box.append(el("div", "dim", { same: own.length ? "It did the same with another input." : "Nothing differs but what came with its input.", wording: "The wording differs, nothing else.", decision: "It decided otherwise:", structure: "Its shape or success differs:" }[pair.kind]));
    if (own.length) box.append(changeTable(own.slice(0, SHOWN_CHANGES).map((c) => ({ ...c, field: c.field.replace(/^output\.?/, "") || "output" })), ["", "here", "good run"], 240));
    if (own.length > SHOWN_CHANGES) box.append(el("div", "dim", `${own.length - SHOWN_CHANGES} more differences`));
    const given = pair.changed.length - own.length;
    if (given) box.append(el("div", "dim", `${plural(given, "field")} of its input ${given === 1 ? "differs" : "differ"} too.`));
    return box;
  }

  baselines() {
    const { model } = this.view, box = el("span", "baseline");
    const options = [[model.diff.run_b, `${model.diff.run_b.slice(0, 8)} (${model.baseline ? "chosen" : "nearest"})`], ...model.goodRuns.filter((r) => r.run_id !== model.diff.run_b).map((r) => [r.run_id, `${r.run_id.slice(0, 8)} ${whenShort(r.started_at)}`])];
    box.append(choice(options, model.diff.run_b, "Good run to compare with", (value) => this.view.chooseBaseline(value)));
    return box;
  }

  attempts(detail) {
    const box = el("div", "box");
    box.append(el("h3", "", "Attempts"));
    for (const a of detail.attempts) {
      const wait = a.retry_after_s !== null ? `, told to wait ${a.retry_after_s} s` : "";
      box.append(el("div", "mono", `${a.number}. ${a.provider || ""} ${a.request_model || ""} ${a.ok ? "answered" : `failed: ${a.reason || "error"}${wait}`} (${duration(a.duration_ms)})`));
    }
    return box;
  }

  findings(detail) {
    if (!detail.findings.length) return null;
    const box = el("div", "box");
    box.append(el("h3", "", "Recorded contract violations"));
    for (const f of detail.findings) box.append(el("div", "", `${f.path ? `${f.path}: ` : ""}${f.message} (${f.rule})`));
    return box;
  }

  // A value worth asking about: the wrong one here, or what carried it in.
  suggestion(hop, detail) {
    const { model } = this.view;
    for (const path of model.wrongPaths(hop.hop_id)) {
      const quoted = model.wrong.get(`${hop.hop_id} ${path}`).quote.split(" → ").pop();
      const value = valueAt(detail.output, path);
      if (quoted && quoted.length < 60 && String(value).includes(quoted)) return quoted;
      if (value !== undefined && value !== null && typeof value !== "object" && String(value).length < 60) return String(value);
    }
    const tainted = (model.into.get(hop.hop_id) || []).find((e) => e.from && model.edgeTainted(e));
    return tainted ? tainted.quote.slice(0, 60) : "";
  }

  flow(hop) {
    const { model } = this.view, into = new Map(), out = new Map();
    const add = (map, key, quote) => { if (!map.has(key)) map.set(key, new Set()); map.get(key).add(quote); };
    for (const e of model.edges) { if (e.to === hop.hop_id) add(into, e.from, e.quote); if (e.from === hop.hop_id) add(out, e.to, e.quote); }
    if (!into.size && !out.size) return null;
    const box = el("div", "box");
    const list = (title, map, end) => {
      if (!map.size) return;
      const row = el("div", "flow");
      for (const [id, quotes] of map) {
        const other = id ? model.byId.get(id) : null, few = [...quotes].slice(0, 3).map((q) => short(q, 24)).join(", ");
        const text = `${other ? other.label : end}: ${few}${quotes.size > 3 ? ` +${quotes.size - 3}` : ""}`;
        row.append(other ? press(text, () => this.view.choose(id), { cls: "chip" }) : el("span", "chip", text));
      }
      box.append(el("h3", "", title), row);
    };
    list("Values that came in", into, "pipeline input");
    list("Values that went on", out, "final output");
    return box;
  }

  // The call's messages, where they say more than input and output do.
  messages(detail) {
    if (!detail.messages_in.length || detail.input === null) return null;
    const box = el("details", "box"), summary = el("summary", "", `Messages of the call (${detail.messages_in.length + detail.messages_out.length})`);
    box.append(summary);
    box.addEventListener("toggle", () => {
      if (!box.open || box.childElementCount > 1) return;
      for (const m of [...detail.messages_in, ...detail.messages_out]) {
        const text = m.parts.map(partText).join("\n");
        box.append(el("h3", "", m.name && m.name !== m.role ? `${m.role} · ${m.name}` : m.role), el("pre", "payload", text.length > MAX_LEAF ? `${text.slice(0, MAX_LEAF)}…` : text));
      }
    });
    return box;
  }
}
