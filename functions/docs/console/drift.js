// How far scores and inputs have moved from the training data.

import { axisOf, bar, figure, marksLegend, rowsChart } from "./bars.js";
import { element, panel } from "./dom.js";
import { count, decimal, percent } from "./format.js";

/** One bar each, on the bands in which an index is read. */
export function driftPanel(report) {
  const { moderate, major } = report.bands;
  const all = [["score", report.score], ...Object.entries(report.features)];
  const high = Math.max(major * 1.4, ...all.map(([, { psi }]) => (psi ?? 0) * 1.08));
  const ticks = [[0, "0"], [moderate, String(moderate)], [major, String(major)]];
  if (high > 2 * major) ticks.push([high, decimal(high, 1)]);
  const axis = axisOf(0, high, ticks, "population stability index");
  const rows = all.map(([name, { psi, band }]) => ({
    name,
    said: psi === null ? "not known" : `${decimal(psi, 2)} ${band}`,
    marks: (y) => [
      bar(axis, 0, moderate, y, "zone-stable", 14),
      bar(axis, moderate, major, y, "zone-moderate", 14),
      bar(axis, major, high, y, "zone-major", 14),
      ...(psi === null ? [] : [bar(axis, 0, psi, y, `band-${band}`, 8)]),
    ],
  }));
  return panel(
    "Drift",
    figure(
      "Scores and inputs against the training data",
      rowsChart("Population stability index", axis, rows),
      marksLegend([["band-stable", "stable"], ["band-moderate", `moderate from ${moderate}`], ["band-major", `major from ${major}`]]),
      remarks(all),
    ),
    element("p", { class: "fine" }, Object.entries(report.rows).map(([name, n]) => `${name.replace("_", " ")}: ${count(n)} predictions`).join(", ")),
  );
}

function remarks(all) {
  const moves = all
    .filter(([, { moved_most: moved, band }]) => moved && band !== "stable")
    .map(([name, { moved_most: moved }]) => `${name}: ${moved.bin} was ${percent(moved.training)}, is ${percent(moved.live)}`);
  const why = Map.groupBy(all.filter(([, { why_not: reason }]) => reason), ([, { why_not: reason }]) => reason);
  const reasons = [...why].map(([reason, of]) => `${of.map(([name]) => name).join(", ")}: ${reason}`);
  const said = [...moves, ...reasons].map((text) => element("li", {}, text));
  return said.length > 0 && element("ul", { class: "words fine" }, ...said);
}
