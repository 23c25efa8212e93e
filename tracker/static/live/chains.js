// What holds among entries: corrections in place of what they correct. As domain/entries.py says it, for this page.

const FORMS = new Set(["gate", "discharge"]); // the last one filled in holds

// Entries of the server in the order of their arrival, then those that wait; each chain is one line of the log.
export function chains(entries) {
  const first = new Map();
  const lines = new Map();
  for (const entry of entries) {
    const root = FORMS.has(entry.kind)
      ? entry.kind
      : (first.get(entry.replaces) ?? (entry.replaces || entry.key));
    first.set(entry.key, root);
    lines.set(root, [...(lines.get(root) ?? []), entry]);
  }
  return [...lines].map(([root, versions]) => {
    const last = versions.at(-1);
    const withdrawn = last.kind === "withdrawal" ? last : null;
    const shown = versions.findLast(({ kind }) => kind !== "withdrawal") ?? last;
    return { root, versions, last, shown, withdrawn, at: Date.parse(shown.at) };
  });
}

export function standing(lines) {
  const held = lines.filter(({ withdrawn }) => !withdrawn).map(({ shown }) => shown);
  return held.sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
}

// The treatment began with the first dose given or infusion started.
export function startOf(held) {
  const first = held.find(
    ({ kind, content }) => kind === "given" || (kind === "infusion" && content.action === "start"),
  );
  return first ? Date.parse(first.at) : null;
}

// Where an infusion stands: "", "running", "paused" or "stopped".
export function infusionOf(held) {
  const now = { start: "running", resume: "running", pause: "paused", stop: "stopped" };
  return held
    .filter(({ kind }) => kind === "infusion")
    .reduce((how, { content }) => now[content.action] ?? how, "");
}
