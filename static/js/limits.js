// How much room is left in a text field, once half of it is used; said aloud when little is left.
const SAID = 20;

document.addEventListener("input", (event) => {
  const note = document.getElementById(event.target.dataset.limitNote ?? "");
  if (!note) return;
  const room = note.dataset.limit - event.target.value.length;
  const words = room < 0 ? note.dataset.over : note.dataset.left;
  note.textContent = room > note.dataset.limit / 2 ? "" : `${words} ${Math.abs(room)}`;
  note.classList.toggle("govuk-error-message", room < 0);
  note.setAttribute("aria-live", room <= SAID ? "polite" : "off");
});
