// What waits from a session goes out from any page of the same person, and says so until it is
// gone.

import { plural } from "../components/numbers.js";
import { Connection } from "./connection.js";
import { Queue } from "./queue.js";
import { openVault, waitingCount } from "./vault.js";

const EVERY_MS = 5_000;

export async function start(body) {
  // The page of a session sends by itself.
  if (waitingCount() <= 0 || document.querySelector("[data-live]")) return;
  const { person, aliveUrl } = body.dataset;
  const vault = await openVault(person);
  if (!vault.isLasting) return;
  const notice = document.createElement("p");
  notice.className = "notice notice-warning";
  notice.setAttribute("role", "status");
  const connection = new Connection({ person, aliveUrl });
  const queue = new Queue({ vault, connection, onChange: show, onSignOut: stop });
  const timer = setInterval(() => queue.flush(), EVERY_MS);
  await queue.refresh();
  queue.flush();

  function stop() {
    clearInterval(timer);
    vault.close();
    notice.remove();
  }

  function show() {
    if (!queue.entries.length) stop();
    else if (!notice.isConnected) document.querySelector("main .sheet")?.prepend(notice);
    notice.textContent = wordsFor(queue, connection);
  }
}

function wordsFor({ unsent, refused }, { needsSignIn }) {
  const waiting = plural(unsent.length, "entry waits", "entries wait");
  const notTaken = plural(refused.length, "entry was", "entries were");
  const words = [
    unsent.length && `${waiting} for the connection.`,
    refused.length && `${notTaken} not taken. The page of the session says why.`,
    needsSignIn && "You are signed out: sign in again, and they are sent.",
  ];
  return words.filter(Boolean).join(" ");
}
