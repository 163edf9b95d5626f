// "Try again": with a token of the session of now, since somebody may have signed in in another tab.
const form = document.querySelector("form[data-again]");

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const answer = await fetch(form.dataset.again);
    if (answer.ok && !answer.redirected) form.elements.csrfmiddlewaretoken.value = (await answer.json()).token;
  } catch {
    // The page that answers says what is wrong.
  }
  form.submit();
});
