// The menu's "More": Escape, a click elsewhere and leaving it by Tab close it.
const more = document.querySelector("[data-menu]");

const close = (chosen) => more.contains(chosen) || (more.open = false);

if (more) {
  more.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !more.open) return;
    more.open = false;
    more.querySelector("summary").focus();
  });
  more.addEventListener("focusout", (event) => {
    if (event.relatedTarget) close(event.relatedTarget);
  });
  document.addEventListener("click", (event) => close(event.target));
}
