// The prediction log: filtered, page by page, with labels.

import { call } from "./api.js";
import { button, element, fill, panel, table } from "./dom.js";
import { nothing, notice, wasLeft } from "./failures.js";
import { decimal, moment } from "./format.js";
import { labelButtons } from "./labels.js";
import { filterForm } from "./log_filters.js";
import { outcomeBadge } from "./outcome.js";
import { openPrediction } from "./prediction_detail.js";

const HEADINGS = ["Prediction", "When", "Outcome", "Risk score", "Probability", "Model", "Client", "Label"];
const PAGE = 20;

/** Show the view; `detail` is a prediction to open at once. */
export function show(place, { signal, detail }) {
  const list = element("div", {});
  const more = element("p", { class: "actions" });
  const search = (filters) => {
    const page = newPage(filters, list, more, signal);
    return page();
  };
  fill(place, filterForm(search), panel("Predictions", list, more));
  if (detail) openPrediction(detail);
}

/** Gives what loads one page after the other; rows are added, so that nobody loses their place. */
function newPage(filters, list, more, signal) {
  const rows = element("tbody");
  let following = null;
  const load = async () => {
    try {
      const query = { ...filters, limit: PAGE, next: following };
      const found = await call("GET", "predictions", { query, signal });
      following = found.next;
      rows.append(...found.predictions.map(row));
      lay();
    } catch (failure) {
      if (wasLeft(failure)) return;
      if (rows.children.length) fill(more, notice(failure, { scope: "read or predict" }));
      else fill(list, notice(failure, { scope: "read or predict" }));
    }
  };
  const lay = () => {
    if (!rows.children.length && !following) {
      fill(list, nothing("No predictions", "None within this time and these filters that this key may see."));
    } else if (!rows.isConnected) {
      const whole = table("Newest first", HEADINGS, []);
      whole.querySelector("tbody").replaceWith(rows);
      fill(list, whole);
    }
    const older = button("Show older ones", load);
    const keepFocus = more.contains(document.activeElement);
    fill(more, following ? older : rows.children.length > 0 && element("span", { class: "fine" }, "These are all."));
    if (keepFocus && following) older.focus();
  };
  return load;
}

function row(prediction) {
  const id = button(prediction.prediction_id, () => openPrediction(prediction.prediction_id), { class: "link" });
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, id),
    element("td", {}, moment(prediction.at, { seconds: true })),
    element("td", {}, outcomeBadge(prediction.outcome)),
    element("td", { class: "number" }, String(prediction.risk_score)),
    element("td", { class: "number" }, decimal(prediction.probability, 4)),
    element("td", {}, prediction.model.name),
    element("td", {}, prediction.client),
    element("td", {}, labelButtons(prediction)),
  );
}
