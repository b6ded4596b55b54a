// Replay from a hop with an edited output, another model or prompt, and what both dialogs share.
// Shown only where the server was started with --allow-replay; it runs registered pipelines alone.

// A recorded value as a person edits it, and what was typed as a value again: JSON, else text.
const editable = (value) => (value === null || value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value, null, 2));
function asValue(text) { try { return JSON.parse(text); } catch { return text; } }

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

  close() { if (this.job) this.job.leave(); this.job = null; if (this.box) { this.box.remove(); this.box = null; this.view.timeline.node.focus({ preventScroll: true }); } }

  // --- replay from here -------------------------------------------------------------------

  async open() {
    const hop = this.view.model.byId.get(this.view.selected);
    if (!hop) return;
    const detail = await this.view.model.detail(hop.hop_id);
    this.sheet(`Replay from ${hop.label}`);
    this.hop = hop;
    this.original = editable(detail.output);
    this.output = valueField("Output of this hop", this.original);
    this.model = el("input", "", null, { "aria-label": "Model of this hop", placeholder: detail.request_model || "" });
    this.prompt = valueField("System prompt of this hop", this.told = detail.system || "", 4);
    this.alone = el("input", "", null, { type: "checkbox" });
    this.plan = el("div", "plan");
    this.effects = new Set();
    const row = el("div", "row end");
    row.append(press("Show the plan", () => this.ask()), this.go = press("Execute", () => this.start(), { cls: "primary" }));
    this.go.disabled = true;
    for (const field of [this.output, this.model, this.prompt, this.alone]) field.addEventListener("input", () => { this.go.disabled = true; });
    this.box.append(el("p", "dim", "Hops before it are served from the recording; what follows is executed. The recorded run stays as it is."), labelled("Its output", this.output));
    if (detail.request_model) this.box.append(labelled("or its model (the hop runs live)", this.model), labelled("or its system prompt (the hop runs live)", this.prompt));
    const alone = el("label", "row");
    alone.append(this.alone, el("span", "", "run this hop again on what it received, and only what that changes"));
    this.box.append(alone, this.plan, row, this.said);
    this.output.focus();
  }

  // What changes: a replaced output is served, a replaced model or prompt runs the hop itself.
  request() {
    const id = this.hop.hop_id, body = { from: id, set: {}, models: {}, prompts: {}, live: [], allow_effects: [...this.effects] };
    if (this.model.value.trim()) body.models[id] = this.model.value.trim();
    if (this.prompt.value !== this.told) body.prompts[id] = this.prompt.value;
    if (this.output.value !== this.original) body.set[id] = asValue(this.output.value);
    if (this.alone.checked) { body.live = [id]; body.from = null; }
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
    try { this.watch((await send(this.view.model.path("/replay"), this.request())).job); } catch (error) { this.say(error.message); this.go.disabled = false; }
  }

  // --- the job ------------------------------------------------------------------------------

  watch(job) { this.job = new Job(this.view, job, this.said, (state) => this.finished(state)); }

  finished(state) {
    if (state.state !== "done") return;
    if (state.kind === "bisect") { this.view.load(); return; }
    if (!state.result_run_id) return;
    this.said.append(press("Compare with the recorded run", () => this.view.go("compare", { a: state.result_run_id, b: state.run_id }), { cls: "primary" }), press("Open the new run", () => this.view.go("replay", { run: state.result_run_id })));
    this.said.querySelector("button.primary").focus();
  }

  say(text) { this.said.textContent = visible(text); }

  confirm() { new Confirm(this).open(); }
}

function valueField(label, value, rows) {
  const field = el("textarea", "mono", null, { rows: String(rows || 8), "aria-label": label, spellcheck: "false" });
  field.value = value;
  return field;
}
