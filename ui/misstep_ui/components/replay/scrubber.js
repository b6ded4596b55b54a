// The whole run in one line: where we are, what part is shown, play and step.

const STEP_MS = 700, STRIP = 24;

class Scrubber {
  constructor(view) {
    this.view = view;
    this.node = el("div", "strip");
    this.canvas = el("canvas", "", null, { tabindex: "0", role: "slider", "aria-label": "Moment of the run" });
    this.bar = el("div", "keys");
    this.playButton = press("▶ Play", () => this.play(), { label: "Play the run hop by hop" });
    this.note = el("span", "note");
    this.bar.append(press("◀", () => view.step(-1), { label: "Hop before" }), this.playButton, press("▶", () => view.step(1), { label: "Next hop" }), this.hints(), this.note);
    this.node.append(this.canvas, this.bar);
    this.canvas.addEventListener("pointerdown", (event) => this.grab(event));
    this.canvas.addEventListener("keydown", (event) => {
      if (event.key === "ArrowLeft" || event.key === "ArrowRight") { event.preventDefault(); event.stopPropagation(); view.step(event.key === "ArrowLeft" ? -1 : 1); }
    });
  }

  hints() {
    const box = el("span", "hints");
    for (const [key, text] of [["j k", "hop"], ["b", "first bad hop"], ["w", "whence"], ["?", "keys"]]) box.append(el("kbd", "", key), el("span", "", text));
    return box;
  }

  // Dragging moves the cursor; with shift it chooses the part of the time that is shown.
  grab(event) {
    const model = this.view.model;
    if (!model || !model.hops.length) return;
    this.canvas.setPointerCapture(event.pointerId);
    const box = this.canvas.getBoundingClientRect(), span = model.total - model.start;
    const at = (e) => model.start + Math.max(0, Math.min(1, (e.clientX - box.left) / box.width)) * span;
    const first = at(event);
    const move = (e) => {
      if (event.shiftKey) { const to = at(e); if (Math.abs(to - first) > span / 200) this.view.timeline.setRange(Math.min(first, to), Math.max(first, to)); return; }
      this.seek(at(e));
    };
    const drop = () => { this.canvas.removeEventListener("pointermove", move); this.view.announce(); };
    if (!event.shiftKey) this.seek(first);
    this.canvas.addEventListener("pointermove", move);
    this.canvas.addEventListener("pointerup", drop, { once: true });
    this.canvas.addEventListener("pointercancel", drop, { once: true });
  }

  // The moment, and the hop that started last before it.
  seek(ms) {
    const hops = this.view.model.hops;
    let low = 0, high = hops.length - 1;
    while (low < high) { const middle = (low + high + 1) >> 1; if (hops[middle].offset_ms <= ms) low = middle; else high = middle - 1; }
    this.view.cursor = ms;
    this.view.choose(hops[low].hop_id, { quiet: true });
  }

  play() {
    if (this.playing) { this.pause(); return; }
    const hops = this.view.model.hops;
    if (!hops.length) return;
    const stride = Math.max(1, Math.round(hops.length / 60));
    const here = this.view.model.byId.get(this.view.selected);
    let i = here && this.view.cursor !== null && here.index < hops.length - 1 ? here.index : -stride;
    this.playButton.textContent = "❚❚ Pause";
    const tick = () => {
      i += stride;
      if (i >= hops.length) { this.pause(); return; }
      this.view.cursor = hops[i].offset_ms;
      this.view.choose(hops[i].hop_id, { quiet: true });
    };
    this.playing = setInterval(tick, STEP_MS);
    tick();
  }

  pause() {
    clearInterval(this.playing);
    this.playing = null;
    this.playButton.textContent = "▶ Play";
    if (this.view.model) this.view.announce();
  }

  // Back to the whole run: nothing dimmed.
  rest() { this.pause(); this.view.cursor = null; this.view.draw(); }

  draw() {
    const model = this.view.model, width = this.node.clientWidth - 24;
    if (!model || !model.run || width < 20) return;
    const p = this.view.palette, g = pencil(this.canvas, width, STRIP);
    const span = Math.max(0.001, model.total - model.start), x = (ms) => ((ms - model.start) / span) * width;
    g.drawImage(this.overview(model, p, width, x), 0, 0, width, STRIP);
    const range = this.view.timeline.range;
    if (range && this.view.timeline.zoomed) {
      g.fillStyle = p.text; g.globalAlpha = 0.18; g.fillRect(0, 0, x(range.from), STRIP); g.fillRect(x(range.to), 0, width, STRIP); g.globalAlpha = 1;
    }
    const selected = model.byId.get(this.view.selected), here = this.view.cursor !== null ? this.view.cursor : selected ? selected.offset_ms : 0;
    g.fillStyle = p.text; g.fillRect(Math.min(width - 2, Math.max(0, x(here) - 1)), 0, 2, STRIP);
    this.canvas.setAttribute("aria-valuemin", "0"); this.canvas.setAttribute("aria-valuemax", String(Math.round(span)));
    this.canvas.setAttribute("aria-valuenow", String(Math.round(here - model.start)));
    this.canvas.setAttribute("aria-valuetext", `${duration(here)}${selected ? `, ${selected.label}` : ""}`);
    this.note.replaceChildren(...this.pathNote());
  }

  // All hops in one line; drawn again only when they, their states, the width or the theme changed.
  overview(model, p, width, x) {
    const key = [model.diagnosis && model.diagnosis.verdict, width, p.bg, devicePixelRatio].join(" ");
    if (this.drawn && this.drawn.model === model && this.drawn.key === key) return this.drawn.canvas;
    const canvas = document.createElement("canvas"), g = pencil(canvas, width, STRIP);
    g.fillStyle = p.bg; g.fillRect(0, 0, width, STRIP);
    // What went wrong is drawn last: nothing covers it.
    for (const wrong of [false, true]) {
      let past = -1;
      for (const hop of model.hops) {
        if ((hop.error || WRONG_STATES.includes(hop.state)) !== wrong) continue;
        const from = x(hop.offset_ms), to = Math.max(from + 2, x(hop.offset_ms + hop.duration_ms) - 1);
        if (to < past + 0.5 && hop.state !== "origin") continue; // less than a pixel more
        past = Math.max(past, to, from + 1);
        g.fillStyle = this.view.timeline.fill(p, hop); g.fillRect(from, wrong ? 3 : 7, to - from, wrong ? STRIP - 6 : STRIP - 14);
      }
    }
    this.drawn = { model, key, canvas };
    return canvas;
  }

  pathNote() {
    const { latency, total, byId } = this.view.model;
    if (!latency || !latency.critical_path.length) return [];
    const parts = [el("span", "", `▁ critical path ${duration(latency.critical_ms)} of ${duration(total)}`, { title: "underlined bars: the hops that decided when the run ended" })];
    const saving = latency.savings[0];
    if (saving && byId.has(saving.before) && byId.has(saving.after)) {
      parts.push(el("span", "", ` · ${byId.get(saving.before).label} ∥ ${byId.get(saving.after).label} would save up to ${duration(saving.saved_ms)}`, { title: `no value went from the one to the other${latency.savings.length > 1 ? `; ${latency.savings.length - 1} more such pairs` : ""}` }));
    }
    return parts;
  }
}
