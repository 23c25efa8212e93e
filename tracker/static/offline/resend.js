// What waits from a session goes out from any page of the same person, and says so until it is gone.

import { plural } from "../live/words.js";
import { Line } from "./connection.js";
import { Queue } from "./queue.js";
import { hinted, openVault } from "./vault.js";

const EVERY_MS = 5_000;

export async function start(body) {
  if (hinted() <= 0 || document.querySelector("[data-live]")) return; // the page of a session sends by itself
  const { person, aliveUrl } = body.dataset;
  const vault = await openVault(person);
  if (!vault.lasting) return;
  const note = document.createElement("p");
  note.className = "notice notice-warning";
  note.setAttribute("role", "status");
  const line = new Line({ person, aliveUrl });
  const queue = new Queue({ vault, line, changed: show, gone: stop });
  const timer = setInterval(() => queue.flush(), EVERY_MS);
  await queue.refresh();
  queue.flush();

  function stop() {
    clearInterval(timer);
    note.remove();
  }

  function show() {
    const unsent = queue.unsent.length;
    const refused = queue.refused.length;
    if (!queue.entries.length) stop();
    else if (!note.isConnected) document.querySelector("main .sheet")?.prepend(note);
    const words = [
      unsent && `${plural(unsent, "entry waits", "entries wait")} for the connection.`,
      refused &&
        `${plural(refused, "entry was", "entries were")} not taken. The page of the session says why.`,
      line.lost && "You are signed out: sign in again, and they are sent.",
    ];
    note.textContent = words.filter(Boolean).join(" ");
  }
}
