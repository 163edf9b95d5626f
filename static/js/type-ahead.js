import { onLoad } from "./page.js";

// The select of services and topics becomes a type-ahead: every word typed must begin a word of the choice.
const fold = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f'’]/g, "").toLowerCase();
const words = (text) => fold(text).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
// The library writes suggestions as HTML.
const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
// First in the list while the box is empty: whoever leaves an open list has chosen nothing by it.
const NONE = { value: "", label: "" };

function choices(select) {
  return [...select.options]
    .filter((option) => option.value)
    .map((option) => ({
      value: option.value,
      label: option.label,
      own: words(option.label),
      other: words(option.dataset.words ?? ""),
    }));
}

// Best first: the words in the order of the choice's own, then anywhere among its own, then among its other words.
function rank(choice, wanted) {
  const begins = (list, piece) => list.some((word) => word.startsWith(piece));
  if (!wanted.every((piece) => begins(choice.own, piece) || begins(choice.other, piece))) return 0;
  if (choice.own.join(" ").startsWith(wanted.join(" "))) return 3;
  return wanted.every((piece) => begins(choice.own, piece)) ? 2 : 1;
}

function enhance(holder) {
  const select = holder.querySelector("select");
  if (holder.querySelector("[role=combobox]")) return;
  const all = choices(select);
  const chosen = () => all.find((choice) => choice.value === select.value);
  const spot = document.createElement("div");
  const { id } = select;
  const described = select.getAttribute("aria-describedby");
  select.before(spot);
  select.id = `${id}-select`;
  select.hidden = true;
  // Not simply the first input: the library may put one of its own before it.
  const box = () => spot.querySelector("[role=combobox]");
  const text = () => box()?.value ?? "";
  // Escape closes the list. The library would choose its first line all the same, and show what was typed.
  let leaving = false;
  const leave = (event) => {
    leaving = event.key === "Escape";
    setTimeout(() => (leaving = false)); // true for this one event only: a click may follow
  };
  spot.addEventListener("keydown", leave, true);
  window.accessibleAutocomplete({
    element: spot,
    id,
    name: "",
    defaultValue: chosen()?.label ?? "",
    autoselect: true,
    confirmOnBlur: true,
    showAllValues: true,
    displayMenu: "overlay",
    // A string is the default value; anything else one of our choices.
    templates: {
      inputValue: (choice) => (typeof choice === "string" ? choice : choice?.label),
      suggestion: (choice) => escaped(typeof choice === "string" ? choice : choice.label || "–"),
    },
    tNoResults: () => holder.dataset.none,
    tStatusNoResults: () => holder.dataset.none,
    tStatusResults: (number, selected) => `${holder.dataset.found} ${number}. ${selected}`,
    tStatusSelectedOption: (label, number, at) => `${label}, ${at + 1} / ${number}`,
    tStatusQueryTooShort: () => "",
    tAssistiveHint: () => holder.dataset.hint,
    source(_, populate) {
      // The box itself says what is in it: an arrow key asks for everything, whatever was chosen.
      const now = chosen();
      if (!text()) return populate([NONE, ...all]);
      if (now?.label === text()) return populate([now, ...all.filter((choice) => choice !== now)]);
      const wanted = words(text());
      populate(
        all
          .map((choice, at) => ({ choice, at, rank: rank(choice, wanted) }))
          .filter((found) => found.rank)
          .sort((a, b) => b.rank - a.rank || a.at - b.at)
          .slice(0, 12)
          .map((found) => found.choice),
      );
    },
    onConfirm(choice) {
      if (leaving || choice?.value === undefined || choice.value === select.value) return;
      select.value = choice.value;
      select.dispatchEvent(new Event("change", { bubbles: true }));
    },
  });
  const input = box();
  if (select.getAttribute("aria-invalid")) input.setAttribute("aria-invalid", "true");
  if (described) {
    // The library sets and takes away its own description at each change.
    const describe = () => {
      const now = (input.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean);
      if (!now.includes(described)) input.setAttribute("aria-describedby", [described, ...now].join(" "));
    };
    describe();
    new MutationObserver(describe).observe(input, { attributes: true, attributeFilter: ["aria-describedby"] });
  }
  input.addEventListener("input", () => {
    if (input.value !== chosen()?.label) select.value = "";
  });
  // Chrome makes a list that scrolls a stop of the Tab key.
  new MutationObserver(() => spot.querySelector("[role=listbox]")?.setAttribute("tabindex", "-1")).observe(spot, {
    childList: true,
    subtree: true,
  });
  if (select.autofocus) input.focus();
}

// Show again what is chosen: the browser, or a draft that came back, has set the select behind the box.
function show(select) {
  const holder = select.closest("[data-type-ahead]");
  const box = holder?.querySelector("[role=combobox]");
  if (!box) return;
  const label = select.selectedOptions[0]?.value ? select.selectedOptions[0].label : "";
  if (box.value === label) return;
  const { id } = box;
  [...select.parentElement.children].find((part) => part.contains(box)).remove();
  select.id = id;
  enhance(holder);
}

document.addEventListener("cw:set", (event) => show(event.target));
addEventListener("pageshow", () => document.querySelectorAll("[data-type-ahead] select").forEach(show));
onLoad((part) => {
  if (window.accessibleAutocomplete) part.querySelectorAll("[data-type-ahead]").forEach(enhance);
});
