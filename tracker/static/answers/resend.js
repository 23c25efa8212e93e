// Answers that wait go out from any page of the same person: who left the questions in a tunnel need
// not come back to them.

import { ANSWERS, read } from "../offline/database.js";
import { PAGES } from "../offline/pages.js";
import { openAnswers } from "../offline/vault.js";
import { Outbox } from "./outbox.js";

export async function start(who) {
  for (const checkIn of await waitingCheckIns()) {
    const vault = await openAnswers(checkIn);
    if (!(await isKeptFor(vault, who))) continue; // of somebody else, or of a link
    const { entries } = await vault.waiting();
    for (const instrument of new Set(entries.map((entry) => entry.instrument))) {
      const url = `/answers/${checkIn}/questions/${instrument}/save`;
      const outbox = await Outbox.open({ checkIn, instrument, url, token });
      await outbox.flush();
    }
  }
}

async function waitingCheckIns() {
  const rows = await read(ANSWERS, "entries", (store) => store.getAll());
  return [...new Set(rows.map(({ person }) => person))].filter((owner) => /^\d+$/.test(owner));
}

async function isKeptFor(vault, who) {
  const pages = Object.values((await vault.getSession(PAGES)) ?? {});
  return pages.some((page) => page.who === who);
}

const token = () => document.querySelector("meta[name=csrf-token]")?.content ?? "";
