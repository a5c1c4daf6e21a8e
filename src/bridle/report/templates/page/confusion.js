// Which classes are taken for which: a method, another one, and their difference.

function confusion(data) {
  const place = document.getElementById("confusion"), record = data.confusion;
  if (!place || !record) return;
  place.hidden = false;
  const named = (name) => record.methods.find((one) => one.method === name) ?? record.methods[0];
  const advised = data.methods.find((method) => method.advised);
  const views = ["one", "other", "difference"].map(() => element("div", { class: "view" }));
  const heads = views.map(() => element("h4"));
  const pick = (name, text) => {
    const made = element("select", { on: { change: () => again.forEach((draw) => draw()) } }, ...record.methods.map((one) => element("option", { value: one.method }, one.method)));
    made.value = named(name).method;
    return [made, element("label", {}, `${text} `, made)];
  };
  const [left, leftLabel] = pick(record.methods.some((one) => one.method === advised?.name && !advised.baseline) ? advised.name : record.methods[record.methods.length > 1 ? 1 : 0].method, "method");
  const [right, rightLabel] = pick(data.baseline, "beside");
  place.append(element("p", { class: "caption" }, "Rows: the true class; columns: the predicted one; numbers: per cent of the true class, test examples of all replicates together. "
    + "In the difference, orange is more often than beside it, blue less often."),
  element("div", { class: "controls" }, leftLabel, rightLabel),
  element("div", { class: "panels matrices" }, ...views.map((view, i) => element("div", { class: "panel" }, heads[i], view))));
  const shares = (name) => named(name).counts.map((row) => { const sum = row.reduce((a, b) => a + b, 0) || 1; return Array.from(row, (count) => (100 * count) / sum); });
  const again = views.map((view, i) => drawn(view, (width) => {
    const [one, other] = [left.value, right.value];
    heads[i].textContent = [one, other, `${one} minus ${other}`][i];
    const a = shares(one), b = shares(other);
    return matrix([a, b, a.map((row, r) => row.map((value, c) => value - b[r][c]))][i], record.classes, width, i === 2);
  }));
}

function matrix(values, classes, width, difference) {
  const size = classes.length, left = Math.min(90, width / 4), side = (width - left - 4) / size, height = Math.round(size * Math.min(side, 60) + 26);
  const tall = (height - 26) / size;
  const made = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": "Confusion matrix" });
  const most = difference ? Math.max(1, ...values.flat().map(Math.abs)) : 100;
  // about 7 pixels for a letter, nearly twice as many for a character of Chinese, Japanese or Korean, or an emoji
  const wide = (character) => (character.codePointAt(0) > 0x2e7f ? 13 : 7);
  const short = (name, room) => {
    const characters = [...name];
    let left = room;
    const fits = characters.findIndex((character) => (left -= wide(character)) < 0);
    return fits < 0 ? name : `${characters.slice(0, Math.max(1, fits - 1)).join("")}…`;
  };
  values.forEach((row, i) => {
    made.append(svg("text", { x: left - 6, y: 20 + tall * (i + 0.5) + 4, "text-anchor": "end", "data-tip": classes[i] }, short(classes[i], left - 6)));
    made.append(svg("text", { x: left + side * (i + 0.5), y: 13, "text-anchor": "middle", "data-tip": classes[i] }, short(classes[i], side)));
    row.forEach((value, j) => {
      const kind = difference ? (value > 0 ? "above" : "below") : "share";
      const text = difference ? signed(value, 1) : fixed(value, 1);
      const cell = svg("g", { "data-tip": `true ${classes[i]}, predicted ${classes[j]}: ${text} ${difference ? "points" : "%"}` },
        svg("rect", { class: `cell ${kind}`, x: left + side * j + 0.5, y: 20 + tall * i + 0.5, width: side - 1, height: tall - 1, "fill-opacity": (0.75 * Math.abs(value)) / most }));
      if (side > 34 && Math.abs(value) >= 0.05) cell.append(svg("text", { class: "said", x: left + side * (j + 0.5), y: 20 + tall * (i + 0.5) + 4, "text-anchor": "middle" }, text));
      made.append(cell);
    });
  });
  return made;
}
