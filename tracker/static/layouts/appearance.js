// Light, dark or like the device: the buttons in the footer, and pictures that follow a choice made
// by hand.

const system = matchMedia("(prefers-color-scheme: dark)");

function storedTheme() {
  try {
    return localStorage.getItem("theme") ?? "auto";
  } catch {
    return "auto";
  }
}

function remember(theme) {
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // The choice then lasts for this page only.
  }
}

const WIDTHS = { phone: "(max-width: 600px)", tablet: "(max-width: 999px)" };
const DARK = "screen and (prefers-color-scheme: dark)";

function mediaOf(source, theme) {
  const width = WIDTHS[source.dataset.shape];
  if (source.dataset.theme === "light" || theme === "dark") return width ?? "all";
  if (theme === "light") return "not all";
  return width ? `${DARK} and ${width}` : DARK;
}

function apply(theme) {
  const dark = theme === "dark" || (theme === "auto" && system.matches);
  document.documentElement.dataset.bsTheme = dark ? "dark" : "light";
  for (const source of document.querySelectorAll("[data-picture] source")) {
    const media = mediaOf(source, theme);
    if (source.media !== media) source.media = media;
  }
  for (const button of document.querySelectorAll("[data-theme-switch] button")) {
    button.setAttribute("aria-pressed", String(button.value === theme));
  }
}

export function start() {
  for (const box of document.querySelectorAll("[data-theme-switch]")) {
    box.hidden = false;
    box.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      remember(button.value);
      apply(button.value);
    });
  }
  window.addEventListener("beforeprint", () => apply("light")); // paper is white
  window.addEventListener("afterprint", () => apply(storedTheme()));
  system.addEventListener("change", () => apply(storedTheme()));
  window.addEventListener("storage", (event) => event.key === "theme" && apply(storedTheme()));
  apply(storedTheme());
}
