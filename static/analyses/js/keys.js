/* Keys for everybody: "/" to the search field, j and k through the rows (or to the next record), "?" shows them all. */
const isTyping = (target) => target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
const rows = () => [...document.querySelectorAll("[data-rows] a.excerpt")];

function search() {
  const field = document.querySelector("[data-search]");
  field?.focus();
  field?.select?.();
  return Boolean(field);
}

/** Focus the row after or before the one in focus; on a record's page, open the next or previous record. */
function move(by) {
  const all = rows();
  if (!all.length) return follow(by > 0 ? "[data-record] [rel=next]" : "[data-record] [rel=prev]");
  const place = all.indexOf(document.activeElement);
  const next = all[place < 0 ? (by > 0 ? 0 : all.length - 1) : place + by];
  if (!next) return follow(by > 0 ? ".pager [rel=next]" : ".pager [rel=prev]");
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  return true;
}

function follow(selector) {
  const link = document.querySelector(selector);
  link?.click();
  return Boolean(link);
}

function help() {
  const dialog = document.getElementById("keys");
  dialog?.showModal();
  return Boolean(dialog);
}

const actions = {
  "/": search,
  "?": help,
  j: () => move(1),
  k: () => move(-1),
  e: () => follow("[data-key=e]"),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (Object.hasOwn(actions, event.key) && actions[event.key]()) event.preventDefault();
});
