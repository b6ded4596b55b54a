// Payloads as text: JSON with marked leaves, paths that can be chosen, word differences.

const MAX_LEAVES = 1500, MAX_LEAF = 20000;

function valueAt(value, path) {
  for (const part of path.matchAll(/\.([^.[]+)|\[(\d+)\]/g)) {
    if (value === null || value === undefined) return undefined;
    value = value[part[2] !== undefined ? Number(part[2]) : part[1]];
  }
  return value;
}

// Every leaf below a value: [path, leaf], bounded.
function leaves(value, root, limit) {
  const found = [];
  const walk = (here, path) => {
    if (found.length >= (limit || MAX_LEAVES)) return;
    if (Array.isArray(here)) here.forEach((item, i) => walk(item, `${path}[${i}]`));
    else if (here && typeof here === "object") for (const name of Object.keys(here)) walk(here[name], `${path}.${name}`);
    else if (here !== null && here !== undefined && here !== "") found.push([path, here]);
  };
  walk(value, root);
  return found;
}

// What a hop was given: its input, else the messages of its call.
function givenTo(hop) {
  if (hop.input !== null && hop.input !== undefined) return [hop.input, "input"];
  if (!hop.messages_in.length) return [null, "input"];
  return [hop.messages_in.map((m) => ({ [m.role]: m.parts.map((p) => p.content ?? p.response ?? p.arguments ?? p) })), "messages_in"];
}

class PayloadText {
  // marks: path → [{text, cls, title, go?, whole?}]; pick(path, value) when a leaf is chosen.
  constructor(marks, options) {
    this.marks = marks || new Map();
    Object.assign(this, { pick: null, go: null, chosen: null }, options || {});
    this.box = el("pre", "payload");
    this.left = MAX_LEAVES;
  }

  render(value, root) {
    this.walk(value, root, 0);
    return this.box;
  }

  walk(here, path, depth) {
    const pad = "  ".repeat(depth);
    if (this.left-- <= 0) { if (this.left === -1) this.box.append(el("span", "dim", "… more")); return; }
    const numbers = Array.isArray(here) && here.length > 8 && here.every((v) => typeof v === "number");
    if (numbers) this.box.append(el("span", "dim", `[${here.slice(0, 4).join(", ")}, … ${here.length} numbers]`));
    else if (Array.isArray(here) && here.length) this.list(here, path, depth, pad);
    else if (here && typeof here === "object" && Object.keys(here).length) this.object(here, path, depth, pad);
    else this.leaf(here, path, depth > 0);
  }

  list(here, path, depth, pad) {
    if (here.every((v) => v === null || typeof v !== "object") && JSON.stringify(here).length < 60) {
      this.box.append("[");
      here.forEach((item, i) => { this.leaf(item, `${path}[${i}]`, true); if (i < here.length - 1) this.box.append(", "); });
      this.box.append("]");
      return;
    }
    this.box.append("[\n");
    here.forEach((item, i) => { this.box.append(pad + "  "); this.walk(item, `${path}[${i}]`, depth + 1); this.box.append(i < here.length - 1 ? ",\n" : "\n"); });
    this.box.append(pad + "]");
  }

  // The outermost braces say nothing: fields of a payload stand at the margin.
  object(here, path, depth, pad) {
    const inner = depth === 0 ? "" : pad + "  ";
    if (depth > 0) this.box.append("{\n");
    for (const name of Object.keys(here)) {
      this.box.append(inner, el("span", "key", `${name}: `));
      this.walk(here[name], `${path}.${name}`, depth + (depth === 0 ? 0.5 : 1));
      this.box.append("\n");
    }
    if (depth > 0) this.box.append(pad + "}");
  }

  leaf(value, path, quoted) {
    let text = typeof value === "string" ? (quoted && value.length < 60 && !value.includes("\n") ? JSON.stringify(value) : value) : value === undefined ? "–" : JSON.stringify(value);
    if (text.length > MAX_LEAF) text = `${text.slice(0, MAX_LEAF)}… (${count(text.length)} characters)`;
    const holder = el("span", this.chosen === path ? "leaf chosen" : "leaf", null, { "data-path": path });
    this.fill(holder, text, this.marks.get(path));
    if (this.pick) holder.addEventListener("click", (event) => { if (!String(selectionOf(holder))) this.pick(path, value); });
    this.box.append(holder);
  }

  fill(holder, text, marks) {
    if (!marks) { holder.append(visible(text)); return; }
    const whole = marks.find((m) => m.whole);
    if (whole && (text.length < 200 || !text.includes(whole.text))) { holder.append(this.marked(text, whole)); return; }
    const order = marks.map((m) => ({ ...m, at: m.text ? text.indexOf(m.text) : -1 })).filter((m) => m.at >= 0).sort((a, b) => a.at - b.at || b.text.length - a.text.length);
    let past = 0;
    for (const mark of order) {
      if (mark.at < past) continue;
      holder.append(visible(text.slice(past, mark.at)), this.marked(mark.text, mark));
      past = mark.at + mark.text.length;
    }
    holder.append(visible(text.slice(past)));
  }

  marked(text, mark) {
    if (!mark.go) return el("span", mark.cls || "", text, { title: mark.title || "" });
    // Not a button: those do not break over lines as text does.
    const link = el("span", mark.cls, text, { role: "link", tabindex: "0", title: mark.title });
    link.addEventListener("click", (event) => { event.stopPropagation(); if (!String(selectionOf(this.box))) this.go(mark.go); });
    link.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.stopPropagation(); this.go(mark.go); } });
    return link;
  }
}

// The selection inside a shadow root, where the browser tells it.
function selectionOf(node) {
  const root = node.getRootNode();
  return (root.getSelection && root.getSelection()) || getSelection() || "";
}

// --- differences between two texts, word by word --------------------------------------------

const MAX_WORDS = 400;

function wordsOf(text) { return text.match(/\s+|[\p{L}\p{N}_.,:%€$£/-]+|[^\s]/gu) || []; }

// [[kind, text]] with kind "same", "a" or "b".
function wordDiff(a, b) {
  const left = wordsOf(a), right = wordsOf(b);
  if (left.length > MAX_WORDS || right.length > MAX_WORDS) return [["a", a], ["b", b]];
  const table = Array.from({ length: left.length + 1 }, () => new Uint16Array(right.length + 1));
  for (let i = left.length - 1; i >= 0; i--) for (let j = right.length - 1; j >= 0; j--) table[i][j] = left[i] === right[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
  const parts = [];
  const add = (kind, text) => { const last = parts[parts.length - 1]; if (last && last[0] === kind) last[1] += text; else parts.push([kind, text]); };
  let i = 0, j = 0;
  while (i < left.length || j < right.length) {
    if (i < left.length && j < right.length && left[i] === right[j]) { add("same", left[i]); i++; j++; }
    else if (i < left.length && (j === right.length || table[i + 1][j] >= table[i][j + 1])) add("a", left[i++]);
    else add("b", right[j++]);
  }
  return parts;
}

// One side of a difference as an element: what differs is highlighted.
function sideOf(parts, side) {
  const box = el("span");
  for (const [kind, text] of parts) {
    if (kind === "same") box.append(visible(text)); else if (kind === side) box.append(el("mark", side, text));
  }
  return box;
}

function asText(value) { return value === undefined || value === null ? "–" : typeof value === "string" ? value : JSON.stringify(value); }

function changeRow(change, limit) {
  const row = el("tr"), cut = (text) => (text.length > limit ? text.slice(0, limit) + "…" : text);
  const a = cut(asText(change.a)), b = cut(asText(change.b));
  const parts = change.a === null || change.b === null || change.a === undefined || change.b === undefined ? [["a", a], ["b", b]] : wordDiff(a, b);
  const left = el("td", "a"), right = el("td", "b");
  left.append(sideOf(parts, "a")); right.append(sideOf(parts, "b"));
  row.append(el("td", "path", change.field), left, right);
  return row;
}

function changeTable(changes, headings, limit) {
  const table = el("table", "diff"), head = el("tr"), top = el("thead"), body = el("tbody");
  for (const name of headings) head.append(name ? el("th", "", name, { scope: "col" }) : el("td"));
  for (const change of changes) body.append(changeRow(change, limit));
  top.append(head); table.append(top, body);
  return table;
}

// --- messages --------------------------------------------------------------------------------

// A part of a message as a person reads it: words, a call, its result, a picture by what it is.
function partText(p) {
  const said = (value) => (typeof value === "string" ? value : JSON.stringify(value));
  if (p.type === "tool_call") return `calls ${p.name || "a tool"}(${callText(p.arguments)})`;
  if (p.type === "tool_call_response") return `result: ${said(p.response ?? null)}`;
  if (p.type === "reasoning") return `thought: ${said(p.content)}`;
  if (p.type === "blob" || p.type === "uri" || p.type === "file") return `[${mediaText(p)}]`;
  return said(p.content ?? p);
}

function callText(given) {
  if (given === null || given === undefined) return "";
  if (typeof given !== "object" || Array.isArray(given)) return JSON.stringify(given);
  return Object.entries(given).map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(", ");
}

function mediaText(p) {
  const what = [p.modality, p.mime_type && p.mime_type !== p.modality ? p.mime_type : null].filter(Boolean).join(" ") || "file";
  const size = typeof p.size_bytes === "number" ? `${p.size_bytes} bytes` : null;
  return [what, size, p.uri || p.file_id || p.hash || (typeof p.content === "string" ? p.content.slice(0, 80) : null)].filter(Boolean).join(", ");
}
