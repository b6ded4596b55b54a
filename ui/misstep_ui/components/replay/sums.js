// A stretch of time that was dragged over: what ran in it, how long, what it took.

class TimeSums {
  constructor(view) {
    this.view = view;
    this.node = el("div", "sums", null, { role: "status" });
    this.node.hidden = true;
    this.range = null;
  }

  choose(from, to) {
    this.range = { from: Math.min(from, to), to: Math.max(from, to) };
    this.draw();
    this.view.drawCanvas();
  }

  clear() {
    if (!this.range) return false;
    this.range = null;
    this.node.hidden = true;
    this.view.drawCanvas();
    return true;
  }

  zoom() { if (this.range) { const { from, to } = this.range; this.clear(); this.view.timeline.setRange(from, to); } }

  draw() {
    this.node.hidden = !this.range;
    if (!this.range) return;
    const { from, to } = this.range, { total, kinds } = sumsOver(this.view.model, from, to);
    const line = el("div", "row"), more = el("div", "chips");
    const acts = el("span", "acts");
    acts.append(press("Zoom to it", () => this.zoom(), { title: "z" }), press("×", () => this.clear(), { cls: "quiet", label: "Forget the selected time" }));
    line.append(el("b", "", `${duration(from)} – ${duration(to)}`), el("span", "", `${plural(total.hops, "hop")} in ${duration(to - from)}, busy ${duration(total.busy_ms)} (${share(total.busy_ms, to - from)})${total.errors ? `, ${plural(total.errors, "error")}` : ""}`),
      el("span", "", `${count(total.tokens)} tokens`), el("span", "", money(total.cost_usd, total.unpriced)), acts);
    for (const [name, k] of kinds.slice(0, 5)) {
      const chip = el("span", "chip", `${name} ×${count(k.hops)}: ${duration(k.summed_ms)}${k.tokens ? `, ${count(k.tokens)} tokens` : ""}${k.cost_usd !== null ? `, ${money(k.cost_usd, k.unpriced)}` : ""}`);
      more.append(chip);
    }
    this.node.replaceChildren(line, more);
  }
}

const share = (part, whole) => (whole > 0 ? `${Math.round(Math.min(1, part / whole) * 100)} %` : "–");

// Sums of the hops that touch a stretch; time is cut to it, of hops that hold no others; tokens and
// money are of the calls that the run's own totals count.
function sumsOver(model, from, to) {
  const fresh = () => ({ hops: 0, tokens: 0, cost_usd: null, unpriced: 0, summed_ms: 0, busy_ms: 0, errors: 0, busy_to: -Infinity });
  const total = fresh(), kinds = new Map();
  for (const hop of model.hops) {
    if (hop.offset_ms >= to) break; // hops stand in the order of their starts
    const low = Math.max(from, hop.offset_ms), high = Math.min(to, hop.offset_ms + hop.duration_ms);
    if (high < low || (high === low && hop.duration_ms > 0)) continue; // over before, or just then
    const name = hop.model ? undated(hop.model) : hop.kind;
    if (!kinds.has(name)) kinds.set(name, fresh());
    for (const sum of [total, kinds.get(name)]) {
      sum.hops += 1;
      if (hop.error) sum.errors += 1;
      if (hop.counted) { sum.tokens += hop.tokens; sum.unpriced += hop.unpriced_tokens; if (hop.cost_usd !== null) sum.cost_usd = (sum.cost_usd || 0) + hop.cost_usd; }
      if (hop.children) continue;
      sum.summed_ms += high - low;
      if (high > sum.busy_to) { sum.busy_ms += high - Math.max(low, sum.busy_to); sum.busy_to = high; }
    }
  }
  return { total, kinds: [...kinds].sort((a, b) => b[1].summed_ms - a[1].summed_ms) };
}
