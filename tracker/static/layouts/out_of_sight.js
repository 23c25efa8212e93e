// What a page showed is taken out of the document when its sign-in ended, not only covered: whoever
// removes a cover by hand finds nothing behind it. It is held here, as it was typed, until the same
// person is back.

let held = null; // { parts, title, modals, focus, scroll }

export const isOutOfSight = () => held !== null;

// Find an element of the page, also while it is out of sight: scripts go on meanwhile.
export function find(selector) {
  return document.querySelector(selector) ?? held?.parts.querySelector(selector) ?? null;
}

export function findAll(selector) {
  const away = held ? [...held.parts.querySelectorAll(selector)] : [];
  return [...document.querySelectorAll(selector), ...away];
}

// Take all of the page out of the document but the cover.
export function takeOut(cover) {
  if (held) return;
  const { body, activeElement: focus, title } = document;
  const modals = [...document.querySelectorAll("dialog:modal")].filter((one) => one !== cover);
  const parts = document.createDocumentFragment();
  held = { parts, title, modals, focus, scroll: window.scrollY };
  body.append(cover); // of a page without a server it stands inside the main part
  for (const node of [...body.childNodes]) if (node !== cover) parts.append(node);
  document.title = "Signed out";
}

// Put everything back as it was, for the person who is signed in again.
export function putBack() {
  if (!held) return;
  const { parts, title, modals, focus, scroll } = held;
  held = null;
  document.body.prepend(parts);
  document.title = title;
  for (const dialog of modals) {
    dialog.open = false; // it is a dialog over the page again only if it is opened as one
    dialog.showModal();
  }
  focus?.focus?.({ preventScroll: true });
  window.scrollTo(0, scroll);
}
