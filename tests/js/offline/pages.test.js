import assert from "node:assert/strict";
import test from "node:test";

const stored = new Map();
globalThis.localStorage = {
  getItem: (name) => stored.get(name) ?? null,
  setItem: (name, value) => stored.set(name, value),
  removeItem: (name) => stored.delete(name),
};
const { arrive, KeptPage } = await import("../../../tracker/static/offline/pages.js");
const { isTooOld } = await import("../../../tracker/static/offline/shells.js");

function vaultOf(pages = {}) {
  const vault = {
    isLasting: true,
    pages,
    getSession: async () => structuredClone(vault.pages),
    putSession: async (_name, value) => (vault.pages = value),
  };
  return vault;
}

test("what the server took meanwhile stands on the page that comes back", async () => {
  const vault = vaultOf();
  const kept = new KeptPage(vault, "/answers/1/questions/phq9/", { html: "x", answers: {} });
  kept.answer("answer-phq9_1", "2");
  await kept.answer("answer-phq9_2", "0");
  await kept.answer("answer-phq9_1", "3");
  const { answers, html } = vault.pages["/answers/1/questions/phq9/"];
  assert.deepEqual(answers, { "answer-phq9_1": "3", "answer-phq9_2": "0" });
  assert.equal(html, "x");
});

test("a page that was sent is gone, and the newest few of others stay", async () => {
  const vault = vaultOf({ a: 1, b: 2, c: 3, d: 4 });
  const kept = new KeptPage(vault, "e", { answers: {} });
  await kept.answer("one", "1");
  assert.deepEqual(Object.keys(vault.pages), ["b", "c", "d", "e"]);
  await kept.remove();
  assert.deepEqual(Object.keys(vault.pages), ["b", "c", "d"]);
});

test("a store that fails stops nobody", async () => {
  const vault = { ...vaultOf(), putSession: () => Promise.reject(new Error("full")) };
  const kept = new KeptPage(vault, "e", { answers: {} });
  await kept.answer("one", "1");
});

test("whoever comes last is whom pages are kept for", async () => {
  await arrive("person-1");
  assert.equal(stored.get("kept-for"), "person-1");
  await arrive("link-9");
  assert.equal(stored.get("kept-for"), "link-9");
});

test("after the idle time, or by a clock that was set back, a page is too old", () => {
  const kept = (minutes) => ({ idleMinutes: 15, keptAt: Date.now() - minutes * 60_000 });
  assert.equal(isTooOld(kept(14)), false);
  assert.equal(isTooOld(kept(16)), true);
  assert.equal(isTooOld(kept(-16)), true);
  stored.set("seen-at", String(Date.now() - 60_000)); // somebody typed since
  assert.equal(isTooOld(kept(16)), false);
  stored.delete("seen-at");
});
