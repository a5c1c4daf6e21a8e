// The leaderboard by the metric and the margin that a reader chooses.

function leaderboard(data) {
  const place = document.getElementById("leaderboard"), first = place.querySelector(".reading");
  const shown = data.readings.map((reading, i) => {
    const made = i ? place.querySelector(`template[data-metric="${CSS.escape(reading.metric)}"]`).content.firstElementChild : first;
    return { reading, made, move: board(made.querySelector("table"), data, reading) };
  });
  let now = shown[0];
  const said = element("p", { class: "note" });
  const margin = margins((size) => now.move?.(size, now.made), data);
  const metric = element("select", { "aria-label": "metric", on: { change: () => turn(shown[metric.selectedIndex]) } }, ...data.readings.map((one) => element("option", { value: one.metric }, one.title)));
  function turn(next) {
    now.made.replaceWith(next.made);
    now = next;
    said.textContent = now.reading.said;
    margin.begin(now.reading, now.made);
    update();
  }
  const several = shown.length > 1 && element("label", {}, "metric ", metric);
  if (!several && !data.readings[0].differences) return;
  first.before(element("div", { class: "controls" }, several || "", margin.made), said);
  turn(now);
}

// A margin: a number and its unit, what it comes to, and the way back to the one that the table was made for.
function margins(change, data) {
  const number = element("input", { type: "number", min: 0, step: "any", inputmode: "decimal", id: "margin", on: { input: () => go() } });
  const unit = element("select", { "aria-label": "unit of the margin", on: { change: () => convert() } });
  const size = element("output", { for: "margin", role: "status" });
  const reset = element("button", { type: "button", on: { click: () => begin(reading, place) } }, "reset");
  const made = element("span", { class: "margins" }, element("label", { for: "margin" }, "margin"), number, unit, size, reset);
  let reading, place, before;

  function begin(next, where) {
    [reading, place] = [next, where];
    made.hidden = !reading.differences;
    const [value, kind] = reading.margin;
    unit.replaceChildren(...reading.units.map((one) => element("option", { value: one.kind }, one.words)));
    unit.disabled = reading.units.length < 2;
    unit.value = before = kind;
    number.value = value;
    go();
  }
  const chosenUnit = () => reading.units.find((one) => one.kind === unit.value);
  // The same margin in another unit, to four digits.
  function convert() {
    const old = reading.units.find((one) => one.kind === before), whole = (one) => Number(one.whole) / (one.kind === "score" ? 1 : 100);
    before = unit.value;
    number.value = Number(((number.valueAsNumber * whole(old)) / whole(chosenUnit())).toPrecision(4));
    go();
  }
  function go() {
    if (!reading.differences) return;
    const [value, kind] = reading.margin, own = chosenUnit(), asked = number.valueAsNumber;
    reset.disabled = asked === value && own.kind === kind;
    const absolute = own.kind === "score" ? asked : (asked / 100) * Number(own.whole);
    const { measure } = reading, shown = absolute * measure.factor;
    const possible = asked >= 0 && (own.kind === "share" || measure.factor !== 100 || absolute < 1);
    number.setCustomValidity(possible ? "" : "0 or more, and less than the scale of the scores");
    if (!possible) return void (size.textContent = "a margin is 0 or more, and less than 100 points");
    const text = `${plain(Number(shown.toPrecision(3)))} ${measure.points}`.trim();
    size.textContent = own.kind === "share" ? `= ${text}` : "";
    place.querySelector(".margin-said").textContent = reset.disabled ? place.querySelector(".margin-said").dataset.said : `Margin: ${text}.`;
    change({ absolute, shown, gain: own.kind === "share" ? (asked / 100) * Number(own.gain) : own.gain === "" ? absolute : Number(own.gain), own: reset.disabled });
  }
  return { made, begin };
}

// The rule of the verdicts: what Python says at this margin.
function verdict(turn, baseline, { absolute, gain }) {
  const within = absolute >= Number(turn.reach), improving = gain <= Number(turn.improving);
  if (turn === baseline) return { label: "", text: improving ? "undertrained" : "" };
  if (!turn.judged) return { label: "no verdict", text: "no verdict" };
  const label = turn.clear || (within ? "no practical difference" : "undecided");
  const remarks = [turn.clear && within && "small", (improving || gain <= Number(baseline?.improving)) && "provisional"].filter(Boolean);
  return { label, text: remarks.length ? `${label} (${remarks.join(", ")})` : label };
}
