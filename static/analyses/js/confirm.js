/* Asks before a form with data-confirm is sent; without JavaScript the form goes straight to the server, which may ask itself. */
const dialog = document.getElementById("confirm-dialog");
let waiting = null;

function question(event) {
  return event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
}

function ask(event) {
  const text = question(event);
  if (!text || event.target.dataset.confirmed === "yes") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  waiting = { form: event.target, submitter: event.submitter };
  dialog.querySelector("[data-confirm-text]").textContent = text;
  dialog.returnValue = "";
  dialog.showModal();
}

function answer() {
  if (!waiting) return;
  const { form, submitter } = waiting;
  waiting = null;
  if (dialog.returnValue !== "yes") return;
  form.dataset.confirmed = "yes";
  form.requestSubmit(submitter ?? undefined);
  delete form.dataset.confirmed;
}

if (dialog) {
  // Capturing, so that the question comes before htmx or anything else sends the form.
  document.addEventListener("submit", ask, true);
  dialog.addEventListener("close", answer);
}
