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

// The address goes to Python and comes back as data, later than the next change may be made: what
// was reported once is an echo, anything else is a link that was followed or the browser's Back.
class Address {
  constructor() { this.told = []; this.last = null; }

  static sign(values) { return JSON.stringify(Object.entries(values || {}).filter(([, v]) => v !== null && v !== undefined && v !== "" && v !== true).sort()); }

  report(component, values) { this.told.push(Address.sign(values)); component.setStateValue("address", { ...values }); }

  // Whether data that came says something new.
  news(values) {
    const sign = Address.sign(values), echo = this.told.indexOf(sign), fresh = sign !== this.last && echo < 0;
    this.told.splice(0, echo + 1); // reports before it were overtaken
    this.last = sign;
    return fresh;
  }
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
