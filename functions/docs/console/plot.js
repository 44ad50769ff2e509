// Line charts with axes, as inline drawings that are as wide as their place.

import { drawing, element } from "./dom.js";

const WIDTH = 360;
const HEIGHT = 232;
const LEFT = 40;
const RIGHT = 12;
const TOP = 22;
const BOTTOM = 40;
const TICKS = [0, 0.25, 0.5, 0.75, 1];

const across = (x) => LEFT + x * (WIDTH - LEFT - RIGHT);
const up = (y) => HEIGHT - BOTTOM - y * (HEIGHT - TOP - BOTTOM);

/**
 * A chart of shares against shares, both axes from 0 to 1.
 *
 * `lines` are `{name, style, points}`, points being [x, y]; `diagonal` draws what guessing gives.
 */
export function sharesPlot({ title, x, y, lines, diagonal = false }) {
  const chart = drawing(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": described(title, x, y, lines) },
    ...TICKS.flatMap(grid),
    drawing("text", { x: 4, y: 13, class: "axis" }, y),
    drawing("text", { x: across(0.5), y: HEIGHT - 6, class: "axis", "text-anchor": "middle" }, x),
    diagonal && drawing("line", { class: "guess", x1: across(0), y1: up(0), x2: across(1), y2: up(1) }),
    ...lines.map(({ style, points }) => drawing("path", { class: `line ${style}`, d: outline(points) })),
  );
  return element("figure", {}, element("figcaption", {}, title), chart);
}

/** Which line is which model. */
export function legend(lines) {
  const entries = lines.map(({ name, style }) => {
    const key = drawing("svg", { viewBox: "0 0 24 10", class: "key", "aria-hidden": "true" },
      drawing("line", { class: `line ${style}`, x1: 1, y1: 5, x2: 23, y2: 5 }));
    return element("li", {}, key, name);
  });
  return element("ul", { class: "legend" }, ...entries);
}

function grid(tick) {
  const label = String(tick);
  return [
    drawing("line", { class: "rule", x1: across(tick), y1: up(0), x2: across(tick), y2: up(1) }),
    drawing("line", { class: "rule", x1: across(0), y1: up(tick), x2: across(1), y2: up(tick) }),
    drawing("text", { x: across(tick), y: up(0) + 15, "text-anchor": "middle" }, label),
    drawing("text", { x: LEFT - 6, y: up(tick) + 4, "text-anchor": "end" }, label),
  ];
}

function outline(points) {
  return points.map(([x, y], i) => `${i ? "L" : "M"}${across(x).toFixed(1)} ${up(y).toFixed(1)}`).join("");
}

function described(title, x, y, lines) {
  return `${title}: ${y} against ${x}, for ${lines.map(({ name }) => name).join(" and ")}`;
}
