// What is typed is on the server within a second, and a form is sent without leaving the page: it waits for a
// connection, for its session, and for the account that it was made for. One request at a time, the newest text last.
import { post } from "./connection.js";
import { hold, release } from "./keys.js";
import { onLoad, rename, show, words } from "./page.js";
import { drop, put, seal, take } from "./tab.js";

const WAIT = 400;
const RETRY = 3000;

// The form that is typed in, and what is to be done about it; null on a page without one.
let work = null;
// Ends the wait between two tries.
let hurry = () => {};
// Whether this page is one that was reloaded in the middle of a word.
let isReloaded = performance.getEntriesByType("navigation")[0]?.type === "reload";
// Whether another page is on its way: it may be this one anew, asked for before the server knew what was typed.
let isLeaving = false;

function begin() {
  const form = document.querySelector("[data-draft]")?.form ?? null;
  if (work?.form === form) return;
  work = form && { form, dirty: form.hasAttribute("data-dirty"), stuck: false, timer: 0, saving: null, sending: false, action: "" };
  if (work?.dirty) flush();
  if (work) bringBack(work, isReloaded);
  isReloaded = false;
}

// Above the form stands what happened, what is safe and what to do; beside its heading, in small, that all is well.
function say(kind, values = {}) {
  for (const banner of document.querySelectorAll("[data-state]")) {
    banner.hidden = banner.dataset.state !== kind;
    for (const [name, value] of Object.entries(values)) {
      const place = banner.querySelector(`[data-put=${name}]`);
      if (place) place.textContent = value;
    }
  }
  const small = document.querySelector("[data-save-state]");
  if (small) small.textContent = kind === "saved" ? small.dataset.saved : "";
  for (const button of document.querySelectorAll("[data-discard]")) button.hidden = !hasText();
}

const fields = (form) => new URLSearchParams(new FormData(form));

// Why something was not taken, as the name of a banner; "" when it was.
async function trouble(answer) {
  if (answer === null) return ["offline"];
  if (answer.status === 403) return ["out"];
  if (answer.status === 409 && answer.headers.has("X-Made-For")) {
    const [owner, now] = ["X-Made-For", "X-Signed-In"].map((name) => decodeURIComponent(answer.headers.get(name)));
    return ["other", { owner, now }];
  }
  if (answer.status >= 500) return ["failed"];
  return null;
}

async function save(one) {
  one.dirty = false;
  const { elements } = one.form;
  const { dataset } = elements.made_for;
  const body = fields(one.form);
  body.set("revision", Number(elements.revision.value) + 1);
  const answer = await post(dataset.draft, body);
  const found = await trouble(answer);
  const isKept = answer?.ok || found?.[0] === "other";
  if (isKept) {
    const { submission, revision } = await answer.json();
    elements.submission.value = submission;
    elements.revision.value = revision;
    if (one === work) rename(dataset.here + (revision ? `?draft=${submission}` : ""));
    for (const field of document.querySelectorAll("[data-submission]")) field.value = submission;
  } else {
    one.dirty = true;
  }
  one.stuck = !isLeaving && (!isKept || Boolean(found)); // leaving ends what is under way
  if (one !== work) return isKept;
  if (one.stuck || one.dirty) await keepInTab(one);
  else if (!isLeaving) drop(one.form);
  if (answer?.status === 422) say("refused", { what: (await answer.json()).error, advice: "" });
  else if (found) say(...found);
  else say(hasText() ? "saved" : "");
  if (!isKept) later(one, RETRY);
  return isKept;
}

function later(one, wait) {
  clearTimeout(one.timer);
  one.timer = setTimeout(flush, wait);
}

// Send what is not sent yet; true when the server has it all.
export async function flush() {
  const one = work;
  if (!one) return true;
  clearTimeout(one.timer);
  while (one.saving) await one.saving;
  if (!one.dirty) return true;
  one.saving = save(one);
  const kept = await one.saving;
  one.saving = null;
  return kept && one.dirty ? flush() : kept;
}

export const hasText = () => Boolean(work) && (work.dirty || Number(work.form.elements.revision.value) > 0);
export const submission = () => work.form.elements.submission.value;
export const madeFor = () => work.form.elements.made_for.value;

async function keepInTab(one) {
  const sealed = await seal(one.form, { fields: [...fields(one.form)], stuck: one.stuck, action: one.sending ? one.action : "" });
  if (one.dirty || one.stuck || one.sending) put(one.form, sealed);
}

// What this tab kept while the server could not be reached, or until it was reloaded a moment after a key: filled in
// again, and sent if it was on its way. After any other way here, what the server has is offered by the page.
async function bringBack(one, reloaded) {
  const kept = await take(one.form);
  if (!kept || one !== work) return;
  if (!kept.stuck && !reloaded) return drop(one.form);
  for (const [name, value] of kept.fields) {
    const field = one.form.elements[name];
    if (!field || ["csrfmiddlewaretoken", "made_for"].includes(name)) continue;
    if (field.type === "checkbox") field.checked = true;
    else field.value = value;
    if (field.matches?.("select")) field.dispatchEvent(new Event("cw:set", { bubbles: true }));
  }
  one.dirty = true;
  if (kept.action) deliver(one, kept.action);
  else flush();
}

// Send a form until it is taken, or refused with words.
async function deliver(one, action) {
  if (one.sending) return hurry();
  one.sending = true;
  one.action = action;
  hold();
  while (one === work) {
    await flush();
    const answer = await post(action, fields(one.form));
    const found = await trouble(answer);
    if (!found) {
      one.sending = false;
      await arrive(one, answer);
      return release();
    }
    one.stuck = true;
    await keepInTab(one);
    say(...found);
    release();
    await new Promise((go) => {
      hurry = go;
      setTimeout(go, RETRY);
    });
  }
}

async function arrive(one, answer) {
  clearTimeout(one.timer);
  if (answer.ok || answer.status === 422) {
    drop(one.form);
    one.dirty = one.stuck = false;
    work = null;
    await show(answer);
  } else {
    const [what, advice] = await words(answer);
    if (answer.headers.has("X-Sent-Before")) {
      one.form.elements.submission.value = crypto.randomUUID();
      one.form.elements.revision.value = 0;
      one.dirty = true;
      await flush();
    }
    say("refused", { what, advice });
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form !== work?.form) return;
  event.preventDefault();
  deliver(work, event.submitter?.hasAttribute("formaction") ? event.submitter.formAction : form.action);
});

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => {
    if (!work || event.target.form !== work.form) return;
    work.dirty = true;
    isLeaving = false;
    later(work, WAIT);
    keepInTab(work);
  });
}

addEventListener("online", () => hurry());
addEventListener("beforeunload", () => (isLeaving = true));
addEventListener("pagehide", () => {
  if (!(work?.dirty || work?.saving) || work.sending) return;
  const body = fields(work.form);
  body.set("revision", Number(work.form.elements.revision.value) + 1);
  fetch(work.form.elements.made_for.dataset.draft, { method: "POST", body, keepalive: true });
});

// Language and sign-out leave the page: what was typed goes first, and comes back by the page's address.
document.addEventListener("submit", async (event) => {
  const leaving = event.target.closest("form[data-flush]");
  if (!leaving) return;
  event.preventDefault();
  const button = event.submitter;
  hold();
  if (!(await flush()) && leaving.hasAttribute("data-stays")) return release();
  if (leaving.elements.next && work) leaving.elements.next.value = location.pathname + location.search;
  if (button?.name) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = button.name;
    field.value = button.value;
    leaving.append(field);
  }
  leaving.submit();
});

onLoad(begin);
