// One setting of a method: its boundary, weights, learning curves, and where it stands among all strengths.

const LOSS = 0, SCORE = 2;
const LOW = 1, HIGH = 2;

function boundary(paths, place, width) {
  const { plane, drawn, surfaces } = paths.now;
  if (!plane) return [];
  if (drawn[place] < 0) {
    return element("p", { class: "missing" }, `Not drawn: this network's weights were not kept (--keep ${paths.keep}).`);
  }
  const grids = surfaces.map((each) => each[drawn[place]]);
  return surface(plane, paths.colors, [grids], width, `Decision boundary, ${label(paths.settings[place], paths)}`);
}

// How the weights lie; exact zeros are a bar of their own, as high as their share.
function histogram(paths, place, width, most) {
  const height = Math.round(Math.min(Math.max(width * 0.8, 128), 210)), zeros = paths.now.zeros[place];
  if (zeros === null) return element("p", { class: "missing" }, `Weights not kept (--keep ${paths.keep}).`);
  const density = paths.now.density[place], { end, scale } = paths;
  const parts = frame(width, height, `Weights: ${percent(zeros)} of ${paths.now.count[place]} are exactly zero`);
  const { marks, box } = parts;
  const x = linear([-end, end], [box.left, box.right]), y = linear([0, most], [box.bottom, box.top + 14]);
  const step = (2 * end) / density.length;
  density.forEach((share, i) => {
    if (share > 0) marks.append(svg("rect", { class: "fill", x: x(-end + i * step), width: x(step) - x(0) + 0.3, y: y(Math.min(share, most)), height: y(0) - y(Math.min(share, most)) }));
  });
  if (zeros > 0) {
    const tall = (box.bottom - box.top - 14) * zeros;
    marks.append(svg("rect", { class: "zeros", x: x(0) - 2.5, width: 5, y: box.bottom - tall, height: tall }));
  }
  marks.append(svg("text", { class: "said", x: box.right, y: 15, "text-anchor": "end" }, `exactly zero: ${percent(zeros)}`));
  const value = (at) => scale * Math.sinh(at);
  const far = 10 ** Math.floor(Math.log10(value(end)));
  const ticks = [-far, -scale * 2, 0, scale * 2, far].filter((w, i, all) => all.indexOf(w) === i).map((w) => Math.asinh(w / scale));
  axes(parts, x, Object.assign((v) => y(v), { ticks: () => [] }), { x: "weight", ticks }, { x: (at) => plain(Number(value(at).toPrecision(2))) });
  return parts.made;
}

function percent(share) {
  if (!Number.isFinite(share)) return "–";
  return share > 0 && share < 0.001 ? "below 0.1 %" : `${fixed(100 * share, share > 0 && share < 0.1 ? 1 : 0)} %`;
}

// Training and validation over the epochs: the shown replicate's lines, all replicates' bands.
function learning(paths, place, width, kind, domain, log, measure) {
  const traces = paths.traces[place], lines = paths.now.traces[place], epochs = Array.from(paths.epochs), height = 180;
  const name = kind === LOSS ? "loss" : measure.metric, factor = kind === LOSS ? 1 : measure.factor;
  const parts = frame(width, height, `Learning curves: training and validation ${name}`);
  const { made, marks, box } = parts;
  const x = linear([1, epochs[epochs.length - 1]], [box.left, box.right]);
  const y = (log ? logarithmic : linear)(domain, [box.bottom, box.top]);
  for (const [part, look] of [[kind, "train"], [kind + 1, "val"]]) {
    const [, low, high, own] = [...traces[part], lines[part]].map((values) => Array.from(values, (v) => v * factor));
    marks.append(svg("path", { class: `band ${look}`, d: band(epochs, low, high, x, y) }));
    marks.append(svg("path", { class: `line ${look}`, d: line(epochs, own, x, y) }));
  }
  axes(parts, x, y, { x: `epoch · ${name}${kind === LOSS ? "" : measure.unit}` });
  const said = (value) => (kind === LOSS ? plain(Number((value ?? NaN).toPrecision(3))) : score(value, measure));
  reads(made, x, epochs, (i) => `epoch ${epochs[i]}: training ${said(lines[kind][i])}, validation ${said(lines[kind + 1][i])}`);
  return made;
}

// Training, validation and test score at every strength; the bracket is the gap where the slider stands.
function strengths(paths, stops, at, width, domain, measure) {
  const height = 180, parts = frame(width, height, "Scores at every strength");
  const { marks, box } = parts;
  const x = linear([0, Math.max(stops.length - 1, 1)], stops.length > 1 ? [box.left + 14, box.right - 14] : [(box.left + box.right) / 2, box.right]);
  const y = linear(domain, [box.bottom, box.top]);
  const places = Array.from(stops.keys());
  const mean = (values) => { const there = finite(values); return there.length ? there.reduce((a, b) => a + b) / there.length : NaN; };
  marks.append(svg("line", { class: "here", x1: x(at), x2: x(at), y1: box.top, y2: box.bottom }));
  ["train", "val", "test"].forEach((look, part) => {
    const scores = stops.map((place) => finite(paths.settings[place].scores[part]).map((value) => value * measure.factor));
    const means = scores.map(mean);
    marks.append(svg("path", { class: `band ${look}`, d: band(places, scores.map((s) => Math.min(...s)), scores.map((s) => Math.max(...s)), x, y) }));
    marks.append(svg("path", { class: `line ${look}`, d: line(places, means, x, y) }));
    means.forEach((value, i) => Number.isFinite(value) && marks.append(svg("circle", { class: `dot ${look}`, cx: x(i), cy: y(value), r: i === at ? 4 : 2.2,
      "data-tip": `${label(paths.settings[stops[i]], paths)}: ${{ train: "training", val: "validation", test: "test" }[look]} ${measure.metric} ${fixed(value, measure.decimals)}${measure.unit}` })));
  });
  const every = Math.ceil(stops.length / Math.max(1, Math.floor(width / 64)));
  const ticks = places.filter((i) => i % every === 0 || i === at);
  axes(parts, x, y, { x: `strength · ${measure.metric}${measure.unit}`, ticks }, { x: (i) => short(paths.settings[stops[i]], paths) });
  return parts.made;
}

function gap(setting, measure) {
  const [train, , test] = setting.scores.map((values) => finite(values));
  if (!train.length || !test.length) return NaN;
  const mean = (values) => values.reduce((a, b) => a + b) / values.length;
  return (mean(train) - mean(test)) * measure.factor;
}

const nothing = (setting, paths) => setting.method === paths.none;

function label(setting, paths) {
  return nothing(setting, paths) ? "no regularization" : setting.text || "on";
}

// The last words of a setting: `rate 0.3` is 0.3.
function short(setting, paths) {
  return nothing(setting, paths) ? "0" : setting.text ? setting.text.split(", ").map((part) => part.split(" ").pop()).join(", ") : "on";
}
