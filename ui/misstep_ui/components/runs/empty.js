// An empty store: three ways to a first trace, each to be copied.

const WAYS = [
  ["Wrap your pipeline", `import misstep

misstep.init()

@misstep.pipeline
def answer(ticket: str) -> str: ...

@misstep.hop(kind="llm")
def extract(ticket: str) -> dict: ...`],
  ["Run a program that was never changed", "misstep run -- python app.py"],
  ["Point any OpenTelemetry exporter at it", "export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318"],
];

function emptyStore() {
  const page = el("div", "empty");
  page.append(el("h1", "", "No runs yet"), el("p", "dim", "Three ways to a first one. It appears here as it arrives."));
  WAYS.forEach(([title, code], i) => {
    const box = el("div", "way"), head = el("div", "sheet-head"), copy = press("Copy", async () => {
      try { await navigator.clipboard.writeText(code); copy.textContent = "Copied"; } catch { copy.textContent = "Select and copy"; }
    }, { label: `Copy: ${title}` });
    head.append(el("h2", "", `${i + 1}. ${title}`), copy);
    box.append(head, el("pre", "", code));
    page.append(box);
  });
  const demo = el("p", "dim", "Or look at bundled pipelines, good and failing: ");
  demo.append(el("code", "mono", "misstep demo"));
  page.append(demo);
  return page;
}
