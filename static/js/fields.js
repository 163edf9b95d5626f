// Fields that are shown only while another one has a certain value.
for (const row of document.querySelectorAll("[data-when]")) {
  const control = document.querySelector(`select[name=${row.dataset.when}]`);
  const show = () => (row.hidden = control.value !== row.dataset.is);
  control.addEventListener("change", show);
  show();
}

// What htmx asked for did not come: an older answer must not pass for it.
for (const failed of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.body.addEventListener(failed, (event) => event.detail.target.replaceChildren());
}
