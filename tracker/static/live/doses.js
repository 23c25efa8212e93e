// What can be done with the dose now, by route, and the facts beside it. Facts are shown with their source and lock nothing.

import { infusionOf } from "./chains.js";

const DEVICE_MG = 28;
const BETWEEN_MS = 5 * 60_000; // between two devices of nasal esketamine (Spravato US label)
const SOURCE = "Spravato US label";

const infusion = (action, words, title, hint = "", content = {}) => ({
  sheet: "infusion",
  fixed: { action },
  title,
  words,
  hint,
  content,
});

// Tiles: { sheet, fixed, content, title, words, hint }.
export function dosesOf({ route, drug, doseMg }, held) {
  if (route === "iv") return infusions(doseMg, infusionOf(held));
  if (route === "nasal" && drug === "esketamine") return devices(doseMg, held);
  const given = held.filter(({ kind }) => kind === "given");
  const again = given.length ? `${given.length} given` : doseMg ? `${doseMg} mg planned` : "";
  const content = given.length || !doseMg ? {} : { dose_mg: doseMg }; // a second dose is for somebody to say
  return [
    {
      sheet: "given",
      fixed: {},
      content,
      title: "Dose given",
      words: given.length ? "Another dose" : "Dose given",
      hint: again,
    },
  ];
}

function infusions(doseMg, how) {
  const planned = doseMg ? `${doseMg} mg planned` : "";
  const stop = infusion("stop", "Stop", "Stop the infusion");
  const offered = {
    "": [
      infusion(
        "start",
        "Start infusion",
        "Start the infusion",
        planned,
        doseMg ? { dose_mg: doseMg } : {},
      ),
    ],
    running: [
      infusion("pause", "Pause", "Pause the infusion"),
      infusion("rate", "Rate", "Change the rate"),
      stop,
    ],
    paused: [infusion("resume", "Resume", "Resume the infusion"), stop],
    stopped: [infusion("start", "Start again", "Start the infusion again")],
  };
  return offered[how];
}

function devices(doseMg, held) {
  const before = held.filter(({ kind }) => kind === "given");
  const given = before.length;
  const planned = Number(doseMg) % DEVICE_MG === 0 ? Number(doseMg) / DEVICE_MG : 0;
  const words =
    planned && given >= planned
      ? "Another device"
      : `Device ${given + 1}${planned ? ` of ${planned}` : ""} given`;
  const hint = planned && given >= planned ? `all ${planned} given` : `${DEVICE_MG} mg`;
  return [
    {
      sheet: "given",
      fixed: {},
      content: { dose_mg: String(DEVICE_MG), lot_id: before.at(-1)?.content.lot_id },
      title: words,
      words,
      hint,
    },
  ];
}

// When the next device may follow, as the label has it.
export function factOf({ route, drug, doseMg }, held, now, zone) {
  if (route !== "nasal" || drug !== "esketamine") return "";
  const given = held.filter(({ kind }) => kind === "given");
  if (!given.length) return "";
  const last = Date.parse(given.at(-1).at);
  const told = `Device ${given.length} was given at ${zone.time(last)}.`;
  if (given.length * DEVICE_MG >= Number(doseMg)) return told;
  const left = Math.ceil((last + BETWEEN_MS - now) / 60_000);
  const wait =
    left > 0
      ? `${left} min of them to go, until ${zone.time(last + BETWEEN_MS)}`
      : `${Math.floor((now - last) / 60_000)} min have passed`;
  return `${told} Between devices: 5 min (${SOURCE}); ${wait}.`;
}
