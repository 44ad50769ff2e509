// What each input did to a score, as signed bars.

import { axisOf, bar, figure, rowsChart } from "./bars.js";
import { element } from "./dom.js";
import { signed, value } from "./format.js";

/** Reasons as bars to the right (raises the risk) and to the left (lowers it), and in words. */
export function reasonBars(reasons) {
  const widest = Math.max(...reasons.map(({ contribution }) => Math.abs(contribution)), 0.5);
  const ticks = [[-widest, signed(-widest, 1)], [0, "0"], [widest, signed(widest, 1)]];
  const axis = axisOf(-widest, widest, ticks, "← lowers the risk · log-odds · raises it →");
  const rows = reasons.map((reason) => ({
    name: `${reason.feature} = ${value(reason.value)}`,
    said: signed(reason.contribution),
    marks: (y) => [bar(axis, 0, reason.contribution, y, reason.contribution < 0 ? "lowers" : "raises")],
  }));
  const words = reasons.map(({ text }) => element("li", {}, text));
  return [
    figure("Reasons", rowsChart("Contribution of each input", axis, rows)),
    element("ul", { class: "words" }, ...words),
  ];
}
