// The methods of the page: one of them followed through all pictures, any of them hidden.

const chosen = { followed: null, hidden: new Set() };
const followers = [];

// Marks an element as a method's own: its colour, and whether it is followed or hidden.
function belongs(made, method) {
  made.dataset.method = method.name;
  made.classList.add("own");
  made.style.setProperty("--own", method.color);
  return made;
}

function follow(name) {
  chosen.followed = chosen.followed === name ? null : name;
  if (chosen.followed !== null) chosen.hidden.delete(name);
  update();
}

function hide(name) {
  if (!chosen.hidden.delete(name)) chosen.hidden.add(name);
  if (chosen.hidden.has(name) && chosen.followed === name) chosen.followed = null;
  update();
}

function update() {
  for (const made of document.querySelectorAll("[data-method]")) {
    const name = made.dataset.method;
    made.classList.toggle("followed", name === chosen.followed);
    made.classList.toggle("dim", chosen.followed !== null && name !== chosen.followed && !made.hasAttribute("data-always"));
    if (!made.hasAttribute("data-always")) made.toggleAttribute("data-hidden", chosen.hidden.has(name));
  }
  for (const call of followers) call();
}

// The bar of all methods, which stays in sight.
function bar(methods) {
  const clear = element("button", { type: "button", class: "all", on: { click: all } }, "show all");
  const chips = methods.map((method) => {
    const name = element("button", { type: "button", class: "follow", title: `follow ${method.name} through all pictures`,
      on: { click: () => follow(method.name) } }, element("span", { class: "glyph", "aria-hidden": "true" }, method.glyph), method.name);
    const away = element("button", { type: "button", class: "hide", "aria-label": `hide ${method.name}`, title: `hide ${method.name}`,
      on: { click: () => hide(method.name) } }, "×");
    const chip = belongs(element("span", { class: "chip", "data-always": true }, name, away), method);
    followers.push(() => {
      const hidden = chosen.hidden.has(method.name);
      name.setAttribute("aria-pressed", String(chosen.followed === method.name));
      away.setAttribute("aria-pressed", String(hidden));
      away.textContent = hidden ? "+" : "×";
      away.setAttribute("aria-label", away.title = `${hidden ? "show" : "hide"} ${method.name}`);
      chip.classList.toggle("away", hidden);
    });
    return chip;
  });
  followers.push(() => (clear.hidden = !chosen.hidden.size && chosen.followed === null));
  return element("div", { class: "bar", role: "toolbar", "aria-label": "Methods: follow one, hide some", tabindex: "-1" }, ...chips, clear);
}

function all() {
  chosen.followed = null;
  chosen.hidden.clear();
  update();
}
