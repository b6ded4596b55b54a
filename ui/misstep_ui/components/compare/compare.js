// Two runs aligned hop by hop: where they part, what differs, which settings changed.

const SETTINGS_SHOWN = 4, CHANGES_MOST = 40, VALUE_MOST = 1200;
const PAIR_SAYS = { same: "same", wording: "wording", decision: "decision", structure: "structure" };

const COUNT_SAYS = { decision: "decided otherwise", structure: "of another shape", wording: "worded otherwise", same: "the same" };

class Compare {
  constructor(root) { this.root = root; this.open = new Set(); }

  connect(component) {
    this.component = component;
    const { a, b, all } = component.data || {};
    const given = [a, b].join(" ");
    if (given !== this.given) { this.given = given; this.a = a; this.b = b || null; this.all = all === "1"; this.open.clear(); this.load(); }
    if (!this.keys) { this.keys = (event) => this.key(event); document.addEventListener("keydown", this.keys); }
  }

  stop() { document.removeEventListener("keydown", this.keys); this.keys = null; }

  async load() {
    if (!this.a) { this.root.replaceChildren(el("div", "pick"), this.lonely()); return; }
    const mine = (this.loading = Symbol("load"));
    try {
      const first = await ask(runPath(this.a));
      // A replay stands beside its source unless told otherwise.
      const other = this.b || first.replay_of, by = first.pipeline ? `pipeline=${encodeURIComponent(first.pipeline)}` : `name=${encodeURIComponent(first.name)}`;
      if (!other && !(await ask(`/api/runs?verdict=good&limit=2&${by}`)).runs.some((r) => r.run_id !== this.a)) {
        this.root.replaceChildren(el("p", "pad", `No good run of ${first.pipeline || first.name} to compare with: mark one good, or tick two runs.`), this.lonely());
        return;
      }
      const diff = await ask(runPath(this.a, other ? `/diff/${encodeURIComponent(other)}` : "/diff"));
      const second = await ask(runPath(diff.run_b));
      const choices = await ask(`/api/runs?limit=40&${by}`).catch(() => ({ runs: [] }));
      if (mine !== this.loading) return;
      Object.assign(this, { diff, first, second, choices: choices.runs });
      this.draw();
    } catch (error) {
      if (mine === this.loading) this.root.replaceChildren(el("p", "problem", error.message), this.lonely());
    }
  }

  lonely() {
    const box = el("p", "dim pad", "Tick two runs on the Runs page and press Compare, or open a failing run and press c. ");
    box.append(press("Runs", () => this.go("runs", {})));
    return box;
  }

  go(page, query) { this.component.setTriggerValue("go", { page, query }); }

  report() { this.component.setStateValue("address", { a: this.a, b: this.b, all: this.all ? "1" : null }); }

  // --- drawing ---------------------------------------------------------------------------

  draw() {
    [this.hopsA, this.hopsB] = [this.first, this.second].map(({ hops }) => {
      const labels = labelsOf(hops.map((h) => h.name));
      return new Map(hops.map((h, i) => [h.hop_id, { ...h, label: labels[i] }]));
    });
    const divergence = this.diff.first_divergence;
    this.divergent = divergence ? this.diff.pairs.findIndex((p) => p.hop_a === divergence.hop_a && p.hop_b === divergence.hop_b) : -1;
    if (this.divergent >= 0) this.open.add(this.divergent);
    this.at = this.divergent;
    const origin = this.diff.pairs.findIndex((p) => p.hop_a && this.hopsA.get(p.hop_a)?.state === "origin");
    if (origin >= 0) this.open.add(origin);
    const parts = [this.headline(), this.runsHead(), this.replayNote(), this.settings(), this.pairs()];
    this.root.replaceChildren(...parts.filter(Boolean));
    const row = this.rows[this.divergent];
    if (row && row.getBoundingClientRect().top > innerHeight - 120) row.scrollIntoView({ block: "center" });
  }

  headline() {
    const box = el("section", "verdict", null, { "aria-label": "Comparison" }), head = el("h1"), divergence = this.diff.first_divergence;
    if (!divergence) head.append(el("span", "fine", "✓ "), "These runs do not differ but in wording");
    else {
      const hop = this.hopsA.get(divergence.hop_a) || this.hopsB.get(divergence.hop_b);
      head.append("First difference: ", el("span", "hop", hop ? hop.label : "a hop"), el("span", "dim", ` at ${divergence.field}`));
    }
    const counts = ["decision", "structure", "wording", "same"].map((kind) => [kind, this.diff.pairs.filter((p) => p.kind === kind).length]).filter(([, n]) => n);
    const told = counts.map(([kind, n], i) => `${i === 0 ? plural(n, "hop") : n} ${COUNT_SAYS[kind]}`).join(", ");
    const origin = this.first.origins[0];
    box.append(head, el("p", "dim", `${told}. ${this.about(origin, divergence)}`));
    return box;
  }

  // A difference is not a cause; here is what is known of one.
  about(origin, divergence) {
    if (!origin || !divergence) return "";
    return origin.hop_id === divergence.hop_a ? "It is the first bad hop of A as well." : `A difference is not a cause: the first bad hop of A is ${origin.name}.`;
  }

  runsHead() {
    const table = el("table", "list heads"), body = el("tbody"), cells = [];
    for (const [letter, run, reason] of [["A", this.first, "this run"], ["B", this.second, this.diff.reason]]) {
      const row = el("tr"), name = el("td", "wide"), state = el("td");
      name.append(press(run.pipeline || run.name, () => this.go("replay", { run: run.run_id }), { cls: "plain strong", label: `Open run ${letter}` }), el("span", "dim mono", `  ${run.run_id.slice(0, 8)}`));
      state.append(el("span", `chip ${run.verdict.state === "bad" ? "origin" : run.verdict.state === "good" ? "good" : ""}`, run.verdict.state === "unknown" ? "no verdict" : `${run.verdict.state} · ${run.verdict.by}`));
      if (run.replay_of) state.append(" ", el("span", "chip", "replay"));
      row.append(el("th", "", letter, { scope: "row" }), name, state, el("td", "mono dim", when(run.started_at)), el("td", "num", duration(run.duration_ms)), el("td", "num", money(run.cost_usd, run.unpriced_tokens)), el("td", "num", `${count(run.input_tokens + run.output_tokens)} tokens`), el("td", "wide why dim", reason));
      cells.push(row);
    }
    cells[1].lastChild.replaceChildren(this.otherRun());
    cells[1].lastChild.title = visible(this.diff.reason);
    body.append(...cells); table.append(body);
    const box = el("div", "table"); box.append(table);
    return box;
  }

  otherRun() {
    const options = [["", this.b ? "nearest good run" : short(this.diff.reason, 60)]];
    for (const run of this.choices) if (run.run_id !== this.a) options.push([run.run_id, `${run.run_id.slice(0, 8)} ${run.verdict.state} ${whenShort(run.started_at)}`]);
    if (this.b && !options.some(([id]) => id === this.b)) options.push([this.b, this.b.slice(0, 8)]);
    return choice(options, this.b || "", "Run to compare with", (value) => { this.b = value || null; this.report(); this.given = [this.a, this.b || undefined].join(" "); this.open.clear(); this.load(); });
  }

  replayNote() {
    const of = this.first.replay_of === this.second.run_id ? ["A", this.first] : this.second.replay_of === this.first.run_id ? ["B", this.second] : null;
    if (!of) return null;
    const [letter, run] = of, fork = run.replay_fork ? ` from ${run.replay_fork} on` : "";
    return el("p", "note", `${letter} is a replay of the other${fork}${run.replay_substituted.length ? `, with replaced: ${run.replay_substituted.join(", ")}` : ""}.`);
  }

  settings() {
    if (!this.diff.changed_settings.length) return el("p", "dim note", "No setting changed: same models, parameters, prompts, tools and code version, as far as recorded.");
    const changed = this.diff.changed_settings, table = changeTable(changed.slice(0, CHANGES_MOST), ["setting", "A", "B"], VALUE_MOST);
    const box = el("section");
    if (changed.length <= SETTINGS_SHOWN) { box.append(el("h2", "", "Settings that changed"), table); return box; }
    // Many would push the first difference out of sight.
    const more = el("details"), names = [...new Set(changed.map((c) => c.field))];
    more.append(el("summary", "", `${count(changed.length)} settings changed: ${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""}`), table);
    box.append(more);
    return box;
  }

  pairs() {
    const box = el("section", "pairs"), bar = el("div", "row"), list = el("ol");
    const differing = this.diff.pairs.filter((p) => p.kind !== "same").length;
    const toggle = press(`Only what differs (${differing} of ${this.diff.pairs.length})`, () => { this.all = !this.all; this.report(); this.draw(); });
    toggle.setAttribute("aria-pressed", String(!this.all));
    bar.append(el("h2", "", "Hop by hop"), toggle, el("span", "dim", "j k walk, enter opens"));
    this.rows = [];
    this.diff.pairs.forEach((pair, i) => { if (this.all || pair.kind !== "same" || i === this.divergent || this.hopsA.get(pair.hop_a)?.state === "origin") { const row = this.pair(pair, i); this.rows[i] = row; list.append(row); } });
    if (!list.childElementCount) list.append(el("li", "dim pad", "No hop differs."));
    box.append(bar, list);
    return box;
  }

  pair(pair, i) {
    const a = pair.hop_a && this.hopsA.get(pair.hop_a), b = pair.hop_b && this.hopsB.get(pair.hop_b);
    const row = el("li", `pair ${pair.kind}${i === this.divergent ? " first" : ""}${i === this.at ? " at" : ""}`), head = el("div", "pair-head");
    const open = press("", () => this.toggle(i), { cls: "plain opener", label: `${a ? a.label : b.label}: ${this.says(pair)}` });
    open.setAttribute("aria-expanded", String(this.open.has(i)));
    open.append(el("span", "twist", this.open.has(i) ? "▾" : "▸"), this.hopName(a, "A has no such hop"), el("span", "dim", "│"), this.hopName(b, "B has no such hop"));
    head.append(open, el("span", `chip ${pair.kind === "decision" || pair.kind === "structure" ? "origin" : pair.kind === "wording" ? "warn" : ""}`, this.says(pair), pair.kind === "same" && this.own(pair).length ? { title: "its output differs only by what came with its input" } : {}));
    if (i === this.divergent) head.append(el("span", "chip origin", "first difference"));
    if (a && a.state === "origin") head.append(el("span", "chip origin", "● first bad hop of A"));
    const own = this.own(pair);
    if (!this.open.has(i)) head.append(el("span", "dim mono preview", own.slice(0, 2).map((c) => `${c.field}: ${short(c.a, 30)} → ${short(c.b, 30)}`).join(" · ")));
    row.append(head);
    if (this.open.has(i)) row.append(this.detail(pair, a, b, own));
    return row;
  }

  own(pair) { return pair.changed.filter((c) => !c.field.startsWith("input") && c.a !== c.b); }

  says(pair) { return pair.kind === "same" && this.own(pair).length ? "follows its input" : PAIR_SAYS[pair.kind]; }

  hopName(hop, missing) {
    const cell = el("span", "name");
    if (!hop) { cell.append(el("span", "dim", missing)); return cell; }
    cell.append(el("span", `state ${hop.state}`, GLYPHS[hop.state]), el("span", "strong", ` ${hop.label}`), el("span", "dim mono", ` ${undated(hop.response_model || hop.request_model || hop.kind)} ${duration(hop.duration_ms)}`));
    return cell;
  }

  detail(pair, a, b, own) {
    const box = el("div", "detail"), given = pair.changed.filter((c) => c.field.startsWith("input"));
    if (own.length) box.append(changeTable(own.slice(0, CHANGES_MOST), ["produced", "A", "B"], VALUE_MOST));
    if (given.length) box.append(changeTable(given.slice(0, CHANGES_MOST), ["received", "A", "B"], VALUE_MOST));
    if (!pair.changed.length && a && b) box.append(el("p", "dim", "Nothing differs."));
    const left = Math.max(0, own.length - CHANGES_MOST) + Math.max(0, given.length - CHANGES_MOST);
    if (left) box.append(el("p", "dim", `${left} more differences`));
    const row = el("div", "row");
    if (a) row.append(press("Open in run A", () => this.go("replay", { run: this.a, hop: a.hop_id })));
    if (b) row.append(press("Open in run B", () => this.go("replay", { run: this.diff.run_b, hop: b.hop_id })));
    box.append(row);
    return box;
  }

  toggle(i) {
    if (this.open.has(i)) this.open.delete(i); else this.open.add(i);
    this.at = i;
    const fresh = this.pair(this.diff.pairs[i], i);
    this.rows[i].replaceWith(fresh);
    this.rows[i] = fresh;
    fresh.querySelector("button").focus({ preventScroll: true });
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event) || !this.rows) return;
    const shown = this.rows.map((row, i) => (row ? i : -1)).filter((i) => i >= 0), at = shown.indexOf(this.at);
    const move = (by) => {
      const next = shown[Math.max(0, Math.min(shown.length - 1, at + by))];
      if (next === undefined) return;
      if (this.rows[this.at]) this.rows[this.at].classList.remove("at");
      this.at = next;
      this.rows[next].classList.add("at");
      this.rows[next].scrollIntoView({ block: "nearest" });
    };
    const acts = { j: () => move(1), k: () => move(-1), Enter: () => { if (this.rows[this.at]) this.toggle(this.at); } };
    if (!acts[event.key] || (event.key === "Enter" && event.composedPath()[0].tagName === "BUTTON")) return;
    event.preventDefault();
    acts[event.key]();
  }
}

export default mounted((root) => new Compare(root));
