/* Completes the line of a query bar: a list under it, walked with the arrows, taken with Enter, Tab or a click. */
const PAUSE_MS = 120;

function complete(field, list) {
  let timer = 0;
  let asked = 0;

  const options = () => [...list.querySelectorAll("[role=option]")];
  const chosen = () => list.querySelector("[aria-selected=true]");

  function close() {
    clearTimeout(timer);
    asked += 1;
    list.hidden = true;
    list.replaceChildren(); // another field's options may have the same ids
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }

  function choose(option) {
    chosen()?.setAttribute("aria-selected", "false");
    if (!option) return field.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function take(option) {
    const rest = field.value.slice(field.selectionStart);
    field.value = option.dataset.line + rest.trimStart();
    field.setSelectionRange(option.dataset.line.length, option.dataset.line.length);
    field.focus();
    ask();
  }

  async function ask() {
    const number = (asked += 1);
    const line = field.value.slice(0, field.selectionStart);
    const answer = await fetch(`${field.dataset.complete}?${new URLSearchParams({ bar: line })}`).catch(() => null);
    if (number !== asked) return;
    if (!answer?.ok || answer.redirected) return close();
    list.innerHTML = await answer.text();
    if (number !== asked || !options().length || document.activeElement !== field) return close();
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
  }

  function step(by) {
    const all = options();
    const place = all.indexOf(chosen()) + by;
    choose(all[place < -1 ? all.length - 1 : place]);
  }

  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-expanded", "false");
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  });
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (list.hidden) {
      if (event.key === "ArrowDown") ask();
      return;
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") step(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Escape") close();
    else if (chosen() && (event.key === "Enter" || event.key === "Tab")) take(chosen());
    else return;
    event.preventDefault();
  });
  list.addEventListener("mousedown", (event) => {
    const option = event.target.closest("[role=option]");
    event.preventDefault(); // the field keeps the focus
    if (option) take(option);
  });
}

for (const field of document.querySelectorAll("[data-complete]")) {
  complete(field, field.parentElement.querySelector("[role=listbox]"));
}
