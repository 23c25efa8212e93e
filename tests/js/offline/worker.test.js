import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import vm from "node:vm";

const SCRIPT = readFileSync(
  new URL("../../../tracker/static/offline/worker.js", import.meta.url),
  "utf8",
);
const ORIGIN = "https://clinic.example";

// The script as a browser runs it, with a network that answers by `answers` or fails.
function workerWith({ caches: names = [], answers = {} } = {}) {
  const heard = {};
  const kept = new Map(names.map((name) => [name, new Map()]));
  const self = {
    location: { origin: ORIGIN },
    addEventListener: (name, hear) => (heard[name] = hear),
    skipWaiting: async () => {},
    clients: { claim: async () => {} },
  };
  const caches = {
    keys: async () => [...kept.keys()],
    open: async (name) => {
      if (!kept.has(name)) kept.set(name, new Map());
      const addAll = async (all) =>
        all.forEach(({ url }) => kept.get(name).set(url, `kept ${url}`));
      return { addAll };
    },
    match: async (url, { cacheName } = {}) =>
      [...kept]
        .find(([name, files]) => (!cacheName || name === cacheName) && files.has(url))?.[1]
        .get(url),
  };
  const fetch = async ({ url }) => {
    const { pathname } = new URL(url, ORIGIN);
    if (pathname in answers) return answers[pathname];
    throw new TypeError("Failed to fetch");
  };
  function Request(url, options) {
    return { url, ...options };
  }
  const Response = { error: () => "error" };
  const never = () => 0; // a connection that hangs is another test
  vm.runInNewContext(SCRIPT, { self, caches, fetch, Request, Response, URL, setTimeout: never });
  return { heard, kept };
}

async function say(heard, name, event) {
  let done;
  heard[name]({ ...event, waitUntil: (task) => (done = task) });
  await done;
}

function ask(
  heard,
  path,
  { mode = "navigate", method = "GET", clientId = "", resultingClientId = "" } = {},
) {
  let answer;
  const request = { url: `${ORIGIN}${path}`, mode, method };
  const respondWith = (task) => (answer = task);
  heard.fetch({ request, clientId, resultingClientId, respondWith });
  return answer;
}

test("a device keeps the part that its page asked for, as nobody, and no other", async () => {
  const { heard, kept } = workerWith();
  await say(heard, "install", {});
  assert.deepEqual([...kept.keys()], []);
  await say(heard, "message", { data: "patient" });
  assert.deepEqual([...kept.keys()], ["patient"]);
  const files = [...kept.get("patient").keys()];
  assert.ok(files.includes("/answers/shell"));
  assert.ok(!files.some((url) => url.includes("/live/") || url === "/chair"));
  heard.message({ data: "something else" }); // no part, nothing to wait for
});

test("a new version brings its files for what the device has", async () => {
  const { heard, kept } = workerWith({ caches: ["chair"] });
  await say(heard, "install", {});
  assert.deepEqual([...kept.keys()], ["chair"]);
  assert.ok(kept.get("chair").has("/chair"));
});

test("without a connection each page gets the page of nobody that is its own", async () => {
  const { heard } = workerWith();
  await say(heard, "message", { data: "patient" });
  await say(heard, "message", { data: "chair" });
  for (const path of [
    "/answers/7/questions/phq9/",
    "/diary/7/now",
    "/diary/7/note",
    "/diary/sessions/7/day-after",
  ]) {
    assert.equal(await ask(heard, path), "kept /answers/shell");
  }
  assert.equal(await ask(heard, "/sessions/7/live/"), "kept /chair");
  assert.equal(await ask(heard, "/diary/talk"), "kept /answers/shell");
  for (const path of ["/", "/my/download.zip", "/patients/7/", "/answers/7/decline"]) {
    assert.equal(ask(heard, path), undefined, path); // the browser sees to it
  }
  assert.equal(ask(heard, "/diary/7/now", { method: "POST" }), undefined);
});

test("a server that answers is heard, and one that is down is not", async () => {
  const answers = { "/diary/1/now": { status: 200 }, "/diary/2/now": { status: 503 } };
  const { heard } = workerWith({ answers });
  await say(heard, "message", { data: "patient" });
  assert.equal((await ask(heard, "/diary/1/now")).status, 200);
  assert.equal(await ask(heard, "/diary/2/now"), "kept /answers/shell");
});

test("the files of a page of nobody come from beside it", async () => {
  const path = "/static/layouts/page.js";
  const { heard } = workerWith({ answers: { [path]: "new" } });
  await say(heard, "message", { data: "patient" });
  assert.equal(await ask(heard, path, { mode: "cors", clientId: "other" }), "new");
  await ask(heard, "/diary/7/now", { resultingClientId: "shell" });
  assert.equal(await ask(heard, path, { mode: "cors", clientId: "shell" }), `kept ${path}`);
});
