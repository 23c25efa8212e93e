// How it stands with what was written, in words.

import { plural } from "../components/numbers.js";

const WITHOUT_WAITING = {
  saved: "All saved",
  away: "No connection. Go on: entries wait here",
  busy: "The server does not answer. Go on: entries wait here",
  "signed-out": "Signed out",
  other: "Somebody else is signed in",
};
const WAITING = {
  saved: () => "Sending",
  away: (wait) => `${wait} for the connection`,
  busy: (wait) => `${wait}: the server does not answer`,
  "signed-out": (wait) => `Signed out. ${wait}`,
  other: (wait) => `Somebody else is signed in. ${wait} for you`,
};

const HERE_ONLY = "Kept on this page only: do not close it";

// `state` is that of the connection; `unsent` and `refused` are numbers of entries; `isLasting` says
// whether what waits outlives the page.
export function statusWords(state, unsent, refused, isLasting = true) {
  const isHereOnly = !isLasting && (unsent > 0 || refused > 0) && state !== "gone";
  const stated = wordsOfState(state, unsent);
  const words = isHereOnly ? `${stated}. ${HERE_ONLY}` : stated;
  if (!refused) return words;
  return `${words}. ${plural(refused, "entry was", "entries were")} not taken: see the log`;
}

function wordsOfState(state, unsent) {
  if (state === "gone") return "The server does not know this session";
  return unsent
    ? WAITING[state](plural(unsent, "entry waits", "entries wait"))
    : WITHOUT_WAITING[state];
}

// One word for the eye: "saved", "waiting" or "refused".
export function statusMark(state, unsent, refused) {
  if (refused) return "refused";
  return state === "saved" && !unsent ? "saved" : "waiting";
}

export function showStatus(box, { connection, queue, vault }) {
  const part = (name) => box.querySelector(`[data-${name}]`);
  const { state, needsSignIn } = connection;
  const [unsent, refused] = [queue.unsent.length, queue.refused.length];
  const words = statusWords(state, unsent, refused, vault.isLasting);
  if (part("state").textContent !== words) part("state").textContent = words;
  box.dataset.how = statusMark(state, unsent, refused);
  part("again").hidden = !needsSignIn;
  part("not-lasting").hidden = vault.isLasting;
  part("insecure").hidden = vault.canLast;
  part("store-lost").hidden = !vault.canLast;
  part("others").hidden = queue.others === 0;
  part("others-count").textContent = plural(queue.others, "entry", "entries");
}
