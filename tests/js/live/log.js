// Entries of a session for tests, at minutes from the start.

export const START = Date.parse("2026-03-03T15:00:00Z");

export const at = (minute) => START + minute * 60_000;

// [minute, kind, content, the key it replaces]; keys are key-1, key-2, ... in the order of arrival.
export function logOf(...written) {
  return written.map(([minute, kind, content = {}, replaces = ""], place) => ({
    key: `key-${place + 1}`,
    sequence: place + 1,
    kind,
    at: new Date(at(minute)).toISOString(),
    content,
    replaces,
  }));
}
