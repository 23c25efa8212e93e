import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { Picture } from "../../../tracker/static/timelines/picture.js";

const AT = "2026-03-03T15:42:00Z";
const zone = { time: () => "10:42" };
let asked;
let answer;
let failing;

beforeEach(() => {
  asked = [];
  failing = false;
  answer = { tag: "a", at: AT, svg: "<svg/>", alt: "one reading" };
  globalThis.innerWidth = 1024;
  globalThis.document = { documentElement: { dataset: { bsTheme: "light" } } };
  globalThis.Image = class {
    async decode() {}
  };
  globalThis.fetch = async (url) => {
    asked.push(url);
    if (failing) throw new Error("no connection");
    return { ok: true, json: async () => answer };
  };
});

function placed(stored = null) {
  const parts = {
    box: { clientWidth: 560, parentElement: { clientWidth: 560 }, hidden: true, open: false },
    image: {
      shown: [],
      replaceChildren(image) {
        this.shown.push(image);
      },
    },
    words: { textContent: "" },
  };
  const picture = new Picture({ parts, url: "/picture", zone, stored, onNew() {} });
  return { picture, parts };
}

test("a picture is asked for once for each entry that was saved, and named by what it knows", async () => {
  const { picture, parts } = placed();
  await picture.refresh(0);
  assert.equal(asked.length, 0);
  await picture.refresh(1);
  await picture.refresh(1);
  assert.deepEqual(asked, ["/picture?shape=tablet&theme=light&known="]);
  assert.equal(parts.box.hidden, false);
  answer = { tag: "a", at: AT };
  await picture.refresh(2);
  assert.equal(asked.at(-1), "/picture?shape=tablet&theme=light&known=a");
  assert.equal(parts.image.shown.length, 1); // nothing was painted anew
  assert.equal(picture.toStore().alt, "one reading");
});

test("another theme or width is another picture; a folded one is not asked for", async () => {
  const { picture, parts } = placed();
  await picture.refresh(1);
  document.documentElement.dataset.bsTheme = "dark";
  parts.box.clientWidth = 320;
  await picture.refresh(1);
  assert.equal(asked.at(-1), "/picture?shape=phone&theme=dark&known=a");
  parts.box.open = false;
  await picture.refresh(2);
  assert.equal(asked.length, 2);
});

test("the last picture stays when no other can be had, with the time it is of", async () => {
  const { picture, parts } = placed();
  await picture.refresh(1);
  picture.tell({ isAway: false, unsent: 0 });
  assert.equal(parts.words.textContent, "");
  failing = true;
  await picture.refresh(2);
  picture.tell({ isAway: false, unsent: 0 });
  assert.equal(parts.words.textContent, "As of 10:42");
  picture.tell({ isAway: true, unsent: 2 });
  assert.equal(parts.words.textContent, "As of 10:42, without 2 entries that wait");
  assert.equal(parts.image.shown.length, 1);
  await picture.refresh(2);
  assert.equal(asked.length, 2); // it waits a while before it asks again
});

test("what was stored is shown without a server", () => {
  const { picture, parts } = placed({ ...answer, sequence: 4, look: "x" });
  assert.equal(parts.box.hidden, false);
  picture.tell({ isAway: true, unsent: 0 });
  assert.equal(parts.words.textContent, "As of 10:42");
});
