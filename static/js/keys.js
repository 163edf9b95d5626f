// Keys typed while an answer is on its way: they are pressed when it is there, on the page that they are meant for.

const PATIENCE = 4000;
const KEPT = /^(.|Enter|Backspace|F[248])$/u;

// What was typed meanwhile; null while nothing is waited for.
let keys = null;
let isHeld = false;
let patience = 0;

export function hold() {
  keys ??= [];
  isHeld = true;
  clearTimeout(patience);
  patience = setTimeout(release, PATIENCE);
}

// Press them, beginning in a field if one is given, else where the cursor is, else in the search box.
export async function release(field = null) {
  clearTimeout(patience);
  if (!isHeld) return;
  isHeld = false;
  if (keys.length) field?.focus();
  while (keys.length && !isHeld) {
    // A box needs a moment to take the cursor, and one to open its list.
    await new Promise(setTimeout);
    press(keys.shift());
  }
  if (!isHeld) keys = null;
}

function press(key) {
  const active = document.activeElement;
  const field = active?.matches("input, textarea") ? active : document.getElementById("q");
  if (key.startsWith("F")) tell(document.body, key);
  else if (!field) return;
  else if (key === "Enter") tell(field, key);
  else write(field, key);
}

function tell(target, key) {
  const keyCode = key === "Enter" ? 13 : 0;
  target.dispatchEvent(new KeyboardEvent("keydown", { key, keyCode, bubbles: true, cancelable: true }));
}

function write(field, key) {
  field.focus();
  const end = field.value.length;
  let [from, to] = [field.selectionStart ?? end, field.selectionEnd ?? end];
  if (key === "Backspace" && from === to && from > 0) from -= 1;
  const text = key === "Backspace" ? "" : key;
  field.value = field.value.slice(0, from) + text + field.value.slice(to);
  if (field.selectionStart !== null) field.setSelectionRange(from + text.length, from + text.length);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

addEventListener(
  "keydown",
  (event) => {
    if (!keys || !event.isTrusted || event.ctrlKey || event.metaKey || event.altKey || !KEPT.test(event.key)) return;
    keys.push(event.key);
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);
