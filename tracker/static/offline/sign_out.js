// Signing out where a session was written: the key and whatever waits go first, and nobody loses entries unasked.

import { ask } from "../components/confirm.js";
import { plural } from "../live/words.js";
import { hinted, wipe } from "./vault.js";

// The server answers a sign-out with Clear-Site-Data too; this does not wait for it, nor need a secure address.
export async function leave(form) {
  if (!navigator.onLine) {
    const text =
      "Without a connection you cannot be signed out. What was written stays on this device, sealed. Lock the device, and sign out when it is connected again.";
    await ask({ title: "No connection", text, no: "Stay" });
    return;
  }
  const count = hinted();
  if (count > 0) {
    const title = `${plural(count, "entry is", "entries are")} not sent yet`;
    const text = `Signing out throws away ${count === 1 ? "it" : "them"} for good, whoever wrote ${count === 1 ? "it" : "them"}. Stay until the page of the session says that all is saved.`;
    if (!(await ask({ title, text, yes: "Throw away and sign out", no: "Stay" }))) return;
  }
  new BroadcastChannel("chair").postMessage("gone"); // this page and every other lets go of what it shows
  await wipe();
  form.dataset.left = "yes";
  form.requestSubmit();
}
