// Keyboard shortcuts, shown on their controls, listed under "?", off when the account says so.
const on = document.body.classList.contains("has-shortcuts");

const typing = () => document.activeElement?.matches("input, textarea, select");

function go(selector) {
  const control = document.querySelector(selector);
  if (control) {
    control.focus();
    control.select?.();
  }
  return Boolean(control);
}

if (on) {
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.metaKey || event.isComposing) return;
    let done = false;
    if (event.ctrlKey) {
      if (event.key === "Enter") {
        const form = document.activeElement?.closest("form");
        const button = (form ?? document).querySelector("[data-submit]") ?? document.querySelector("[data-submit]");
        button?.click();
        done = Boolean(button);
      }
    } else if (event.key === "F4" || (event.key === "/" && !typing())) done = go("#q");
    else if (event.key === "F2") done = go("[data-shortcut=F2] input, [data-shortcut=F2] select");
    else if (event.key === "F8") {
      const undo = document.querySelector("[data-undo] button");
      undo?.click();
      done = Boolean(undo);
    } else if (event.key === "?" && !typing()) {
      document.querySelector("a[href$='/shortcuts/']")?.click();
      done = true;
    }
    if (done) event.preventDefault();
  });
}

// The undo button goes when the server would no longer take it.
for (const undo of document.querySelectorAll("[data-undo]")) {
  setTimeout(() => undo.remove(), Number(undo.dataset.undo) * 1000);
}
