// Keys typed while an answer is on its way: they are pressed when it is there, on the page that they are meant for.

const KEPT = /^(.|Enter|Backspace|F[248])$/u;

// What was typed meanwhile; null while nothing is waited for.
let keys = null;
let isHeld = false;
let patience = 0;

export function hold() {
  keys ??= [];
  isHeld = true;
  clearTimeout(patience);
  patience = setTimeout(release, 4000);
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
  // An address of e-mail has no cursor that can be asked for.
  const field = active?.matches("input:not([type=email]), textarea") ? active : document.getElementById("q");
  if (/^F\d/.test(key)) tell(document.body, key);
  else if (!field) return;
  else if (key === "Enter") tell(field, key);
  else write(field, key);
}

// The code is Enter's: the library of the service box asks for it.
const tell = (target, key) => target.dispatchEvent(new KeyboardEvent("keydown", { key, keyCode: 13, bubbles: true, cancelable: true }));

function write(field, key) {
  field.focus();
  const [text, back] = key === "Backspace" ? ["", 1] : [key, 0];
  const { selectionStart: from, selectionEnd: to } = field;
  field.setRangeText(text, from === to ? Math.max(0, from - back) : from, to, "end");
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
