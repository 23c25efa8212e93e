import assert from "node:assert/strict";
import test from "node:test";
import { startWorker } from "../../../tracker/static/offline/worker_start.js";

const worker = (name, heard) => ({ postMessage: (part) => heard.push(`${name}: ${part}`) });

function browserWith(register) {
  Object.defineProperty(globalThis, "navigator", {
    value: { serviceWorker: register && { register } },
    configurable: true,
  });
}

// After site data were cleared a page still has the worker of before, which keeps nothing any more.
test("the newest worker is told what the device needs", async () => {
  const heard = [];
  browserWith(async () => ({ installing: worker("new", heard), active: worker("old", heard) }));
  await startWorker("/worker.js", "patient");
  browserWith(async () => ({ installing: null, waiting: null, active: worker("old", heard) }));
  await startWorker("/worker.js", "chair");
  assert.deepEqual(heard, ["new: patient", "old: chair"]);
});

test("where there is no worker nothing is told", async () => {
  browserWith(undefined);
  await startWorker("/worker.js", "patient");
  browserWith(() => Promise.reject(new Error("SecurityError")));
  await startWorker("/worker.js", "patient");
});
