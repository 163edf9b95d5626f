// Fields that depend on another, and the hint that a new customer may be known already.
for (const row of document.querySelectorAll("[data-when]")) {
  const control = document.querySelector(`select[name=${row.dataset.when}]`);
  const show = () => (row.hidden = control.value !== row.dataset.is);
  control.addEventListener("change", show);
  show();
}

const customer = document.querySelector("[data-likeness]");
if (customer) {
  const hint = document.getElementById("likeness");
  let timer = null;
  let asking = null;
  customer.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      asking?.abort();
      asking = new AbortController();
      const form = customer.closest("form");
      try {
        const answer = await fetch(customer.dataset.likeness, {
          method: "POST",
          body: new URLSearchParams(new FormData(form)),
          headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
          signal: asking.signal,
        });
        if (answer.ok) hint.innerHTML = await answer.text();
      } catch (error) {
        if (error.name !== "AbortError") hint.replaceChildren();
      }
    }, 500);
  });
}
