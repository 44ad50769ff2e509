// The registry: every model with its state, two of them side by side, and what may be done.

import { call } from "./api.js";
import { changeButtons, rollbackButton } from "./changes.js";
import { comparisonPanel } from "./comparison.js";
import { button, element, fill, panel } from "./dom.js";
import { nothing, notice, wasLeft } from "./failures.js";
import { decimal, moment } from "./format.js";
import { openModel } from "./model_detail.js";
import { row, table } from "./tables.js";

const HEADINGS = ["Model", "State", "F1", "Precision", "Recall", "AUPRC", "Inputs", "Trained", "Change"];
const PAGE = 100;

/** Show the view. */
export function show(place, { signal }) {
  const list = element("div", {});
  const beside = element("div", {});
  fill(place, list, beside);
  const load = async () => {
    try {
      const models = await everyModel(signal);
      fill(list, models.length ? registry(models, load) : none());
      fill(beside, models.length > 0 && comparisonPanel(models, signal));
    } catch (failure) {
      if (!wasLeft(failure)) fill(list, notice(failure, { scope: "read or train" }));
    }
  };
  return load();
}

// The champion may be older than a page of candidates.
async function everyModel(signal) {
  const models = [];
  let next = null;
  do {
    const page = await call("GET", "models", { query: { limit: PAGE, next }, signal });
    models.push(...page.models);
    next = page.next;
  } while (next);
  return models;
}

function none() {
  return panel("Models", nothing("No models yet", "Every training that succeeds adds one."), element("a", { href: "#trainings" }, "Train a model"));
}

function registry(models, reload) {
  return panel(
    "Registry",
    element("p", { class: "actions" }, rollbackButton(reload)),
    table("Newest first, metrics on held-out rows", HEADINGS, models.map((model) => modelRow(model, reload)), "cards"),
  );
}

function modelRow(model, reload) {
  const name = button(model.name, () => openModel(model.name), { class: "link" });
  const { f1, precision, recall, auprc } = model.metrics;
  const cells = [
    name,
    element("span", { class: `badge ${model.state}` }, model.state),
    ...[f1, precision, recall, auprc].map((metric) => decimal(metric)),
    model.feature_set,
    moment(model.created_at),
    changeButtons(model, reload),
  ];
  return row(HEADINGS, cells, { class: model.state === "champion" ? "marked" : null });
}
