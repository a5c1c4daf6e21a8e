// The study's pictures drawn anew: one panel for each method, which can be hidden, followed and read.

function panels(data) {
  const methods = new Map(data.methods.map((method) => [method.name, method]));
  if (data.curves) {
    const again = replace("curves", data.curves.curves, methods, (one, width) => curvePanel(one, data, width));
    const numbers = [...new Set(data.curves.curves.flatMap((one) => Object.keys(one.singles)))].sort((a, b) => a - b);
    const pick = element("select", { "aria-label": "curves of", on: { change: () => { data.curves.single = pick.value; for (const draw of again) draw(); } } },
      element("option", { value: "" }, "mean of all replicates"), ...numbers.map((number) => element("option", { value: number }, `replicate ${number}`)));
    if (numbers.length > 1) above("curves", element("label", {}, "lines: ", pick));
  }
  if (data.boundaries) {
    data.boundaries.now = 0;
    const again = replace("boundaries", data.boundaries.surfaces, methods, (one, width) => boundaryPanel(one, data.boundaries, width));
    const pick = replicates(data.boundaries.replicates, (at) => { data.boundaries.now = at; for (const draw of again) draw(); });
    if (pick) above("boundaries", pick);
  }
  if (data.weights) replace("weights", data.weights.distributions, methods, (one, width) => weightsPanel(one, data.weights, width));
  if (data.reliability) replace("reliability", data.reliability.methods, methods, (one, width) => reliabilityPanel(one, data.reliability, data.baseline, width));
  if (data.strength) {
    const tried = [...data.strength.tunings, ...data.strength.surfaces];
    replace("strength", tried, methods, (one, width) => (one.ticks ? tuningPanel : mapPanel)(one, data.strength, width));
  }
}

const MANY = 12, FIRST = 8; // of more methods than `MANY` the first ones have a panel, and those that are followed

const CAPTIONS = {
  weights: "The density of the weights that are not exactly zero, of all replicates together. The axis is linear around zero and "
    + "logarithmic outside, so that small and large weights both show; biases are left out.",
};

// Puts a control above the panels of a picture.
function above(name, control) {
  document.querySelector(`#${name} .panels`)?.before(element("div", { class: "controls" }, control));
}

// Puts panels where a picture stands, and returns what draws each again; the picture is shown where there is no script.
function replace(name, all, methods, draw) {
  const place = document.getElementById(name), draws = [];
  if (!place) return draws;
  const grid = element("div", { class: "panels" });
  place.classList.add("live");
  if (CAPTIONS[name]) place.querySelector("figcaption").textContent = CAPTIONS[name];
  place.append(grid);
  const many = all.length > MANY;
  if (many) {
    grid.classList.add("few");
    const more = element("button", { type: "button", on: { click: () => { grid.classList.remove("few"); more.remove(); } } }, `show all ${all.length} methods`);
    place.append(more);
  }
  all.forEach((one, i) => {
    const method = methods.get(one.method);
    if (!method) return;
    const view = element("div", { class: "view" });
    const title = element("button", { type: "button", class: "follow", on: { click: () => follow(method.name) } },
      element("span", { class: "glyph", "aria-hidden": "true" }, method.glyph), ...breakable(method.name));
    const more = element("button", { type: "button", class: "larger", "aria-label": `enlarge ${method.name}`, title: "enlarge", on: { click: () => enlarge(method, (width) => draw(one, width)) } }, "⤢");
    grid.append(belongs(element("div", { class: many && i >= FIRST ? "panel beyond" : "panel" }, element("h4", {}, title, more), view), method));
    draws.push(drawn(view, (width) => draw(one, width)));
  });
  return draws;
}

// One panel as large as the window; Escape closes it.
function enlarge(method, draw) {
  const close = element("button", { type: "button", on: { click: () => large.close() } }, "close");
  const view = element("div", { class: "view" });
  const large = belongs(element("dialog", { "data-always": true, "aria-label": method.name, on: { close: () => large.remove() } }, element("p", {}, element("strong", {}, method.name), close), view), method);
  document.body.append(large);
  large.showModal();
  view.append(...[draw(Math.min(view.clientWidth, 900))].flat());
  for (const picture of view.querySelectorAll("svg")) {
    picture.setAttribute("width", "100%");
    picture.removeAttribute("height");
  }
}

// The network of the chosen replicate is filled, over its training examples; of the others the boundaries are drawn.
function boundaryPanel(one, { planes, replicates: numbers, colors, now }, width) {
  const at = one.replicates.indexOf(numbers[now]);
  if (at < 0) return element("p", { class: "missing" }, `No result in replicate ${numbers[now]}.`);
  const networks = [one.networks[at], ...one.networks.filter((_, i) => i !== at)];
  const found = surface(planes[now], colors, networks, width, `Decision boundaries of ${one.method}, replicate ${numbers[now]}`);
  return [element("p", { class: "axis" }, `test ${one.scores[at]}`), ...found];
}

function curvePanel(one, data, width) {
  const { curves, log_loss: log, single } = data.curves;
  const quantity = (band) => [...band.mean];
  const epochs = Array.from(one.bands.val_loss.epochs); // of a single replicate the same
  const losses = finite(curves.flatMap((c) => ["train_loss", "val_loss"].flatMap((key) => quantity(c.bands[key]))));
  const parts = frame(width, 190, `Learning curves of ${one.method}`), { made, marks, box } = parts;
  const last = Math.max(...curves.flatMap((c) => [...c.bands.val_loss.epochs]));
  const x = linear([1, last], [box.left, box.right]);
  const y = log ? logarithmic(reach(losses, 0, [1e-12, Infinity]), [box.bottom, box.top]) : linear(reach(losses, 0.05, [Math.min(0, ...losses), Infinity]), [box.bottom, box.top]);
  const grey = curves.find((c) => c.method === data.baseline);
  if (grey && grey !== one) marks.append(svg("path", { class: "line grey", d: line([...grey.bands.val_loss.epochs], grey.bands.val_loss.mean, x, y) }));
  const lines = single ? one.singles[single] ?? [[], []] : [one.bands.train_loss.mean, one.bands.val_loss.mean];
  ["train", "val"].forEach((look, i) => {
    const own = one.bands[`${look}_loss`];
    marks.append(svg("path", { class: `band ${look}`, d: band([...own.epochs], own.low, own.high, x, y) }));
    marks.append(svg("path", { class: `line ${look}`, d: line([...own.epochs], lines[i], x, y) }));
  });
  for (const epoch of one.best) marks.append(svg("line", { class: "best", x1: x(epoch), x2: x(epoch), y1: box.bottom, y2: box.bottom - 7 }));
  axes(parts, x, y, { x: "epoch · loss" });
  if (one.undertrained) made.append(svg("text", { class: "said", x: box.right, y: 16, "text-anchor": "end" }, "still improving"));
  const at = (values, i) => plain(Number((values[i] ?? NaN).toPrecision(3)));
  reads(made, x, epochs, (i) => `${one.method}${single ? `, replicate ${single}` : ""}, epoch ${epochs[i]}: training ${at(lines[0], i)}, validation ${at(lines[1], i)}`);
  return made;
}

function weightsPanel(one, { distributions, scale, centers }, width) {
  const parts = frame(width, 140, `Weights of ${one.method}: ${percent(one.zeros)} exactly zero`), { made, marks, box } = parts;
  const end = centers[centers.length - 1];
  const x = linear([-end, end], [box.left, box.right]);
  // the peak of one method must not flatten all others
  const peaks = distributions.map((d) => Math.max(...d.density)).sort((a, b) => a - b);
  const most = Math.min(peaks[peaks.length - 1], 2 * peaks[peaks.length >> 1]);
  const y = linear([0, most], [box.bottom, box.top + 14]);
  const zero = Array.from(centers, () => 0);
  marks.append(svg("path", { class: "band full", d: band([...centers], zero, one.density.map((v) => Math.min(v, most)), x, y) }));
  marks.append(svg("text", { class: "said", x: box.right, y: 15, "text-anchor": "end" }, `exactly zero: ${percent(one.zeros)}`));
  const far = 10 ** Math.floor(Math.log10(scale * Math.sinh(end)));
  const ticks = [-far, -scale * 2, 0, scale * 2, far].map((w) => Math.asinh(w / scale));
  axes(parts, x, Object.assign((v) => y(v), { ticks: () => [] }), { x: "weight", ticks }, { x: (at) => plain(Number((scale * Math.sinh(at)).toPrecision(2))) });
  made.dataset.tip = `${one.method}: 98 % of the weights from ${plain(Number(one.quantiles[0].toPrecision(2)))} to ${plain(Number(one.quantiles[4].toPrecision(2)))}`;
  return made;
}

function reliabilityPanel(one, { methods, edges, bottom }, baseline, width) {
  const parts = frame(width, 190, `Accuracy over confidence of ${one.method}`), { marks, box } = parts;
  const shown = (values) => Array.from(values, (value) => 100 * value);
  const x = linear([100 * edges[0], 100], [box.left, box.right]), y = linear([100 * bottom, 100], [box.bottom, box.top]);
  const most = Math.max(...one.share), tall = (share) => ((box.bottom - box.top) / 5) * (share / most);
  one.share.forEach((share, i) => marks.append(svg("rect", { class: "fill faint", x: x(100 * edges[i]), width: x(100 * edges[i + 1]) - x(100 * edges[i]), y: box.bottom - tall(share), height: tall(share) })));
  marks.append(svg("line", { class: "reference", x1: x(100 * edges[0]), x2: x(100), y1: y(100 * edges[0]), y2: y(100) }));
  const grey = methods.find((own) => own.method === baseline);
  if (grey && grey !== one) marks.append(svg("path", { class: "line grey", d: line(shown(grey.confidence), shown(grey.accuracy), x, y) }));
  const [at, right, low, high] = [one.confidence, one.accuracy, one.low, one.high].map(shown);
  marks.append(svg("path", { class: "line", d: line(at, right, x, y) }));
  at.forEach((value, i) => marks.append(svg("g", { "data-tip": `${one.method}: of predictions about ${fixed(value, 0)} % sure, ${fixed(right[i], 1)} % are right [${fixed(low[i], 1)}, ${fixed(high[i], 1)}]` },
    svg("line", { class: "whisker", x1: x(value), x2: x(value), y1: y(low[i]), y2: y(high[i]) }), svg("circle", { class: "dot", cx: x(value), cy: y(right[i]), r: 3 }))));
  marks.append(svg("text", { class: "said", x: box.left + 4, y: 16 }, `gap ${fixed(100 * one.gap, 1)}`));
  axes(parts, x, y, { x: "confidence · accuracy %" });
  return parts.made;
}

// A scale for all values; of many methods the worst twentieth must not squeeze the rest, and is drawn at the edge.
function within(values, many, lower, range) {
  const all = finite(values).sort((a, b) => a - b), worst = all[Math.floor((all.length - 1) * (lower ? 0.95 : 0.05))];
  const [low, high] = reach(many ? (lower ? [all[0], worst] : [worst, all[all.length - 1]]) : all);
  const scale = linear([low, high], range);
  return Object.assign((value) => scale(Math.min(Math.max(value, low), high)), { domain: scale.domain, range, ticks: scale.ticks });
}

function tuningPanel(one, { tunings, reference, metric, factor, unit, replicates, lower }, width) {
  const parts = frame(width, 190, `Validation ${metric} of ${one.method} over ${one.axis}`), { made, marks, box } = parts;
  const xs = [...one.x], shown = (values) => Array.from(values, (v) => (v === null ? NaN : v * factor));
  const x = one.log ? logarithmic([xs[0], xs[xs.length - 1]], [box.left + 8, box.right - 8]) : linear([xs[0], xs[xs.length - 1]], [box.left + 8, box.right - 8]);
  const y = within(tunings.flatMap((t) => [...shown(t.low), ...shown(t.high)]).concat((reference ?? NaN) * factor), tunings.length > MANY, lower, [box.bottom, box.top]);
  if (Number.isFinite(reference)) marks.append(svg("line", { class: "reference", x1: box.left, x2: box.right, y1: y(reference * factor), y2: y(reference * factor) }));
  const mean = shown(one.mean);
  marks.append(svg("path", { class: "band val", d: band(xs, shown(one.low), shown(one.high), x, y) }), svg("path", { class: "line val", d: line(xs, mean, x, y) }));
  xs.forEach((value, i) => Number.isFinite(mean[i]) && marks.append(
    svg("circle", { class: `dot val${one.added[i] ? " added" : ""}`, cx: x(value), cy: y(mean[i]), r: 2.6 }),
    svg("circle", { class: "ring", cx: x(value), cy: y(mean[i]), r: one.chosen[i] ? 4 + 4 * (one.chosen[i] / replicates) : 6, opacity: one.chosen[i] ? 1 : 0, tabindex: "-1",
      "data-tip": `${one.axis} ${one.ticks[i]?.replaceAll("\n", ", ") ?? plain(value)}: validation ${metric} ${plain(Number(mean[i].toPrecision(4)))} ${unit}, chosen in ${one.chosen[i]} of ${replicates}` })));
  if (one.edge) marks.append(svg("text", { class: "said", x: one.edge > 0 ? box.right : box.left + 4, y: 16, "text-anchor": one.edge > 0 ? "end" : "start" }, "edge"));
  const every = Math.ceil(xs.length / Math.max(1, Math.floor(width / 56)));
  axes(parts, x, y, { x: `${one.axis} · ${metric}${unit ? ` ${unit}` : ""}`, ticks: xs.filter((_, i) => i % every === 0) },
    { x: (v) => one.ticks.length ? one.ticks[xs.indexOf(v)].replaceAll("\n", ", ") : plain(v) });
  return made;
}

// Two things tuned jointly: squares, the darker the better; rings mark what validation chose.
function mapPanel(one, { surfaces, metric, factor, unit, replicates, lower }, width) {
  const parts = frame(width, 190, `Validation ${metric} of ${one.method} over ${one.axes.join(" and ")}`), { marks, box } = parts;
  const every = finite(surfaces.flatMap((s) => s.mean.flatMap((row) => [...row])));
  const low = Math.min(...every), high = Math.max(...every);
  const wide = (box.right - box.left) / one.x.length, tall = (box.bottom - box.top) / one.y.length;
  const x = linear([0, one.x.length], [box.left, box.right]), y = linear([0, one.y.length], [box.bottom, box.top]);
  one.mean.forEach((row, j) => Array.from(row).forEach((value, i) => {
    if (!Number.isFinite(value)) return;
    const good = (value - low) / (high - low || 1), share = lower ? 1 - good : good;
    const tip = `${one.axes[0]} ${plain(one.x[i])}, ${one.axes[1]} ${plain(one.y[j])}: validation ${metric} ${plain(Number((value * factor).toPrecision(4)))} ${unit}, chosen in ${one.chosen[j][i]} of ${replicates}`;
    marks.append(svg("rect", { class: `square${one.added[j][i] ? " added" : ""}`, x: x(i) + 1, y: y(j + 1) + 1, width: wide - 2, height: tall - 2, opacity: 0.06 + 0.94 * share, "data-tip": tip }));
    if (one.chosen[j][i]) marks.append(svg("circle", { class: "ring on", cx: x(i + 0.5), cy: y(j + 0.5), r: 3 + 4 * (one.chosen[j][i] / replicates), "data-tip": tip }));
  }));
  const sparse = Math.ceil(one.x.length / Math.max(1, Math.floor(width / 56)));
  axes(parts, x, Object.assign((j) => y(j + 0.5), { ticks: () => Array.from(one.y.keys()) }),
    { x: one.axes.join(" × "), ticks: Array.from(one.x.keys()).filter((i) => i % sparse === 0).map((i) => i + 0.5) },
    { x: (i) => plain(one.x[i - 0.5]), y: (j) => plain(one.y[j]) });
  return parts.made;
}
