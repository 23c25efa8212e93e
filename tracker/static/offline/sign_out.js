// Signing out where a session was written, or a patient answered: the keys and whatever waits go
// first, and nobody loses entries unasked.

import { confirmDialog } from "../components/confirm.js";
import { plural } from "../components/numbers.js";
import { countUnsent } from "./patient_store.js";
import { waitingCount, wipe } from "./vault.js";

// The server answers a sign-out with Clear-Site-Data too; this does not wait for it, nor need a
// secure address.
export async function signOut(form) {
  if (!navigator.onLine) {
    const text =
      "Without a connection you cannot be signed out. What was written stays on this device, sealed. Lock the device, and sign out when it is connected again.";
    await confirmDialog({ title: "No connection", text, no: "Stay" });
    return;
  }
  const count = Math.max(waitingCount(), 0);
  const unsent = await countUnsent().catch(() => 0);
  if (count && !(await confirmDialog(questionFor(count)))) return;
  if (unsent && !(await confirmDialog(questionForPatient(unsent)))) return;
  // This page and every other lets go of what it shows.
  new BroadcastChannel("chair").postMessage("gone");
  await wipe();
  form.dataset.left = "yes";
  form.requestSubmit();
}

function questionFor(count) {
  const them = count === 1 ? "it" : "them";
  return {
    title: `${plural(count, "entry is", "entries are")} not sent yet`,
    text: `Signing out throws away ${them} for good, whoever wrote ${them}. Stay until the page of the session says that all is saved.`,
    yes: "Throw away and sign out",
    no: "Stay",
  };
}

function questionForPatient(count) {
  return {
    title: "Something is not sent yet",
    text: `Signing out removes ${plural(count, "answer or note", "answers or notes")} from this device, whoever wrote them. To send what you typed, stay, open its page and press Send.`,
    yes: "Throw away and sign out",
    no: "Stay",
  };
}
