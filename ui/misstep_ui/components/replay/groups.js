// What the data-flow graph is made of: a hop a node, or, in long runs, the same step again and again
// as one node that can be opened.

const PLAIN_NODES = 60;   // up to here every hop is a node of its own
const MOST_GROUPS = 150;  // more kinds of step than this are grouped more coarsely
const OPENED = 40;        // hops of an opened group that are shown one by one

// {nodes: [{id, hops, label, path}], of: Map(hop_id → node)}; opened: paths of groups to show in parts.
function graphNodes(model, opened, selected) {
  const alone = (hop) => ({ id: hop.hop_id, hops: [hop], label: hop.label, path: null });
  if (model.hops.length <= PLAIN_NODES) return numbered(model.hops.map(alone));
  const groups = grouped(model), nodes = [];
  for (const [path, hops] of groups) {
    if (hops.length === 1) { nodes.push({ ...alone(hops[0]), path }); continue; }
    // What the verdict speaks of stands for itself.
    const told = hops.filter((h) => tellsItself(model, h) || (h.hop_id === selected && opened.has(path))), shown = new Set(told.slice(0, OPENED));
    if (opened.has(path)) for (const hop of worstFirst(hops)) { if (shown.size >= OPENED) break; shown.add(hop); }
    for (const hop of shown) nodes.push({ ...alone(hop), path, part: true });
    const rest = hops.filter((h) => !shown.has(h));
    if (rest.length === 1) nodes.push({ ...alone(rest[0]), path, part: true });
    else if (rest.length) nodes.push({ id: path, hops: rest, label: rest[0].name, path });
  }
  return numbered(nodes);
}

function numbered(nodes) {
  nodes.sort((a, b) => a.hops[0].index - b.hops[0].index);
  const of = new Map();
  for (const node of nodes) for (const hop of node.hops) of.set(hop.hop_id, node);
  return { nodes, of };
}

function tellsItself(model, hop) {
  return hop.state === "origin" || model.isSymptom(hop) || (model.told && model.told.has(hop.hop_id));
}

const worstFirst = (hops) => {
  const rank = (h) => (h.state === "origin" ? 0 : WRONG_STATES.includes(h.state) ? 1 : h.error ? 2 : 3);
  return [...hops].sort((a, b) => rank(a) - rank(b) || a.index - b.index);
};

// Hops by the names of what they run in and their own: a loop or a fan-out is one group.
function grouped(model) {
  for (const key of [(hop, above) => `${above}/${hop.name}`, (hop) => hop.name, (hop) => `${hop.kind} ${hop.model || ""}`]) {
    const paths = new Map(), groups = new Map();
    for (const hop of model.tree) {
      const parent = model.hops[hop.parent], path = key(hop, (parent && paths.get(parent)) || "");
      paths.set(hop, path);
      if (!groups.has(path)) groups.set(path, []);
      groups.get(path).push(hop);
    }
    if (groups.size <= MOST_GROUPS) { for (const hops of groups.values()) hops.sort((a, b) => a.index - b.index); return groups; }
  }
  return new Map(); // not reached: kinds are few
}

// Arrows between nodes: values where lineage is known, else what runs in what.
function graphArrows(model, of) {
  const arrows = new Map();
  const add = (from, to, edges, tainted, inside) => {
    if (from && from === to) { from.loops = true; return; }
    const key = `${from ? from.id : ""} ${to ? to.id : ""}`;
    if (!arrows.has(key)) arrows.set(key, { from, to, edges: [], tainted: false, inside });
    const arrow = arrows.get(key);
    if (arrow.edges.length < 200) arrow.edges.push(...edges.slice(0, 50));
    arrow.tainted = arrow.tainted || tainted;
  };
  for (const a of model.arrows.values()) {
    const from = a.from ? of.get(a.from) : null, to = a.to ? of.get(a.to) : null;
    if ((!a.from || from) && (!a.to || to)) add(from, to, a.edges, a.tainted, false);
  }
  if (!model.flowKnown) for (const hop of model.hops) { const parent = model.hops[hop.parent]; if (parent) add(of.get(parent.hop_id), of.get(hop.hop_id), [], false, true); }
  return [...arrows.values()];
}
