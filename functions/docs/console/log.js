// The prediction log: filtered, page by page, with labels.

import { call } from "./api.js";
import { button, element, fill, panel } from "./dom.js";
import { nothing, notice, wasLeft } from "./failures.js";
import { decimal, moment } from "./format.js";
import { labelButtons } from "./labels.js";
import { filterForm } from "./log_filters.js";
import { outcomeBadge } from "./outcome.js";
import { numberedLooks } from "./looks.js";
import { openPrediction } from "./prediction_detail.js";
import { row, table } from "./tables.js";

const HEADINGS = ["Prediction", "Made", "Outcome", "Risk score", "Probability", "Label", "Model", "Client"];
const PAGE = 20;

/** Show the view; `detail` is a prediction to open at once. */
export function show(place, { signal, detail }) {
  const list = element("div", {});
  const more = element("p", { class: "actions" });
  const begin = numberedLooks();
  const search = (filters) => {
    const page = newPage(filters, list, more, signal, begin());
    return page();
  };
  fill(place, filterForm(search), panel("Predictions", list, more));
  if (detail) openPrediction(detail);
}

/**
 * Gives what loads one page after the other; rows are added, so that nobody loses their place.
 *
 * It does nothing while a page is on its way, nor once there is a newer search.
 */
function newPage(filters, list, more, signal, isNewest) {
  const rows = element("tbody", { role: "rowgroup" });
  let following = null;
  let loading = false;
  const load = async () => {
    if (loading || !isNewest()) return;
    loading = true;
    try {
      const query = { ...filters, limit: PAGE, next: following };
      const found = await call("GET", "predictions", { query, signal });
      if (!isNewest()) return;
      following = found.next;
      rows.append(...found.predictions.map(predictionRow));
      lay();
    } catch (failure) {
      if (wasLeft(failure) || !isNewest()) return;
      if (rows.children.length) fill(more, notice(failure, { scope: "read or predict" }));
      else fill(list, notice(failure, { scope: "read or predict" }));
    } finally {
      loading = false;
    }
  };
  const lay = () => {
    if (!rows.children.length && !following) {
      fill(list, nothing("No predictions", "None within this time and these filters that this key may see."));
    } else if (!rows.isConnected) {
      const whole = table("Newest first", HEADINGS, [], "cards");
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

function predictionRow(prediction) {
  const { prediction_id: id, model, client } = prediction;
  const labels = labelButtons(prediction);
  return row(HEADINGS, [
    button(id, () => openPrediction(id, labels.show), { class: "link" }),
    moment(prediction.at, { seconds: true }),
    outcomeBadge(prediction.outcome),
    String(prediction.risk_score),
    decimal(prediction.probability, 4),
    labels.node,
    model.name,
    client,
  ]);
}
