// One model: what it is, what happened to it, its report.

import { call, path } from "./api.js";
import { openDialog } from "./dialogs.js";
import { button, element, facts, fill } from "./dom.js";
import { notice } from "./failures.js";
import { count, decimal, moment, percent } from "./format.js";
import { row, table } from "./tables.js";

const HEADINGS = ["When", "Change", "By", "Reason"];

/** Open a model in a dialog. */
export async function openModel(name) {
  const body = element("div", { class: "detail", "aria-live": "polite" }, "Reading…");
  openDialog(name, body);
  try {
    fill(body, ...parts(await call("GET", path("models", name))));
  } catch (failure) {
    fill(body, notice(failure, { scope: "read or train" }));
  }
}

function parts(model) {
  const { policy, card } = model;
  return [
    facts([
      ["State", [element("span", { class: `badge ${model.state}` }, model.state), model.share ? ` on ${percent(model.share)} of requests` : ""]],
      ["Algorithm", model.algorithm],
      ["Inputs", card.feature_set.name ?? model.feature_set],
      ["Outcomes", `review from ${decimal(policy.review)}, block from ${decimal(policy.block)}; fraud from ${decimal(policy.threshold)} (${policy.name})`],
      ["Trained on", `${count(card.dataset.rows)} rows, ${count(card.dataset.frauds)} frauds, training ${model.training_id}`],
      ["Decision", model.decision.reasons?.join("; ")],
    ]),
    reportLink(model.name),
    model.history.length > 0
      ? table("History, newest first", HEADINGS, model.history.map(entry), "cards")
      : element("p", { class: "fine" }, "Its state has never changed."),
  ];
}

function entry({ at, action, from_state: from, to_state: to, by, reason }) {
  return row(HEADINGS, [moment(at), `${action}: ${from} → ${to}`, by, element("span", { class: "text" }, reason)]);
}

// A link would not send the key; and a saved file is read as what it is, apart from this page.
function reportLink(name) {
  const problem = element("div", {});
  const save = async () => {
    try {
      const html = await call("GET", path("models", name, "report"), { text: true });
      const link = URL.createObjectURL(new Blob([html], { type: "text/html" }));
      element("a", { href: link, download: `${name}.html` }).click();
      setTimeout(() => URL.revokeObjectURL(link), 60_000);
    } catch (failure) {
      fill(problem, notice(failure, { scope: "read or train" }));
    }
  };
  return element("p", {}, button("Save the report", save), problem);
}
