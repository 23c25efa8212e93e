// A picture on a phone: tapped, it fills the screen as the desk sees it, and can be moved about.

const NARROW = window.matchMedia("(max-width: 600px)");

export function start(picture) {
  const image = picture.querySelector("img");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-outline-secondary enlarge";
  button.textContent = "Enlarge the picture";
  button.addEventListener("click", () => show(image));
  image.addEventListener("click", () => NARROW.matches && show(image));
  picture.after(button);
}

function show(image) {
  const dialog = document.createElement("dialog");
  dialog.className = "enlarged";
  dialog.setAttribute("aria-label", "The picture, enlarged");
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn btn-secondary";
  close.textContent = "Close";
  close.addEventListener("click", () => dialog.close());
  const frame = document.createElement("div");
  frame.className = "enlarged-frame";
  frame.tabIndex = 0;
  const large = new Image();
  large.src = desktop(image.currentSrc || image.src);
  large.alt = image.alt;
  frame.append(large);
  dialog.append(close, frame);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

// The address of a picture names its shape and its theme; the theme stays.
export function desktop(address) {
  const url = new URL(address, document.baseURI);
  url.searchParams.set("shape", "desktop");
  return url.href;
}
