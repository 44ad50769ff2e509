// Forms that cannot be sent twice at once, and say what was wrong where it was.

import { element, fill } from "./dom.js";
import { notice, wasLeft } from "./failures.js";

/**
 * A form around `parts`; `send` gets its values and may throw.
 *
 * Its button is off while it is sent; a failure is shown below, for a screen reader too.
 */
export function form({ label, submit, parts, send, scope = null, attributes = {} }) {
  const problem = element("div", { class: "problem" });
  const go = element("button", { type: "submit", class: "primary" }, submit);
  const made = element("form", { "aria-label": label, ...attributes }, ...parts, problem, element("p", { class: "actions" }, go));
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (go.getAttribute("aria-disabled") === "true") return;
    fill(problem);
    // Not `disabled`, which would take the focus away from under the keyboard.
    go.setAttribute("aria-disabled", "true");
    try {
      await send(new FormData(made));
    } catch (failure) {
      if (!wasLeft(failure)) fill(problem, notice(failure, { scope }));
    } finally {
      go.removeAttribute("aria-disabled");
    }
  });
  return made;
}

/** A group of radio buttons; gives the group and a function that tells which is chosen. */
export function radios(name, question, options, onChange) {
  const inputs = options.map(([value, text], i) => {
    const input = element("input", { type: "radio", name, value, checked: i === 0, onchange: () => onChange(value) });
    return element("label", { class: "radio" }, input, text);
  });
  return element("fieldset", { class: "radios" }, element("legend", {}, question), ...inputs);
}

/** A number as JSON wants it; undefined for an empty field. */
export function numberIn(data, name) {
  const text = String(data.get(name) ?? "").trim();
  return text === "" ? undefined : Number(text);
}

/** What is not empty. */
export function given(values) {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== ""));
}
