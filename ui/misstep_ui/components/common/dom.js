// Making elements and asking the API. Text of a trace goes through textContent only.

// What turns the direction of the text after it is shown by its number: a name with it in would
// reorder what stands around it.
const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;
const visible = (text) => String(text).replace(TURNS, (c) => `⟨U+${c.charCodeAt(0).toString(16).toUpperCase()}⟩`);
const asRecorded = (text) => String(text).replace(/⟨U\+(20(?:2[A-E]|6[6-9]))⟩/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
const READ = ["title", "aria-label", "placeholder"];

function el(tag, cls, text, attributes) {
  const node = document.createElement(tag);
  if (cls) node.className = cls;
  if (text !== undefined && text !== null) node.textContent = visible(text);
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, READ.includes(name) ? visible(value) : value);
  return node;
}

function press(text, act, options) {
  const { cls = "", label, title } = options || {};
  const button = el("button", cls, text, { type: "button" });
  if (label) button.setAttribute("aria-label", visible(label));
  if (title) button.title = visible(title);
  button.addEventListener("click", act);
  return button;
}

function labelled(text, control) {
  const label = el("label", "field");
  label.append(el("span", "", text), control);
  return label;
}

function choice(options, value, label, act) {
  const select = el("select", "", null, { "aria-label": label });
  for (const [key, text] of options) select.append(el("option", "", text, { value: key }));
  select.value = value;
  select.addEventListener("change", () => act(select.value));
  return select;
}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    throw Object.assign(new Error("misstep does not answer; is it still running?"), { status: 0, cause: error });
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(body.error || `the server answered ${answer.status}`), { status: answer.status });
  return body;
}

function send(path, body, method) {
  return ask(path, { method: method || "POST", headers: { "content-type": "application/json" }, body: body === undefined ? undefined : JSON.stringify(body) });
}

const runPath = (runId, rest) => `/api/runs/${encodeURIComponent(runId)}${rest || ""}`;

// A later call within the wait replaces the earlier one.
function soon(act, wait_ms) {
  let timer = null;
  return (...given) => { clearTimeout(timer); timer = setTimeout(() => act(...given), wait_ms); };
}

// At most once in the wait (a number, or what tells it), however often it is called: a steady stream
// of calls does not put it off. Never twice at the same time.
function steady(act, wait_ms) {
  let timer = null, running = false, again = false;
  const run = async () => {
    timer = null; running = true; again = false;
    try { await act(); } finally { running = false; if (again) call(); }
  };
  const call = () => {
    if (running) again = true;
    else if (timer === null) timer = setTimeout(run, typeof wait_ms === "function" ? wait_ms() : wait_ms);
  };
  return call;
}

function typing(event) {
  const target = event.composedPath()[0];
  return /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName || "") || target.isContentEditable;
}

// What somebody or something judged, in one word; why at a second look.
function scored(score) {
  const { name, value, label, by, explanation } = score;
  return el("span", "chip", `${short(name, 40)} ${value ?? short(label ?? "", 40)}${by ? ` · ${short(by, 24)}` : ""}`, explanation ? { title: explanation } : undefined);
}

// Who marks: asked once, kept in this browser.
const whoami = {
  get: () => { try { return localStorage.getItem("misstep.by") || "user"; } catch { return "user"; } },
  set: (name) => { try { localStorage.setItem("misstep.by", name); } catch { /* private windows keep nothing */ } },
};
