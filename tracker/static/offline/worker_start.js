// Behind it a page that finds no server is answered all the same. Without a secure address there is
// none.
export async function startWorker(url) {
  const registration = await navigator.serviceWorker
    ?.register(url, { scope: "/" })
    .catch(() => null);
  // Files of this version, not of when it was first opened.
  registration?.active?.postMessage("keep");
}
