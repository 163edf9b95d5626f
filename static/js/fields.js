// Fields that are shown only while another one has a certain value.
import { onLoad } from "./page.js";

onLoad((part) => {
  for (const row of part.querySelectorAll("[data-when]")) {
    const control = row.closest("form").elements[row.dataset.when];
    const show = () => (row.hidden = control.value !== row.dataset.is);
    control.addEventListener("change", show);
    show();
  }
});

// What htmx asked for did not come: an older answer must not pass for it, and it is said.
for (const failed of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(failed, (event) => {
    const missing = document.getElementById(failed === "htmx:responseError" ? "no-answer" : "no-connection");
    event.detail.target.replaceChildren(...(missing ? [missing.content.cloneNode(true)] : []));
  });
}
