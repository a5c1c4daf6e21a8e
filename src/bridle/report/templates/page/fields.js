// Fields of a form that hold one setting each.

// A field with its name; `change` gets its value as text when it was changed.
function field(name, input, change) {
  input.addEventListener("change", () => change(input.value));
  input.setAttribute("aria-label", name); // else a choice's name would hold everything to choose from
  return element("label", { class: "field" }, element("span", {}, name), input);
}

// A choice; a value that is none of them becomes one.
function choice(values, value, words = (one) => one) {
  const all = values.includes(value) ? values : [...values, value];
  const made = element("select", {}, ...all.map((one) => element("option", { value: one }, words(one))));
  made.value = value;
  return made;
}

function amount(value, least, most, step) {
  return element("input", { type: "number", min: least, max: most, step, value, inputmode: "decimal" });
}

// What an address holds behind #, over what holds where it says nothing.
function addressed(defaults) {
  const found = { ...defaults, stop: "0" };
  for (const [key, value] of new URLSearchParams(location.hash.slice(1))) if (key in found) found[key] = value;
  return found;
}

// The same the other way round: only what differs.
function address(state, defaults, readable = true) {
  const pairs = Object.entries(state).filter(([key, value]) => (key === "stop" ? readable && value !== "0" : value !== defaults[key]));
  const text = new URLSearchParams(pairs).toString();
  return readable ? text.replaceAll("%2C", ",").replaceAll("%28", "(").replaceAll("%29", ")").replaceAll("%3B", ";").replaceAll("%3D", "=") : text;
}
