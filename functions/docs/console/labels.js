// What a transaction turned out to be, and the buttons that say so.

import { call, path } from "./api.js";
import { button, element, fill } from "./dom.js";
import { explained } from "./failures.js";
import { announce } from "./announcing.js";

/** The label and two buttons, as `node`; `show` shows another label, `onLabel` hears of one taken. */
export function labelButtons(prediction, onLabel = () => {}) {
  const shown = element("span", { class: "label" });
  const say = async (isFraud) => {
    const body = { is_fraud: isFraud };
    try {
      const taken = await call("POST", path("predictions", prediction.prediction_id, "label"), { body, once: true });
      show(taken.label);
      onLabel(taken.label);
      announce(`${prediction.prediction_id} is labelled ${words(taken.label)}.`);
    } catch (failure) {
      announce(explained(failure, "predict or train").join(". "), "error");
    }
  };
  const choose = (text, isFraud) =>
    button(text, () => say(isFraud), {
      class: "small",
      "aria-label": `Label ${prediction.prediction_id} as ${text.toLowerCase()}`,
    });
  const buttons = { true: choose("Fraud", true), false: choose("Legitimate", false) };
  const show = (label) => {
    fill(shown, label ? words(label) : "no label");
    for (const [isFraud, made] of Object.entries(buttons)) {
      made.setAttribute("aria-pressed", String(label ? String(label.is_fraud) === isFraud : false));
    }
  };
  show(prediction.label);
  return { node: element("span", { class: "labels" }, shown, buttons.true, buttons.false), show };
}

/** A label as a word. */
export function words(label) {
  return label.is_fraud ? "fraud" : "legitimate";
}
