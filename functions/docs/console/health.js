// Health at a glance: the enabled model, and what the monitor found when it last looked.

import { call } from "./api.js";
import { element, facts, fill, panel } from "./dom.js";
import { driftPanel } from "./drift.js";
import { nothing, notice } from "./failures.js";
import { decimal, moment } from "./format.js";
import { poll } from "./polling.js";
import { qualityPanel } from "./quality.js";
import { trafficPanel } from "./traffic.js";

const EVERY_MS = 30_000;

/** Show the view, and look again until it is left. */
export function show(place, { signal }) {
  let shown = "";
  const look = async () => {
    const health = await call("GET", "model/healthy", { signal });
    const found = JSON.stringify(health);
    if (found !== shown) fill(place, ...parts(health));
    shown = found;
    return EVERY_MS;
  };
  const failed = (failure) => {
    shown = "";
    const train = element("p", {}, element("a", { href: "#trainings" }, "Train a model"));
    fill(place, notice(failure, { scope: "read, train or predict" }), failure.code === "no_model" && train);
  };
  poll(look, failed, signal);
}

function parts(health) {
  const { now } = health;
  return [
    statePanel(now),
    element(
      "div",
      { class: "columns" },
      modelPanel(health),
      qualityPanel(now.live, health),
      now.last_day ? trafficPanel(now) : panel("Traffic", nothing("No data yet", unseen(now))),
      now.drift ? driftPanel(now.drift) : panel("Drift", nothing("No data yet", unseen(now))),
    ),
  ];
}

function statePanel(now) {
  const marks = { healthy: "✓", degraded: "✕", drifting: "≈", unknown: "?" };
  return element(
    "section",
    { class: `panel state ${now.state}` },
    element(
      "h2",
      {},
      element("span", { class: `badge ${now.state}` }, element("span", { "aria-hidden": "true" }, `${marks[now.state] ?? ""} `), now.state),
    ),
    element("ul", { class: "words" }, ...now.reasons.map((reason) => element("li", {}, reason))),
    element("p", { class: "fine" }, now.as_of ? ["The monitor looked on ", moment(now.as_of), "."] : unseen(now)),
  );
}

function modelPanel(health) {
  return panel(
    "Enabled model",
    facts([
      ["Name", element("a", { href: "#models" }, health.modelname)],
      ["Algorithm", health.algorithm],
      ["Inputs", health.feature_set],
      ["Threshold", decimal(health.threshold)],
      ["Trained", moment(health.trained_at)],
      ["Enabled", moment(health.released_at)],
      ["Because", health.release_reason],
      ["Held-out AUPRC", decimal(health.auprc)],
    ]),
  );
}

function unseen(now) {
  return now.as_of
    ? "The enabled model is newer than the monitor's last look; it looks by the hour."
    : "The monitor has not looked yet; it looks by the hour.";
}
