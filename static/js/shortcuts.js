// Keyboard shortcuts, shown on their controls, listed under "?", off when the account says so.
import { onLoad } from "./page.js";

const typing = () => document.activeElement?.matches("input, textarea, select");

function go(selector) {
  const control = document.querySelector(selector);
  control?.focus();
  control?.select?.();
  return Boolean(control);
}

function press(selector) {
  const control = document.querySelector(selector);
  control?.click();
  return Boolean(control);
}

// The button of the form in which the cursor is, or else the page's own.
function submit() {
  const own = document.activeElement?.closest("form")?.querySelector("[data-submit]");
  const button = own ?? document.querySelector("[data-submit]");
  button?.click();
  return Boolean(button);
}

function shortcut({ key, ctrlKey, shiftKey }) {
  if (ctrlKey) return key === "Enter" && submit();
  if (key === "F4" || (key === "/" && !typing())) return go("#q") || press("[data-find]");
  if (key === "F2") return shiftKey ? press("[data-take]") : go("[data-shortcut=F2] input, [data-shortcut=F2] select");
  if (key === "F8") return press("[data-undo] button");
  if (key === "?" && !typing()) return press("[data-shortcuts-page]");
  return false;
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.metaKey || event.isComposing || !document.body.classList.contains("has-shortcuts")) return;
  if (shortcut(event)) event.preventDefault();
});

// The undo button goes when the server would no longer take it.
onLoad((part) => {
  for (const undo of part.querySelectorAll("[data-undo]")) setTimeout(() => undo.remove(), undo.dataset.undo * 1000);
});
