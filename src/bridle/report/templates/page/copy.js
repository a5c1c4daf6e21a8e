// Commands are copied by a button beside them.

function copies() {
  for (const command of document.querySelectorAll("pre, .step code")) {
    const button = element("button", { type: "button", class: "copy", "aria-label": "copy this command" }, "copy");
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(command.textContent.trim());
      button.textContent = "copied";
      setTimeout(() => (button.textContent = "copy"), 1500);
    });
    command.after(button);
  }
}
