// SVG and scales: what every picture of the page is made of.

const SVG = "http://www.w3.org/2000/svg";
const MINUS = "−";

// An HTML or SVG element. Text is always set as text, never read as markup.
function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "on") for (const [event, call] of Object.entries(value)) made.addEventListener(event, call);
    else if (key === "own") made.style.setProperty("--own", value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

// A name that breaks where a reader would break it, not inside a word.
function breakable(name) {
  return name.split(/(?<=[_+(,=])|(?<=[^\W_]{16})/).flatMap((part, i) => [i ? element("wbr") : "", element("span", { class: "whole" }, part)]);
}

const finite = (values) => Array.from(values).filter(Number.isFinite);

function linear(domain, range) {
  const [a, b] = domain, [c, d] = range;
  const scale = (value) => c + ((value - a) / (b - a || 1)) * (d - c);
  return Object.assign(scale, { domain, range, ticks: (count) => steps(a, b, count) });
}

function logarithmic(domain, range) {
  const inner = linear(domain.map(Math.log10), range);
  const scale = (value) => inner(Math.log10(value));
  return Object.assign(scale, { domain, range, ticks: (count) => decades(domain[0], domain[1], count) });
}

// Round numbers from low to high, about so many.
function steps(low, high, count) {
  const rough = (high - low) / Math.max(count, 1) || 1;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * size >= rough) * size;
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) found.push(i * step);
  return found;
}

function decades(low, high, count) {
  const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
  if (last - first < 2) {
    const finer = [first - 1, first, first + 1, first + 2].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power));
    return finer.filter((value) => value >= low && value <= high);
  }
  const every = Math.max(1, Math.ceil((last - first + 1) / count));
  const found = [];
  for (let i = first; i <= last; i += every) found.push(10 ** i);
  return found;
}

// A number as people write it: 0.01, 1e-4, with a true minus.
function plain(value) {
  const size = Math.abs(value);
  if (value === 0 || size < 1e-12) return "0";
  const text = size >= 1e-3 && size < 1e5 ? String(Number(value.toPrecision(4))) : value.toExponential().replace("e+", "e");
  const [mantissa, exponent] = text.split("e");
  const short = exponent ? `${Number(Number(mantissa).toPrecision(3))}e${exponent}` : text;
  return short.replaceAll("-", MINUS);
}

function fixed(value, decimals) {
  return Number.isFinite(value) ? value.toFixed(decimals).replace("-", MINUS) : "–";
}

function signed(value, decimals) {
  return (value > 0 ? "+" : "") + fixed(value, decimals);
}

function score(value, measure) {
  return Number.isFinite(value) ? fixed(value * measure.factor, measure.decimals) + measure.unit : "–";
}

// A line through points, broken where a number is missing.
function line(xs, ys, x, y) {
  let path = "", pen = false;
  for (let i = 0; i < xs.length; i++) {
    const there = Number.isFinite(ys[i]) && Number.isFinite(y(ys[i]));
    if (there) path += `${pen ? "L" : "M"}${x(xs[i]).toFixed(1)},${y(ys[i]).toFixed(1)}`;
    pen = there;
  }
  return path;
}

function band(xs, lows, highs, x, y) {
  const there = Array.from(xs.keys()).filter((i) => Number.isFinite(lows[i]) && Number.isFinite(highs[i]));
  if (!there.length) return "";
  const at = (values) => (i) => `${x(xs[i]).toFixed(1)},${y(values[i]).toFixed(1)}`;
  return `M${there.map(at(highs)).join("L")}L${there.reverse().map(at(lows)).join("L")}Z`;
}

// A frame with axes: returns the SVG, its group for the marks, and the box inside.
function frame(width, height, label) {
  const box = { left: 44, right: width - 8, top: 8, bottom: height - 34 };
  const marks = svg("g");
  const made = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label });
  return { made, marks, box };
}

function axes({ made, marks, box }, x, y, names, write = {}) {
  const { left, right, top, bottom } = box;
  const across = names.ticks ?? x.ticks(Math.max(2, Math.floor((right - left) / 70)));
  const grid = svg("g", { class: "axes" });
  for (const value of y.ticks(4)) {
    const at = y(value);
    if (at < top - 1 || at > bottom + 1) continue;
    grid.append(svg("line", { class: "grid", x1: left, x2: right, y1: at, y2: at }));
    grid.append(svg("text", { x: left - 6, y: at + 3.5, "text-anchor": "end" }, (write.y ?? plain)(value)));
  }
  let end = -Infinity;  // of the label before: one that would overlap it is left out
  across.forEach((value, i) => {
    const at = x(value), text = (write.x ?? plain)(value, i), last = at > right - 12, wide = text.length * 6;
    const start = at - (last ? wide : wide / 2);
    if (at < left - 1 || at > right + 1 || start < end + 3) return;
    end = start + wide;
    grid.append(svg("text", { x: at, y: bottom + 14, "text-anchor": last ? "end" : "middle" }, text));
  });
  grid.append(svg("line", { class: "edge", x1: left, x2: right, y1: bottom, y2: bottom }));
  grid.append(svg("text", { class: "name", x: right, y: bottom + 29, "text-anchor": "end" }, names.x ?? ""));
  made.append(grid, marks);
}

// The reach of numbers, with some room; within limits where there are any.
function reach(values, room = 0.06, limits = [-Infinity, Infinity]) {
  const there = finite(values);
  const low = Math.min(...there), high = Math.max(...there);
  const more = (high - low || Math.abs(high) || 1) * room;
  return [Math.max(low - more, limits[0]), Math.min(high + more, limits[1])];
}

// Draw again whenever the width of a place or the colours of the page change.
function drawn(place, draw) {
  let width = 0;
  const again = () => {
    width = Math.round(place.clientWidth);
    if (width > 40) place.replaceChildren(...[draw(width)].flat());
  };
  new ResizeObserver(() => Math.round(place.clientWidth) !== width && again()).observe(place);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  again();
  return again;
}
