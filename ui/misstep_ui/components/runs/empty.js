// An empty store: three ways to a first trace, each to be copied, with this server's own address.

const DEFAULT_PORT = "4318";

function firstWays({ otlp }) {
  const usual = !otlp || otlp.endsWith(`:${DEFAULT_PORT}`), there = otlp || `http://127.0.0.1:${DEFAULT_PORT}`;
  return [
    ["Wrap your pipeline", `import misstep

misstep.init(${usual ? "" : `endpoint="${there}"`})

@misstep.pipeline
def answer(ticket: str) -> str: ...

@misstep.hop(kind="llm")
def extract(ticket: str) -> dict: ...`],
    ["Run a program that was never changed", `misstep run ${usual ? "" : `--endpoint ${there} `}-- python app.py`],
    ["Point any OpenTelemetry exporter at it", `export OTEL_EXPORTER_OTLP_ENDPOINT=${there}`],
  ];
}

function emptyStore() {
  const page = el("div", "empty"), ways = el("div", "ways"), demo = el("p", "dim", "Or look at bundled pipelines, good and failing: ");
  page.append(el("h1", "", "No runs yet"), el("p", "dim", "Three ways to a first one. It appears here as it arrives."), ways);
  const show = (receiver) => ways.replaceChildren(...firstWays(receiver).map(way));
  show({});
  ask("/api/receiver").then(show).catch(() => { /* the usual address stays */ });
  demo.append(el("code", "mono", "misstep demo"));
  page.append(demo);
  return page;
}

function way([title, code], i) {
  const box = el("div", "way"), head = el("div", "sheet-head"), copy = press("Copy", async () => {
    try { await navigator.clipboard.writeText(code); copy.textContent = "Copied"; } catch { copy.textContent = "Select and copy"; }
  }, { label: `Copy: ${title}` });
  head.append(el("h2", "", `${i + 1}. ${title}`), copy);
  box.append(head, el("pre", "", code, { tabindex: "0" }));
  return box;
}
