// On every page of somebody who is signed in at a browser that keeps something: what waits for them is
// sent, and pages of somebody else are gone.

import { waitingCount } from "./vault.js";

export async function start(body) {
  const { person } = body.dataset;
  if (waitingCount() > 0) import("./resend.js").then((resend) => resend.start(body));
  const { arrive, whoWasHere } = await import("./pages.js");
  const me = `person-${person}`;
  if (whoWasHere() && whoWasHere() !== me) await arrive(me);
  // Pages that open the same store see to what is theirs.
  const isBusy = document.querySelector("[data-diary], [data-answers], [data-answers-sent]");
  if (!isBusy && localStorage.getItem("words-wait") === person)
    import("../diary/resend.js").then((resend) => resend.start(person));
}
