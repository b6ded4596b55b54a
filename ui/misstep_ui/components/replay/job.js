// A running replay or bisect: its hops one by one as they are served or run, its trials, its end.

const POLL_MS = 300;
const SHOWN_JOB_HOPS = 60;

class Job {
  // ended(state) once it is over; the line, the hops and the trials are drawn into box.
  constructor(view, id, box, ended) {
    this.view = view; this.id = id; this.ended = ended;
    this.line = el("p"); this.hops = el("ol", "arriving", null, { "aria-label": "Hops of this execution" }); this.trials = el("ol", "trials");
    this.bar = el("progress", "", null, { "aria-label": "Hops done" });
    this.stop = press("Stop", async () => { try { await send(this.path(), undefined, "DELETE"); } catch (error) { this.line.textContent = visible(error.message); } });
    box.replaceChildren(this.line, this.bar, this.hops, this.trials, this.stop);
    this.look();
  }

  path() { return `/api/jobs/${encodeURIComponent(this.id)}`; }

  leave() { clearTimeout(this.timer); this.left = true; }

  async look() {
    let state;
    try { state = await ask(this.path()); } catch (error) { this.line.textContent = visible(error.message); this.stop.remove(); return; }
    if (this.left) return;
    this.draw(state);
    if (state.state === "running") { this.timer = setTimeout(() => this.look(), POLL_MS); return; }
    this.stop.remove(); this.bar.remove();
    if (state.kind === "bisect") this.hops.remove();
    this.ended(state);
  }

  draw(state) {
    this.line.textContent = visible(state.message || state.state);
    if (state.plan && state.plan.warning && !this.warned) { this.warned = el("p", "warn", state.plan.warning); this.line.before(this.warned); }
    const done = Math.min(state.hops_done, state.hops_total || state.hops_done);
    if (state.hops_total) { this.bar.max = state.hops_total; this.bar.value = done; this.bar.title = `${done} of ${plural(state.hops_total, "hop")}`; }
    const shown = state.hops.slice(-SHOWN_JOB_HOPS);
    this.hops.replaceChildren(...shown.map((h) => el("li", h.served ? "served" : h.done ? "ran" : "runs", `${h.done || h.served ? "✓" : "…"} ${h.name}${h.served ? " served" : ""}`)));
    this.trials.replaceChildren(...state.trials.map((t) => this.trial(t)));
  }

  trial(t) {
    const names = t.hop_ids.map((id) => (id ? (this.view.model.byId.get(id) || {}).label || id : "input")).join(", "), item = el("li");
    item.append(el("span", `chip ${t.outcome === "good" ? "good" : t.outcome === "bad" ? "origin" : ""}`, t.outcome), ` ${t.control ? "control" : t.kind.replace("_", " ")}${names ? ` ${names}` : ""}, ${plural(t.hop_executions, "hop")}${t.cost_usd === null ? "" : `, ${money(t.cost_usd, 0)}`}${t.detail ? `: ${t.detail}` : ""}`);
    return item;
  }
}
