// Copy recovery codes, or print them. Without a script they are copied by hand.

export function textOf(list) {
  return [...list.querySelectorAll("li")].map((item) => item.textContent.trim()).join("\n");
}

export function start(box) {
  const said = box.querySelector("[data-codes-said]");
  box.querySelector("[data-codes-tools]").hidden = false;
  box.querySelector("[data-codes-print]").addEventListener("click", () => window.print());
  box.querySelector("[data-codes-copy]").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(textOf(box.querySelector("ul")));
      said.textContent = "Copied.";
    } catch {
      said.textContent = "Not copied: this browser does not allow it. Write them down.";
    }
  });
}
