import assert from "node:assert/strict";
import test from "node:test";

globalThis.window = { addEventListener() {} };
globalThis.document = { addEventListener() {} };
const { Outbox, stateOf } = await import("../../../tracker/static/answers/outbox.js");

const JSON_TYPE = new Headers({ "Content-Type": "application/json" });

// A server that answers with these, one after the other; an error is no connection. What was sent
// is kept.
function serverOf(...answers) {
  const sent = [];
  globalThis.fetch = async (_url, { body }) => {
    sent.push(`${body.get("code")}=${body.get("value")}`);
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return { ok: answer < 400, status: answer, headers: JSON_TYPE };
  };
  return sent;
}

async function open() {
  const options = { checkIn: "1", instrument: "phq9", url: "/save", token: () => "t" };
  const outbox = await Outbox.open(options);
  const states = [];
  outbox.onState = (state) => states.push(state);
  return { outbox, states };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

test("answers go out in the order they were given, and leave when they were taken", async () => {
  const sent = serverOf(200, 200);
  const { outbox, states } = await open();
  outbox.put("phq9_1", "2", 3);
  await outbox.put("phq9_2", "0", 4);
  await settled();
  assert.deepEqual(sent, ["phq9_1=2", "phq9_2=0"]);
  assert.deepEqual(outbox.entries, []);
  assert.deepEqual(states, ["saved"]);
});

test("without a connection they wait and go out with the next try", async () => {
  const sent = serverOf(new TypeError("no connection"), 200);
  const { outbox, states } = await open();
  assert.equal(await outbox.put("phq9_1", "2", 3), false);
  assert.equal(outbox.entries.length, 1);
  assert.equal(await outbox.flush(), true);
  await settled();
  assert.deepEqual(sent, ["phq9_1=2", "phq9_1=2"]);
  assert.deepEqual(states, ["waiting", "saved"]);
});

test("what the server does not take is never called saved, whatever comes after it", async () => {
  serverOf(422, 200);
  const { outbox, states } = await open();
  outbox.put("phq9_1", "9", 3);
  assert.equal(await outbox.put("phq9_2", "0", 4), false);
  await settled();
  assert.deepEqual(states, ["refused"]);
  assert.deepEqual(outbox.entries, []);
});

test("two answers never share an instant", async () => {
  serverOf(new TypeError("no connection"), new TypeError("no connection"));
  const { outbox } = await open();
  outbox.put("phq9_1", "1", 1);
  await outbox.put("phq9_1", "2", 1);
  const [first, second] = outbox.entries.map(({ at }) => at);
  assert.ok(first < second);
  await outbox.forget();
  assert.deepEqual(outbox.entries, []);
});

test("an answer of the server says what becomes of an entry", () => {
  const ok = (type) => ({ ok: true, status: 200, headers: new Headers({ "Content-Type": type }) });
  assert.equal(stateOf(ok("application/json")), "");
  assert.equal(stateOf(ok("text/html; charset=utf-8")), "busy"); // a network that asks to sign in to it
  assert.equal(stateOf({ type: "opaqueredirect", status: 0 }), "signed-out");
  assert.equal(stateOf({ status: 409 }), "closed");
  assert.equal(stateOf({ status: 422 }), "refused");
  assert.equal(stateOf({ status: 503 }), "busy");
});
