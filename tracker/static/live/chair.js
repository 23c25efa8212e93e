// A session at the chair: the clock, what can be written, the log, and how it stands with what was written.
// An entry is kept in the browser before anything is sent, so a lost connection stops nobody.

import { ask } from "../components/confirm.js";
import { renewed } from "../layouts/idle.js";
import { Line } from "../offline/connection.js";
import { Queue } from "../offline/queue.js";
import { openVault } from "../offline/vault.js";
import { chains, standing, startOf } from "./chains.js";
import { Sheets } from "./dialogs.js";
import { dosesOf, factOf } from "./doses.js";
import { dueOf } from "./due.js";
import { startEvent, startLots, startStop } from "./extras.js";
import { Log } from "./log.js";
import { elapsed, plural, wordsOf, Zone } from "./words.js";

const POLL_MS = 3_000;
const TICK_MS = 500;
const KEEP_AFTER_MS = 250; // several changes at once are kept once
const KEEP_EVERY_MS = 60_000;
const KEPT_MS = 24 * 3600_000; // a session of yesterday is not gone on with

export async function start(box) {
  const { entries, sequence, state, due, ...chair } = JSON.parse(box.dataset.live);
  const vault = await openVault(chair.person);
  const kept = await vault.kept(chair.session).catch(() => null);
  vault.forgetOld(Date.now() - KEPT_MS).catch(() => {}); // the next page tries again
  run(box, chair, vault, kept, { entries, sequence, state, due });
  startWorker(chair.workerUrl);
  navigator.storage?.persist?.(); // or a full device may throw away what waits
}

// Behind it a page that finds no server is answered all the same. Without a secure address there is none.
async function startWorker(url) {
  const registration = await navigator.serviceWorker
    ?.register(url, { scope: "/" })
    .catch(() => null);
  registration?.active?.postMessage("keep"); // files of this version, not of when it was first opened
}

// `given` is what the server just said; without one, what was kept has to do.
export function run(box, chair, vault, kept, given = null) {
  const away = given === null;
  const part = (name) => box.querySelector(`[data-${name}]`);
  const zone = new Zone(chair.zone);
  const offset = kept && away ? kept.offset : Date.parse(chair.now) - Date.now();
  const line = new Line({ person: chair.person, aliveUrl: chair.aliveUrl, offset });
  const base = away ? kept : given;
  const known = new Map(base.entries.map((entry) => [entry.key, entry]));
  let { sequence, state, due } = base;
  let lines = [];
  let held = [];
  let begun = null;
  let looking = null;
  let keeping = 0;
  let keptAt = 0;
  let shownDoses = "";
  let over = false; // signed out in another tab

  line.how = away ? "away" : "saved";
  const scene = {
    zone,
    limits: chair.limits,
    now: () => line.now(),
    get start() {
      return begun;
    },
  };
  const queue = new Queue({ vault, line, changed: show, taken, gone });
  const log = new Log({ list: part("log"), template: part("log-line"), zone, act });
  const sheets = new Sheets({
    box: part("sheets"),
    buttons: part("buttons"),
    chair: scene,
    save,
    typed,
  });
  part("whole-link").href = location.pathname;
  const locked = () => state !== "under-way";
  startLots(box, chair.lots);
  startEvent(box);
  startStop(box, () => held);

  // 1. What is known

  function learn(wire) {
    const fresh = !known.has(wire.key) && sequence > 0 && wire.by !== chair.personName;
    known.set(wire.key, wire);
    if (fresh) part("news").textContent = `${wire.by}: ${wordsOf(wire)}`;
  }

  // What was just taken may have moved the start, and with it what is due.
  async function taken(wires, session) {
    if (session !== chair.session) return vault.learn(session, wires);
    wires.forEach(learn);
    await keepNow();
    setTimeout(look);
  }

  function merged() {
    const stored = [...known.values()].sort((one, other) => one.sequence - other.sequence);
    const here = queue.entries.filter(
      ({ session, key }) => session === chair.session && !known.has(key),
    );
    return [...stored, ...here];
  }

  // The log first, for it moves nothing on; then what waits. Another person's sign-in shows only in an answer to a post.
  function look() {
    looking ??= ask_().finally(() => (looking = null));
    return looking;
  }

  async function ask_() {
    if (over || line.how === "other") return;
    const wasLost = line.how === "signed-out";
    const told = await line.get(`${chair.entriesUrl}?after=${sequence}`);
    if (told && wasLost && (await line.whoIsThere()) !== "saved") return show();
    if (told) take(told);
    if (line.how === "saved") await queue.flush();
    show();
  }

  function take(told) {
    told.entries.forEach(learn);
    const changed = told.entries.length > 0 || state !== told.state;
    ({ sequence, state, due } = told);
    if (changed || Date.now() - keptAt > KEEP_EVERY_MS) keep();
  }

  // 2. What is kept for a page without a server

  function keep() {
    keeping ||= setTimeout(() => keepNow().catch(() => {}), KEEP_AFTER_MS); // a sign-out may have closed the store
  }

  async function keepNow() {
    clearTimeout(keeping);
    keeping = 0;
    keptAt = Date.now();
    if (locked() && !queue.entries.some(({ session }) => session === chair.session))
      return vault.forget(chair.session);
    const entries = [...known.values()];
    return vault.keep(chair.session, {
      keptAt,
      chair,
      entries,
      sequence,
      state,
      due,
      offset: line.offset,
      draft: sheets.typed(),
    });
  }

  function typed() {
    renewed();
    keep();
  }

  // 3. What is shown

  function show() {
    if (over) return;
    lines = chains(merged());
    held = standing(lines);
    begun = startOf(held);
    log.show(lines, { start: begun, locked: locked() });
    part("empty").hidden = lines.length > 0;
    showDoses();
    showState();
    tick();
  }

  function showDoses() {
    const tiles = dosesOf({ ...chair, doseMg: planned() }, held);
    if (JSON.stringify(tiles) === shownDoses) return;
    shownDoses = JSON.stringify(tiles);
    part("doses").replaceChildren(...tiles.map(tile));
  }

  // As checked today, where somebody checked it; else as the plan and the last session have it.
  function planned() {
    const checked = held.findLast(({ kind, content }) => kind === "gate" && content.dose_mg)
      ?.content.dose_mg;
    return checked ? String(Number(checked)) : chair.doseMg;
  }

  function tile({ sheet, fixed, content, title, words, hint }) {
    const button = part("tile").content.firstElementChild.cloneNode(true);
    button.querySelector("[data-words]").textContent = words;
    button.querySelector("[data-hint]").textContent = hint;
    button.addEventListener("click", () => sheets.show(sheet, { fixed, content, title }));
    return button;
  }

  function showState() {
    const [unsent, refused] = [queue.unsent.length, queue.refused.length];
    const wait = unsent ? `${plural(unsent, "entry waits", "entries wait")}` : "";
    const words = {
      saved: unsent ? "Sending" : "All saved",
      away: wait ? `${wait} for the connection` : "No connection. Go on: entries wait here",
      busy: wait
        ? `${wait}: the server does not answer`
        : "The server does not answer. Go on: entries wait here",
      "signed-out": wait ? `Signed out. ${wait}` : "Signed out",
      other: wait ? `Somebody else is signed in. ${wait} for you` : "Somebody else is signed in",
      gone: "The server does not know this session",
    }[line.how];
    const told = refused
      ? `${words}. ${plural(refused, "entry was", "entries were")} not taken: see the log`
      : words;
    const status = part("state");
    if (status.textContent !== told) status.textContent = told;
    box.dataset.how = refused ? "refused" : line.how === "saved" && !unsent ? "saved" : "waiting";
    part("again").hidden = !line.lost;
    part("not-lasting").hidden = vault.lasting;
    part("others").hidden = queue.others === 0;
    part("others-count").textContent = plural(queue.others, "entry", "entries");
    part("over").hidden = !locked();
    part("whole").hidden = !away || line.how !== "saved" || unsent > 0;
    part("doing").hidden = locked() && !sheets.open;
  }

  function tick() {
    if (over) return;
    const now = line.now().getTime();
    const since = begun ? now - begun : 0;
    say("clock", begun ? (since < 0 ? "00:00" : elapsed(since)) : "Not started");
    box.classList.toggle("chair-begun", Boolean(begun));
    say(
      "clock-words",
      begun
        ? `${since < 3600_000 ? "minutes" : "hours"} since ${zone.time(begun)}`
        : "the clock starts with the first dose",
    );
    const next = dueOf(chair.schedule, {
      due,
      held,
      begun,
      now,
      away: queue.unsent.length > 0 || line.how !== "saved",
    });
    say("due", next.words);
    say("due-note", next.at ? `at ${zone.time(next.at)}, ${next.note}` : next.note);
    box.classList.toggle("chair-late", next.late);
    part("due-late").hidden = !next.late;
    const fact = factOf({ ...chair, doseMg: planned() }, held, now, zone);
    say("fact", fact);
    part("fact").hidden = !fact;
    sheets.tick();
  }

  function say(name, words) {
    if (part(name).textContent !== words) part(name).textContent = words;
  }

  // 4. Writing

  async function save({ key, kind, at, content, line: of }) {
    renewed();
    const refused = of?.last.problems ? of.last : null;
    const replaces = refused ? refused.replaces : (of?.shown.key ?? "");
    const entry = {
      url: chair.entriesUrl,
      session: chair.session,
      key,
      kind,
      at: at.toISOString(),
      content,
      replaces,
    };
    await (refused ? queue.mend(refused.id, entry) : queue.put(entry));
    keep();
  }

  function act(way, of) {
    if (way === "withdraw") return sheets.show("withdrawal", { line: of });
    if (way === "throw-away") return throwAway(of);
    const { kind, content } = of.last.problems ? of.last : of.shown;
    const fixed = content.action ? { action: content.action } : {};
    return sheets.show(kind, { content, fixed, line: of, problems: of.last.problems ?? [] });
  }

  async function throwAway({ last }) {
    const text = "It was not taken, so it stands nowhere else.";
    if (await ask({ title: "Throw this entry away?", text, yes: "Throw away", no: "Keep" }))
      await queue.throwAway(last.id);
  }

  async function leaveFor(event) {
    if (!queue.entries.length) return;
    event.preventDefault();
    const { href } = event.currentTarget;
    const title = `${plural(queue.entries.length, "entry is", "entries are")} not sent yet`;
    const text =
      "The page you are going to does not know them. What arrives after the signing is marked late.";
    if (await ask({ title, text, yes: "Go there all the same", no: "Stay here" }))
      location.assign(href);
  }

  // Signed out, here or in another tab: nothing of the patient stays on the screen.
  function gone() {
    over = true;
    timers.forEach(clearInterval);
    clearTimeout(keeping);
    document.title = "Signed out";
    const words = document.createElement("p");
    words.textContent = "You have signed out on this device. ";
    const again = document.createElement("a");
    Object.assign(again, { href: location.pathname, textContent: "Sign in again" });
    words.append(again);
    document.querySelector("main").replaceChildren(words);
  }

  for (const button of box.querySelectorAll("[data-open]")) {
    button.addEventListener("click", () => sheets.show(button.dataset.open));
  }
  document
    .querySelectorAll("[data-needs-sent]")
    .forEach((link) => link.addEventListener("click", leaveFor));
  window.addEventListener("online", look);
  window.addEventListener(
    "beforeunload",
    (event) => vault.lasting || !queue.entries.length || event.preventDefault(),
  );
  document.addEventListener("visibilitychange", async () => {
    if (document.hidden) return;
    if (line.how === "other") await line.whoIsThere();
    look();
  });
  const timers = [setInterval(look, POLL_MS), setInterval(tick, TICK_MS)];
  queue.refresh().then(() => {
    if (kept?.draft && !locked()) sheets.takeUp(kept.draft, lines);
    look();
  });
}
