// The picture of the session, drawn anew when something was saved. The last one stays until the next
// is ready, and without a connection it stays with a word of when it was drawn.

import { plural } from "../components/numbers.js";

const GIVE_UP_MS = 12_000;
const AGAIN_AFTER_MS = 15_000; // when it could not be had
const TABLET_FROM_PX = 520; // narrower, the words of that shape are too small
const OPEN_FROM_PX = 700; // on a phone it would push the log away

export class Picture {
  #parts; // { box, image, words }
  #url;
  #zone;
  #onNew;
  #shown; // { tag, at, svg, alt, sequence, look }
  #asking = false;
  #failedAt = 0;

  constructor({ parts, url, zone, stored, onNew }) {
    this.#parts = parts;
    this.#url = url;
    this.#zone = zone;
    this.#onNew = onNew;
    parts.box.open = innerWidth >= OPEN_FROM_PX;
    if (stored) this.#show(stored);
  }

  get #look() {
    const { box } = this.#parts;
    const width = (box.hidden ? box.parentElement : box).clientWidth;
    const shape = width < TABLET_FROM_PX ? "phone" : "tablet";
    return `shape=${shape}&theme=${document.documentElement.dataset.bsTheme ?? "light"}`;
  }

  // `sequence` is that of the last entry which the server took; nothing is asked for twice.
  async refresh(sequence) {
    const { box } = this.#parts;
    const look = this.#look;
    const isCurrent = this.#shown?.sequence === sequence && this.#shown.look === look;
    if (!sequence || isCurrent || this.#asking || (!box.hidden && !box.open)) return;
    if (Date.now() - this.#failedAt < AGAIN_AFTER_MS) return;
    this.#asking = true;
    const answer = await this.#ask(look).catch(() => null);
    this.#asking = false;
    this.#failedAt = answer ? 0 : Date.now();
    if (!answer) return;
    await this.#show({ ...this.#shown, ...answer, sequence, look });
    this.#onNew();
  }

  async #ask(look) {
    const known = encodeURIComponent(this.#shown?.tag ?? "");
    const answer = await fetch(`${this.#url}?${look}&known=${known}`, {
      redirect: "manual",
      headers: { Accept: "application/json", "X-Requested-With": "fetch" },
      signal: AbortSignal.timeout(GIVE_UP_MS),
    });
    return answer.ok ? answer.json() : null;
  }

  // The new image takes the place of the old one once it can be painted: nothing flickers.
  async #show(picture) {
    const { box, image } = this.#parts;
    const isSame = picture.svg === this.#shown?.svg;
    this.#shown = picture;
    box.hidden = !picture.svg;
    if (!picture.svg || isSame) return;
    const drawn = new Image();
    drawn.alt = picture.alt;
    drawn.src = `data:image/svg+xml,${encodeURIComponent(picture.svg)}`;
    await drawn.decode().catch(() => {});
    if (this.#shown === picture) image.replaceChildren(drawn);
  }

  // Say of when it is while no newer one can be had, and what is not in it.
  tell({ isAway, unsent }) {
    const { words } = this.#parts;
    const isOld = this.#shown && (isAway || this.#failedAt > 0);
    const waiting = unsent
      ? `, without ${plural(unsent, "entry that waits", "entries that wait")}`
      : "";
    const at = isOld ? this.#zone.time(Date.parse(this.#shown.at)) : "";
    const text = isOld ? `As of ${at}${waiting}` : "";
    if (words.textContent !== text) words.textContent = text;
  }

  // What a page without a server shows.
  toStore() {
    return this.#shown;
  }
}
