/* Names the cells of Django's own tables by their column, so that narrow screens can show each row as a card. */
function label(table) {
  const names = Array.from(table.querySelectorAll("thead th"), (cell) => {
    if (cell.querySelector("input")) return "";
    return (cell.querySelector(".text") ?? cell).textContent.trim();
  });
  for (const row of table.tBodies[0]?.rows ?? []) {
    Array.from(row.cells).forEach((cell, index) => {
      if (!cell.hasAttribute("data-label") && cell.colSpan === 1) cell.dataset.label = names[index] ?? "";
    });
  }
}

document.querySelectorAll("table.cards").forEach(label);
