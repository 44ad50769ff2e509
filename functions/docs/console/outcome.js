// A prediction's result: outcome, risk score, probability.

import { element, facts } from "./dom.js";
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
  const meter = element(
    "meter",
    { min: 0, max: 1000, value: prediction.risk_score, "aria-label": "Risk score" },
    String(prediction.risk_score),
  );
  return facts([
    ["Outcome", outcomeBadge(prediction.outcome)],
    ["Risk score", element("span", {}, `${prediction.risk_score} of 1000 `, meter)],
    ["Probability of fraud", `${decimal(prediction.probability, 4)}, fraud from ${decimal(prediction.threshold)}`],
    ["Model", `${prediction.model.name}, version ${prediction.model.version}`],
    ["Prediction", element("code", {}, prediction.prediction_id)],
  ]);
}
