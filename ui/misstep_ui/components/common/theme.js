// The page's own theme decides: its background is dark or light. Colours for canvases are read once.

const COLOURS = ["bg", "panel", "raised", "line", "line-soft", "text", "dim", "faint", "origin", "origin-bg", "carried", "amplified", "absorbed", "clean", "select", "link", "focus"];
const KINDS = ["llm", "tool", "retriever", "embedding", "reranker", "guardrail", "evaluator", "agent", "chain"];

function setTheme(root) {
  const probe = getComputedStyle(root.getRootNode().host || root).getPropertyValue("--st-background-color").trim()
    || getComputedStyle(document.querySelector(".stApp") || document.body).backgroundColor;
  const holder = el("i");
  holder.style.color = probe;
  root.append(holder);
  const parts = (getComputedStyle(holder).color.match(/[\d.]+/g) || [255, 255, 255]).map(Number);
  holder.remove();
  root.classList.toggle("ms-dark", 0.3 * parts[0] + 0.59 * parts[1] + 0.11 * parts[2] < 128);
}

function palette(root) {
  const style = getComputedStyle(root);
  const read = (name) => style.getPropertyValue(`--${name}`).trim();
  const made = Object.fromEntries(COLOURS.map((name) => [name, read(name)]));
  for (const kind of KINDS) made[`k-${kind}`] = read(`k-${kind}`);
  return Object.assign(made, { unknown: made.faint, sans: read("sans"), mono: read("mono") });
}

// A canvas context in CSS pixels, sharp on every screen.
function pencil(canvas, width, height) {
  const ratio = devicePixelRatio || 1;
  const wide = Math.round(width * ratio), high = Math.round(height * ratio);
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide; canvas.height = high;
    canvas.style.width = `${width}px`; canvas.style.height = `${height}px`;
  }
  const g = canvas.getContext("2d");
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  return g;
}

// A hop's label, its number kept where the name has to be cut: it tells hops of one name apart.
function fitLabel(g, label, width) {
  const number = /#\d+$/.exec(label);
  if (!number || g.measureText(visible(label)).width <= width) return fit(g, label, width);
  return fit(g, label.slice(0, number.index), width - g.measureText(number[0]).width) + number[0];
}

// The longest start of a text that fits; what was measured is remembered.
const fitted = new Map();
function fit(g, told, width) {
  const text = visible(told);
  if (width < 10) return "";
  const key = `${g.font}|${Math.round(width)}|${text.length > 200 ? text.slice(0, 200) : text}`;
  const known = fitted.get(key);
  if (known !== undefined) return known;
  let low = text.length;
  if (g.measureText(text.slice(0, 400)).width > width || text.length > 400) {
    low = 0;
    let high = Math.min(text.length, 400);
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (g.measureText(text.slice(0, middle) + "…").width <= width) low = middle; else high = middle - 1;
    }
  }
  const made = low >= text.length ? text : text.slice(0, low) + "…";
  if (fitted.size > 20000) fitted.clear();
  fitted.set(key, made);
  return made;
}
