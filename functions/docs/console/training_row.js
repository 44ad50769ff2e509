// One training in the list.

import { element } from "./dom.js";
import { decimal, linkEnd, moment } from "./format.js";

/** What stands in a row's cells, the last one with its button left out. */
export function cells(training) {
  return [
    `${training.id}`,
    statusBadge(training),
    progress(training),
    element("span", { class: "cut", title: training.dataset }, linkEnd(training.dataset)),
    result(training),
    moment(training.created_at),
  ];
}

/** A training's status as a word with a colour. */
export function statusBadge({ status }) {
  return element("span", { class: `badge ${status}` }, status);
}

/** How far it is. */
export function progress({ id, progress: share, stage }) {
  const per = `${Math.round(100 * share)} %`;
  return element(
    "span",
    { class: "progress" },
    element("progress", { max: 1, value: share, "aria-label": `Progress of training ${id}` }, per),
    ` ${stage}, ${per}`,
  );
}

function result({ error, model, decision, metrics }) {
  if (error) return element("span", { class: "bad" }, error.message);
  if (!model) return "–";
  const then = decision ? (decision.promote ? "enabled" : "not enabled") : "not decided yet";
  return element("span", {}, element("code", {}, model), ` F1 ${decimal(metrics?.f1)}, ${then}`);
}
