// Every run of the study in a table, made when it is first opened: sorted by a column, filtered by words.

const MOST = 400; // rows shown at once

const COLUMNS = [
  ["method", (run) => run.method], ["setting", (run) => run.setting], ["replicate", (run) => run.replicate],
  ["chosen", (run) => (run.selected ? "chosen" : "")], ["epochs", (run) => run.epochs_run],
  ["training", (run) => run.train_score], ["validation", (run) => run.val_score], ["test", (run) => run.test_score],
  ["validation loss", (run) => run.val_loss], ["zeros", (run) => run.exact_zeros], ["ended", (run) => run.status],
];

function runs(data) {
  const place = document.getElementById("runs");
  if (!place || !data.runs.length) return;
  place.hidden = false;
  const details = place.querySelector("details");
  details.addEventListener("toggle", () => details.open && !details.querySelector("table") && details.append(...runTable(data)));
}

function runTable({ runs: all, trained }) {
  const state = { column: null, down: true };
  const body = element("tbody"), said = element("p", { class: "note", role: "status" });
  const words = element("input", { type: "search", placeholder: "l1 chosen", on: { input: fill } });
  const heads = COLUMNS.map(([name, read], i) => {
    const numeric = all.some((run) => typeof read(run) === "number");
    const sort = () => {
      state.down = state.column === i ? !state.down : numeric;
      state.column = i;
      heads.forEach((head, j) => (j === i ? head.setAttribute("aria-sort", state.down ? "descending" : "ascending") : head.removeAttribute("aria-sort")));
      fill();
    };
    return element("th", { scope: "col", class: numeric ? "number" : "" }, element("button", { type: "button", class: "sort", on: { click: sort } }, name));
  });

  function text(name, value) {
    if (value === null || value === undefined) return "–";
    if (["training", "validation", "test"].includes(name)) return score(value, trained);
    if (name === "zeros") return percent(value);
    return typeof value === "number" ? plain(Number(value.toPrecision(4))) : value;
  }

  function fill() {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const written = (run) => COLUMNS.map(([name, read]) => `${text(name, read(run))}`).join(" ").toLowerCase();
    const found = all.filter((run) => wanted.every((word) => written(run).includes(word)));
    if (state.column !== null) found.sort(order(COLUMNS[state.column][1], state.down));
    body.replaceChildren(...found.slice(0, MOST).map((run) => element("tr", {}, ...COLUMNS.map(([name, read]) =>
      element("td", { class: typeof read(run) === "number" ? "number" : "" }, ...breakable(String(text(name, read(run)))))))));
    said.textContent = `${found.length} of ${all.length} runs${found.length > MOST ? `; the first ${MOST} are shown` : ""}`;
  }

  fill();
  const table = element("table", {}, element("caption", { class: "unseen" }, "Every run"), element("thead", {}, element("tr", {}, ...heads)), body);
  return [element("label", {}, "only rows with ", words), said, element("div", { class: "scroll tall", tabindex: "0", role: "region", "aria-label": "Every run" }, table)];
}

// What is missing comes last in both directions.
function order(read, down) {
  return (one, other) => {
    const [a, b] = [read(one), read(other)];
    if (a === null || b === null) return (a === null) - (b === null);
    return (typeof a === "number" ? a - b : String(a).localeCompare(String(b))) * (down ? -1 : 1);
  };
}
