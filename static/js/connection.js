// Talks to the server for the page's forms: with a token that is renewed when its session has ended and another begun.

const tokens = () => document.querySelectorAll("input[name=csrfmiddlewaretoken]");

// Take a new token for every form of the page; false when nobody is signed in or the server cannot be reached.
async function renew() {
  const field = document.querySelector("[data-session]");
  if (!field) return false;
  try {
    const answer = await fetch(field.dataset.session);
    if (!answer.ok || answer.redirected) return false;
    const { token } = await answer.json();
    for (const input of tokens()) input.value = token;
    return true;
  } catch {
    return false;
  }
}

// Post fields; gives the answer, or null when the server cannot be reached.
export async function post(url, fields, options = {}) {
  for (const first of [true, false]) {
    const body = new URLSearchParams(fields);
    body.set("csrfmiddlewaretoken", tokens()[0]?.value ?? "");
    let answer;
    try {
      answer = await fetch(url, { method: "POST", body, ...options });
    } catch {
      return null;
    }
    if (answer.status !== 403 || !first || !(await renew())) return answer;
  }
}

export async function get(url) {
  try {
    return await fetch(url);
  } catch {
    return null;
  }
}
