// A training in full: findings, metrics, decision; kept current while it is open.

import { openDialog } from "./dialogs.js";
import { element, facts, fill } from "./dom.js";
import { decimal, moment, percent } from "./format.js";
import { progress, statusBadge } from "./training_row.js";

/** Open a training; gives `update` for newer states of it. */
export function openTraining(training, onClose) {
  const body = element("div", { class: "detail" });
  let shown = "";
  const update = (newer) => {
    const text = JSON.stringify(newer);
    if (newer.id !== training.id || text === shown) return;
    shown = text;
    fill(body, ...parts(newer));
  };
  update(training);
  openDialog(`Training ${training.id}`, body, onClose);
  return { update };
}

function parts(training) {
  const { policy, decision, metrics } = training;
  return [
    facts([
      ["Status", [statusBadge(training), " ", progress(training)]],
      ["Dataset", element("code", {}, training.dataset)],
      ["Inputs", training.feature_set ?? "as the enabled model, or what the file has"],
      ["Held out", `${training.split}, seed ${training.seed}`],
      ["Threshold", policy ? [policy.name, policy.target && ` ${policy.target}`] : "best_f1"],
      ["Enable", training.promote === "auto" ? "when it is better" : "never by itself"],
      ["Asked by", [training.client, ", ", moment(training.created_at, { seconds: true })]],
      ["Ended", training.finished_at && moment(training.finished_at, { seconds: true })],
      ["Model", training.model && element("code", {}, training.model)],
    ]),
    training.error && element("div", { class: "notice error" }, element("strong", {}, training.error.code), element("p", {}, training.error.message)),
    metrics && section("On held-out rows", facts([
      ["F1", decimal(metrics.f1)],
      ["Precision", decimal(metrics.precision)],
      ["Recall", decimal(metrics.recall)],
      ["AUPRC", decimal(metrics.auprc)],
      ["Frauds", percent(metrics.prevalence)],
    ])),
    decision && section(decision.promote ? "Enabled, because" : "Not enabled, because", list(decision.reasons)),
    section("Findings about the data", training.findings.length ? findings(training.findings) : element("p", {}, "None.")),
  ];
}

function section(title, content) {
  return element("section", {}, element("h3", {}, title), content);
}

function list(texts) {
  return element("ul", { class: "words" }, ...texts.map((text) => element("li", {}, text)));
}

function findings(found) {
  const items = found.map(({ level, message, code }) =>
    element("li", { class: level }, element("span", { class: "badge plain" }, level), ` ${message} `, element("code", {}, code)),
  );
  return element("ul", { class: "findings" }, ...items);
}
