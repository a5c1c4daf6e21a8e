// The leaderboard: intervals drawn in their rows, sorting, and everything about a method.

function board(data) {
  const table = document.querySelector("table.board");
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  rows.forEach((row, i) => {
    const method = data.methods[i];
    belongs(row, method);
    heading(row, method, data);
  });
  if (data.differences) forest(rows, data);
  sortable(table, body, rows);
}

// The method's name becomes a button that opens everything about it.
function heading(row, method, data) {
  const name = row.querySelector(".named");
  const more = element("tr", { class: "more", hidden: true }, element("td", { colspan: row.cells.length }));
  belongs(more, method);
  const button = element("button", { type: "button", class: "named", "aria-expanded": "false" }, ...name.childNodes);
  button.addEventListener("click", () => {
    more.hidden = !more.hidden;
    button.setAttribute("aria-expanded", String(!more.hidden));
    if (!more.hidden && !more.cells[0].childNodes.length) more.cells[0].append(...everything(method, data));
    if (more.hidden === (chosen.followed === method.name)) follow(method.name);
  });
  name.replaceWith(button);
  row.more = more;
  row.after(more);
}

function everything(method, data) {
  const { measure } = data;
  const facts = [];
  const fact = (name, text) => text && facts.push(element("dt", {}, name), element("dd", {}, text));
  const own = data.differences?.differences.find((one) => one.method === method.name);
  const shown = finite(method.scores).map((value) => fixed(value, measure.decimals) + measure.unit);
  fact(`test ${measure.metric}, by replicate`, shown.join(", "));
  if (own) {
    fact("against none", `${own.text} ${measure.points}, ${own.verdict}`.trim());
    fact("in each replicate", Array.from(own.pairs, (value) => signed(value, measure.decimals)).join(", "));
  }
  const tried = data.paths?.settings.filter((one) => one.method === method.name) ?? [];
  fact("settings, and how often chosen", tried.map((one) => `${one.text ? `${one.text}, ` : ""}learning rate ${plain(one.rate)} (${one.chosen}×)`).join("; "));
  for (const card of method.cards) {
    fact(card.title, card.summary);
    fact("formula", card.formula);
    fact("use it", card.when);
    fact("beware", card.beware);
    fact("paper", card.papers);
  }
  const found = [element("dl", {}, ...facts)];
  if (data.paths?.paths.some((path) => path.method === method.name) && !method.baseline) {
    const show = () => document.dispatchEvent(new CustomEvent("strength", { detail: method.name }));
    found.push(element("button", { type: "button", on: { click: show } }, `show ${method.name} from nothing to too much`));
  }
  return found;
}

function forest(rows, data) {
  const { differences, margin, measure } = { ...data.differences, measure: data.measure };
  const ends = differences.flatMap((one) => [one.difference, one.low, one.high]).filter(Number.isFinite);
  // one wide interval must not squeeze all others: it gets an arrow where it leaves the axis
  const widths = differences.map((one) => Math.max(Math.abs(one.low ?? 0), Math.abs(one.high ?? 0))).sort((a, b) => a - b);
  const most = Math.max(4 * (widths[Math.floor(widths.length / 2)] || 1), 1.1 * margin);
  const domain = [Math.max(Math.min(...ends, -1.1 * margin), -most), Math.min(Math.max(...ends, 1.1 * margin), most)];
  rows.forEach((row, i) => {
    const place = row.querySelector(".forest");
    const one = differences.find((found) => found.method === data.methods[i].name);
    drawn(place, (width) => interval(one, width, linear(domain, [8, width - 8]), margin, measure));
  });
  const top = document.querySelector("thead .forest");
  drawn(top, (width) => scale(width, linear(domain, [8, width - 8])));
}

function scale(width, x) {
  const made = svg("svg", { viewBox: `0 0 ${width} 14`, width, height: 14, "aria-hidden": "true" });
  const values = x.ticks(Math.max(2, Math.floor(width / 60)));
  for (const value of values) {
    made.append(svg("text", { x: x(value), y: 11, "text-anchor": "middle" }, value > 0 ? `+${plain(value)}` : plain(value)));
  }
  return made;
}

function interval(one, width, x, margin, measure) {
  const height = 20, middle = height / 2, [left, right] = x.domain;
  const made = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img" });
  const inside = (value) => Math.min(Math.max(value, left), right);
  made.append(svg("rect", { class: "margin", x: x(inside(-margin)), y: 0, width: x(inside(margin)) - x(inside(-margin)), height }));
  made.append(svg("line", { class: "zero", x1: x(0), x2: x(0), y1: 0, y2: height }));
  if (!one) return made;
  const verdict = one.verdict.replaceAll(" ", "-");
  const marks = svg("g", { class: `interval ${verdict}`, "data-tip": `${one.method}: ${one.text} ${measure.points}, ${one.verdict}` });
  for (const value of one.pairs) {
    if (value >= left && value <= right && one.pairs.length > 1) marks.append(svg("circle", { class: "pair", cx: x(value), cy: middle + 6, r: 1.6 }));
  }
  if (Number.isFinite(one.low)) {
    marks.append(svg("line", { x1: x(inside(one.low)), x2: x(inside(one.high)), y1: middle, y2: middle }));
    if (one.low < left) marks.append(svg("path", { d: `M${x(left) - 6},${middle}l7,-4v8z` }));
    if (one.high > right) marks.append(svg("path", { d: `M${x(right) + 6},${middle}l-7,-4v8z` }));
  }
  marks.append(svg("circle", { cx: x(inside(one.difference)), cy: middle, r: 4.2 }));
  made.setAttribute("aria-label", `${one.text} ${measure.points}`);
  made.append(marks);
  return made;
}

// Columns sort by the number in `data-value`, else by text; once more the other way round.
function sortable(table, body, rows) {
  for (const head of table.tHead.rows[0].cells) {
    const column = head.cellIndex;
    const button = element("button", { type: "button", class: "sort" }, ...head.querySelector(".title").childNodes);
    head.querySelector(".title").replaceWith(button);
    button.addEventListener("click", () => {
      const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
      const number = (row) => (value(row) === "" ? NaN : Number(value(row)));
      const numeric = rows.some((row) => Number.isFinite(number(row)));
      const before = head.getAttribute("aria-sort");
      const down = before === null ? numeric : before !== "descending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const order = [...rows].sort((one, other) => {
        if (!numeric) return value(one).localeCompare(value(other)) * (down ? -1 : 1);
        const [a, b] = [number(one), number(other)];
        if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
        return (b - a) * (down ? 1 : -1);
      });
      for (const row of order) body.append(row, row.more);
    });
  }
}
