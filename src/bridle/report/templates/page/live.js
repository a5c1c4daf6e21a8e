// A study under way: every finished run as it comes, and for each method the running mean of the best settings.

const shown = new Map();

function far({ studies, remaining, note }) {
  const done = studies.reduce((sum, one) => sum + one.done, 0), total = studies.reduce((sum, one) => sum + one.total, 0);
  const left = Number.isFinite(remaining) && done < total ? ` · about ${lasting(remaining)} left` : "";
  document.getElementById("far").textContent = `${done.toLocaleString("en")} of ${total.toLocaleString("en")} runs${left}${done < total ? "" : " · all are trained"}`;
  document.getElementById("progress").value = done / Math.max(total, 1);
  document.title = `${Math.floor((100 * done) / Math.max(total, 1))} % · Bridle`;
  const news = document.getElementById("news");
  news.hidden = !note;
  news.textContent = note ?? "";
  for (const one of studies) (shown.get(one.name) ?? section(one, studies.length > 1))(one);
}

function lasting(seconds) {
  const whole = Math.round(seconds), two = (number) => String(number).padStart(2, "0");
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

// A study's panels, drawn again whenever something came; returns what draws them.
function section(first, several) {
  let current = first;
  const said = element("p", { class: "note" });
  const views = first.methods.map(() => element("div", { class: "view" }));
  const panels = first.methods.map((method, i) => belongs(element("div", { class: "panel" },
    element("h4", {}, element("span", {}, element("span", { class: "glyph", "aria-hidden": "true" }, method.glyph), ...breakable(method.name))), views[i]), method));
  document.getElementById("studies").append(element("section", { "aria-label": first.name },
    several ? element("h2", {}, first.name) : "", said, element("div", { class: "panels arriving" }, ...panels)));
  const draws = views.map((view, i) => drawn(view, (width) => arrived(current.methods[i], current, width)));
  const again = (next) => {
    current = next;
    said.textContent = `${next.quantity[0].toUpperCase()}${next.quantity.slice(1)}. Dots: single runs, every setting. Line: the running mean, from replicate to replicate, of each one's best setting so far; `
      + `it still ${next.lower ? "falls" : "rises"} while settings are missing, so methods compare when all are there.`;
    for (const draw of draws) draw();
  };
  shown.set(first.name, again);
  return again;
}

function arrived(method, study, width) {
  const { lower, measure, replicates } = study;
  const xs = Array.from(method.replicates), ys = Array.from(method.scores, (value) => value ?? NaN);
  const parts = frame(width, 150, `${method.name}: ${study.quantity} of ${ys.length} runs`), { made, marks, box } = parts;
  const every = finite(study.methods.flatMap((one) => Array.from(one.scores, (value) => value ?? NaN))).sort((a, b) => a - b);
  if (!ys.length || !every.length) return element("p", { class: "missing" }, "no run yet");
  // the worst settings of all must not squeeze the rest: what lies beyond is drawn at the edge
  const worst = every[Math.floor((every.length - 1) * (lower ? 0.95 : 0.05))];
  const domain = reach(lower ? [every[0], worst] : [worst, every[every.length - 1]], 0.08, [-Infinity, measure.factor === 100 ? 100 : Infinity]);
  const inside = (value) => Math.min(Math.max(value, domain[0]), domain[1]);
  const x = linear([0, Math.max(replicates - 1, 1)], [box.left + 6, box.right - 6]), y = linear(domain, [box.bottom, box.top]);
  const best = new Map();
  xs.forEach((replicate, i) => {
    if (!Number.isFinite(ys[i])) return;
    marks.append(svg("circle", { class: "dot pair", cx: x(replicate), cy: y(inside(ys[i])), r: 2.2 }));
    const before = best.get(replicate);
    if (before === undefined || (lower ? ys[i] < before : ys[i] > before)) best.set(replicate, ys[i]);
  });
  const there = [...best.keys()].sort((a, b) => a - b);
  let sum = 0;
  const means = there.map((replicate, i) => (sum += best.get(replicate)) / (i + 1));
  marks.append(svg("path", { class: "line", d: line(there, means.map(inside), x, y) }));
  if (there.length) marks.append(svg("circle", { class: "dot", cx: x(there[there.length - 1]), cy: y(inside(means[means.length - 1])), r: 3.6 }));
  const written = means.length ? `${fixed(means[means.length - 1], measure.decimals)}${measure.unit}` : "–";
  axes(parts, x, y, { x: "replicate", ticks: steps(0, replicates - 1, Math.min(replicates, width / 60)).filter(Number.isInteger) });
  made.dataset.tip = `${method.name}: ${ys.length} runs, running mean ${written}`;
  return [element("p", { class: "axis" }, `${ys.length} runs · mean ${written}`), made];
}

tips();
const events = new EventSource("events");
let order = Promise.resolve(); // arrays are unpacked in the background, and states are drawn in their order
events.addEventListener("state", ({ data }) => { order = order.then(async () => far(await unpacked(JSON.parse(data)))); });
events.addEventListener("finished", () => { events.close(); location.reload(); });
const over = () => { events.close(); document.getElementById("over").hidden = false; };
events.addEventListener("over", over);
events.addEventListener("error", () => setTimeout(() => events.readyState !== EventSource.OPEN && over(), 4000));
document.documentElement.classList.add("scripted");
document.documentElement.dataset.ready = "yes";
