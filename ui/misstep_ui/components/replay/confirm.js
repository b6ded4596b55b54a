// Confirming an origin: what is known of a good outcome, what a hop should have given, and how much
// may be executed. Each field says what it is for; all of them may stay empty.

const GOOD_RUNS = 20;

class Confirm {
  constructor(again) { this.again = again; this.view = again.view; this.model = again.view.model; }

  async open() {
    const { again, model } = this;
    again.sheet("Confirm the origin by execution");
    this.good = el("select", "", null, { "aria-label": "Good run" });
    this.good.append(el("option", "", "the nearest one, if there is any", { value: "" }));
    this.expect = el("input", "", null, { "aria-label": "Expected text", placeholder: "text that the right outcome contains" });
    this.reference = el("input", "", null, { "aria-label": "Reference model", placeholder: "a stronger model to ask in a hop's place" });
    this.trials = this.number("Trials of each probe", "1");
    this.budget = this.number("Budget in hops", String(12 * model.hops.length));
    const numbers = el("div", "row");
    numbers.append(labelled("Trials of each probe", this.trials), labelled("At most this many hop executions", this.budget));
    this.go = press("Execute", () => this.start(), { cls: "primary" });
    const row = el("div", "row end");
    row.append(this.go);
    again.box.append(el("p", "dim", "The pipeline is executed again with single outputs replaced, until one flips the outcome. Side effects are answered from the recording."), labelled("Good run", this.good), labelled("Expected", this.expect), this.correction(), labelled("Reference model", this.reference), numbers, row, again.said);
    this.expect.focus();
    await this.listGood();
  }

  number(label, value) {
    const field = el("input", "narrow", null, { "aria-label": label, inputmode: "numeric" });
    field.value = value;
    return field;
  }

  async listGood() {
    const { run } = this.model, by = run.pipeline ? `pipeline=${encodeURIComponent(run.pipeline)}` : `name=${encodeURIComponent(run.name)}`;
    let found = [];
    try { found = (await ask(`/api/runs?verdict=good&limit=${GOOD_RUNS}&${by}`)).runs; } catch { /* the nearest one is still there */ }
    const input = JSON.stringify(run.input);
    for (const one of found) {
      if (one.run_id === run.run_id) continue;
      this.good.append(el("option", "", `${one.run_id.slice(0, 8)} · ${when(one.started_at)}${run.input !== null && run.input !== undefined && JSON.stringify(one.input) === input ? " · the same input" : ""}`, { value: one.run_id }));
    }
  }

  // What a hop should have given, starting from what it gave; used only where it was changed.
  correction() {
    const box = el("details"), { hops } = this.model, given = this.view.selected || (hops[0] || {}).hop_id;
    this.hop = choice(hops.map((h) => [h.hop_id, h.label]), given, "Hop that is corrected", () => this.fill());
    this.value = valueField("Right output of that hop", "", 6);
    this.original = "";
    box.append(el("summary", "", "I know what a hop should have given"), labelled("Hop", this.hop), labelled("Its right output", this.value));
    box.addEventListener("toggle", () => { if (box.open && !this.value.value) this.fill(); });
    return box;
  }

  async fill() {
    const hopId = this.hop.value;
    const text = editable((await this.model.detail(hopId)).output);
    if (this.hop.value === hopId) this.value.value = this.original = text;
  }

  request() {
    const changed = this.value.value !== this.original;
    return { good: this.good.value || null, expect: this.expect.value.trim() || null, set: changed ? { [this.hop.value]: asValue(this.value.value) } : {}, reference_model: this.reference.value.trim() || null, budget: Number(this.budget.value) || null, trials: Number(this.trials.value) || null };
  }

  async start() {
    this.go.disabled = true;
    try { this.again.watch((await send(this.model.path("/bisect"), this.request())).job); } catch (error) { this.again.say(error.message); this.go.disabled = false; }
  }
}
