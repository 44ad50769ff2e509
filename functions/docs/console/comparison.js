// Two models side by side: in words, by their metrics, and by their curves.

import { call, path } from "./api.js";
import { curveFigures } from "./curves.js";
import { choice, element, field, fill, panel } from "./dom.js";
import { notice, wasLeft } from "./failures.js";
import { count, decimal, percent, signed } from "./format.js";
import { numberedLooks } from "./looks.js";
import { row, table } from "./tables.js";

/** Lets two models be chosen; the champion and the newest other one at first. */
export function comparisonPanel(models, signal) {
  const champion = (models.find(({ state }) => state === "champion") ?? models[0]).name;
  const newest = models.find(({ name }) => name !== champion)?.name ?? champion;
  const options = models.map(({ name, state }) => [name, `${name} (${state})`]);
  const one = choice("model", options, newest);
  const other = choice("other", options, champion);
  const place = element("div", { "aria-live": "polite" });
  const begin = numberedLooks();
  const look = async () => {
    const isNewest = begin();
    try {
      const found = await sideBySide(one.value, other.value, signal);
      if (isNewest()) fill(place, ...found);
    } catch (failure) {
      if (isNewest() && !wasLeft(failure)) fill(place, notice(failure, { scope: "read or train" }));
    }
  };
  one.addEventListener("change", look);
  other.addEventListener("change", look);
  look();
  return panel("Side by side", element("div", { class: "fields" }, field("Model", one), field("Compared with", other)), place);
}

async function sideBySide(name, otherName, signal) {
  const look = (model) => call("GET", path("models", model), { signal });
  if (name === otherName) return [curveFigures([await look(name)])];
  const [model, other, found] = await Promise.all([
    look(name),
    look(otherName),
    call("GET", path("models", name, "compare", otherName), { signal }),
  ]);
  return [
    element("ul", { class: "words" }, ...found.summary.map((text) => element("li", {}, text))),
    curveFigures([model, other]),
    metricsTable(found),
    found.live && live(found.live),
  ];
}

function metricsTable({ model, other, metrics }) {
  const headings = ["Metric", model, other, "Difference", "Better"];
  const rows = metrics.map((pair) => {
    const better = { model, other, equal: "equal" }[pair.better] ?? "–";
    const numbers = [decimal(pair.model, 4), decimal(pair.other, 4), signed(pair.difference, 4)];
    return row(headings, [metricName(pair.metric), ...numbers, better]);
  });
  return table("Metrics, each on the model's own held-out rows", headings, rows);
}

function metricName(metric) {
  const shortened = ["f1", "auc", "auprc"].includes(metric);
  return shortened ? metric.toUpperCase() : metric.replaceAll("_", " ");
}

function live(found) {
  const side = (role) => {
    const { precision, recall } = found.by_labels[role] ?? {};
    return `precision ${decimal(precision)}, recall ${decimal(recall)}`;
  };
  const said = [
    `${count(found.rows)} live transactions were scored by both; ${percent(found.same_outcome)} had the same outcome.`,
    `By ${count(found.labels)} labels: ${found.challenger} ${side("challenger")}; ${found.champion} ${side("champion")}.`,
  ];
  return element("section", {}, element("h3", {}, "In the shadow"), element("ul", { class: "words" }, ...said.map((text) => element("li", {}, text))));
}
