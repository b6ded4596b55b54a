// Failing runs that went wrong at the same hop by the same rule, as one line each.

const SPARK_HIGH = 20;

class FaultsTable {
  // act: {show(fault), open(run_id)}
  constructor(act) {
    this.act = act;
    this.node = el("div", "table");
  }

  show({ faults }) {
    if (!faults.length) { this.node.replaceChildren(el("p", "dim pad", "None of these runs failed.")); return; }
    const table = el("table", "list faults"), head = el("tr"), top = el("thead"), body = el("tbody");
    for (const [text, cls] of [["First bad hop", ""], ["Rule", "when-wide"], ["Pipeline", "when-broad"], ["Over time", "when-wide"], ["Runs", "num"], ["First", "when-wide"], ["Last", "when-broad"], ["Example", "when-broad"]]) head.append(el("th", cls, text, { scope: "col" }));
    for (const fault of faults) body.append(this.row(fault));
    top.append(head); table.append(top, body);
    this.node.replaceChildren(table);
  }

  row(f) {
    const row = el("tr", "fault"), name = el("td", "wide what"), rule = el("td", "when-wide"), spark = el("td", "when-wide"), last = el("td", "when-broad");
    const title = f.origin ? `● ${f.origin}` : f.rule ? `✕ ${f.rule}` : "no first bad hop found";
    name.append(press(title, (event) => { event.stopPropagation(); this.act.show(f); }, { cls: `plain strong ${f.origin ? "bad" : ""}`, label: `The ${plural(f.runs, "run")} of ${f.pipeline} with ${f.origin || f.rule || "no first bad hop"}` }));
    name.append(el("div", "dim detail", f.detail ? short(f.detail, 120) : "", { title: f.detail ? short(f.detail, 400) : "" }));
    if (f.origin && f.rule) rule.append(el("span", "chip", f.rule));
    if (f.confirmed) rule.append(" ", el("span", "chip good", `${count(f.confirmed)} confirmed`));
    spark.append(this.spark(f));
    last.append(press("Open latest", (event) => { event.stopPropagation(); this.act.open(f.latest); }, { label: `Open the latest run with ${f.origin || f.rule || "this"}` }));
    row.append(name, rule, el("td", "wide when-broad", f.pipeline), spark, el("td", "num strong", count(f.runs)), el("td", "dim mono when-wide", whenShort(f.first_at)), el("td", "dim mono when-broad", whenShort(f.last_at)), last);
    row.addEventListener("click", () => this.act.show(f));
    return row;
  }

  // As the shares of its fullest step; figures stand in the label.
  spark(f) {
    const most = Math.max(...f.history), box = el("span", "spark", null, { role: "img", "aria-label": `${plural(f.runs, "run")} from ${when(f.first_at)} to ${when(f.last_at)}` });
    for (const n of f.history) { const bar = el("i"); bar.style.height = n ? `${Math.max(3, Math.round((n / most) * SPARK_HIGH))}px` : "1px"; if (n) bar.className = "some"; box.append(bar); }
    return box;
  }
}
