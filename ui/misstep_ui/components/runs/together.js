// What ticked runs have in common, against the good runs of the same pipelines.

const GOOD_MOST = 200, MIN_TICKED = 2;

class Together {
  constructor(open) {
    this.open = open;
    this.node = el("section", "together", null, { "aria-label": "What the ticked runs have in common" });
  }

  async show(ticked) {
    this.node.replaceChildren(el("p", "dim", "…"));
    try {
      const pipelines = [...new Set(ticked.map((r) => r.pipeline).filter(Boolean))];
      const pages = await Promise.all(pipelines.map((name) => ask(`/api/runs?verdict=good&limit=${GOOD_MOST}&pipeline=${encodeURIComponent(name)}`)));
      const chosen = new Set(ticked.map((r) => r.run_id));
      this.draw(ticked, pages.flatMap((p) => p.runs).filter((r) => !chosen.has(r.run_id)));
    } catch (error) { this.node.replaceChildren(el("p", "problem", error.message)); }
  }

  draw(ticked, good) {
    const rows = compareTraits(ticked, good).filter((r) => r.here >= Math.max(MIN_TICKED, ticked.length / 2)).slice(0, 24);
    const head = el("div", "sheet-head");
    head.append(el("h2", "", `In common: ${plural(ticked.length, "ticked run")} against ${plural(good.length, "good run")} of the same ${new Set(ticked.map((r) => r.pipeline)).size === 1 ? "pipeline" : "pipelines"}`), press("×", () => { this.node.remove(); }, { cls: "quiet", label: "Close" }));
    if (!rows.length) { this.node.replaceChildren(head, el("p", "dim", "They share nothing that half of them have.")); return; }
    const table = el("table", "list"), top = el("thead"), line = el("tr"), body = el("tbody");
    for (const [text, cls] of [["What", ""], ["Value", ""], ["Ticked", "num"], ["Good runs", "num"], ["", ""]]) line.append(el("th", cls, text, { scope: "col" }));
    top.append(line);
    for (const row of rows) body.append(this.row(row, ticked.length, good.length));
    table.append(top, body);
    const note = good.length ? "Counts, not causes: what stands out among few runs may be chance." : "No good run of these pipelines to compare with: mark one good.";
    this.node.replaceChildren(head, table, el("p", "dim", note));
  }

  row(row, n, m) {
    const line = el("tr", row.here / n - (m ? row.there / m : 0) >= 0.5 ? "stands" : ""), bars = el("td", "bars");
    const bar = (share, cls) => { const b = el("i", cls); b.style.width = `${Math.round(share * 100)}%`; return b; };
    bars.append(bar(row.here / n, "a"), bar(m ? row.there / m : 0, "b"));
    line.append(el("td", "dim", row.what), el("td", "wide", short(row.value, 80)), el("td", "num", `${row.here} of ${n}`), el("td", "num", m ? `${row.there} of ${m}` : "–"), bars);
    return line;
  }
}

// [{what, value, here, there}], what separates the two sets first.
function compareTraits(ticked, good) {
  const here = countTraits(ticked), there = countTraits(good);
  const rows = [...here].map(([key, n]) => { const [what, value] = JSON.parse(key); return { what, value, here: n, there: there.get(key) || 0 }; });
  const apart = (r) => r.here / ticked.length - (good.length ? r.there / good.length : 0);
  return rows.sort((a, b) => apart(b) - apart(a) || b.here - a.here);
}

function countTraits(runs) {
  const counts = new Map();
  for (const run of runs) for (const key of new Set(traits(run).map((t) => JSON.stringify(t)))) counts.set(key, (counts.get(key) || 0) + 1);
  return counts;
}

function traits(run) {
  const found = [["pipeline", run.pipeline || run.name], ["hops", String(run.hop_count)], ["status", run.status]];
  const add = (what, value) => { if (value !== null && value !== undefined && value !== "") found.push([what, String(value)]); };
  run.origins.forEach((o) => add("first bad hop", o.name));
  run.models.forEach((m) => add("model", m));
  run.tags.forEach((t) => add("tag", t));
  add("version", run.version); add("service", run.service); add("user", run.user_id); add("session", run.session_id);
  add("error", run.error && run.error.type); add("commit", run.environment.vcs_commit && run.environment.vcs_commit.slice(0, 12));
  for (const finding of run.findings) add("contract violated", finding.rule);
  for (const [name, version] of Object.entries(run.environment.sdk_versions)) add(`version of ${name}`, version);
  for (const [path, value] of leaves(run.input, "input", 60)) if (String(value).length <= 60) add(path, value);
  return found;
}
