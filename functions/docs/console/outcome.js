// A prediction's result: outcome, risk score, probability.

import { drawing, element, facts } from "./dom.js";
import { decimal } from "./format.js";

/** An outcome, told by its word, a mark and a colour. */
export function outcomeBadge(outcome) {
  const marks = { approve: "✓", review: "?", block: "✕" };
  return element(
    "span",
    { class: `badge ${outcome}` },
    element("span", { "aria-hidden": "true" }, `${marks[outcome] ?? ""} `),
    outcome,
  );
}

/** A prediction in short. */
export function resultFacts(prediction) {
  const meter = drawing(
    "svg",
    { viewBox: "0 0 100 8", class: "meter", "aria-hidden": "true" },
    drawing("rect", { class: "track", width: 100, height: 8, rx: 2 }),
    drawing("rect", { class: "own", width: prediction.risk_score / 10, height: 8, rx: 2 }),
  );
  return facts([
    ["Outcome", outcomeBadge(prediction.outcome)],
    ["Risk score", element("span", {}, `${prediction.risk_score} of 1000 `, meter)],
    ["Probability of fraud", `${decimal(prediction.probability, 4)}, fraud from ${decimal(prediction.threshold)}`],
    ["Model", `${prediction.model.name}, version ${prediction.model.version}`],
    ["Prediction", element("code", {}, prediction.prediction_id)],
  ]);
}
