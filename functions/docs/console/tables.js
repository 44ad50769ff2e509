// Tables, which on a phone become a card a row where they are made of `row`s.

import { element } from "./dom.js";

/** A table with a caption; wide ones scroll by themselves, with the keyboard too, the page never. */
export function table(caption, headings, rows, kind = "") {
  const head = headings.map((heading) => element("th", { scope: "col", role: "columnheader" }, heading));
  // Roles, because a table that is laid out as something else is none for a screen reader.
  const whole = element(
    "table",
    { role: "table" },
    element("caption", {}, caption),
    element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...head)),
    element("tbody", { role: "rowgroup" }, ...rows),
  );
  return element("div", { class: `wide ${kind}`, role: "region", "aria-label": caption, tabindex: 0 }, whole);
}

/** A row whose first cell names it; cells know their column's heading. */
export function row(headings, cells, attributes = {}) {
  const made = cells.map((content, i) =>
    i === 0
      ? element("th", { scope: "row", role: "rowheader", "data-name": headings[i] }, content)
      : element("td", { role: "cell", "data-name": headings[i] }, content),
  );
  return element("tr", { role: "row", ...attributes }, ...made);
}
