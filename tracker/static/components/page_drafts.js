// The form of a page that says nothing of drafts is kept by the page's address: the first that has a
// one-time key and a field to type into.

import { start as keep } from "./drafts.js";

export function start({ dataset }) {
  const form = [...document.querySelectorAll("main form[method=post]")].find(
    (one) => one.elements.once && one.querySelector("textarea, select, input:not([type=hidden])"),
  );
  if (!form || form.dataset.draftUrl) return;
  Object.assign(form.dataset, {
    draftUrl: dataset.pageDraftUrl,
    draftNever: dataset.pageDraftNever,
    draftZone: dataset.pageDraftZone,
    draftHours: dataset.pageDraftHours,
  });
  keep(form);
}
