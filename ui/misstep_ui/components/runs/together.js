// What ticked runs have in common, and what of it the good runs of the same pipelines have not.

class Together {
  constructor() {
    this.node = el("section", "together", null, { "aria-label": "What the ticked runs have in common" });
  }

  async show(ticked) {
    this.node.replaceChildren(el("p", "dim", "…"));
    try {
      this.draw(await ask(`/api/contrast?runs=${ticked.map((r) => encodeURIComponent(r.run_id)).join(",")}`));
    } catch (error) { this.node.replaceChildren(el("p", "problem", error.message)); }
  }

  draw(found) {
    const head = el("div", "sheet-head"), apart = found.traits.filter((t) => found.good === 0 || this.share(t, found) > 0), alike = found.traits.filter((t) => !apart.includes(t));
    head.append(el("h2", "", `${plural(found.ticked, "ticked run")} against ${plural(found.good, "good run")}`), press("×", () => { this.node.remove(); }, { cls: "quiet", label: "Close" }));
    const parts = [head];
    if (apart.length) parts.push(this.table(apart, found)); else parts.push(el("p", "dim", found.traits.length ? "Nothing they share is rarer in good runs." : "They share nothing that half of them have."));
    parts.push(el("p", "dim", this.note(found)));
    if (alike.length) {
      const more = el("details", "", null), summary = el("summary", "", `${count(alike.length)} more that they share, as good runs do`);
      more.append(summary);
      more.addEventListener("toggle", () => { if (more.open && more.childElementCount === 1) more.append(this.table(alike, found)); });
      parts.push(more);
    }
    this.node.replaceChildren(...parts);
  }

  share(t, found) { return t.here / found.ticked - (found.good ? t.there / found.good : 0); }

  note(found) {
    if (!found.good) return "No good run of these pipelines to compare with: mark one good.";
    return `Of ${plural(found.compared, "thing")} compared, as many as ${count(Math.max(1, Math.round(found.compared * 0.05)))} can stand out by chance. A difference is not a cause.`;
  }

  table(traits, found) {
    const holder = el("div", "narrowable"), table = el("table", "list"), top = el("thead"), line = el("tr"), body = el("tbody");
    for (const [text, cls, title] of [["What", ""], ["Value", ""], ["Ticked", "num"], ["Good runs", "num"], ["Lift", "num", "how many times as frequent among the ticked"], ["Chance", "num", "how often so many of the ticked runs would have it by chance alone (Fisher's exact test)"], ["Shares", "bars"]]) line.append(el("th", cls, text, { scope: "col", ...(title ? { title } : {}) }));
    top.append(line);
    for (const t of traits) body.append(this.row(t, found));
    table.append(top, body); holder.append(table);
    return holder;
  }

  row(t, { ticked, good }) {
    const line = el("tr", t.stands_out ? "stands" : ""), bars = el("td", "bars");
    const bar = (part, cls) => { const b = el("i", cls); b.style.width = `${Math.round(part * 100)}%`; return b; };
    bars.append(bar(t.here / ticked, "a"), bar(good ? t.there / good : 0, "b"));
    const what = el("td", "", t.what);
    if (t.hop) what.append(el("span", "dim", " at "), el("b", "", t.hop));
    line.append(what, el("td", "wide mono", short(t.value, 80), { title: short(t.value, 400) }), el("td", "num", `${t.here} of ${ticked}`), el("td", "num", good ? `${t.there} of ${good}` : "–"),
      el("td", "num", !good ? "–" : t.lift === null ? "only here" : `× ${t.lift >= 10 ? Math.round(t.lift) : t.lift.toFixed(1)}`), el("td", "num dim", good ? chanceSays(t.chance) : "–"), bars);
    return line;
  }
}

const chanceSays = (p) => (p >= 0.995 ? "always" : p < 0.001 ? "<0.1 %" : `${(p * 100).toFixed(p < 0.1 ? 1 : 0)} %`);
