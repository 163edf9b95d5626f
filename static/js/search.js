// The search box: Enter opens the first exact hit, arrows walk through all, and choosing does not leave the page. Keys
// typed while it is fetched go to the field that is next.
import { get, post } from "./connection.js";
import { flush, hasText, madeFor, submission } from "./drafts.js";
import { hold, release } from "./keys.js";
import { onLoad, show } from "./page.js";

const box = () => document.querySelector("[data-search] input[name=q]");
const results = () => document.getElementById("results");
const hits = (kind = "[data-hit], [data-guess]") => [...(results()?.querySelectorAll(kind) ?? [])];
const isAnswered = () => results()?.querySelector("[data-results]")?.dataset.for === box().value.trim();

// What was searched for comes back into the box when a customer is closed again.
let searched = "";
let openFirst = false;

// --- the box ---

document.addEventListener("input", (event) => {
  if (event.target !== box()) return;
  openFirst = false;
  searched = event.target.value;
});

document.addEventListener("keydown", (event) => {
  if (event.target !== box()) return walk(event);
  if (event.key === "Enter" && !event.ctrlKey) {
    event.preventDefault();
    if (!event.target.value.trim()) return;
    if (isAnswered()) return open();
    openFirst = true;
    hold();
    event.target.form.requestSubmit();
  } else if (event.key === "ArrowDown" && hits().length) {
    event.preventDefault();
    hits()[0].focus();
  } else if (event.key === "Escape") {
    event.target.value = searched = "";
    results().replaceChildren();
  }
});

function walk(event) {
  const all = hits();
  const at = all.indexOf(document.activeElement);
  if (at < 0 || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  event.preventDefault();
  (all[at + (event.key === "ArrowDown" ? 1 : -1)] ?? box()).focus();
}

// The first exact hit. A guess is opened by nobody but who chooses it, and of several that would be written on, none is.
function open() {
  const exact = hits("[data-hit]");
  const writes = exact[0]?.matches("button");
  if (!exact.length || (writes && exact.length > 1)) return release(box());
  exact[0].click();
}

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target !== results() || !openFirst || !isAnswered()) return;
  openFirst = false;
  open();
});

for (const failed of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(failed, () => openFirst && release(box()));
}

onLoad(() => {
  const input = box();
  if (!input || input.value || !searched) return;
  input.value = searched;
  if (document.activeElement === input) input.select();
});

// --- going to whoever was chosen ---

const about = () => document.querySelector("[data-shortcut=F2] [role=combobox], [data-shortcut=F2] select");
// Typed for nobody yet: it goes along to whoever is chosen. Typed for another, it is offered there and not filled in.
const isFree = () => Boolean(document.querySelector("[data-free]"));

async function carry(link) {
  const body = { submission: submission(), made_for: madeFor(), to: new URL(link).pathname };
  const answer = await post(document.querySelector("[data-carry]").dataset.carry, body);
  return answer?.ok ? answer : null;
}

async function visit(link) {
  hold();
  const isKept = await flush();
  const along = hasText() && isKept;
  const path = new URL(link).pathname;
  const answer = along && isFree() ? await carry(link) : await get(path + (along ? `?draft=${submission()}` : ""));
  if (!answer) {
    release();
    return location.assign(link);
  }
  await show(answer, { push: true });
  release(about());
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-hit], a[data-guess], a[data-visit]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  visit(link.href);
});

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-add]");
  if (!form) return;
  event.preventDefault();
  hold();
  const isKept = await flush();
  const along = hasText() && isFree() && isKept && (await carry(form.action));
  const answer = await post(along ? along.url : form.action, new FormData(form));
  if (answer) await show(answer, { push: true });
  release();
});
