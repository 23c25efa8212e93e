import assert from "node:assert/strict";
import test from "node:test";

const left = [];
globalThis.localStorage = { getItem: () => null, setItem() {}, removeItem() {} };
globalThis.window = { addEventListener() {} };
globalThis.location = { pathname: "/diary/1/now", assign: (url) => left.push(url) };
globalThis.FormData = class {
  constructor(form) {
    this.fields = Object.entries(form.elements).filter(([, { value }]) => value);
  }

  [Symbol.iterator]() {
    return this.fields.map(([name, { value }]) => [name, value])[Symbol.iterator]();
  }
};
globalThis.document = {
  body: { dataset: { person: "1", aliveUrl: "/alive" } },
  addEventListener() {},
  getElementById: () => null,
  querySelector: () => ({ cloneNode: () => ({ innerHTML: "", querySelectorAll: () => [] }) }),
  querySelectorAll: () => [],
};
const { start } = await import("../../../tracker/static/diary/send.js");

// A server that gives these answers, one after the other; an error is no connection.
function serverOf(...answers) {
  const sent = [];
  globalThis.fetch = async (_url, { body }) => {
    sent.push(Object.fromEntries(body));
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return sent;
}

const typed = (type) => new Headers({ "Content-Type": type });
const taken = { ok: true, status: 200, headers: typed("application/json") };
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

async function open() {
  const heard = {};
  const status = { textContent: "" };
  const field = (value) => ({ value });
  const form = {
    natively: 0,
    dataset: { diary: "/diary/", keepMinutes: "15", keepPage: "/worker.js" },
    elements: {
      csrf_token: field("t"),
      once: field("key"),
      pressed_at: field(""),
      words: field("On the train"),
      [Symbol.iterator]: undefined,
    },
    querySelector: () => status,
    querySelectorAll: () => [],
    addEventListener: (name, hear) => (heard[name] = hear),
    requestSubmit() {
      const event = { stopped: false, preventDefault: () => (event.stopped = true) };
      const done = heard.submit(event);
      if (!event.stopped) form.natively += 1;
      return done;
    },
  };
  await start(form);
  return { form, status, heard };
}

test("what is sent leaves for what was written, once the server has it", async () => {
  const sent = serverOf(taken);
  const { form } = await open();
  await form.requestSubmit();
  assert.equal(sent[0].words, "On the train");
  assert.equal(sent[0].once, "key");
  assert.ok(Date.now() - Date.parse(sent[0].pressed_at) < 5_000);
  assert.deepEqual(left.splice(0), ["/diary/"]);
  assert.equal(form.natively, 0);
});

test("without a connection it says so, and is sent with the same key and time", async () => {
  const sent = serverOf(new TypeError("Failed to fetch"), taken);
  const { form, status } = await open();
  await form.requestSubmit();
  assert.match(status.textContent, /^Not sent yet: no connection\. .*on this page only/);
  assert.deepEqual(left, []);
  await form.requestSubmit();
  assert.deepEqual(sent[0], sent[1]);
  assert.deepEqual(left.splice(0), ["/diary/"]);
});

test("a second press while it is under way sends nothing twice", async () => {
  const sent = serverOf(taken);
  const { form } = await open();
  await Promise.all([form.requestSubmit(), form.requestSubmit()]);
  assert.equal(sent.length, 1);
  left.length = 0;
});

test("what the server refuses is shown by its own page, and not sent again by itself", async () => {
  const sent = serverOf({ status: 422 });
  const { form, status } = await open();
  await form.requestSubmit();
  assert.equal(form.natively, 1);
  assert.equal(sent.length, 1);
  assert.doesNotMatch(status.textContent, /^Not sent/);
});

test("what is changed while it waits is sent when Send is pressed again", async () => {
  const sent = serverOf({ status: 503 }, taken);
  const { form, status, heard } = await open();
  await form.requestSubmit();
  assert.match(status.textContent, /server is busy/);
  heard.input();
  assert.equal(status.textContent, "");
  await settled();
  assert.equal(sent.length, 1);
});
