// Where each hop stands on the timeline: one a row as a tree, or packed into lanes by kind and model.

class TreeRows {
  // room: the height there is; few hops get more of it. hidden: hops that get no row.
  constructor(model, room, hidden) {
    this.hops = hidden && hidden.size ? model.tree.filter((h) => !hidden.has(h)) : model.tree;
    this.two = this.hops.length <= 60;
    this.row = this.two ? Math.max(34, Math.min(46, Math.floor((room || 0) / Math.max(1, this.hops.length)))) : 22;
    this.place = new Map(this.hops.map((h, i) => [h.hop_id, i]));
    this.height = this.hops.length * this.row;
  }

  top(hop) { return this.place.get(hop.hop_id) * this.row; }

  at(y) { return this.hops[Math.floor(y / this.row)] || null; }

  // Hops whose row is between two heights, with their top.
  *between(low, high) {
    const last = Math.min(this.hops.length, Math.ceil(high / this.row));
    for (let i = Math.max(0, Math.floor(low / this.row)); i < last; i++) yield [this.hops[i], i * this.row];
  }

  order() { return this.hops; }
}

// The first place in hops by start whose start is not before a moment.
function firstFrom(hops, ms) {
  let low = 0, high = hops.length;
  while (low < high) { const middle = (low + high) >> 1; if (hops[middle].offset_ms < ms) low = middle + 1; else high = middle; }
  return low;
}

const LANE_ROW = 20, LANE_HEAD = 8, LANE_MOST = 40;

class LaneRows {
  constructor(model) {
    this.row = LANE_ROW;
    this.lanes = [];
    this.place = new Map();
    const byName = new Map();
    for (const hop of model.hops) {
      const name = hop.model ? `${hop.kind} · ${hop.model}` : hop.kind;
      if (!byName.has(name)) byName.set(name, { name, kind: hop.kind, rows: [], ends: [], hops: 0, busy_ms: 0 });
      this.put(byName.get(name), hop);
    }
    let y = 0;
    for (const lane of byName.values()) {
      lane.top = y;
      lane.height = LANE_HEAD + lane.rows.length * LANE_ROW;
      y += lane.height;
      this.lanes.push(lane);
    }
    this.height = y;
    this.hops = model.hops;
  }

  // The first line of the lane that is free by then; a crowd shares the last one.
  put(lane, hop) {
    let line = lane.ends.findIndex((end) => end <= hop.offset_ms + 0.001);
    if (line < 0) line = lane.rows.length < LANE_MOST ? lane.rows.length : LANE_MOST - 1;
    if (!lane.rows[line]) { lane.rows[line] = Object.assign([], { longest: 0 }); lane.ends[line] = 0; }
    lane.rows[line].push(hop);
    lane.rows[line].longest = Math.max(lane.rows[line].longest, hop.duration_ms);
    lane.ends[line] = Math.max(lane.ends[line], hop.offset_ms + hop.duration_ms);
    lane.hops += 1; lane.busy_ms += hop.duration_ms;
    this.place.set(hop.hop_id, [lane, line]);
  }

  top(hop) { const [lane, line] = this.place.get(hop.hop_id); return lane.top + LANE_HEAD / 2 + line * LANE_ROW; }

  // The line at a height, its hops by start.
  lineAt(y) {
    const lane = this.lanes.find((l) => y >= l.top && y < l.top + l.height);
    if (!lane) return [];
    return lane.rows[Math.max(0, Math.min(lane.rows.length - 1, Math.floor((y - lane.top - LANE_HEAD / 2) / LANE_ROW)))];
  }

  order() { return this.hops; }
}
