// Bars and ranges, a labelled row each, on one axis below them.

import { drawing, element } from "./dom.js";

const WIDTH = 360;
const SIDE = 14;
const ROW = 38;
const HEAD = 4;
const FOOT = 34;

/** Places values from `low` to `high` across the drawing. */
export function axisOf(low, high, ticks, name) {
  const span = high - low || 1;
  const at = (x) => SIDE + ((Math.min(Math.max(x, low), high) - low) / span) * (WIDTH - 2 * SIDE);
  return { at, ticks, name, low, high };
}

/** A chart of rows; each has a `name`, what is `said` at its right end, and `marks` to draw. */
export function rowsChart(title, axis, rows) {
  const floor = HEAD + rows.length * ROW;
  const label = `${title}. ${rows.map(({ name, said }) => `${name}: ${said}`).join("; ")}`;
  return drawing(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${floor + FOOT}`, role: "img", "aria-label": label },
    ...axis.ticks.flatMap(([value, text]) => [
      drawing("line", { class: "rule", x1: axis.at(value), y1: HEAD, x2: axis.at(value), y2: floor }),
      drawing("text", { x: axis.at(value), y: floor + 14, "text-anchor": anchor(value, axis) }, text),
    ]),
    drawing("text", { class: "axis", x: WIDTH / 2, y: floor + 30, "text-anchor": "middle" }, axis.name),
    ...rows.flatMap((row, i) => [
      drawing("text", { class: "name", x: SIDE, y: HEAD + i * ROW + 14 }, row.name),
      drawing("text", { class: "name said", x: WIDTH - SIDE, y: HEAD + i * ROW + 14, "text-anchor": "end" }, row.said),
      ...row.marks(HEAD + i * ROW + 25),
    ]),
  );
}

// The outermost labels stay within the drawing.
function anchor(value, { low, high }) {
  if (value === low) return "start";
  return value === high ? "end" : "middle";
}

/** The next round number, for the end of an axis. */
export function roundUp(x) {
  const power = 10 ** Math.floor(Math.log10(x));
  return power * [1, 2, 4, 6, 8, 10].find((step) => step * power >= x);
}

/** A bar between two values, around the height `y`. */
export function bar(axis, from, to, y, style, height = 10) {
  const [left, right] = [axis.at(Math.min(from, to)), axis.at(Math.max(from, to))];
  return drawing("rect", { class: style, x: left, y: y - height / 2, width: Math.max(right - left, 1.5), height });
}

/** A line between two values, with ends. */
export function whisker(axis, from, to, y, style) {
  const [left, right] = [axis.at(from), axis.at(to)];
  return [
    drawing("line", { class: style, x1: left, y1: y, x2: right, y2: y }),
    drawing("line", { class: style, x1: left, y1: y - 4, x2: left, y2: y + 4 }),
    drawing("line", { class: style, x1: right, y1: y - 4, x2: right, y2: y + 4 }),
  ];
}

/** A value as a disc, or with `hollow` as a ring. */
export function dot(axis, value, y, style, hollow = false) {
  return drawing("circle", { class: `${style}${hollow ? " hollow" : ""}`, cx: axis.at(value), cy: y, r: 4.5 });
}

/** What the marks of a chart mean. */
export function marksLegend(entries) {
  return element("ul", { class: "legend" }, ...entries.map(([style, text]) =>
    element("li", {}, element("span", { class: `swatch ${style}`, "aria-hidden": "true" }), text),
  ));
}

/** A figure with its caption above, and what explains it below. */
export function figure(caption, chart, ...below) {
  return element("figure", {}, element("figcaption", {}, caption), chart, ...below);
}
