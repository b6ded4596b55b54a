// Executing again: replay from a hop with an edited output or model, and confirming by bisect.
// Shown only where the server was started with --allow-replay; it runs registered pipelines alone.

const POLL_MS = 500;

class Again {
  constructor(view) {
    this.view = view;
    this.allowed = false;
    ask("/api/settings").then((settings) => { this.allowed = settings.allow_replay === true; if (view.model && view.model.run) view.verdict.draw(); }).catch(() => { /* an older server */ });
  }

  sheet(title) {
    this.close();
    this.box = el("div", "sheet wide", null, { role: "dialog", "aria-label": title });
    const head = el("div", "sheet-head");
    head.append(el("h2", "", title), press("×", () => this.close(), { cls: "quiet", label: "Close" }));
    this.said = el("div", "said", null, { role: "status" });
    this.box.append(head);
    this.box.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); this.close(); } });
    this.view.root.append(this.box);
  }

  close() { clearTimeout(this.timer); if (this.box) { this.box.remove(); this.box = null; this.view.timeline.node.focus({ preventScroll: true }); } }

  // --- replay from here -------------------------------------------------------------------

  async open() {
    const hop = this.view.model.byId.get(this.view.selected);
    if (!hop) return;
    const detail = await this.view.model.detail(hop.hop_id);
    this.sheet(`Replay from ${hop.label}`);
    this.hop = hop;
    this.original = detail.output === null ? "" : typeof detail.output === "string" ? detail.output : JSON.stringify(detail.output, null, 2);
    this.output = el("textarea", "mono", null, { rows: "8", "aria-label": "Output of this hop", spellcheck: "false" });
    this.output.value = this.original;
    this.model = el("input", "", null, { "aria-label": "Model of this hop", placeholder: detail.request_model || "" });
    this.plan = el("div", "plan");
    this.effects = new Set();
    const row = el("div", "row end");
    row.append(press("Show the plan", () => this.ask()), this.go = press("Execute", () => this.start(), { cls: "primary" }));
    this.go.disabled = true;
    for (const field of [this.output, this.model]) field.addEventListener("input", () => { this.go.disabled = true; });
    this.box.append(el("p", "dim", "Hops before it are served from the recording; what follows is executed. The recorded run stays as it is."), labelled("Its output", this.output));
    if (detail.request_model) this.box.append(labelled("or its model (the hop runs live)", this.model));
    this.box.append(this.plan, row, this.said);
    this.output.focus();
  }

  // What changes: a replaced output is served, a replaced model runs the hop itself.
  request() {
    const id = this.hop.hop_id, body = { from: id, set: {}, models: {}, prompts: {}, live: [], allow_effects: [...this.effects] };
    if (this.model.value.trim()) body.models[id] = this.model.value.trim();
    if (this.output.value !== this.original) {
      let value = this.output.value;
      try { value = JSON.parse(value); } catch { /* plain text stays text */ }
      body.set[id] = value;
    }
    return body;
  }

  async ask() {
    this.go.disabled = true;
    this.say("…");
    try {
      const plan = await send(this.view.model.path("/replay/plan"), this.request());
      this.showPlan(plan);
      this.say("");
      this.go.disabled = !plan.runnable;
    } catch (error) { this.say(error.message); }
  }

  showPlan(plan) {
    const parts = [];
    if (!plan.runnable) parts.push(el("p", "bad", plan.why_not || "This run cannot be executed here."));
    parts.push(el("p", "", `${plan.entry ? `${plan.entry}: ` : ""}${plural(plan.served, "hop")} served, ${plan.live.length} live${plan.live.length ? `: ${plan.live.join(", ")}` : ""}.`));
    if (plan.substituted.length) parts.push(el("p", "", `Replaced: ${plan.substituted.join(", ")}.`));
    parts.push(el("p", "", plan.estimated_cost_usd === null ? "Cost: not known, a live model has no price." : `Cost: about ${money(plan.estimated_cost_usd, 0)}, by what these calls took before.`));
    for (const name of plan.effects) {
      const box = el("input", "", null, { type: "checkbox" });
      box.checked = this.effects.has(name);
      box.addEventListener("change", () => { if (box.checked) this.effects.add(name); else this.effects.delete(name); this.go.disabled = true; });
      const label = el("label", "row");
      label.append(box, el("span", "", `${name} has a side effect: answered from the recording unless ticked`));
      parts.push(label);
    }
    this.plan.replaceChildren(...parts);
  }

  async start() {
    this.go.disabled = true;
    try { this.follow((await send(this.view.model.path("/replay"), this.request())).job); } catch (error) { this.say(error.message); this.go.disabled = false; }
  }

  // --- confirm ----------------------------------------------------------------------------

  confirm() {
    this.sheet("Confirm the origin by execution");
    const expect = el("input", "", null, { "aria-label": "Expected text", placeholder: "optional: text the right outcome contains" });
    const budget = el("input", "narrow", null, { "aria-label": "Budget in hops", inputmode: "numeric" });
    budget.value = String(12 * this.view.model.hops.length);
    const go = press("Execute", async () => {
      go.disabled = true;
      const good = this.view.model.diff ? this.view.model.diff.run_b : null;
      try { this.follow((await send(this.view.model.path("/bisect"), { good, expect: expect.value.trim() || null, budget: Number(budget.value) || null, trials: null })).job); } catch (error) { this.say(error.message); go.disabled = false; }
    }, { cls: "primary" });
    const row = el("div", "row end");
    row.append(go);
    this.box.append(el("p", "dim", "The pipeline is executed again with single outputs replaced, until one flips the outcome. Side effects are answered from the recording."), labelled("Expected", expect), labelled("At most this many hop executions", budget), row, this.said);
    expect.focus();
  }

  // --- a job ------------------------------------------------------------------------------

  follow(job) {
    const stop = press("Stop", async () => { try { await send(`/api/jobs/${encodeURIComponent(job)}`, undefined, "DELETE"); } catch (error) { this.say(error.message); } });
    const list = el("ol", "trials"), line = el("p");
    this.said.replaceChildren(line, list, stop);
    const look = async () => {
      if (!this.box) return;
      try {
        const state = await ask(`/api/jobs/${encodeURIComponent(job)}`);
        line.textContent = state.state === "running" ? state.message || "Executing …" : state.message || state.state;
        list.replaceChildren(...state.trials.map((t) => this.trial(t)));
        if (state.state === "running") { this.timer = setTimeout(look, POLL_MS); return; }
        stop.remove();
        this.finished(state);
      } catch (error) { line.textContent = error.message; stop.remove(); }
    };
    look();
  }

  trial(t) {
    const hop = t.hop_id ? this.view.model.byId.get(t.hop_id) : null, item = el("li");
    item.append(el("span", `chip ${t.outcome === "good" ? "good" : t.outcome === "bad" ? "origin" : ""}`, t.outcome), ` ${t.kind.replace("_", " ")}${hop ? ` ${hop.label}` : ""}, ${plural(t.hop_executions, "hop")}${t.cost_usd === null ? "" : `, ${money(t.cost_usd, 0)}`}${t.detail ? `: ${t.detail}` : ""}`);
    return item;
  }

  finished(state) {
    if (state.state !== "done") return;
    if (state.kind === "bisect") { this.view.load(); if (state.diagnosis) this.said.append(el("p", "", state.diagnosis.explanation)); return; }
    if (!state.result_run_id) return;
    this.said.append(press("Compare with the recorded run", () => this.view.go("compare", { a: state.result_run_id, b: state.run_id }), { cls: "primary" }), press("Open the new run", () => this.view.go("replay", { run: state.result_run_id })));
    this.said.querySelector("button.primary").focus();
  }

  say(text) { this.said.textContent = text; }
}
