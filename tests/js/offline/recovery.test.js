import assert from "node:assert/strict";
import test from "node:test";
import { RecoveringVault } from "../../../tracker/static/offline/recovery.js";

// A store of the browser: `rows` is what it holds, and it fails once it is dead or full.
class Store {
  isDead = false;
  isFull = false;
  sessions = new Map();

  constructor(rows = new Map()) {
    this.rows = rows;
  }

  #check() {
    if (this.isDead) throw new Error("InvalidStateError");
  }

  async replace(id, entry) {
    this.#check();
    if (this.isFull) throw new Error("QuotaExceededError");
    this.rows.set(id, entry);
  }

  async remove(ids) {
    this.#check();
    for (const id of ids) this.rows.delete(id);
  }

  async waiting() {
    this.#check();
    return { entries: [...this.rows].map(([id, entry]) => ({ ...entry, id })), others: 0 };
  }

  async putSession(session, value) {
    this.#check();
    this.sessions.set(session, value);
  }
}

// A vault whose stores are those that `next` gives, one after the other; an error is none.
async function vaultOf(...next) {
  const vault = new RecoveringVault(async () => {
    const store = next.length > 1 ? next.shift() : next[0];
    if (store instanceof Error) throw store;
    return store;
  });
  const changes = [];
  await vault.reopen();
  vault.onChange = () => changes.push(vault.isLasting);
  return { vault, changes };
}

const keysOf = async (vault) => (await vault.waiting()).entries.map(({ key }) => key);

test("a store that was cleared is opened anew with everything that waited", async () => {
  const [first, second] = [new Store(), new Store()];
  const { vault, changes } = await vaultOf(first, second);
  await vault.add({ key: "one" });
  first.isDead = true;
  await vault.add({ key: "two" });
  assert.deepEqual([...second.rows.values()], [{ key: "one" }, { key: "two" }]);
  assert.deepEqual(await keysOf(vault), ["one", "two"]);
  assert.equal(vault.isLasting, true);
  assert.deepEqual(changes, [false, true]);
});

test("what was sent meanwhile does not come back", async () => {
  const [first, second] = [new Store(), new Store()];
  const { vault } = await vaultOf(first, second);
  const id = await vault.add({ key: "one" });
  first.isDead = true;
  await vault.remove([id]);
  assert.deepEqual(await keysOf(vault), []);
  assert.equal(second.rows.size, 0);
});

test("where no store can be opened entries wait in the page, and the page knows", async () => {
  const first = new Store();
  const { vault, changes } = await vaultOf(first, new Error("SecurityError"));
  await vault.add({ key: "one" });
  first.isDead = true;
  const id = await vault.add({ key: "two" });
  assert.deepEqual([vault.isLasting, vault.canLast], [false, true]);
  assert.deepEqual(await keysOf(vault), ["one", "two"]);
  assert.equal(vault.countHere, 2);
  await vault.replace(id, { key: "two", problems: [] });
  await vault.putSession("3", {});
  assert.deepEqual((await vault.waiting()).entries.at(-1), { id, key: "two", problems: [] });
  assert.deepEqual(changes, [false]);
});

test("a full device keeps what it holds, and the next entry waits in the page", async () => {
  const store = new Store();
  const { vault } = await vaultOf(store);
  await vault.add({ key: "one" });
  store.isFull = true;
  await vault.add({ key: "two" });
  assert.equal(vault.isLasting, false);
  assert.deepEqual(await keysOf(vault), ["one", "two"]);
});

test("a store that comes back loses what was sent without it", async (t) => {
  const { now } = Date;
  t.after(() => (Date.now = now));
  const store = new Store();
  const { vault } = await vaultOf(store);
  const id = await vault.add({ key: "one" });
  store.isDead = true;
  await vault.waiting();
  assert.equal(vault.isLasting, false);
  await vault.remove([id]);
  store.isDead = false;
  Date.now = () => now() + 20_000;
  await vault.add({ key: "two" });
  assert.deepEqual([...store.rows.values()], [{ key: "two" }]);
  assert.equal(vault.isLasting, true);
});

test("after a sign-out nothing is kept and nothing is made anew", async () => {
  const [first, second] = [new Store(), new Store()];
  const { vault } = await vaultOf(first, second);
  first.isDead = true;
  vault.close();
  await assert.rejects(vault.add({ key: "one" }), /Signed out/);
  assert.equal(second.rows.size, 0);
  assert.equal(await vault.reopen(), false);
});

test("without a secure address there is no store, and it is said so", async () => {
  const vault = new RecoveringVault(null);
  await vault.reopen();
  await vault.add({ key: "one" });
  assert.deepEqual([vault.isLasting, vault.canLast], [false, false]);
  assert.deepEqual(await keysOf(vault), ["one"]);
});
