// Set light or dark before anything is painted. Loaded blocking, in the head, so that no page
// flashes.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("theme");
  } catch {
    // Storage may be barred; the device's setting then decides.
  }
  // A page that is being left has no media to match.
  const dark =
    chosen === "dark" ||
    (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)")?.matches);
  const root = document.documentElement;
  root.dataset.bsTheme = dark ? "dark" : "light";
  root.classList.add("js");
})();
