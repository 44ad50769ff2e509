// The API key, in this tab's memory and nowhere else: gone when the tab is closed or reloaded.

let key = null;
const listeners = new Set();

/** The key in use; null for none. */
export function currentKey() {
  return key;
}

/** Use another key, or with null none; `why` is told to whoever listens. */
export function useKey(value, why = null) {
  key = value;
  for (const listener of listeners) listener(why);
}

/** Be told when the key changes. */
export function onKeyChange(listener) {
  listeners.add(listener);
}

/** Enough of the key to know it by: its kind and environment are no secret. */
export function keyShown() {
  return key ? `${key.slice(0, 12)}…` : "";
}
