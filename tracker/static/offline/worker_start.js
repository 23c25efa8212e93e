// Behind it a page that finds no server is answered all the same. Without a secure address there is
// none. `part` is what this device needs: "chair" or "patient".
export async function startWorker(url, part) {
  const workers = navigator.serviceWorker;
  const registration = await workers?.register(url, { scope: "/" }).catch(() => null);
  if (!registration) return;
  const { installing, waiting, active } = registration;
  // Files of this version, not of when it was first opened.
  (installing ?? waiting ?? active)?.postMessage(part);
}
