// What holds among entries: corrections in place of what they correct, as domain/live/entries.py
// has it. tests/journeys/test_parity.py holds the two equal.

const FORMS = new Set(["gate", "discharge"]); // the last one filled in holds

// Entries of the server in the order of their arrival, then those that wait; each chain is one line
// of the log.
export function chains(entries) {
  const roots = new Map(); // key -> the key that its chain began with
  const lines = new Map();
  entries.forEach((entry, arrival) => {
    const root = rootOf(entry, roots);
    roots.set(entry.key, root);
    lines.set(root, { versions: [...(lines.get(root)?.versions ?? []), entry], arrival });
  });
  return [...lines].map(([root, { versions, arrival }]) => {
    const last = versions.at(-1);
    const withdrawn = last.kind === "withdrawal" ? last : null;
    const shown = versions.findLast(({ kind }) => kind !== "withdrawal") ?? versions[0];
    return { root, versions, last, shown, withdrawn, arrival, at: Date.parse(shown.at) };
  });
}

function rootOf({ key, kind, replaces }, roots) {
  if (FORMS.has(kind)) return kind;
  return roots.get(replaces) ?? (replaces || key);
}

// What holds, by the instant it happened; within one, by when it arrived.
export function effective(lines) {
  return lines
    .filter(({ withdrawn }) => !withdrawn)
    .sort((one, other) => one.at - other.at || one.arrival - other.arrival)
    .map(({ shown }) => shown);
}

// The lines as the log shows them; within an instant, what was first written later stands above.
export function newestFirst(lines) {
  const places = new Map(lines.map((line, place) => [line, place]));
  return [...lines].sort((one, other) => other.at - one.at || places.get(other) - places.get(one));
}

// The treatment began with the first dose given or infusion started.
export function startOf(entries) {
  const first = entries.find(
    ({ kind, content }) => kind === "given" || (kind === "infusion" && content.action === "start"),
  );
  return first ? Date.parse(first.at) : null;
}

// When somebody went home, by the checks before leaving; null while they have not.
export function leftAt(entries) {
  const left = entries.findLast(({ kind }) => kind === "discharge")?.content.left_at;
  return left ? Date.parse(left) : null;
}

// Where an infusion stands: "", "running", "paused" or "stopped".
export function infusionOf(entries) {
  const now = { start: "running", resume: "running", pause: "paused", stop: "stopped" };
  return entries
    .filter(({ kind }) => kind === "infusion")
    .reduce((how, { content }) => now[content.action] ?? how, "");
}
