// Runs and failures over time, in one line; a stretch of it can be chosen.

const BUCKETS = 80, HISTORY_HIGH = 34;

class HistoryLine {
  constructor(choose) {
    this.choose = choose;
    this.node = el("figure", "history");
    this.canvas = el("canvas", "", null, { role: "img", "aria-label": "Failures over time" });
    this.caption = el("figcaption", "dim");
    this.node.append(this.canvas, this.caption);
    this.canvas.addEventListener("pointerdown", (event) => this.grab(event));
    this.canvas.addEventListener("mousemove", (event) => { if (this.data && this.data.runs.length) this.canvas.title = this.told(this.bucketAt(event)); });
  }

  async load(query) {
    try {
      const asked = new URLSearchParams(query);
      asked.delete("sort");
      asked.set("buckets", String(BUCKETS));
      this.data = await ask(`/api/history?${asked}`);
    } catch { this.data = null; }
    this.draw();
  }

  moment(bucket) { const low = Date.parse(this.data.since), high = Date.parse(this.data.until); return new Date(low + ((high - low) * bucket) / this.data.runs.length); }

  bucketAt(event) { const box = this.canvas.getBoundingClientRect(); return Math.max(0, Math.min(this.data.runs.length - 1, Math.floor(((event.clientX - box.left) / box.width) * this.data.runs.length))); }

  told(bucket) { return `${when(this.moment(bucket))}: ${plural(this.data.runs[bucket], "run")}, ${count(this.data.failing[bucket])} failing`; }

  grab(event) {
    if (!this.choose || !this.data || !this.data.runs.length) return;
    const first = this.bucketAt(event);
    this.canvas.setPointerCapture(event.pointerId);
    const done = (e) => {
      const last = this.bucketAt(e), low = Math.min(first, last), high = Math.max(first, last) + 1;
      if (last !== first) this.choose(this.moment(low).toISOString(), this.moment(high).toISOString());
    };
    this.canvas.addEventListener("pointerup", done, { once: true });
  }

  draw() {
    const width = this.node.clientWidth, data = this.data;
    this.node.hidden = !data || !data.runs.length || data.runs.reduce((a, b) => a + b, 0) < 2;
    if (this.node.hidden || width < 20) return;
    const p = palette(this.node.closest(".ms-root")), g = pencil(this.canvas, width, HISTORY_HIGH), most = Math.max(...data.runs), step = width / data.runs.length;
    g.clearRect(0, 0, width, HISTORY_HIGH);
    data.runs.forEach((runs, i) => {
      if (!runs) return;
      const high = Math.max(3, (runs / most) * (HISTORY_HIGH - 2)), bad = (data.failing[i] / runs) * high;
      g.fillStyle = p.line; g.fillRect(i * step, HISTORY_HIGH - high, Math.max(2, step - 1), high - bad);
      g.fillStyle = p.origin; g.fillRect(i * step, HISTORY_HIGH - bad, Math.max(2, step - 1), bad);
    });
    g.fillStyle = p["line"]; g.fillRect(0, HISTORY_HIGH - 1, width, 1);
    const runs = data.runs.reduce((a, b) => a + b, 0), failing = data.failing.reduce((a, b) => a + b, 0);
    this.canvas.setAttribute("aria-label", `Failures over time: ${count(failing)} of ${plural(runs, "run")} failing`);
    this.caption.replaceChildren(el("span", "", when(data.since)), el("span", "", `${count(failing)} of ${plural(runs, "run")} failing${data.outside ? `; ${plural(data.outside, "run")} outside, by a clock years off` : ""}${this.choose ? "; drag to choose a time" : ""}`), el("span", "", when(data.until)));
  }
}
