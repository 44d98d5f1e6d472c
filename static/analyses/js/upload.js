/* Says before the upload that a file is too large, and while it goes that it goes; without JavaScript the server says it. */
for (const form of document.querySelectorAll("form[data-upload]")) {
  const field = form.querySelector("input[type=file]");
  const state = form.querySelector("[data-upload-state]");
  const button = form.querySelector("button[type=submit]");

  const check = () => {
    const tooLarge = (field.files[0]?.size ?? 0) > Number(field.dataset.limitBytes);
    field.setCustomValidity(tooLarge ? field.dataset.tooLarge : "");
    if (tooLarge) field.reportValidity();
  };

  field.addEventListener("change", check);
  form.addEventListener("submit", () => {
    button.disabled = true;
    state.textContent = form.dataset.uploading;
  });
  // A page that comes back from the browser's memory must be usable again.
  window.addEventListener("pageshow", () => {
    button.disabled = false;
    state.textContent = "";
  });
}
