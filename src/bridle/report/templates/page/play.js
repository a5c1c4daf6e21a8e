// The playground: settings, both populations, their errors while they train, and what was tried.

const told = JSON.parse(document.getElementById("study").textContent);
const PAUSE = 60, SETTLE = 700; // milliseconds: between two stops, and until clicked points are trained on

// What messages name as the address does, where its field is called otherwise.
const FIELDS = { data: "points", n: "training points", wrong: "wrong labels", widths: "layers of units", rate: "learning rate" };

const settings = { ...addressed(told.defaults) };
const tried = [];
let base = null, frames = [], at = 0, goal = 0, playing = false, turn = 0;

const said = element("p", { class: "answer", id: "difference", role: "status" });
const news = element("p", { class: "caution", role: "alert", hidden: true });
const form = element("form", { class: "fields", "aria-label": "Settings", on: { submit: (event) => event.preventDefault() } });
const epoch = element("input", { type: "range", id: "epoch", min: 0, step: 1, value: 0 });
const reads_ = element("output", { for: "epoch" });
const button = (text, name, click) => element("button", { type: "button", title: name, "aria-label": name, on: { click } }, text);
const play = button("▶ play", "play", () => (playing ? pause() : run()));
const sides = [false, true].map((regularized) => {
  const parts = { regularized, title: element("h2"), text: element("p", { class: "note" }), boundary: element("div", { class: "view boundary" }), weights: element("div", { class: "view weights" }) };
  parts.made = element("section", { class: "side own", "aria-label": regularized ? "with the method" : "without regularization" }, parts.title, parts.text, parts.boundary, parts.weights);
  parts.boundary.addEventListener("click", clicked);
  return parts;
});
const curves = element("div", { class: "view" });
const table = element("tbody");
const point = element("select", { "aria-label": "class of a clicked point" }, element("option", { value: "0" }, "purple"), element("option", { value: "1" }, "green"));
const listed = element("textarea", { rows: 4, spellcheck: "false", "aria-label": "own points: x,y,class, separated by semicolons" });
listed.addEventListener("change", () => change("points", listed.value.replace(/\s+/g, "")));
const own = element("div", { class: "controls", hidden: true }, element("label", {}, "a click adds a point: ", point),
  button("remove the last", "remove the last point", () => change("points", settings.points.split(";").slice(0, -1).join(";"))),
  button("remove all", "remove all points", () => change("points", "")),
  element("p", { class: "note" }, "Of every four points of a class the networks train on two; the third is for validation, the fourth for the test error."), listed);
const link = element("code");

document.getElementById("play").append(form, own,
  element("div", { class: "controls", role: "group", "aria-label": "Training" }, button("|◀", "rewind: the same start", () => go(0)), button("◀", "a step back", () => go(at - 1)), play,
    button("▶|", "a step on", () => go(at + 1)), element("label", { class: "along" }, element("span", {}, "epoch "), epoch, reads_)),
  element("p", { class: "note" }, "Keys: space plays and pauses, ← and → step, Home rewinds to the same start."),
  news, said, element("div", { class: "deck" }, ...sides.map((side) => side.made)),
  element("section", { "aria-label": "Test errors" }, element("h2", {}, "Test errors while they train"), element("p", { class: "legend", id: "keys" }), curves),
  element("section", { "aria-label": "Settings tried" }, element("h2", {}, "Settings tried"),
    element("p", { class: "note" }, "Differences of test errors, with minus without, paired by network, with 95 % intervals: what to expect of further networks on these same points. "
      + "Each interval stands for itself: of twenty settings that change nothing, one looks better or worse by chance. For a verdict: bridle compare."),
    element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Settings tried" }, element("table", {}, element("caption", { class: "unseen" }, "Settings tried, the last first"),
      element("thead", {}, element("tr", {}, ...["method", "points", "network", "epoch", "without", "with", "difference [interval]", ""].map((text, i) => element("th", { scope: "col", class: i > 2 && i < 7 ? "number" : null }, text)))), table)),
    element("p", {}, button("keep this epoch in the table", "keep this epoch in the table", keep))),
  element("section", { "aria-label": "The same again" }, element("h2", {}, "The same again"), element("p", { class: "note" }, "Settings and epoch, for anybody with Bridle; the same seed gives the same networks. The part behind # in this page's address says the same."), element("p", {}, link)));

const draws = [...sides.flatMap((side) => [drawn(side.boundary, (width) => field_(side, width)), drawn(side.weights, (width) => weighed(side, width))]), drawn(curves, (width) => errors(width))];
epoch.addEventListener("input", () => go(Number(epoch.value)));

// The form is made anew when the settings came from elsewhere: an address, or the table.
function formed() {
  const [name, strength] = parted(settings.method);
  const method = told.methods.find((one) => one.name === name);
  const pick = (next) => { const one = told.methods.find((m) => m.name === next); if (one) change("method", spelled(one, one.strengths[Math.floor(one.strengths.length / 2)]), true); };
  const known = method && (!method.key ? settings.method === name : strength !== null);
  const names = told.methods.map((one) => one.name);
  form.replaceChildren(
    field("points", choice(told.data, settings.data, (one) => (one === "own" ? "own: click" : one)), (value) => (value === "own" ? start() : change("data", value, true))),
    ...(settings.data === "own" ? [] : [field("training points", amount(settings.n, 8, 1000, 1), (v) => change("n", v)), field("noise", amount(settings.noise, 0, 2, "any"), (v) => change("noise", v))]),
    field("wrong labels", choice(["0", "0.05", "0.1", "0.2", "0.3", "0.4"], settings.wrong, (one) => `${plain(100 * Number(one))} %`), (v) => change("wrong", v)),
    field("layers of units", element("input", { type: "text", value: settings.widths, size: 8 }), (v) => change("widths", v.replace(/\s+/g, ""))),
    field("activation", choice(told.activations, settings.activation), (v) => change("activation", v)),
    field("method", choice(known ? names : [settings.method, ...names], known ? name : settings.method), pick),
    ...(known && method.key ? [field(method.key.replaceAll("_", " "), choice(method.strengths, strength), (v) => change("method", spelled(method, v)))] : []),
    field("learning rate", choice(["0.001", "0.003", "0.01", "0.03", "0.1"], settings.rate), (v) => change("rate", v)),
    field("epochs", amount(settings.epochs, 1, 2000, 1), (v) => change("epochs", v)),
    element("label", { class: "field" }, element("span", {}, "seed"), element("span", { class: "controls" }, seeded(), button("other", "other points, weights and batches", () => change("seed", String(Number(settings.seed) + 1), true)))));
  own.hidden = settings.data !== "own";
  listed.value = settings.points;
}

function seeded() {
  const input = amount(settings.seed, 0, 2 ** 31, 1);
  input.addEventListener("change", () => change("seed", input.value));
  input.setAttribute("aria-label", "seed");
  return input;
}

// `l2(strength=0.01)` is its name and its one number; null where it says something else.
function parted(text) {
  const found = /^(\w+)(?:\((\w+)=([^,()]+)\))?$/.exec(text);
  const method = found && told.methods.find((one) => one.name === found[1]);
  return method ? [method.name, found[2] === method.key ? found[3] : null] : [text, null];
}

const spelled = (method, value) => (method.key ? `${method.name}(${method.key}=${value})` : method.name);

function change(key, value, again = false) {
  settings[key] = value;
  if (again || key === "points") formed();
  if (key === "points" && base) pointed();
  load();
}

// What was clicked is seen at once, before anything trains on it.
function pointed() {
  const all = settings.points.split(";").map((text) => text.split(",").map(Number)).filter((one) => one.length === 3 && one.every(Number.isFinite));
  base.plane = { ...base.plane, points: all, labels: all.map(([, , label]) => label) };
  for (const draw of draws) draw();
}

// Own points begin with what is there.
function start() {
  const { x, y, points: there, labels } = base.plane;
  const placed = (value, [low, high]) => (2.4 * ((value - low) / (high - low) - 0.5)).toFixed(2);
  if (!settings.points) settings.points = Array.from(there).slice(0, 120).map(([a, b], i) => `${placed(a, x)},${placed(b, y)},${labels[i]}`).join(";");
  change("data", "own", true);
}

let settle = 0;
function clicked(event) {
  if (settings.data !== "own" || !base) return;
  const box = event.currentTarget.querySelector("canvas").getBoundingClientRect(), { x, y } = base.plane;
  const u = (event.clientX - box.left) / box.width, v = 1 - (event.clientY - box.top) / box.height;
  if (v < 0 || v > 1) return;
  const place = [x[0] + u * (x[1] - x[0]), y[0] + v * (y[1] - y[0])];
  settings.points = [...settings.points.split(";").filter(Boolean), `${place.map((value) => value.toFixed(2)).join(",")},${point.value}`].join(";");
  listed.value = settings.points;
  pointed();
  clearTimeout(settle);
  settle = setTimeout(() => load(), SETTLE);
}

async function ask(path) {
  const answer = await fetch(path);
  return unpacked(await answer.json());
}

// New settings: both populations start anew, and go as far as the old ones were looked at.
async function load(to = goal) {
  const mine = ++turn, going = playing;
  goal = to;
  document.documentElement.dataset.ready = "no";
  pause();
  written();
  const query = described(false);
  news.hidden = true;
  said.textContent = "Making the networks …";
  let found;
  try {
    found = await ask(`start?${query}`);
  } catch {
    found = { error: "Bridle does not answer any more: start it again with bridle play." };
  }
  if (mine !== turn) return;
  if (found.error) return wrong(found.error);
  [base, frames, at] = [found, [], 0];
  epoch.max = base.stops.length - 1;
  await go(to);
  if (going && mine === turn) run();
}

function wrong(text) {
  news.hidden = false;
  news.textContent = text.replace(/^\w+(?= must be )/, (key) => FIELDS[key] ?? key);
  said.textContent = "";
  document.documentElement.dataset.ready = "yes";
}

// Goes to a stop; what was not reached yet is trained and shown stop by stop.
async function go(to, mine = turn) {
  if (!base) return;
  goal = to = Math.min(Math.max(to, 0), base.stops.length - 1);
  const query = described(false);
  while (frames.length <= to) {
    const next = await ask(`frame?${query}&stop=${frames.length}`).catch(() => ({ error: "Bridle does not answer any more: start it again with bridle play." }));
    if (mine !== turn) return;
    if (next.error) return wrong(next.error);
    frames.push(next);
    show(frames.length - 1);
  }
  show(to);
  if (!playing) written();
  if (to === base.stops.length - 1) keep();
  document.documentElement.dataset.ready = "yes";
}

async function run() {
  if (!base) return;
  playing = true;
  play.textContent = "❚❚ pause";
  if (at >= base.stops.length - 1) show(0);
  const mine = turn;
  while (playing && mine === turn && at < base.stops.length - 1) {
    await go(at + 1, mine);
    await new Promise((done) => setTimeout(done, PAUSE));
  }
  if (mine === turn) pause();
}

function pause() {
  playing = false;
  play.textContent = "▶ play";
  if (base) written(); // not at every stop: browsers limit how often an address changes
}

const error_ = (value) => (Number.isFinite(value) ? `${fixed(100 * value, 1)}\u00a0%` : "–");

function show(stop) {
  at = stop;
  settings.stop = String(stop);
  epoch.value = stop;
  reads_.textContent = `${base.stops[stop]} of ${base.stops[base.stops.length - 1]}`;
  epoch.setAttribute("aria-valuetext", `epoch ${base.stops[stop]}`);
  said.textContent = spoken(frames[stop]);
  for (const side of sides) {
    const one = frames[stop][side.regularized ? "regularized" : "without"];
    side.title.textContent = side.regularized ? settings.method : "no regularization";
    side.made.style.setProperty("--own", colored(side.regularized));
    const lost = one.diverged ? ` · ${one.diverged} of ${settings.networks} diverged` : "";
    const ended = one.running < settings.networks && stop < base.stops.length - 1 ? ` · ${settings.networks - one.running} have stopped` : "";
    side.text.textContent = `test error ${error_(one.test[0])} (8 of 10 networks: ${fixed(100 * one.test[1], 1)} to ${error_(one.test[2])}) · training error ${error_(one.train[0])}${ended}${lost}`;
  }
  for (const draw of draws) draw();
}

function spoken({ difference: [mean, low, high], without, regularized }) {
  if (!Number.isFinite(mean)) return "No network is left to compare.";
  const ends = Number.isFinite(low) ? ` [${signed(100 * low, 1)}, ${signed(100 * high, 1)}]` : "";
  return `Test error with ${settings.method}: ${error_(regularized.test[0])}; without: ${error_(without.test[0])}. Difference: ${signed(100 * mean, 1)} points${ends}.`;
}

function colored(regularized) {
  const [name] = parted(settings.method);
  return regularized ? told.methods.find((one) => one.name === name)?.color ?? "#0b5a8a" : told.grey;
}

function field_(side, width) {
  if (!frames.length) return [];
  const one = frames[at][side.regularized ? "regularized" : "without"];
  const found = surface(base.plane, base.colors, Array.from(one.surfaces, (grid) => [grid]), width, `Mean prediction of the networks ${side.regularized ? `with ${settings.method}` : "without regularization"} and single boundaries`);
  return [found[0], element("p", { class: "axis" }, `colour, thick line: mean of ${settings.networks} networks; thin lines: single ones · they differ by ${error_(one.spread)}`)];
}

function weighed(side, width) {
  if (!frames.length) return [];
  const both = ["without", "regularized"].map((key) => frames[at][key]), one = both[Number(side.regularized)];
  // what has shrunk to almost zero must not flatten all other weights
  const wide = both.flatMap((each) => { const middle = (each.density.length - 1) / 2; return Array.from(each.density).filter((_, i) => Math.abs(i - middle) > 2); });
  const most = Math.max(1.1 * Math.max(...wide), 1e-6);
  return histogram({ now: { zeros: [one.zeros], count: [base.count], density: [one.density] }, scale: base.scale, end: base.end, keep: "" }, 0, Math.min(width, 460), most);
}

function errors(width) {
  if (!frames.length) return [];
  const parts = frame(width, 220, "Test errors of both populations while they train"), { made, marks, box } = parts;
  const xs = frames.map((_, i) => base.stops[i]), last = base.stops[base.stops.length - 1];
  const pick = (key, k) => frames.map((one) => 100 * one[key].test[k]);
  // networks that have not learned anything yet must not squeeze the rest
  const every = ["without", "regularized"].flatMap((key) => [1, 2].flatMap((k) => pick(key, k).slice(frames.length > 2 ? 1 : 0)));
  const domain = reach(every, 0.08, [0, 100]), inside = (values) => values.map((value) => Math.min(Math.max(value, domain[0]), domain[1]));
  const x = linear([0, last], [box.left, box.right]), y = linear(domain, [box.bottom, box.top]);
  marks.append(svg("line", { class: "here", x1: x(base.stops[at]), x2: x(base.stops[at]), y1: box.top, y2: box.bottom }));
  for (const side of sides) {
    const key = side.regularized ? "regularized" : "without", mean = inside(pick(key, 0));
    marks.append(svg("g", { class: "own", style: null, own: colored(side.regularized) }, svg("path", { class: "band", d: band(xs, inside(pick(key, 1)), inside(pick(key, 2)), x, y) }), svg("path", { class: `line ${side.regularized ? "" : "train"}`, d: line(xs, mean, x, y) }),
      svg("circle", { class: "dot", cx: x(base.stops[at]), cy: y(mean[at]), r: 3.6 })));
  }
  axes(parts, x, y, { x: "epoch · test error %" });
  reads(made, x, xs, (i) => `epoch ${xs[i]}: without ${error_(frames[i].without.test[0])}, with ${error_(frames[i].regularized.test[0])}`);
  document.getElementById("keys").replaceChildren(...sides.map((side) => element("span", { class: `key own shade ${side.regularized ? "" : "train"}`, own: colored(side.regularized) }, side.regularized ? `with ${settings.method}` : "without regularization")),
    element("span", {}, "bands: 8 of 10 networks"));
  return made;
}

// The table has each setting at an epoch once.
function keep() {
  if (!frames.length) return;
  const text = described();
  if (tried.includes(text)) return;
  tried.push(text);
  const { difference: [mean, low, high], without, regularized, epoch: when } = frames[at];
  const shown = settings.data === "own" ? `own, ${base.plane.points.length}` : `${settings.data}, ${settings.n}, noise ${settings.noise}`;
  const wrongs = Number(settings.wrong) ? `, ${plain(100 * Number(settings.wrong))} % wrong` : "";
  const cells = [String(when), error_(without.test[0]), error_(regularized.test[0]), `${signed(100 * mean, 1)} [${signed(100 * low, 1)}, ${signed(100 * high, 1)}]`];
  table.prepend(element("tr", {}, element("th", { scope: "row", class: "label" }, ...breakable(settings.method)), element("td", {}, shown + wrongs), element("td", {}, `${settings.widths} ${settings.activation}`),
    ...cells.map((cell) => element("td", { class: "number" }, cell)), element("td", {}, button("show", `show ${settings.method} again`, () => (location.hash = text)))));
}

// Own points say nothing of other data; they are kept until one returns to them.
const described = (readable = true) => address(settings.data === "own" ? settings : { ...settings, points: told.defaults.points }, told.defaults, readable);

// The address says all of it; it is replaced, so that "back" leaves the page.
let own_ = "";
function written() {
  own_ = described();
  history.replaceState(null, "", own_ ? `#${own_}` : location.pathname);
  link.textContent = own_ ? `${told.command} '${own_}'` : told.command;
}

addEventListener("hashchange", () => { if (location.hash.slice(1) !== own_) arrive(); });

function arrive() {
  Object.assign(settings, addressed(told.defaults));
  const to = Number(settings.stop) || 0;
  formed();
  load(to);
}

document.addEventListener("keydown", (event) => {
  const within = event.key === " " ? "input, select, textarea, button, summary" : "input, select, textarea";
  if (event.target.closest?.(within) || event.ctrlKey || event.metaKey || event.altKey) return;
  const keys = { " ": () => play.click(), ArrowRight: () => go(at + 1), ArrowLeft: () => go(at - 1), Home: () => go(0) };
  if (!(event.key in keys)) return;
  event.preventDefault();
  keys[event.key]();
});

document.documentElement.classList.add("scripted");
tips();
arrive();
