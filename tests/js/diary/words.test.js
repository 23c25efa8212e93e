import assert from "node:assert/strict";
import test from "node:test";

const stored = new Map();
globalThis.localStorage = {
  getItem: (name) => stored.get(name) ?? null,
  setItem: (name, value) => stored.set(name, value),
  removeItem: (name) => stored.delete(name),
};
globalThis.window = { addEventListener() {} };
globalThis.document = {
  addEventListener() {},
  querySelectorAll: () => [],
  querySelector: () => null,
};
const { fill, isBlank, send, Words } = await import("../../../tracker/static/diary/words.js");

const ENTRY = { path: "/diary/1/now", fields: [["words", "x"]], wanted: true };
const WHO = { token: "old", aliveUrl: "/alive", person: "1" };

// A server that gives these answers, one after the other; an error is no connection.
function serverOf(...answers) {
  const asked = [];
  globalThis.fetch = async (url, { headers, body }) => {
    asked.push({ url, token: headers["X-CSRFToken"], words: body?.get("words") });
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return asked;
}

const typed = (type) => new Headers({ "Content-Type": type });
const taken = { ok: true, status: 200, headers: typed("application/json") };
const alive = (person) => ({
  ok: true,
  status: 200,
  json: async () => ({ csrf_token: "new", person }),
});

test("words that were taken are done with", async () => {
  const asked = serverOf(taken);
  assert.equal(await send(ENTRY.path, ENTRY.fields, WHO), "");
  assert.deepEqual(asked, [{ url: "/diary/1/now", token: "old", words: "x" }]);
});

test("what an answer of the server means for them", async () => {
  for (const [answer, expected] of [
    [new TypeError("Failed to fetch"), "away"],
    [{ status: 503 }, "busy"],
    // Of a network or a proxy in between, and not of ours.
    [{ type: "opaqueredirect", status: 0 }, "busy"],
    [{ ok: true, status: 200, headers: typed("text/html") }, "busy"],
    [{ ok: true, status: 204, headers: new Headers() }, "busy"],
    [{ status: 422 }, "refused"],
    [{ status: 409 }, "refused"],
  ]) {
    serverOf(answer);
    assert.equal(await send(ENTRY.path, ENTRY.fields, WHO), expected);
  }
});

test("after a new sign-in of the same person they go out with its form token", async () => {
  const asked = serverOf({ status: 400 }, alive("1"), taken);
  assert.equal(await send(ENTRY.path, ENTRY.fields, WHO), "");
  assert.deepEqual(
    asked.map(({ token }) => token),
    ["old", undefined, "new"],
  );
});

test("under the name of somebody else they are not sent", async () => {
  const asked = serverOf({ status: 401 }, alive("2"));
  assert.equal(await send(ENTRY.path, ENTRY.fields, WHO), "other");
  assert.equal(asked.length, 2);
  serverOf({ status: 401 }, { ok: false, status: 401 });
  assert.equal(await send(ENTRY.path, ENTRY.fields, WHO), "signed-out");
});

test("a form has one entry, and other pages hear whose words wait", async () => {
  const words = await Words.open("1");
  await words.put({ ...ENTRY, wanted: false });
  assert.equal(stored.get("words-wait"), undefined);
  await words.put(ENTRY);
  assert.equal(stored.get("words-wait"), "1");
  assert.equal((await words.vault.waiting()).entries.length, 1);
  assert.deepEqual(words.find(ENTRY.path).fields, ENTRY.fields);
  await words.remove(ENTRY.path);
  assert.equal(stored.get("words-wait"), undefined);
  assert.deepEqual((await words.vault.waiting()).entries, []);
});

test("words of somebody else stay flagged", async () => {
  stored.set("words-wait", "2");
  const words = await Words.open("1");
  await words.remove(ENTRY.path);
  assert.equal(stored.get("words-wait"), "2");
});

test("a key and a time alone are nothing that was written", () => {
  assert.ok(
    isBlank([
      ["once", "k"],
      ["pressed_at", "t"],
      ["words", " \n"],
    ]),
  );
  assert.ok(
    !isBlank([
      ["once", "k"],
      ["mood", "0"],
    ]),
  );
});

test("a form is filled as it was left, and nothing chosen stays open", () => {
  const radio = (value, checked) => ({ type: "radio", name: "mood", value, checked });
  const elements = [
    radio("0", false),
    radio("3", true),
    { type: "text", name: "words", value: "" },
  ];
  const form = { elements, querySelectorAll: () => [] };
  fill(form, [
    ["mood", "0"],
    ["words", "x"],
  ]);
  assert.deepEqual(
    elements.map(({ checked, value }) => checked ?? value),
    [true, false, "x"],
  );
});
