// Changes as the server tells them; nothing is asked while the page is hidden.

class Live {
  constructor(path, act) {
    this.path = path; this.act = act; this.source = null;
    this.seen = () => (document.hidden ? this.pause() : this.resume());
    document.addEventListener("visibilitychange", this.seen);
    this.seen();
  }

  resume() {
    if (this.source) return;
    this.source = new EventSource(this.path);
    this.source.addEventListener("runs", (event) => this.act(JSON.parse(event.data)));
    // After a pause or a lost connection something may have been missed.
    this.source.addEventListener("open", () => { if (this.lost) this.act({ run_ids: [], more: true }); this.lost = false; });
    this.source.addEventListener("error", () => { this.lost = true; });
  }

  pause() { if (this.source) { this.source.close(); this.source = null; this.lost = true; } }

  stop() { document.removeEventListener("visibilitychange", this.seen); this.pause(); }
}

// One view per mounted root, whatever Streamlit reruns.
function mounted(make) {
  const views = new WeakMap();
  return (component) => {
    const root = component.parentElement.querySelector(".ms-root");
    let view = views.get(root);
    if (!view) { view = make(root); views.set(root, view); }
    setTheme(root);
    view.connect(component);
    return () => view.stop();
  };
}
