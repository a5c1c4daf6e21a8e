// From nothing to too much: two methods side by side, each at the strength where its slider stands.

const STEP = 800; // milliseconds that a strength stays while playing

function slider(data) {
  const { paths } = data, place = document.getElementById("slider");
  if (!paths || !paths.settings.length) return;
  paths.none = data.baseline;
  paths.now = paths.shown[0];
  const named = (name) => paths.paths.find((path) => path.method === name);
  const others = paths.paths.filter((path) => path.method !== data.baseline);
  const advised = data.methods.find((method) => method.advised && !method.baseline);
  const first = named(data.baseline) ?? paths.paths[0];
  const second = (advised && named(advised.name)) ?? others[0];
  const state = { kind: LOSS, linked: true, playing: null };
  const sides = [first, second].filter(Boolean).map((path, i) => side(data, path, i, state));
  state.sides = sides;
  const deck = element("div", { class: "deck" }, ...sides.map((one) => one.made));
  place.append(element("p", { class: "caption" }, paths.caption), controls(data, state), legend(paths), deck);
  place.hidden = false;
  for (const one of sides) one.choose(one.path);
  document.addEventListener("strength", ({ detail }) => {
    sides[sides.length - 1].choose(named(detail));
    place.scrollIntoView({ block: "start" });
    sides[sides.length - 1].range.focus({ preventScroll: true });
  });
}

function controls(data, state) {
  const link = element("input", { type: "checkbox", checked: true, on: { change: () => (state.linked = link.checked) } });
  const kind = element("select", { on: { change: () => { state.kind = Number(kind.value); for (const one of state.sides) one.show(); } } },
    element("option", { value: LOSS }, "loss"), element("option", { value: SCORE }, data.trained.metric));
  const play = element("button", { type: "button", class: "play", on: { click: () => run(state, play) } }, "▶ play");
  return element("div", { class: "controls" }, play,
    element("label", {}, link, " move both sliders together"), element("label", {}, "curves of ", kind),
    replicates(data.paths.shown.map((one) => one.replicate), (at) => { data.paths.now = data.paths.shown[at]; for (const one of state.sides) one.show(); }));
}

// The choice of a replicate, from numbers of which the first was fixed before training; `change` gets its place.
function replicates(numbers, change) {
  if (numbers.length < 2) return "";
  const pick = element("select", { "aria-label": "replicate", on: { change: () => change(pick.selectedIndex) } },
    ...numbers.map((number, i) => element("option", {}, i ? `${number}` : `${number}, fixed before training`)));
  return element("label", {}, "replicate ", pick);
}

function run(state, button) {
  const stop = () => { clearInterval(state.playing); state.playing = null; button.textContent = "▶ play"; };
  if (state.playing !== null) return stop();
  const moving = state.linked ? state.sides : state.sides.slice(-1);
  const last = Math.max(...moving.map((one) => Number(one.range.max)));
  const go = (at) => moving.forEach((one) => one.go(Math.min(at, Number(one.range.max)), false));
  let at = 0;
  go(0);
  button.textContent = "■ stop";
  state.playing = setInterval(() => (++at > last ? stop() : go(at)), STEP);
}

function legend(paths) {
  const key = (look, text) => element("span", { class: `key ${look}` }, text);
  const classes = paths.now.plane ? paths.classes.map((name, i) => element("span", { class: "key own class", own: paths.colors[i] }, name)) : [];
  return element("p", { class: "legend" }, key("train", "training"), key("val", "validation"), key("test", "test"), ...classes);
}

function side(data, path, number, state) {
  const { paths } = data;
  const one = { path, rate: 0, at: 0 };
  const id = (name) => `${name}-${number}`;
  const pick = element("select", { id: id("method"), on: { change: () => one.choose(paths.paths.find((p) => p.method === pick.value)) } },
    ...paths.paths.map((p) => element("option", { value: p.method }, p.method)));
  const rate = element("select", { id: id("rate"), on: { change: () => { one.rate = Number(rate.value); one.go(one.at); } } });
  one.range = element("input", { type: "range", id: id("strength"), min: 0, step: 1, on: { input: () => one.go(Number(one.range.value)) } });
  const said = element("output", { for: id("strength") });
  const views = ["boundary", "weights", "learning", "scores"].map((name) => element("div", { class: `view ${name}` }));
  one.made = element("div", { class: "side own", role: "group", "aria-label": number ? "right side" : "left side" },
    element("div", { class: "picks" }, element("label", { for: id("method") }, "method"), pick, element("label", { for: id("rate") }, "learning rate"), rate),
    element("label", { for: id("strength"), class: "reads" }, "strength"), one.range, said, element("div", { class: "views" }, ...views));
  const setting = () => paths.paths.length && one.path.stops[one.rate][one.at];

  one.choose = (next) => {
    one.path = next;
    [one.rate, one.at] = next.start;
    pick.value = next.method;
    rate.replaceChildren(...next.rates.map((value, i) => element("option", { value: i }, plain(value))));
    rate.disabled = next.rates.length < 2;
    one.made.style.setProperty("--own", data.methods.find((m) => m.name === next.method).color);
    one.go(one.at, false);
  };
  // Moves to a strength, and the other side to the same share of its way.
  one.go = (at, together = state.linked) => {
    const stops = one.path.stops[one.rate];
    one.at = Math.min(at, stops.length - 1);
    Object.assign(one.range, { max: stops.length - 1, value: one.at, disabled: stops.length < 2 });
    rate.value = String(one.rate);
    for (const other of together ? state.sides : []) {
      if (other !== one) other.go(Math.round((one.at / Math.max(stops.length - 1, 1)) * Number(other.range.max)), false);
    }
    for (const each of state.sides ?? [one]) each.show();
  };
  one.show = () => {
    const current = paths.settings[setting()];
    const between = gap(current, data.trained), unit = data.trained.points;
    const times = current.chosen ? `; chosen in ${current.chosen} of ${data.replicates} replicates` : "";
    one.range.setAttribute("aria-valuetext", label(current, paths));
    said.textContent = `${label(current, paths)}${times} · training minus test ${signed(between, data.trained.decimals)} ${unit}`.trim();
    for (const draw of one.draws ?? []) draw();
  };
  const shared = (values) => (state.sides ?? [one]).flatMap((each) => each.path.stops[each.rate]).flatMap(values);
  one.draws = [
    (width) => boundary(paths, setting(), width),
    (width) => histogram(paths, setting(), width, Math.max(...finite(shared((p) => (paths.now.zeros[p] === null ? [] : Math.max(...paths.now.density[p])))), 1e-6)),
    (width) => {
      const factor = state.kind === LOSS ? 1 : data.trained.factor;
      const values = finite(shared((p) => [0, 1].flatMap((k) => [LOW, HIGH].flatMap((b) => Array.from(paths.traces[p][state.kind + k][b], (v) => v * factor)))));
      const log = state.kind === LOSS && Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) > 20;
      const limits = state.kind === LOSS ? [log ? Math.min(...values) : 0, Infinity] : [-Infinity, data.trained.factor === 100 ? 100 : Infinity];
      return learning(paths, setting(), width, state.kind, reach(values, 0.05, limits), log, data.trained);
    },
    (width) => strengths(paths, one.path.stops[one.rate], one.at, width,
      reach(shared((p) => paths.settings[p].scores.flat().map((v) => v === null ? NaN : v * data.trained.factor)), 0.05, [-Infinity, data.trained.factor === 100 ? 100 : Infinity]), data.trained),
  ].map((draw, i) => drawn(views[i], draw));
  return one;
}
