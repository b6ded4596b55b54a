// Saying what one knows: good or bad on a run, a hop or a text; notes, scores, tags; and deleting.

class MarkPanel {
  // target: {runId, hop: {hop_id, label}|null, text: string|null}; done(what) after each change.
  constructor(target, done, gone) {
    this.target = target; this.done = done; this.gone = gone;
    this.box = el("div", "sheet", null, { role: "dialog", "aria-label": "Mark this run" });
    this.said = el("p", "said", "", { role: "status" });
    this.build();
    this.refresh();
  }

  build() {
    const head = el("div", "sheet-head");
    head.append(el("h2", "", "Mark"), press("×", () => this.close(), { cls: "quiet", label: "Close" }));
    this.onto = this.target.text ? "text" : "run";
    const targets = [["run", "the run"]];
    if (this.target.hop) targets.push(["hop", `hop ${this.target.hop.label}`]);
    if (this.target.text) targets.push(["text", `text “${short(this.target.text, 40)}”`]);
    this.note = el("textarea", "", null, { rows: "2", "aria-label": "Note", placeholder: "Note (optional)" });
    this.by = el("input", "", null, { "aria-label": "Who marks", maxlength: "80" });
    this.by.value = whoami.get();
    this.by.addEventListener("change", () => whoami.set(this.by.value.trim() || "user"));
    const states = el("div", "row");
    for (const [state, text] of [["good", "✓ Good"], ["bad", "✕ Bad"], ["unknown", "Take back"]]) states.append(press(text, () => this.mark(state), { cls: state }));
    const about = el("div", "row");
    about.append(labelled("What", choice(targets, this.onto, "What is marked", (value) => { this.onto = value; })), labelled("Who", this.by));
    this.list = el("ul", "marks");
    this.box.append(head, about, this.note, states, this.scores(), this.tags(), this.said, this.list, this.removal());
    this.box.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); this.close(); } });
  }

  scores() {
    const row = el("div", "row");
    const name = el("input", "", null, { "aria-label": "Score name", placeholder: "score, e.g. accuracy" });
    const value = el("input", "narrow", null, { "aria-label": "Score value", placeholder: "0.8", inputmode: "decimal" });
    const give = () => {
      const number = Number(value.value.replace(",", "."));
      if (!name.value.trim() || value.value.trim() === "" || !isFinite(number)) { this.say("A score has a name and a number."); return; }
      const hop_id = this.onto === "hop" && this.target.hop ? this.target.hop.hop_id : null;
      this.attempt(() => send(runPath(this.target.runId, "/scores"), { name: name.value.trim(), value: number, hop_id, by: this.who() }), `Scored ${name.value.trim()} = ${number}`);
    };
    row.append(name, value, press("Score", give));
    return row;
  }

  tags() {
    const row = el("div", "row");
    this.tagList = el("span", "row");
    const input = el("input", "", null, { "aria-label": "New tag", placeholder: "tag", maxlength: "200" });
    const add = () => { if (input.value.trim()) this.attempt(() => send(runPath(this.target.runId, "/tags"), { add: [input.value.trim()], by: this.who() }), `Tagged ${input.value.trim()}`).then(() => { input.value = ""; }); };
    input.addEventListener("keydown", (event) => { if (event.key === "Enter") add(); });
    row.append(input, press("Tag", add), this.tagList);
    return row;
  }

  removal() {
    const row = el("div", "row end");
    const ask_ = press("Delete this run…", () => {
      row.replaceChildren(el("span", "", "Delete the run, its hops and marks for good?"), press("Delete", () => this.remove(), { cls: "bad", label: "Delete for good" }), press("Keep", () => row.replaceChildren(ask_)));
      row.querySelectorAll("button")[1].focus();
    }, { cls: "quiet" });
    row.append(ask_);
    return row;
  }

  who() { return this.by.value.trim() || "user"; }

  mark(state) {
    const on = this.onto, hop = this.target.hop, body = { state, note: this.note.value.trim() || null, by: this.who() };
    if (on === "hop" || (on === "text" && hop)) body.hop_id = hop.hop_id;
    if (on === "text") body.text = this.target.text;
    const what = { run: "the run", hop: hop ? hop.label : "", text: "the text" }[on];
    return this.attempt(() => send(runPath(this.target.runId, "/verdict"), body), state === "unknown" ? `Took the verdict on ${what} back` : `Marked ${what} ${state}`);
  }

  async attempt(act, told) {
    try { await act(); this.say(told); await this.refresh(); this.done(told); } catch (error) { this.say(error.message); }
  }

  async remove() {
    try { await send(runPath(this.target.runId), undefined, "DELETE"); this.close(); this.gone(); } catch (error) { this.say(error.message); }
  }

  async refresh() {
    try {
      const [{ marks }, run] = await Promise.all([ask(runPath(this.target.runId, "/marks")), ask(runPath(this.target.runId, "/outline"))]);
      const labels = labelsOf(run.name.map((n) => run.words[n])), names = new Map(run.hop_id.map((id, i) => [id, labels[i]]));
      this.list.replaceChildren(...marks.slice(0, 30).map((mark) => this.line(mark, names)));
      this.tagList.replaceChildren(...run.run.tags.map((tag) => press(`${tag} ×`, () => this.attempt(() => send(runPath(this.target.runId, "/tags"), { remove: [tag] }), `Took tag ${tag} away`), { cls: "chip", label: `Remove tag ${tag}` })));
    } catch (error) { this.say(error.message); }
  }

  line(mark, names) {
    const item = el("li"), on = mark.text ? ` text “${short(mark.text, 50)}”` : "";
    const hop = mark.hop_id ? ` ${names.get(mark.hop_id) || mark.hop_id}` : "";
    item.append(el("span", `chip ${mark.state === "bad" ? "origin" : mark.state === "good" ? "good" : ""}`, mark.state), el("span", "", `${hop || (on ? "" : " run")}${on}`), el("span", "dim", ` ${mark.by}, ${when(mark.at)}`));
    if (mark.note) item.append(el("div", "dim", mark.note));
    return item;
  }

  say(text) { this.said.textContent = visible(text); }

  focus() { this.box.querySelector("button.good").focus(); }

  close() { this.box.remove(); if (this.closed) this.closed(); }
}
