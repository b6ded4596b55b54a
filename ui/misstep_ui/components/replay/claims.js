// The doctor: which claims the recordings of a pipeline, and of this run, can support, what each gap
// costs, and how to mend it.

const CLAIM_RUNS = 20;

class Claims {
  constructor(view) { this.view = view; }

  close() { if (!this.box) return false; this.box.remove(); this.box = null; this.view.timeline.node.focus({ preventScroll: true }); return true; }

  async open() {
    if (this.close()) return;
    const { model } = this.view, pipeline = model.run.pipeline || model.run.name;
    const title = `What recordings of ${pipeline} can support`;
    const box = (this.box = el("div", "sheet wide doctor", null, { role: "dialog", "aria-label": title, tabindex: "-1" }));
    const head = el("div", "sheet-head"), body = el("div", "claims");
    head.append(el("h2", "", title), press("×", () => this.close(), { cls: "quiet", label: "Close" }));
    box.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); this.close(); } });
    body.append(el("p", "dim", "Reading the latest recordings …"));
    box.append(head, body);
    this.view.root.append(box);
    box.focus();
    const told = await Promise.allSettled([ask(`/api/doctor?pipeline=${encodeURIComponent(pipeline)}&limit=${CLAIM_RUNS}`), ask(model.path("/doctor"))]);
    if (this.box !== box) return;
    const [all, own] = told.map((t) => (t.status === "fulfilled" ? t.value : null));
    if (!all) { body.replaceChildren(el("p", "", told[0].reason.message)); return; }
    body.replaceChildren(...this.claims(all, own));
  }

  // Gaps first, each with its cost and its cure; then what holds, in one list.
  claims(all, own) {
    const gaps = all.claims.filter((n) => !n.supported), held = all.claims.filter((n) => n.supported);
    const lacks = new Map(((own && own.claims) || []).filter((n) => !n.supported).map((n) => [n.claim, n]));
    const parts = [el("p", "", `${held.length} of ${plural(all.claims.length, "claim")} hold in ${all.run_ids.length === 1 ? "the one recording" : `all of the latest ${all.run_ids.length} recordings`}.`)];
    for (const note of gaps) parts.push(this.gap(note, lacks.get(note.claim)));
    if (held.length) {
      const list = el("ul", "held");
      for (const note of held) list.append(el("li", "", `✓ ${note.claim}`));
      parts.push(el("h3", "", "Supported by every recording"), list);
    }
    return parts;
  }

  gap(note, here) {
    const box = el("article", "box gap"), head = el("div", "gap-head"), facts = el("dl");
    head.append(el("strong", "", note.claim), this.share(note));
    if (here) head.append(el("span", "chip warn", "missing in this run too"));
    for (const [term, text] of [["Missing", note.missing], ["Costs", note.costs], ["Mend", note.mend]]) if (text) facts.append(el("dt", "", term), el("dd", term === "Mend" ? "mend" : "", text));
    box.append(head, facts);
    if (note.hops.length) box.append(this.hops(note.hops));
    const others = note.examples.filter((id) => id !== this.view.runId).slice(0, 3);
    if (others.length) {
      const row = el("div", "row dim");
      row.append("For example ", ...others.map((id) => press(id.slice(0, 8), () => this.view.go("replay", { run: id }), { cls: "from", label: `Open run ${id}` })));
      box.append(row);
    }
    return box;
  }

  // How many recordings support it, as a bar and in words.
  share(note) {
    const box = el("span", "share"), bar = el("progress", "", null, { max: String(note.runs), value: String(note.supporting), "aria-label": `${note.supporting} of ${note.runs} recordings support it` });
    box.append(bar, el("span", "dim", `${note.supporting} of ${note.runs}`));
    return box;
  }

  hops(names) {
    const row = el("div", "chips"), { hops } = this.view.model;
    for (const name of names.slice(0, 8)) {
      const hop = hops.find((h) => h.name === name || h.label === name);
      row.append(hop ? press(name, () => { this.close(); this.view.choose(hop.hop_id); }, { cls: "chip" }) : el("span", "chip", name));
    }
    if (names.length > 8) row.append(el("span", "dim", `and ${names.length - 8} more`));
    return row;
  }
}
