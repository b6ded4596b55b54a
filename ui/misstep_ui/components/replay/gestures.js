// Wheel, drag and rest of the pointer on the timeline.

const DRAG_PX = 4;

class Gestures {
  constructor(timeline) {
    this.timeline = timeline; this.view = timeline.view;
    const { canvas, node } = timeline;
    node.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("pointerdown", (event) => this.grab(event));
    canvas.addEventListener("click", (event) => this.click(event));
    canvas.addEventListener("dblclick", (event) => { const hop = timeline.hit(event); if (hop) timeline.fitHop(hop); });
    canvas.addEventListener("pointermove", (event) => this.hover(event));
    canvas.addEventListener("pointerleave", () => this.view.card.hide());
  }

  place(event) { const box = this.timeline.canvas.getBoundingClientRect(); return { x: event.clientX - box.left, y: event.clientY - box.top }; }

  // Where rows do not fill the screen, and on the axis, the wheel zooms; else only with ctrl.
  wheel(event) {
    const { timeline } = this, { x, y } = this.place(event), at = timeline.layout();
    const sideways = event.shiftKey ? event.deltaX || event.deltaY : Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : 0;
    const overBars = x >= at.left - EDGE, scrolls = timeline.node.scrollHeight > timeline.node.clientHeight + 2;
    this.view.card.hide();
    if (sideways) {
      if (!timeline.zoomed) return;
      event.preventDefault();
      timeline.pan((sideways / (at.right - at.left)) * (timeline.range.to - timeline.range.from));
    } else if (event.ctrlKey || event.metaKey || (overBars && (y < HEAD || !scrolls))) {
      if (event.deltaY > 0 && !timeline.zoomed && !event.ctrlKey) return; // the page may have the wheel
      event.preventDefault();
      timeline.zoom(event.deltaY > 0 ? 1.25 : 0.8, at.ms(x));
    }
  }

  // Dragging over the bars sums up a stretch; on the axis, or with shift, it moves what is shown.
  grab(event) {
    const { timeline } = this, begin = this.place(event), at = timeline.layout();
    if (event.pointerType === "touch" || event.button > 1 || begin.x < at.left - EDGE || !timeline.model) return;
    const pans = event.shiftKey || event.button === 1 || begin.y < HEAD, first = timeline.clamp(at.ms(begin.x)), before = { ...timeline.range };
    let moved = false;
    const move = (e) => {
      const { x } = this.place(e);
      if (!moved && Math.abs(x - begin.x) < DRAG_PX) return;
      if (!moved) { moved = true; timeline.canvas.setPointerCapture(event.pointerId); this.view.card.hide(); }
      if (pans) timeline.panFrom(before, ((begin.x - x) / (at.right - at.left)) * (before.to - before.from));
      else this.view.sums.choose(first, timeline.clamp(at.ms(x)));
    };
    const drop = () => {
      timeline.canvas.removeEventListener("pointermove", move);
      this.dragged = moved;
    };
    if (event.button === 1) event.preventDefault();
    timeline.canvas.addEventListener("pointermove", move);
    timeline.canvas.addEventListener("pointerup", drop, { once: true });
    timeline.canvas.addEventListener("pointercancel", drop, { once: true });
  }

  click(event) {
    if (this.dragged) { this.dragged = false; return; }
    const hop = this.timeline.hit(event);
    this.view.card.hide();
    if (hop) this.view.choose(hop.hop_id);
    this.timeline.node.focus({ preventScroll: true });
  }

  hover(event) {
    if (event.pointerType === "touch" || event.buttons) return;
    const { timeline } = this, hop = timeline.hit(event), { x, y } = this.place(event);
    timeline.canvas.style.cursor = hop ? "pointer" : y < HEAD && timeline.zoomed && x > timeline.layout().left ? "grab" : "default";
    if (hop) this.view.card.show(hop, event); else this.view.card.hide();
  }
}
