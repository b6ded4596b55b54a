// Runs by session or by user.

class GroupsTable {
  constructor(choose) {
    this.choose = choose;
    this.node = el("div", "table");
  }

  show({ by, groups }) {
    if (!groups.length) { this.node.replaceChildren(el("p", "dim pad", `No run here names a ${by}. Give it with misstep.run(…) attributes or the OpenTelemetry attribute ${by}.id.`)); return; }
    const table = el("table", "list"), head = el("tr"), top = el("thead"), body = el("tbody");
    for (const [text, cls] of [[by === "session" ? "Session" : "User", ""], ["Runs", "num"], ["Failing", "num"], ["First", ""], ["Last", ""], ["Cost", "num"], ["Tokens", "num"], ["Pipelines", ""]]) head.append(el("th", cls, text, { scope: "col" }));
    for (const group of groups) body.append(this.row(by, group));
    top.append(head); table.append(top, body);
    this.node.replaceChildren(table);
  }

  row(by, g) {
    const row = el("tr", g.failing ? "fault" : ""), first = el("td", "wide");
    first.append(press(short(g.value, 60), () => this.choose(by, g.value), { cls: "plain strong", label: `Runs of ${by} ${g.value}` }));
    row.append(first, el("td", "num", count(g.runs)), el("td", `num${g.failing ? " bad strong" : ""}`, g.failing ? count(g.failing) : "–"), el("td", "dim mono", when(g.first_at)), el("td", "dim mono", when(g.last_at)),
      el("td", "num", money(g.cost_usd, g.unpriced_tokens)), el("td", "num", count(g.tokens)), el("td", "wide dim", g.pipelines.join(", ")));
    row.addEventListener("click", () => this.choose(by, g.value));
    return row;
  }
}
