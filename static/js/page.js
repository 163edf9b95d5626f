// Goes from page to page without leaving: the main part of the answer takes the place of the present one.

let shown = location.pathname + location.search;

// Give the page another address, without another place in the history.
export function rename(address) {
  history.replaceState(null, "", address);
  shown = location.pathname + location.search;
}

// Show what a server answered. Its address is the page's from now on, unless the answer was to a form that was refused.
export async function show(answer, { push = answer.redirected } = {}) {
  const html = await answer.text();
  if (push) history.pushState(null, "", answer.url);
  shown = location.pathname + location.search;
  htmx.swap("#main", html, { swapStyle: "outerHTML", swapDelay: 0, settleDelay: 0 }, { select: "#main" });
  scrollTo(0, 0);
  const main = document.getElementById("main");
  (main.querySelector("[data-error-summary]") ?? main.querySelector("[autofocus]") ?? main).focus();
}

// Do something with each new part of the page: now, and whenever one has been put in.
export function onLoad(start) {
  addEventListener("DOMContentLoaded", () => start(document.body));
  document.addEventListener("htmx:load", (event) => event.target !== document.body && start(event.target));
}

// What of an error page is worth telling: its heading and its advice.
export async function words(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return ["h1", "h1 ~ p"].map((part) => page.querySelector(`main ${part}`)?.textContent ?? "");
}

// Back and forward: what is shown is asked for anew, so that box and value agree. A link within the page is neither.
addEventListener("popstate", () => {
  if (location.pathname + location.search !== shown) location.reload();
});
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
