// Asks for an API key, and tries it before it is used.

import { call } from "./api.js";
import { element, field } from "./dom.js";
import { notice } from "./failures.js";
import { form } from "./forms.js";
import { useKey } from "./session.js";

/** The page without a key; `why` says what was wrong with the one before. */
export function gate(why) {
  const input = element("input", {
    type: "password",
    name: "key",
    required: true,
    autocomplete: "off",
    spellcheck: "false",
  });
  const hint = "Kept in this tab's memory only: reloading forgets it.";
  return element(
    "div",
    { class: "gate" },
    element("h1", {}, "Enter an API key"),
    element("p", {}, "No key, no data: everything here comes from the API, and the key decides what you see."),
    why && notice(why),
    form({
      label: "Key to use",
      submit: "Open the console",
      parts: [field("API key", input, hint)],
      send: (data) => open(String(data.get("key")).trim()),
      attributes: { class: "panel" },
    }),
    element(
      "p",
      { class: "fine" },
      element("code", {}, "fraud up"),
      " prints the key of a local stack; ",
      element("code", {}, "fraud keys create NAME --scope SCOPE --stack STACK"),
      " makes one for a stack on AWS.",
    ),
  );
}

// Any scope may ask for the model's health; that there is no model says nothing about the key.
async function open(key) {
  try {
    await call("GET", "model/healthy", { key });
  } catch (failure) {
    if (failure.code !== "no_model" && failure.status !== 403) throw failure;
  }
  useKey(key);
}
