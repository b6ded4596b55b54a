// What the hop sees of what was there before: entered, left, cut off, kept. And recorded state.

const MIN_CUT = 40, SHOWN = 8;

class ContextStrip {
  constructor(view) {
    this.view = view;
    this.node = el("section", "context", null, { "aria-label": "Context from the hop before" });
  }

  draw() {
    const { model, selected } = this.view, hop = selected && model.byId.get(selected);
    const before = hop && this.before(hop);
    const detail = hop && model.details.get(hop.hop_id), previous = before && model.details.get(before.hop_id);
    if (!hop || !detail) { this.node.replaceChildren(); return; }
    const parts = [];
    if (!before) parts.push(el("h2", "minor", "Context: the first hop, it sees the pipeline's input"));
    else if (previous) parts.push(el("h2", "minor", `Context, ${before.label} → ${hop.label}`), ...this.groups(contextChange(previous, detail), hop));
    const state = this.stateChange(hop);
    if (state) parts.push(state);
    this.node.replaceChildren(...parts);
  }

  // The hop that ended or began before it, on the same level.
  before(hop) {
    const order = this.view.model.hops;
    for (let i = hop.index - 1; i >= 0; i--) if (order[i].parent === hop.parent && order[i].offset_ms + order[i].duration_ms <= hop.offset_ms + 1) return order[i];
    return hop.index > 0 ? order[hop.index - 1] : null;
  }

  groups(change, hop) {
    const sources = (this.view.model.into.get(hop.hop_id) || []);
    const from = (path, value) => {
      const edge = sources.find((e) => e.to_path === path || String(value).includes(e.quote));
      if (!edge) return "";
      const other = edge.from ? this.view.model.byId.get(edge.from) : null;
      return edge.from ? (other ? ` ← ${other.label}` : "") : " ← pipeline input";
    };
    const row = el("div", "changes");
    const list = (cls, sign, title, items, told) => {
      if (!items.length) return;
      const group = el("div", `change ${cls}`);
      group.append(el("span", "what", `${sign} ${title} ${items.length}`));
      for (const item of items.slice(0, SHOWN)) group.append(el("span", "item", told(item), { title: short(item.value, 400) }));
      if (items.length > SHOWN) group.append(el("span", "item dim", `+${items.length - SHOWN} more`));
      row.append(group);
    };
    const named = (item) => `${leafName(item.path)} ${short(item.value, 36)}`;
    list("cut", "✂", "cut off", change.cut, (i) => `${leafName(i.path)}: ${count(i.lost)} characters lost`);
    list("in", "+", "entered", change.entered, (i) => named(i) + from(i.path, i.value));
    list("out", "−", "left", change.left, (i) => (String(i.value).length > 80 ? `${leafName(i.path)} (${count(String(i.value).length)} characters)` : named(i)));
    list("same", "=", "kept", change.kept, named);
    if (!row.childElementCount) row.append(el("span", "dim", "Nothing is comparable: one of them has no recorded input or output."));
    return [row];
  }

  // What misstep.state(...) recorded at this hop, against the snapshot before.
  stateChange(hop) {
    const states = this.view.model.run.states || [];
    const end = hop.offset_ms + hop.duration_ms, at = states.filter((s) => s.offset_ms <= end + 0.5);
    if (!at.length) return null;
    const now = at[at.length - 1], then = at.length > 1 ? at[at.length - 2] : null;
    const a = new Map(then ? leaves(then.value, "state") : []), b = new Map(leaves(now.value, "state"));
    const changed = [...new Set([...a.keys(), ...b.keys()])].filter((k) => a.get(k) !== b.get(k)).map((k) => ({ field: k, a: a.get(k), b: b.get(k) }));
    const box = el("div");
    box.append(el("h2", "minor", `Recorded state, ${then ? "changed since the snapshot before" : "first snapshot"}`));
    box.append(changed.length ? changeTable(changed.slice(0, 12), ["path", "before", "now"], 200) : el("span", "dim", "unchanged"));
    return box;
  }
}

const leafName = (path) => path.replace(/^(input|output|messages_in)\.?/, "") || path;

// Leaves of what the previous hop had (its input and output) against what this one was given.
function contextChange(previous, hop) {
  const had = [...leaves(...givenTo(previous), 400), ...leaves(previous.output, "output", 400)];
  const gets = leaves(...givenTo(hop), 400);
  const known = new Set(had.map(([, v]) => String(v)));
  const text = gets.map(([, v]) => String(v)).join("\n");
  const change = { entered: [], left: [], cut: [], kept: [] };
  const cutFrom = new Set();
  for (const [path, value] of gets) {
    const here = String(value), bare = here.replace(/[\s.…]+$/, "");
    if (known.has(here)) { change.kept.push({ path, value }); continue; }
    const longer = bare.length >= MIN_CUT && had.find(([, v]) => typeof v === "string" && v.length > bare.length && v.startsWith(bare));
    if (longer) { change.cut.push({ path, value, lost: longer[1].length - bare.length }); cutFrom.add(longer[0]); } else change.entered.push({ path, value });
  }
  const told = new Set();
  for (const [path, value] of had) {
    const there = String(value);
    if (told.has(there) || cutFrom.has(path) || there.length < 2) continue;
    told.add(there);
    if (!text.includes(there)) change.left.push({ path, value });
  }
  return change;
}
