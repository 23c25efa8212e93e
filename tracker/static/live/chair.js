// A session at the chair: the clock, what can be written, the log, and how it stands with what was
// written. An entry is kept in the browser before anything is sent, so a lost connection stops
// nobody.

import { confirmDialog } from "../components/confirm.js";
import { plural } from "../components/numbers.js";
import { renew } from "../layouts/idle.js";
import { Connection } from "../offline/connection.js";
import { Queue } from "../offline/queue.js";
import { openVault } from "../offline/vault.js";
import { startWorker } from "../offline/worker_start.js";
import { Picture } from "../timelines/picture.js";
import { Dialogs } from "./dialogs.js";
import { dosesOf, factOf } from "./doses.js";
import { dueOf } from "./due.js";
import { wordsOf } from "./entry_text.js";
import { startEvent, startLots, startStop } from "./extras.js";
import { Log } from "./log.js";
import { SessionLog } from "./session_log.js";
import { showStatus } from "./status.js";
import { elapsed, Zone } from "./times.js";
import { useHours } from "./when.js";

const POLL_MS = 3_000;
const TICK_MS = 500;
const HOUR_MS = 3600_000;
const STORE_AFTER_MS = 250; // several changes at once are stored once
const STORE_EVERY_MS = 60_000;
const KEPT_MS = 24 * HOUR_MS; // a session of yesterday is not gone on with

export async function start(box) {
  const { entries, sequence, state, due, ...chair } = JSON.parse(box.dataset.live);
  const vault = await openVault(chair.person);
  const stored = await vault.getSession(chair.session).catch(() => null);
  vault.removeSessionsBefore(Date.now() - KEPT_MS).catch(() => {}); // the next page tries again
  run({ box, chair, vault, stored, answer: { entries, sequence, state, due } });
  startWorker(chair.workerUrl, "chair");
  navigator.storage?.persist?.(); // or a full device may throw away what waits
}

// `answer` is what the server just said; without one, what this browser stored has to do.
export const run = (parts) => new Chair(parts);

function clockWords(begun, since, zone) {
  if (!begun) return { time: "Not started", words: "the clock starts with the first dose" };
  const unit = since < HOUR_MS ? "minutes" : "hours";
  return { time: elapsed(since), words: `${unit} since ${zone.time(begun)}` };
}

class Chair {
  #box;
  #chair; // what the page has to know of the session: web/live/chair.py
  #vault;
  #zone;
  #connection;
  #session;
  #queue;
  #log;
  #dialogs;
  #picture;
  #startedAway;
  #polling = null;
  #storing = 0;
  #storedAt = 0;
  #tiles = "";
  #timers = [];
  #isOver = false; // signed out in another tab

  constructor({ box, chair, vault, stored, answer = null }) {
    this.#box = box;
    this.#chair = chair;
    this.#vault = vault;
    vault.onChange = () => this.#restored();
    this.#zone = new Zone(chair.zone, chair.hours);
    useHours(box, chair.hours);
    this.#startedAway = answer === null;
    const offset = answer ? Date.parse(chair.now) - Date.now() : stored.offset;
    this.#connection = new Connection({ person: chair.person, aliveUrl: chair.aliveUrl, offset });
    this.#connection.state = answer ? "saved" : "away";
    this.#session = new SessionLog(chair, answer ?? stored);
    this.#assemble(stored?.picture);
    this.#listen();
    this.#queue.refresh().then(() => {
      const isOpen = !this.#session.isClosed;
      if (stored?.draft && isOpen) this.#dialogs.restore(stored.draft, this.#session.lines);
      this.#poll();
    });
  }

  #part(name) {
    return this.#box.querySelector(`[data-${name}]`);
  }

  #assemble(picture) {
    this.#queue = new Queue({
      vault: this.#vault,
      connection: this.#connection,
      onChange: () => this.#show(),
      onTaken: (entries, session) => this.#take(entries, session),
      onSignOut: () => this.#leave(),
    });
    this.#log = new Log({
      table: this.#part("log"),
      template: this.#part("log-line"),
      zone: this.#zone,
      onAct: (act, line) => this.#act(act, line),
    });
    this.#dialogs = new Dialogs({
      box: this.#part("dialogs"),
      buttons: this.#part("buttons"),
      chair: this.#scene(),
      onSave: (entry) => this.#save(entry),
      onInput: () => {
        renew();
        this.#storeSoon();
      },
    });
    this.#picture = new Picture({
      parts: {
        box: this.#part("drawing"),
        image: this.#part("drawing-image"),
        words: this.#part("drawing-words"),
      },
      url: this.#chair.pictureUrl,
      zone: this.#zone,
      stored: picture,
      onNew: () => {
        this.#storeSoon();
        this.#showPicture();
      },
    });
    startLots(this.#box, this.#chair.lots);
    startEvent(this.#box);
    startStop(this.#box, () => this.#session.entries);
  }

  // What dialogs need to know of the session.
  #scene() {
    const session = this.#session;
    return {
      zone: this.#zone,
      // A page that was stored by an earlier version has no limits by moment.
      limits: (name) => this.#chair.limits[session.begun ? "during" : "before"]?.[name] ?? [],
      now: () => this.#connection.now(),
      get start() {
        return session.begun;
      },
    };
  }

  #listen() {
    this.#part("whole-link").href = location.pathname;
    for (const button of this.#box.querySelectorAll("[data-open]")) {
      button.addEventListener("click", () => this.#dialogs.show(button.dataset.open));
    }
    for (const link of document.querySelectorAll("[data-needs-sent]")) {
      link.addEventListener("click", (event) => this.#follow(event));
    }
    window.addEventListener("online", () => this.#poll());
    this.#part("drawing").addEventListener("toggle", () => this.#poll());
    window.addEventListener("beforeunload", (event) => {
      if (!this.#vault.isLasting && this.#queue.entries.length) event.preventDefault();
    });
    document.addEventListener("visibilitychange", async () => {
      if (document.hidden) return;
      if (this.#connection.state === "other") await this.#connection.checkSignIn();
      this.#poll();
    });
    this.#timers = [
      setInterval(() => this.#poll(), POLL_MS),
      setInterval(() => this.#tick(), TICK_MS),
    ];
  }

  // 1. What is known

  #add(entry) {
    if (this.#session.add(entry)) this.#say("news", `${entry.by}: ${wordsOf(entry)}`);
  }

  // What was just taken may have moved the start, and with it what is due.
  async #take(entries, session) {
    if (session !== this.#chair.session) return this.#vault.appendEntries(session, entries);
    for (const entry of entries) this.#add(entry);
    await this.#store();
    setTimeout(() => this.#poll());
  }

  #poll() {
    this.#polling ??= this.#ask().finally(() => (this.#polling = null));
    return this.#polling;
  }

  // The log first, for it moves nothing on; then what waits. Another person's sign-in shows only in
  // an answer to a post.
  async #ask() {
    const connection = this.#connection;
    if (this.#isOver || connection.state === "other") return;
    const wasSignedOut = connection.state === "signed-out";
    const answer = await connection.get(
      `${this.#chair.entriesUrl}?after=${this.#session.sequence}`,
    );
    if (answer && wasSignedOut && (await connection.checkSignIn()) !== "saved") return this.#show();
    if (answer) this.#advance(answer);
    if (connection.state === "saved") await this.#queue.flush();
    // Is the browser's store still there? Not asked where somebody signed out: it is thrown away.
    else if (!connection.needsSignIn) await this.#queue.refresh();
    this.#show();
    if (answer && connection.state === "saved") this.#picture.refresh(this.#session.sequence);
  }

  #advance(answer) {
    for (const entry of answer.entries) this.#add(entry);
    const isChanged = this.#session.advance(answer) || answer.entries.length > 0;
    if (isChanged || Date.now() - this.#storedAt > STORE_EVERY_MS) this.#storeSoon();
  }

  // 2. What is stored for a page without a server

  #storeSoon() {
    // A sign-out may have closed it.
    this.#storing ||= setTimeout(() => this.#store().catch(() => {}), STORE_AFTER_MS);
  }

  // The browser's store was lost, or opened anew: what stood in it beside the entries is put there
  // again.
  #restored() {
    this.#show();
    if (!this.#vault.isLasting) return;
    this.#storeSoon();
    startWorker(this.#chair.workerUrl, "chair"); // cleared with it
  }

  async #store() {
    clearTimeout(this.#storing);
    this.#storing = 0;
    this.#storedAt = Date.now();
    const { session } = this.#chair;
    const waits = this.#queue.entries.some((entry) => entry.session === session);
    if (this.#session.isClosed && !waits) return this.#vault.removeSession(session);
    return this.#vault.putSession(session, {
      ...this.#session.toStore(),
      keptAt: this.#storedAt,
      chair: this.#chair,
      offset: this.#connection.offset,
      draft: this.#dialogs.draft(),
      picture: this.#picture.toStore(),
    });
  }

  // 3. What is shown

  #show() {
    if (this.#isOver) return;
    this.#session.update(this.#queue.entries);
    const { lines, begun, isClosed } = this.#session;
    this.#log.show(lines, { start: begun, locked: isClosed });
    this.#part("empty").hidden = lines.length > 0;
    this.#part("flow").hidden = lines.length === 0;
    this.#showDoses();
    this.#showStatus();
    this.#showPicture();
    this.#tick();
  }

  #plan() {
    return { ...this.#chair, doseMg: this.#session.doseMg };
  }

  #showDoses() {
    const tiles = dosesOf(this.#plan(), this.#session.entries);
    if (JSON.stringify(tiles) === this.#tiles) return;
    this.#tiles = JSON.stringify(tiles);
    this.#part("doses").replaceChildren(...tiles.map((tile) => this.#tile(tile)));
  }

  #tile({ dialog, fixed, content, title, words, hint }) {
    const button = this.#part("tile").content.firstElementChild.cloneNode(true);
    button.querySelector("[data-words]").textContent = words;
    button.querySelector("[data-hint]").textContent = hint;
    const options = { fixed, content, title };
    button.addEventListener("click", () => this.#dialogs.show(dialog, options));
    return button;
  }

  #showStatus() {
    const { isClosed } = this.#session;
    showStatus(this.#box, {
      connection: this.#connection,
      queue: this.#queue,
      vault: this.#vault,
    });
    this.#part("over").hidden = !isClosed;
    const isSaved = this.#connection.state === "saved" && !this.#queue.unsent.length;
    this.#part("whole").hidden = !this.#startedAway || !isSaved;
    this.#part("doing").hidden = isClosed && !this.#dialogs.open;
  }

  #showPicture() {
    this.#picture.tell({
      isAway: this.#connection.state !== "saved",
      unsent: this.#queue.unsent.length,
    });
  }

  #tick() {
    if (this.#isOver) return;
    const now = this.#connection.now().getTime();
    const { begun } = this.#session;
    const clock = clockWords(begun, begun ? now - begun : 0, this.#zone);
    this.#say("clock", clock.time);
    this.#say("clock-words", clock.words);
    this.#box.classList.toggle("chair-begun", Boolean(begun));
    this.#showDue(now, begun);
    const fact = factOf(this.#plan(), this.#session.entries, now, this.#zone);
    this.#say("fact", fact);
    this.#part("fact").hidden = !fact;
    this.#dialogs.tick();
  }

  #showDue(now, begun) {
    const isAway = this.#queue.unsent.length > 0 || this.#connection.state !== "saved";
    const { lateAfter } = this.#chair.schedule;
    const due = dueOf(this.#session.next(now, isAway), { lateAfter, begun, now });
    this.#say("due", due.words);
    this.#say("due-note", due.at ? `at ${this.#zone.time(due.at)}, ${due.note}` : due.note);
    this.#box.classList.toggle("chair-late", due.late);
    this.#part("due-late").hidden = !due.late;
  }

  #say(name, words) {
    const place = this.#part(name);
    if (place.textContent !== words) place.textContent = words;
  }

  // 4. Writing

  async #save({ key, kind, at, content, line }) {
    renew();
    const refused = line?.last.problems ? line.last : null;
    const entry = {
      url: this.#chair.entriesUrl,
      session: this.#chair.session,
      key,
      kind,
      at: at.toISOString(),
      content,
      replaces: refused ? refused.replaces : (line?.shown.key ?? ""),
    };
    await (refused ? this.#queue.mend(refused.id, entry) : this.#queue.put(entry));
    this.#storeSoon();
  }

  #act(act, line) {
    if (act === "withdraw") return this.#dialogs.show("withdrawal", { line });
    if (act === "throw-away") return this.#throwAway(line);
    const { problems = [] } = line.last;
    const { kind, content } = problems.length ? line.last : line.shown;
    const fixed = content.action ? { action: content.action } : {};
    return this.#dialogs.show(kind, { content, fixed, line, problems });
  }

  async #throwAway({ last }) {
    const isSure = await confirmDialog({
      title: "Throw this entry away?",
      text: "It was not taken, so it stands nowhere else.",
      yes: "Throw away",
      no: "Keep",
    });
    if (isSure) await this.#queue.throwAway(last.id);
  }

  async #follow(event) {
    const count = this.#queue.entries.length;
    if (!count) return;
    event.preventDefault();
    const { href } = event.currentTarget;
    const isSure = await confirmDialog({
      title: `${plural(count, "entry is", "entries are")} not sent yet`,
      text: "The page you are going to does not know them. What arrives after the signing is marked late.",
      yes: "Go there all the same",
      no: "Stay here",
    });
    if (isSure) location.assign(href);
  }

  // Signed out, here or in another tab: nothing of the patient stays on the screen.
  #leave() {
    this.#isOver = true;
    this.#vault.close();
    this.#timers.forEach(clearInterval);
    clearTimeout(this.#storing);
    document.title = "Signed out";
    const words = document.createElement("p");
    words.textContent = "You have signed out on this device. ";
    const again = document.createElement("a");
    Object.assign(again, { href: location.pathname, textContent: "Sign in again" });
    words.append(again);
    document.querySelector("main").replaceChildren(words);
  }
}
