// What can be done with the dose now, by route, and the facts beside it. Facts are shown with their
// source and lock nothing. What is counted here is what was done so far; how much was given in all,
// the server counts for the record.

import { infusionOf } from "./chains.js";

const MINUTE_MS = 60_000;

const dosesGivenIn = (entries) => entries.filter(({ kind }) => kind === "given");

const infusion = (action, words, title, hint = "", content = {}) => ({
  dialog: "infusion",
  fixed: { action },
  title,
  words,
  hint,
  content,
});

// Tiles: { dialog, fixed, content, title, words, hint }. `device` is { mg, apartMinutes, source }
// where devices are given.
export function dosesOf({ route, device, doseMg }, entries) {
  if (route === "iv") return infusions(doseMg, infusionOf(entries));
  if (device) return devices(device, doseMg, entries);
  const count = dosesGivenIn(entries).length;
  const planned = doseMg ? `${doseMg} mg planned` : "";
  return [
    {
      dialog: "given",
      fixed: {},
      content: count || !doseMg ? {} : { dose_mg: doseMg }, // a second dose is for somebody to say
      title: "Dose given",
      words: count ? "Another dose" : "Dose given",
      hint: count ? `${count} given` : planned,
    },
  ];
}

function infusions(doseMg, state) {
  const content = doseMg ? { dose_mg: doseMg } : {};
  const hint = doseMg ? `${doseMg} mg planned` : "";
  const stop = infusion("stop", "Stop", "Stop the infusion");
  const offered = {
    "": [infusion("start", "Start infusion", "Start the infusion", hint, content)],
    running: [
      infusion("pause", "Pause", "Pause the infusion"),
      infusion("rate", "Rate", "Change the rate"),
      stop,
    ],
    paused: [infusion("resume", "Resume", "Resume the infusion"), stop],
    stopped: [infusion("start", "Start again", "Start the infusion again")],
  };
  return offered[state];
}

function devices({ mg }, doseMg, entries) {
  const before = dosesGivenIn(entries);
  const count = before.length;
  const planned = Number(doseMg) % mg === 0 ? Number(doseMg) / mg : 0;
  const all = planned > 0 && count >= planned;
  const next = `Device ${count + 1}${planned ? ` of ${planned}` : ""} given`;
  const words = all ? "Another device" : next;
  return [
    {
      dialog: "given",
      fixed: {},
      content: { dose_mg: String(mg), lot_id: before.at(-1)?.content.lot_id },
      title: words,
      words,
      hint: all ? `all ${planned} given` : `${mg} mg`,
    },
  ];
}

// When the next device may follow, as the label has it.
export function factOf({ device, doseMg }, entries, now, zone) {
  const before = device ? dosesGivenIn(entries) : [];
  if (!before.length) return "";
  const last = Date.parse(before.at(-1).at);
  const fact = `Device ${before.length} was given at ${zone.time(last)}.`;
  if (before.length * device.mg >= Number(doseMg)) return fact;
  const next = last + device.apartMinutes * MINUTE_MS;
  const left = Math.ceil((next - now) / MINUTE_MS);
  const wait =
    left > 0
      ? `${left} min of them to go, until ${zone.time(next)}`
      : `${Math.floor((now - last) / MINUTE_MS)} min have passed`;
  return `${fact} Between devices: ${device.apartMinutes} min (${device.source}); ${wait}.`;
}
