/* Two clicks on a chart select everything between two bars; two on the same bar, or Enter on it, open that one. */
const STARTS = ["_min", "date_from"];
const ENDS = ["_max", "date_to"];
let first = null;

const barsOf = (bar) => [...bar.closest("svg").querySelectorAll("a")];
const isEnd = (name, ends) => ends.some((end) => name.endsWith(end));

function mark(bar) {
  first?.classList.remove("chosen");
  first = bar;
  first?.classList.add("chosen");
  const note = document.querySelector("[data-ranges-note]");
  if (note) note.hidden = !first;
}

/** Give the address of all between two bars: where the earlier one starts, and the later one ends. */
function between(one, other) {
  const all = barsOf(one);
  const [from, to] = all.indexOf(one) <= all.indexOf(other) ? [one, other] : [other, one];
  const address = new URL(from.getAttribute("href"), location.href);
  for (const [name, value] of new URL(to.getAttribute("href"), location.href).searchParams) {
    if (isEnd(name, ENDS) && !isEnd(name, STARTS)) address.searchParams.set(name, value);
  }
  return address;
}

document.addEventListener("click", (event) => {
  const bar = event.target.closest("[data-ranges] svg a");
  // A click by keyboard has no place, and one with a key held asks for another window.
  if (!bar || event.detail === 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return mark(null);
  event.preventDefault();
  if (first && first.closest("svg") === bar.closest("svg")) location.assign(between(first, bar));
  else mark(bar);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") mark(null);
});
