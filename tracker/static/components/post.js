// Whether an answer is the server's own. A network that asks to sign in to it, or a proxy while the
// server is down, may answer any address with a page of its own, and as if all were well.
export const isOurs = ({ headers }) =>
  headers.get("Content-Type")?.startsWith("application/json") ?? false;

// A form that a script sends; "fetch" asks for a plain 401 when nobody is signed in any more.
export function post(url, token, fields, redirect, signal) {
  return fetch(url, {
    method: "POST",
    body: new URLSearchParams(fields),
    redirect,
    signal,
    keepalive: true,
    headers: { "X-CSRFToken": token, "X-Requested-With": "fetch" },
  });
}
