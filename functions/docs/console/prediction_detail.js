// One prediction as it was asked, made and answered, and what turned out.

import { call, path } from "./api.js";
import { openDialog } from "./dialogs.js";
import { element, facts, fill } from "./dom.js";
import { notice } from "./failures.js";
import { decimal, moment, value } from "./format.js";
import { labelButtons, words } from "./labels.js";
import { outcomeBadge, resultFacts } from "./outcome.js";
import { reasonBars } from "./reasons.js";

/** Open a prediction in a dialog; `onLabel` hears of a label that it gets there. */
export async function openPrediction(id, onLabel = () => {}) {
  const body = element("div", { class: "detail", "aria-live": "polite" }, "Reading…");
  openDialog("Prediction", body);
  await read(id, body, onLabel);
}

async function read(id, body, onLabel) {
  try {
    const prediction = await call("GET", path("predictions", id));
    const taken = (label) => {
      onLabel(label);
      return history(id, body);
    };
    fill(body, ...parts(prediction, taken));
  } catch (failure) {
    fill(body, notice(failure, { scope: "read or predict" }));
  }
}

function parts(prediction, onLabel) {
  return [
    resultFacts(prediction),
    facts([
      ["Made", [moment(prediction.at, { seconds: true }), ` for ${prediction.client}, in ${decimal(prediction.latency_ms, 1)} ms`]],
      ["Request", element("code", {}, prediction.request_id)],
    ]),
    element("p", {}, "It turned out to be: ", labelButtons(prediction, onLabel).node),
    prediction.reasons ? reasonBars(prediction.reasons) : element("p", {}, "Reasons were not asked for."),
    element("div", { class: "grid" }, values("As it was sent", prediction.transaction), values("The model's inputs", prediction.features)),
    element("section", { class: "labels-so-far" }, ...labels(prediction.labels)),
    prediction.shadow && shadow(prediction.shadow),
  ];
}

// Only the list: drawing all anew would take the focus from the button that was pressed.
async function history(id, body) {
  const place = body.querySelector(".labels-so-far");
  try {
    fill(place, ...labels((await call("GET", path("predictions", id))).labels));
  } catch (failure) {
    fill(place, notice(failure, { scope: "read or predict" }));
  }
}

function values(title, fields) {
  return element("section", {}, element("h3", {}, title), facts(Object.entries(fields).map(([name, x]) => [name, value(x)])));
}

function labels(all) {
  const rows = all.map((label) => element("li", {}, `${words(label)}, found `, moment(label.labelled_at), ` by ${label.client}`));
  return [element("h3", {}, "Labels"), rows.length ? element("ul", { class: "words" }, ...rows) : element("p", {}, "None yet.")];
}

function shadow({ model, score }) {
  return element(
    "section",
    {},
    element("h3", {}, "In the shadow"),
    element("p", {}, `${model.name} `, score ? [outcomeBadge(score.outcome), ` with probability ${decimal(score.probability, 4)}`] : "had no score."),
  );
}
