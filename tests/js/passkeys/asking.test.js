import assert from "node:assert/strict";
import { test } from "node:test";
import { toAnswer, toBytes, toOptions, toText, wordsOf } from "../../../tracker/static/passkeys/asking.js";

test("bytes go to base64url and back, whatever they are", () => {
  const all = Uint8Array.from({ length: 256 }, (_, at) => at);
  assert.deepEqual(toBytes(toText(all)), all);
  assert.equal(toText(Uint8Array.of(251, 255)), "-_8");
  assert.equal(toText(new ArrayBuffer(0)), "");
});

test("what the server wrote becomes bytes where a browser wants them", () => {
  const made = toOptions({
    challenge: "AAE",
    rpId: "clinic.example",
    user: { id: "Ag", name: "ben" },
    excludeCredentials: [{ id: "Aw", type: "public-key" }],
    allowCredentials: [{ id: "BA", type: "public-key", transports: ["usb"] }],
  });
  assert.deepEqual(made.challenge, Uint8Array.of(0, 1));
  assert.deepEqual(made.user, { id: Uint8Array.of(2), name: "ben" });
  assert.deepEqual(made.excludeCredentials[0].id, Uint8Array.of(3));
  assert.deepEqual(made.allowCredentials[0].transports, ["usb"]);
  assert.equal(made.rpId, "clinic.example");
});

test("an answer holds what it has, and nothing that it has not", () => {
  const raw = Uint8Array.of(1).buffer;
  const told = toAnswer({
    rawId: raw,
    type: "public-key",
    response: { clientDataJSON: raw, authenticatorData: raw, signature: raw, userHandle: null },
  });
  assert.equal(told.id, "AQ");
  assert.equal(told.rawId, told.id);
  assert.deepEqual(Object.keys(told.response), ["clientDataJSON", "authenticatorData", "signature"]);
});

test("a new passkey tells how it is reached", () => {
  const raw = Uint8Array.of(1).buffer;
  const response = { clientDataJSON: raw, attestationObject: raw, getTransports: () => ["usb"] };
  assert.deepEqual(toAnswer({ rawId: raw, type: "public-key", response }).response.transports, ["usb"]);
});

test("what went wrong is said in words that fit", () => {
  assert.match(wordsOf({ name: "InvalidStateError" }, "create"), /already/);
  assert.match(wordsOf({ name: "NotAllowedError" }, "create"), /No passkey was made/);
  assert.match(wordsOf({ name: "NotAllowedError" }, "get"), /No passkey was used/);
});
