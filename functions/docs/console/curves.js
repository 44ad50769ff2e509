// The curves of one or two models, from what training measured on held-out rows.

import { element } from "./dom.js";
import { nothing } from "./failures.js";
import { legend, sharesPlot } from "./plot.js";

const STYLES = ["own", "other"];

/** Precision-recall, ROC, and what is missed by threshold; `models` as GET models/{name} gives them. */
export function curveFigures(models) {
  const measured = models.map(held).filter(({ curves }) => curves);
  if (!measured.length) return nothing("No curves", "These models' cards hold none: they were trained in short.");
  const lines = (points) =>
    measured.map(({ name, curves }, i) => ({ name, style: STYLES[i], points: points(curves) }));
  const shown = lines((curves) => curves.roc);
  return element(
    "div",
    {},
    legend(shown),
    element(
      "div",
      { class: "grid charts" },
      sharesPlot({ title: "Precision and recall", x: "recall", y: "precision", lines: lines((c) => c.precision_recall) }),
      sharesPlot({ title: "ROC", x: "false positive rate", y: "recall", lines: shown, diagonal: true }),
      sharesPlot({
        title: "Frauds missed",
        x: "threshold",
        y: "false negative rate",
        lines: lines((c) => c.error_rates.map(([threshold, missed]) => [threshold, missed])),
      }),
    ),
  );
}

// A card's metrics are those of its own split.
function held({ name, card }) {
  return { name, curves: card.evaluation?.splits?.[card.split]?.curves };
}
