/* Small manners of the shell: the current entry is in view on narrow screens, notices can be put away, files can be dropped. */
const current = document.querySelector(".side [aria-current]");
if (current && window.matchMedia("(max-width: 760px)").matches) {
  current.scrollIntoView({ inline: "center", block: "nearest" });
}

document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.closest(".notice")?.remove();
});

for (const area of document.querySelectorAll("[data-drop]")) {
  const field = area.querySelector("input[type=file]");
  area.addEventListener("dragover", (event) => {
    event.preventDefault();
    area.classList.add("over");
  });
  area.addEventListener("dragleave", () => area.classList.remove("over"));
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    area.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    field.files = event.dataTransfer.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
