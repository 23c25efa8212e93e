import assert from "node:assert/strict";
import test from "node:test";

globalThis.navigator ??= {}; // older runtimes have none
globalThis.BroadcastChannel = class {
  addEventListener() {}

  postMessage() {}
};
const { Queue } = await import("../../../tracker/static/offline/queue.js");
const { stateOf } = await import("../../../tracker/static/offline/connection.js");

// What waits, without a browser's store.
class Shelf {
  rows = new Map();

  async add(entry) {
    this.rows.set(this.rows.size + 1, entry);
  }

  async replace(id, entry) {
    this.rows.set(id, entry);
  }

  async remove(ids) {
    for (const id of ids) this.rows.delete(id);
  }

  async waiting() {
    return { entries: [...this.rows].map(([id, entry]) => ({ ...entry, id })), others: 0 };
  }
}

// A server that answers with what it is told to; null is no answer.
function queueWith(answers) {
  const sent = [];
  const taken = [];
  const connection = {
    state: "saved",
    async post(_url, { entries }) {
      sent.push(entries.map(({ key }) => key));
      return answers.shift()?.(entries) ?? null;
    },
  };
  const onTaken = async (entries) => taken.push(...entries.map(({ key }) => key));
  const vault = new Shelf();
  const queue = new Queue({ vault, connection, onTaken, onChange() {}, onSignOut() {} });
  return { queue, vault, connection, sent, taken };
}

const all = (entries) => ({ taken: entries, refused: [] });
const entry = (key) => ({ key, url: "/entries", session: "3", kind: "note", content: {} });

test("what was taken leaves the browser, in the order it was written", async () => {
  const { queue, vault, sent, taken } = queueWith([all]);
  await vault.add(entry("one"));
  await vault.add(entry("two"));
  await queue.flush();
  assert.deepEqual(sent, [["one", "two"]]);
  assert.deepEqual(taken, ["one", "two"]);
  assert.equal(vault.rows.size, 0);
});

test("without an answer everything waits, and goes out with the next", async () => {
  const { queue, vault, sent } = queueWith([() => null, all]);
  await vault.add(entry("one"));
  await queue.flush();
  assert.equal(queue.unsent.length, 1);
  await queue.flush();
  assert.deepEqual(sent, [["one"], ["one"]]);
  assert.equal(vault.rows.size, 0);
});

test("what was refused stays with its reasons and is not sent again", async () => {
  const problems = [{ field: "at", message: "That is in the future." }];
  const { queue, vault, sent } = queueWith([
    (entries) => ({ taken: [entries[1]], refused: [{ key: "one", problems }] }),
  ]);
  await vault.add(entry("one"));
  await vault.add(entry("two"));
  await queue.flush();
  await queue.flush();
  assert.deepEqual(sent, [["one", "two"]]);
  assert.deepEqual(
    queue.refused.map(({ key }) => key),
    ["one"],
  );
  assert.deepEqual(queue.refused[0].problems, problems);
});

test("a session that the server does not know refuses what was written in it", async () => {
  const { queue, vault, connection } = queueWith([() => null]);
  connection.state = "gone";
  await vault.add(entry("one"));
  await queue.flush();
  assert.match(queue.refused[0].problems[0].message, /does not know this session/);
});

test("an answer says how the connection stands", () => {
  assert.equal(stateOf({ ok: true, status: 200 }), "saved");
  assert.equal(stateOf({ type: "opaqueredirect", status: 0 }), "signed-out");
  assert.equal(stateOf({ status: 401 }), "signed-out");
  assert.equal(stateOf({ status: 404 }), "gone");
  assert.equal(stateOf({ status: 503 }), "busy");
});
