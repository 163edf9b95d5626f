// The select of services and topics becomes a type-ahead: every word typed must begin a word of the choice.
const fold = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f'’]/g, "").toLowerCase();

function choices(select) {
  return [...select.options]
    .filter((option) => option.value)
    .map((option) => ({
      value: option.value,
      label: option.label,
      own: fold(option.label).split(/[^\p{L}\p{N}]+/u),
      other: fold(option.dataset.words ?? "").split(/[^\p{L}\p{N}]+/u),
    }));
}

// Best first: the words in the order of the choice's own, then anywhere among its own, then among its other words.
function rank(choice, wanted) {
  const begins = (words, piece) => words.some((word) => word.startsWith(piece));
  if (!wanted.every((piece) => begins(choice.own, piece) || begins(choice.other, piece))) return 0;
  if (choice.own.join(" ").startsWith(wanted.join(" "))) return 3;
  return wanted.every((piece) => begins(choice.own, piece)) ? 2 : 1;
}

function enhance(holder) {
  const select = holder.querySelector("select");
  const all = choices(select);
  const label = (value) => all.find((choice) => choice.value === value)?.label ?? "";
  const spot = document.createElement("div");
  const { id } = select;
  const described = select.getAttribute("aria-describedby");
  select.before(spot);
  select.id = `${id}-select`;
  select.hidden = true;
  const choose = (text) => {
    const chosen = all.find((choice) => choice.label === text);
    if (!chosen || select.value === chosen.value) return;
    select.value = chosen.value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  };
  window.accessibleAutocomplete({
    element: spot,
    id,
    name: "",
    defaultValue: label(select.value),
    autoselect: true,
    confirmOnBlur: true,
    showAllValues: true,
    displayMenu: "overlay",
    tNoResults: () => holder.dataset.none,
    tStatusNoResults: () => holder.dataset.none,
    tStatusQueryTooShort: () => "",
    tStatusSelectedOption: (chosen) => `${holder.dataset.chosen} ${chosen}`,
    tStatusResults: (number, chosen) => `${holder.dataset.found} ${number}. ${chosen}`,
    tAssistiveHint: () => holder.dataset.hint,
    source(query, populate) {
      const wanted = fold(query).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
      if (!wanted.length || query === label(select.value)) return populate(all.map((choice) => choice.label));
      populate(
        all
          .map((choice, at) => ({ choice, at, rank: rank(choice, wanted) }))
          .filter((found) => found.rank)
          .sort((a, b) => b.rank - a.rank || a.at - b.at)
          .slice(0, 12)
          .map((found) => found.choice.label),
      );
    },
    onConfirm: choose,
  });
  const input = holder.querySelector("input");
  if (described) input.setAttribute("aria-describedby", described);
  if (select.getAttribute("aria-invalid")) input.setAttribute("aria-invalid", "true");
  input.addEventListener("input", () => {
    if (input.value !== label(select.value)) select.value = "";
  });
  if (select.autofocus) input.focus();
}

addEventListener("DOMContentLoaded", () => {
  if (window.accessibleAutocomplete) document.querySelectorAll("[data-type-ahead]").forEach(enhance);
});
