// How numbers, times and states read everywhere.

const GLYPHS = { origin: "●", carried: "◐", amplified: "▲", absorbed: "◌", clean: "○", unknown: "·" };
const STATE_SAYS = {
  origin: "its output is wrong although its inputs were not",
  carried: "passes the wrong value on",
  amplified: "makes it worse",
  absorbed: "received it; its result is unaffected",
  clean: "nothing wrong came in or went out",
  unknown: "not diagnosed",
};
// A hop that failed, and nothing wrong came of it: what a person is told instead of "clean".
const seenAs = (hop) => (hop.error && hop.state === "clean" ? { state: "origin", glyph: "✕", word: "failed", says: "it failed, and nothing wrong came of it" } : { state: hop.state, glyph: GLYPHS[hop.state], word: hop.state, says: STATE_SAYS[hop.state] });
const WRONG_STATES = ["origin", "carried", "amplified"];

function duration(ms) {
  if (ms < 0) return `−${duration(-ms)}`;
  if (ms < 1) return ms === 0 ? "0 ms" : "<1 ms";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120000) return `${(ms / 1000).toFixed(ms < 10000 ? 2 : 1)} s`;
  return ms < 7200000 ? `${(ms / 60000).toFixed(1)} min` : `${(ms / 3600000).toFixed(1)} h`;
}

function money(cost, unpriced) {
  if (cost === null || cost === undefined) return unpriced ? "no price" : "–";
  const digits = cost >= 1 ? 2 : cost >= 0.01 ? 3 : 5;
  if (cost > 0 && cost < 0.00001) return `${unpriced ? "at least " : ""}<$0.00001`;
  return `${unpriced ? "at least " : ""}$${cost.toFixed(cost === 0 ? 2 : digits)}`;
}

const count = (n) => Number(n).toLocaleString("en");
const plural = (n, one, many) => `${count(n)} ${n === 1 ? one : many || `${one}s`}`;

function when(iso) {
  const at = new Date(iso);
  if (isNaN(at)) return "";
  const two = (n) => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

// The day only where it is not today.
function whenShort(iso) {
  const full = when(iso), now = when(new Date().toISOString());
  if (full.slice(0, 4) !== now.slice(0, 4)) return full.slice(0, 16);
  return full.slice(0, 10) === now.slice(0, 10) ? full.slice(11) : full.slice(5, 16);
}

function short(value, limit) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (text === undefined) return "–";
  const flat = text.slice(0, limit * 2).replace(/\s+/g, " ");
  return flat.length > limit || text.length > limit * 2 ? flat.slice(0, limit - 1) + "…" : flat;
}

// What hops are called where one is meant, as the rest of misstep does: NAME#n by start where a name repeats.
function labelsOf(names) {
  const total = new Map(), upto = new Map();
  for (const name of names) total.set(name, (total.get(name) || 0) + 1);
  return names.map((name) => { upto.set(name, (upto.get(name) || 0) + 1); return total.get(name) > 1 ? `${name}#${upto.get(name)}` : name; });
}

// A model's name without the day it is from.
const undated = (model) => model.replace(/-\d{4}-?\d{2}-?\d{2}$/, "");

function bytes(n) {
  for (const unit of ["B", "kB", "MB", "GB"]) { if (n < 1000) return `${n < 10 && unit !== "B" ? n.toFixed(1) : Math.round(n)} ${unit}`; n /= 1000; }
  return `${n.toFixed(1)} TB`;
}
