/* Makes hidden tabs patient: of the requests that htmx starts by the clock, a hidden page lets one in ten through. */
const SKIPPED_WHEN_HIDDEN = 9;
const skipped = new WeakMap();

function isTimed(element) {
  return (element.getAttribute("hx-trigger") ?? "").includes("every ");
}

document.addEventListener("htmx:beforeRequest", (event) => {
  const element = event.detail.elt;
  if (!document.hidden || !isTimed(element)) return;
  const count = (skipped.get(element) ?? 0) + 1;
  skipped.set(element, count % (SKIPPED_WHEN_HIDDEN + 1));
  if (count <= SKIPPED_WHEN_HIDDEN) event.preventDefault();
});
