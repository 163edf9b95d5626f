// The search box: Enter opens the first hit, arrows walk through them, and what is typed elsewhere comes along.
import { flush, hasText, submission } from "./drafts.js";

const box = document.querySelector("[data-search] input[name=q]");
const results = document.getElementById("results");
let openFirst = false;

const hits = () => [...(results?.querySelectorAll("[data-hit]") ?? [])];
const shownFor = () => results?.querySelector("[data-results]")?.dataset.for;

if (box && results) {
  box.addEventListener("input", () => {
    openFirst = false;
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.ctrlKey) {
      event.preventDefault();
      if (!box.value.trim()) return;
      if (shownFor() === box.value.trim()) hits()[0]?.click();
      else {
        openFirst = true;
        box.form.requestSubmit();
      }
    } else if (event.key === "ArrowDown" && hits().length) {
      event.preventDefault();
      hits()[0].focus();
    } else if (event.key === "Escape") {
      box.value = "";
      results.replaceChildren();
    }
  });
  results.addEventListener("keydown", (event) => {
    const all = hits();
    const at = all.indexOf(document.activeElement);
    if (at < 0 || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    event.preventDefault();
    (all[at + (event.key === "ArrowDown" ? 1 : -1)] ?? box).focus();
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== results || !openFirst || shownFor() !== box.value.trim()) return;
    openFirst = false;
    hits()[0]?.click();
  });
}

// From the page with nobody chosen, what was typed goes along to the customer: nothing typed is lost, and the clock runs on.
const carries = () => ["counter", "new"].includes(document.querySelector("form[data-draft] [name=page]")?.value);

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-hit], a[data-carry-link]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  await flush();
  location.assign(carries() && hasText() ? `${link.pathname}?draft=${submission()}` : link.href);
});

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-carry]");
  if (!form) return;
  event.preventDefault();
  await flush();
  if (carries() && hasText()) form.action = `${form.getAttribute("action")}?draft=${submission()}`;
  form.submit();
});
