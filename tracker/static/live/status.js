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

// `state` is that of the connection; `unsent` and `refused` are numbers of entries.
export function statusWords(state, unsent, refused) {
  const words = wordsOfState(state, unsent);
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
