// What was asked and answered within the last hour and day.

import { axisOf, bar, dot, figure, marksLegend, roundUp, rowsChart, whisker } from "./bars.js";
import { element, panel } from "./dom.js";
import { count, decimal, moment, percent, value } from "./format.js";

const OUTCOMES = ["approve", "review", "block"];

/** Traffic of both windows: a table, outcomes and latencies. */
export function trafficPanel(now) {
  const windows = [["last hour", now.last_hour], ["last day", now.last_day]].filter(([, w]) => w);
  return panel(
    "Traffic",
    numbers(windows),
    outcomesFigure(windows.filter(([, w]) => w.predictions)),
    latencyFigure(windows.filter(([, w]) => w.latency)),
    element("p", { class: "fine" }, "Last prediction: ", moment(now.last_prediction_at)),
  );
}

function numbers(windows) {
  const row = (name, tell) =>
    element("tr", {}, element("th", { scope: "row" }, name), ...windows.map(([, w]) => element("td", {}, tell(w))));
  return element(
    "table",
    {},
    element("caption", { class: "hidden" }, "Traffic"),
    element("thead", {}, element("tr", {}, element("td"), ...windows.map(([name]) => element("th", { scope: "col" }, name)))),
    element(
      "tbody",
      {},
      row("Requests", (w) => count(w.requests)),
      row("Predictions", (w) => count(w.predictions)),
      row("Called fraud", (w) => percent(w.fraud_rate)),
      row("5xx answers", (w) => (w.errors ? `${count(w.errors.count)} of ${count(w.errors.requests)}` : "not measured")),
    ),
  );
}

function outcomesFigure(windows) {
  if (!windows.length) return null;
  const axis = axisOf(0, 1, [[0, "0 %"], [0.5, "50 %"], [1, "100 %"]], "share of predictions");
  const rows = windows.map(([name, { outcomes, predictions }]) => ({
    name,
    said: OUTCOMES.map((outcome) => count(outcomes[outcome])).join(" / "),
    marks: (y) => {
      let from = 0;
      return OUTCOMES.map((outcome) => {
        const to = from + outcomes[outcome] / predictions;
        const drawn = outcomes[outcome] > 0 && bar(axis, from, to, y, outcome);
        from = to;
        return drawn;
      }).filter(Boolean);
    },
  }));
  return figure("Outcomes", rowsChart("Outcomes: approve, review, block", axis, rows), marksLegend(OUTCOMES.map((name) => [name, name])));
}

function latencyFigure(windows) {
  if (!windows.length) return null;
  const high = roundUp(Math.max(...windows.map(([, w]) => w.latency.p95_ms), 0.1));
  const axis = axisOf(0, high, [0, high / 2, high].map((x) => [x, value(x)]), "milliseconds until logged");
  const rows = windows.map(([name, { latency: { p50_ms, p95_ms } }]) => ({
    name,
    said: `${decimal(p50_ms, 1)} / ${decimal(p95_ms, 1)} ms`,
    marks: (y) => [...whisker(axis, p50_ms, p95_ms, y, "own"), dot(axis, p50_ms, y, "own")],
  }));
  return figure("Latency", rowsChart("Latency, median and 95th percentile", axis, rows), marksLegend([["own", "median, to the 95th percentile"]]));
}
