import assert from "node:assert/strict";
import test from "node:test";

globalThis.window = { addEventListener() {} };
globalThis.document = { body: { dataset: { aliveUrl: "/alive" } } };
const { problemOf, start } = await import("../../../tracker/static/diary/send.js");

const answering = (status) => async () => ({ status });
const failing = async () => {
  throw new TypeError("Failed to fetch");
};

test("whoever the server answers may send, also after a sign-out", async () => {
  for (const status of [0, 200, 302, 401]) {
    assert.equal(await problemOf("/alive", answering(status)), "");
  }
});

test("without a connection, or from a server that fails, the words stay on the page", async () => {
  assert.match(await problemOf("/alive", failing), /^Not sent: no connection/);
  assert.match(await problemOf("/alive", answering(503)), /^Not sent: the clinic/);
});

function formOf() {
  const heard = {};
  const status = { textContent: "" };
  const form = {
    sent: 0,
    querySelector: () => status,
    addEventListener: (name, hear) => {
      heard[name] = hear;
    },
    requestSubmit() {
      const event = { stopped: false, preventDefault: () => (event.stopped = true) };
      event.stopImmediatePropagation = () => {};
      const done = heard.submit(event);
      if (!event.stopped) form.sent += 1;
      return done;
    },
  };
  start(form);
  return { form, status };
}

test("a form is sent once the server has answered, and only then", async () => {
  const { form, status } = formOf();
  globalThis.fetch = failing;
  await form.requestSubmit();
  assert.equal(form.sent, 0);
  assert.match(status.textContent, /no connection/);
  globalThis.fetch = answering(200);
  await form.requestSubmit();
  assert.equal(form.sent, 1);
  assert.equal(status.textContent, "");
});

test("a second press while the server is asked sends nothing twice", async () => {
  const { form } = formOf();
  globalThis.fetch = answering(200);
  await Promise.all([form.requestSubmit(), form.requestSubmit()]);
  assert.equal(form.sent, 1);
});
