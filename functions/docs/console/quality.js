// Precision, recall and F1 by the labels that came in, beside those on held-out rows.

import { axisOf, dot, figure, marksLegend, rowsChart, whisker } from "./bars.js";
import { element, panel } from "./dom.js";
import { nothing } from "./failures.js";
import { count, decimal } from "./format.js";

const METRICS = [["precision", "Precision"], ["recall", "Recall"], ["f1", "F1"]];

/** Live quality with its intervals; only the held-out one where there are no labels yet. */
export function qualityPanel(live, heldOut) {
  const axis = axisOf(0, 1, [0, 0.25, 0.5, 0.75, 1].map((x) => [x, String(x)]), "share, with 95 % interval");
  const rows = METRICS.map(([metric, name]) => ({
    name,
    said: `${decimal(live?.[metric])} live · ${decimal(heldOut[metric])} held out`,
    marks: (y) => {
      const interval = live?.intervals[metric];
      const known = live && live[metric] !== null && live[metric] !== undefined;
      return [
        ...(interval ? whisker(axis, ...interval, y, "own") : []),
        dot(axis, heldOut[metric], y, "base", true),
        ...(known ? [dot(axis, live[metric], y, "own")] : []),
      ];
    },
  }));
  return panel(
    "Quality",
    figure(
      "By labels of mature predictions",
      rowsChart("Precision, recall and F1", axis, rows),
      marksLegend([["own", "live, by labels"], ["base hollow", "on held-out rows, at training"]]),
    ),
    counts(live),
  );
}

function counts(live) {
  if (!live?.labels) {
    const after = live ? `Labels count once a prediction is ${live.maturity_days} days old.` : "The monitor has counted none yet.";
    return nothing("No labels to judge by", `${after} Label some approved predictions too.`);
  }
  const text =
    `${count(live.labels)} labels of ${count(live.predictions)} mature predictions: ${count(live.frauds)} frauds, ` +
    `${count(live.alerts)} alerts, ${count(live.caught)} frauds among the alerts (${live.first_day} to ${live.last_day}).`;
  return element("p", { class: "fine" }, text);
}
