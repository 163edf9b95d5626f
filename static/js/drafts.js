// What is typed is on the server within a second. One request at a time; the newest text follows the one under way.
const WAIT = 400;
const RETRY = 3000;

const form = document.querySelector("form[data-draft]");
const state = form?.querySelector("[data-save-state]");
let dirty = false;
let timer = null;
let saving = null;
let sent = false;

function say(kind) {
  if (state) state.textContent = kind ? state.dataset[kind] : "";
}

async function send() {
  dirty = false;
  let answer;
  try {
    answer = await fetch(form.dataset.draft, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
      redirect: "error",
    });
  } catch {
    return fail("failed");
  }
  if (answer.ok) {
    const { submission, revision } = await answer.json();
    form.elements.submission.value = submission;
    form.elements.revision.value = revision;
    say(revision ? "saved" : "");
    return true;
  }
  return fail([401, 403, 423].includes(answer.status) ? "out" : "failed");
}

function fail(kind) {
  dirty = true;
  say(kind);
  later(RETRY);
  return false;
}

function later(wait) {
  clearTimeout(timer);
  timer = setTimeout(flush, wait);
}

// Send what is not sent yet; true when the server has it all.
export async function flush() {
  clearTimeout(timer);
  while (saving) await saving;
  if (!form || sent || !dirty) return true;
  saving = send();
  const kept = await saving;
  saving = null;
  return kept && dirty ? flush() : kept;
}

export function hasText() {
  return Boolean(form) && Number(form.elements.revision.value) > 0;
}

export function submission() {
  return form.elements.submission.value;
}

if (form) {
  form.addEventListener("input", () => {
    dirty = true;
    later(WAIT);
  });
  form.addEventListener("change", () => {
    dirty = true;
    later(WAIT);
  });
  // Sending the page: first the draft, so that an ended session costs nothing; then the page itself, once.
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sent) return;
    const button = event.submitter;
    const kept = await flush();
    if (!kept && state?.textContent === state?.dataset.out) return;
    sent = true;
    if (button?.hasAttribute("formaction")) form.action = button.formAction;
    form.submit();
  });
  addEventListener("pagehide", () => {
    if (dirty && !sent) {
      fetch(form.dataset.draft, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
        keepalive: true,
      });
    }
  });
  // A page taken from the browser's memory may be sent again.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  if (form.hasAttribute("data-dirty")) {
    dirty = true;
    flush();
  }
}

// Language and sign-out leave the page: what was typed goes first.
for (const leaving of document.querySelectorAll("form[data-flush]")) {
  leaving.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.submitter;
    await flush();
    sent = true;
    if (button?.name) {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = button.name;
      field.value = button.value;
      leaving.append(field);
    }
    leaving.submit();
  });
}
