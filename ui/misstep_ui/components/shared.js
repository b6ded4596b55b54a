// What both components use. Text of a trace goes through textContent only.
const GLYPHS = { origin: "●", carried: "◐", amplified: "▲", absorbed: "◌", clean: "○", unknown: "·" };

function el(tag, cls, text, attributes) {
  const node = document.createElement(tag);
  if (cls) node.className = cls;
  if (text !== undefined && text !== null) node.textContent = String(text);
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
  return node;
}

async function ask(path, options) {
  const answer = await fetch(path, options);
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(body.error || `${answer.status}`), { status: answer.status });
  return body;
}

function duration(ms) {
  if (ms < 1) return "<1 ms";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 120000 ? `${(ms / 1000).toFixed(ms < 10000 ? 2 : 1)} s` : `${(ms / 60000).toFixed(1)} min`;
}

function money(cost, unpriced) {
  if (cost === null || cost === undefined) return unpriced ? "no price" : "–";
  const digits = cost >= 1 ? 2 : cost >= 0.01 ? 3 : 5;
  return `${unpriced ? "at least " : ""}$${cost.toFixed(digits)}`;
}

function when(iso) {
  const moment = new Date(iso);
  if (isNaN(moment)) return "";
  const two = (n) => String(n).padStart(2, "0");
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())} ${two(moment.getHours())}:${two(moment.getMinutes())}:${two(moment.getSeconds())}`;
}

// The page's own theme decides: its background is dark or light.
function setTheme(root) {
  const probe = getComputedStyle(root.getRootNode().host || root).getPropertyValue("--st-background-color").trim()
    || getComputedStyle(document.querySelector(".stApp") || document.body).backgroundColor;
  const holder = el("i"); holder.style.color = probe; root.append(holder);
  const parts = (getComputedStyle(holder).color.match(/[\d.]+/g) || [255, 255, 255]).map(Number);
  holder.remove();
  root.classList.toggle("ms-dark", 0.3 * parts[0] + 0.59 * parts[1] + 0.11 * parts[2] < 128);
}

function short(value, limit) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (text === undefined) return "–";
  return text.length > limit ? text.slice(0, limit - 1) + "…" : text;
}
