// What the pointer rests on, told beside it: nothing there that a click would not show as well.

class HoverCard {
  constructor(view) {
    this.view = view;
    this.node = el("div", "hover", null, { "aria-hidden": "true" });
    this.node.hidden = true;
  }

  hide() { this.node.hidden = true; this.hop = null; }

  // At a point of the window.
  show(hop, event) {
    const home = this.view.root.getBoundingClientRect();
    if (this.hop !== hop) { this.hop = hop; this.node.replaceChildren(...this.content(hop)); }
    this.node.hidden = false;
    const wide = this.node.offsetWidth, high = this.node.offsetHeight, x = event.clientX - home.left + 16, y = event.clientY - home.top + 18;
    this.node.style.left = `${Math.max(4, Math.min(home.width - wide - 4, x))}px`;
    this.node.style.top = `${y + high > home.height ? Math.max(4, y - high - 32) : y}px`;
  }

  content(hop) {
    const { model } = this.view, detail = model.details.get(hop.hop_id), head = el("div", "row"), list = el("dl");
    head.append(el("b", "", hop.label), el("span", `state ${seenAs(hop).state}`, `${seenAs(hop).glyph} ${model.isSymptom(hop) ? "symptom" : seenAs(hop).word}`));
    const add = (name, value) => { if (value) list.append(el("dt", "", name), el("dd", "", value)); };
    add("what", [hop.kind, hop.provider, hop.model].filter(Boolean).join(" · "));
    add("when", `at ${duration(hop.offset_ms)}, took ${duration(hop.duration_ms)} (${share(hop.duration_ms, model.total - model.start)} of the run)`);
    if (hop.tokens) add("tokens", detail ? `${count(detail.input_tokens)} in${detail.cached_tokens ? ` (${count(detail.cached_tokens)} cached)` : ""}, ${count(detail.output_tokens)} out` : count(hop.tokens));
    if (hop.tokens) add("cost", money(hop.cost_usd, hop.unpriced_tokens));
    if (hop.attempts > 1) add("attempts", String(hop.attempts));
    if (hop.error) add("error", detail && detail.error ? short(`${detail.error.type}: ${detail.error.message}`, 140) : "yes");
    const wrong = model.diagnosis && model.diagnosis.suspects.find((s) => s.hop_id === hop.hop_id);
    if (wrong && wrong.evidence.length) add(isComparison(wrong.evidence[0]) ? "compared" : "why", short(wrong.evidence[0].detail, 160));
    else if (detail && detail.output !== null && detail.output !== undefined && !hop.error) add("wrote", short(detail.output, 140));
    for (const note of this.notes(hop)) add("note", note);
    return [head, list];
  }

  notes(hop) {
    const { model } = this.view, notes = [];
    if (hop.orphan) notes.push(model.run.complete ? "its parent never arrived" : "waiting for its parent");
    if (hop.skew_ms) notes.push(`clock skew: starts ${duration(-hop.skew_ms)} before the hop it runs in; shown as recorded`);
    if (!hop.complete) notes.push("not ended");
    if (model.critical.has(hop.hop_id)) notes.push("on the critical path");
    return notes;
  }
}
