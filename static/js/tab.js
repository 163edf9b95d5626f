// Keeps in this tab, sealed, what the server does not have yet: it survives a reload, and opens for the same account today.
// The key comes with the page and is nowhere kept; without a secure connection nothing is kept here at all.

const PREFIX = "typed:";

async function key(form) {
  const raw = Uint8Array.from(atob(form.elements.made_for.dataset.tabKey), (sign) => sign.charCodeAt(0));
  return crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
}

const place = (form) => PREFIX + form.elements.made_for.dataset.here;

export async function seal(form, what) {
  if (!crypto.subtle) return null;
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const text = new TextEncoder().encode(JSON.stringify(what));
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, await key(form), text));
  return JSON.stringify([[...nonce], [...sealed]]);
}

export function put(form, sealed) {
  if (sealed) sessionStorage.setItem(place(form), sealed);
}

// What was put for this form's page; null when there is none, or when it is not for whoever is signed in.
export async function take(form) {
  const kept = sessionStorage.getItem(place(form));
  if (!kept || !crypto.subtle) return null;
  const [nonce, sealed] = JSON.parse(kept).map((bytes) => Uint8Array.from(bytes));
  try {
    const text = await crypto.subtle.decrypt({ name: "AES-GCM", iv: nonce }, await key(form), sealed);
    return JSON.parse(new TextDecoder().decode(text));
  } catch {
    return null;
  }
}

export function drop(form) {
  sessionStorage.removeItem(place(form));
}
