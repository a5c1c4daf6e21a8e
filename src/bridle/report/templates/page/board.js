// The leaderboard: intervals drawn in their rows, sorting, and everything about a method.

// Returns what moves the margin; null where nothing was compared.
function board(table, data, reading) {
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const at = { margin: reading.differences?.margin, verdicts: rows.map((row) => row.querySelector(".verdict")?.textContent ?? "") };
  rows.forEach((row, i) => {
    const method = data.methods.find((one) => one.name === reading.methods[i]);
    belongs(row, method);
    heading(row, method, () => everything(method, data, reading, i, at.verdicts[i], row.querySelector(".said .quiet:not([hidden])")?.textContent));
  });
  sortable(table, body, rows);
  if (!reading.differences) return null;
  const draw = forest(rows, table, reading, at);
  const baseline = reading.turns[reading.methods.indexOf(data.baseline)];
  return (size) => {
    at.margin = size.shown;
    rows.forEach((row, i) => {
      const { label, text } = verdict(reading.turns[i], baseline, size), said = row.querySelector(".said");
      at.verdicts[i] = text;
      said.querySelector(".verdict")?.remove();
      if (text) said.prepend(element("span", { class: `verdict ${label.replaceAll(" ", "-")}` }, text));
      for (const forecast of said.querySelectorAll(".quiet")) forecast.hidden = !size.own; // it is one at the table's own margin
      row.again();
    });
    for (const again of draw) again();
  };
}

// The method's name becomes a button that opens everything about it.
function heading(row, method, tell) {
  const name = row.querySelector(".named");
  const more = element("tr", { class: "more", hidden: true }, element("td", { colspan: row.cells.length }));
  belongs(more, method);
  const button = element("button", { type: "button", class: "named", "aria-expanded": "false" }, ...name.childNodes);
  button.addEventListener("click", () => {
    more.hidden = !more.hidden;
    button.setAttribute("aria-expanded", String(!more.hidden));
    row.again();
    if (more.hidden === (chosen.followed === method.name)) follow(method.name);
  });
  name.replaceWith(button);
  row.more = more;
  row.again = () => more.hidden || more.cells[0].replaceChildren(...tell());
  row.after(more);
}

function everything(method, data, { measure, differences, scores }, place, said, forecast) {
  const facts = [];
  const fact = (name, text) => text && facts.push(element("dt", {}, name), element("dd", {}, text));
  const own = differences?.differences.find((one) => one.method === method.name);
  const shown = finite(scores[place]).map((value) => fixed(value, measure.decimals) + measure.unit);
  fact(`test ${measure.metric}, by replicate`, shown.join(", "));
  if (own) {
    fact("against none", `${own.text} ${measure.points}, ${said}`.trim());
    fact("in each replicate", Array.from(own.pairs, (value) => signed(value, measure.decimals)).join(", "));
  }
  fact("to decide", forecast);
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

// Draws the intervals over the band of the margin; returns what draws them again.
function forest(rows, table, { differences: { differences }, measure, methods }, at) {
  const ends = differences.flatMap((one) => [one.difference, one.low, one.high]).filter(Number.isFinite);
  // one wide interval must not squeeze all others: it gets an arrow where it leaves the axis
  const widths = differences.map((one) => Math.max(Math.abs(one.low ?? 0), Math.abs(one.high ?? 0))).sort((a, b) => a - b);
  const axis = (width) => {
    const most = Math.max(4 * (widths[Math.floor(widths.length / 2)] || 1), 1.1 * at.margin);
    const domain = [Math.max(Math.min(...ends, -1.1 * at.margin), -most), Math.min(Math.max(...ends, 1.1 * at.margin), most)];
    return linear(domain, [8, width - 8]);
  };
  const own = rows.map((row, i) => {
    const one = differences.find((found) => found.method === methods[i]);
    return drawn(row.querySelector(".forest"), (width) => interval(one && { ...one, verdict: at.verdicts[i] }, width, axis(width), at.margin, measure));
  });
  return [...own, drawn(table.querySelector("thead .forest"), (width) => scale(width, axis(width)))];
}

function scale(width, x) {
  const made = svg("svg", { viewBox: `0 0 ${width} 14`, width, height: 14, "aria-hidden": "true" });
  const values = x.ticks(Math.max(2, Math.floor(width / 36)));
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
  const marks = svg("g", { class: `interval ${one.verdict.split(" (")[0].replaceAll(" ", "-")}`, "data-tip": `${one.method}: ${one.text} ${measure.points}, ${one.verdict}` });
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
