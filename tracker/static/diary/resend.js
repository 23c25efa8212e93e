// Words that were to be sent go out from any page of the same person, which says what became of them.

import { send, Words } from "./words.js";

const EVERY_MS = 10_000;

export async function start(person) {
  const words = await Words.open(person);
  const notice = document.createElement("p");
  notice.className = "notice notice-plain";
  notice.setAttribute("role", "status");
  await sendAll();

  async function sendAll() {
    const results = [];
    for (const entry of words.wanted) {
      const result = await sendOne(words, entry, person);
      results.push({ result, path: entry.path });
    }
    show(notice, results);
    const isAway = results.some(({ result }) => result === "away" || result === "busy");
    if (isAway) setTimeout(sendAll, EVERY_MS);
  }
}

async function sendOne(words, { path, fields }, person) {
  const token = document.querySelector("meta[name=csrf-token]")?.content ?? "";
  const { aliveUrl } = document.body.dataset;
  const result = await send(path, fields, { token, aliveUrl, person });
  if (result === "") await words.remove(path);
  // Its own page says what is wrong with it.
  if (result === "refused") await words.put({ path, fields, wanted: false, refused: true });
  return result;
}

function show(notice, results) {
  if (!results.length) return;
  const failed = results.find(({ result }) => result);
  notice.textContent = failed
    ? "Something you wrote is not sent yet. "
    : "What you wrote without a connection was sent to your clinic.";
  if (failed) notice.append(linkTo(failed.path));
  if (!notice.isConnected) document.querySelector("main .sheet")?.prepend(notice);
}

function linkTo(path) {
  const link = document.createElement("a");
  link.href = path;
  link.textContent = "Look at it";
  return link;
}
