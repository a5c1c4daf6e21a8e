// One small note beside the pointer, or beside what has the focus, for whatever has `data-tip`.

const note = element("div", { class: "tip", role: "status", hidden: true });

function tell(text, x, y) {
  note.hidden = !text;
  if (!text) return;
  note.textContent = text;
  const width = note.offsetWidth, height = note.offsetHeight;
  note.style.left = `${Math.max(4, Math.min(x + 12, innerWidth - width - 8))}px`;
  note.style.top = `${y + 16 + height > innerHeight ? y - height - 10 : y + 16}px`;
}

function tips() {
  document.body.append(note);
  const own = (event) => event.target.closest?.("[data-tip]")?.dataset.tip ?? "";
  document.addEventListener("pointermove", (event) => tell(own(event), event.clientX, event.clientY));
  document.addEventListener("pointerleave", () => tell(""));
  document.addEventListener("focusin", (event) => {
    const { left, bottom } = event.target.getBoundingClientRect();
    tell(own(event), left, bottom - 10);
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && tell(""));
}

// Says what a curve is at the epoch under the pointer.
function reads(made, x, epochs, say) {
  made.addEventListener("pointermove", (event) => {
    const box = made.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * made.viewBox.baseVal.width;
    let best = 0;
    epochs.forEach((epoch, i) => { if (Math.abs(x(epoch) - at) < Math.abs(x(epochs[best]) - at)) best = i; });
    made.dataset.tip = say(best);
  });
}
