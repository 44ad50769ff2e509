// Asks for a training, from a link or from a file of this computer.

import { announce } from "./announcing.js";
import { call } from "./api.js";
import { choice, element, field, fill } from "./dom.js";
import { form, given, numberIn, radios } from "./forms.js";
import { hurry } from "./polling.js";
import { upload } from "./uploading.js";

const FEATURE_SETS = [["", "as the enabled model"], ["basic", "basic: the four fields"], ["transaction", "transaction: known before it settles"]];
const SPLITS = [["random", "at random"], ["time", "by time"]];
const PROMOTE = [["auto", "when it is better"], ["never", "never by itself"]];
const POLICIES = [
  ["best_f1", "best F1"],
  ["target_precision", "a precision to reach"],
  ["target_alert_rate", "an alert rate to reach"],
  ["lowest_cost", "lowest cost"],
];

/** The form; it empties itself when the training is queued. */
export function trainingForm() {
  const link = element("input", { name: "link", type: "text", inputmode: "url", required: true, maxlength: 2048, spellcheck: "false" });
  const file = element("input", { name: "file", type: "file", accept: ".csv,.gz,text/csv,application/gzip" });
  const linkField = field("Link to the CSV file", link, "http, https, or s3 within the allowed buckets; plain or gzipped.");
  const fileField = field("CSV file", file, "Goes straight to the stack's bucket, and is deleted there after 7 days.");
  const show = (source) => {
    linkField.hidden = !(link.required = source === "link");
    fileField.hidden = !(file.required = source === "file");
  };
  show("link");
  const sending = element("div", { class: "sending", role: "status" });
  const made = form({
    label: "New training",
    submit: "Train",
    scope: "train",
    parts: [
      radios("source", "Train from", [["link", "a link"], ["file", "a file"]], show),
      linkField,
      fileField,
      options(),
      sending,
    ],
    send: async (data) => {
      const dataset = data.get("source") === "file" ? await uploaded(file.files[0], sending) : String(data.get("link")).trim();
      const { id } = await call("POST", "training", { body: { dataset, ...chosen(data) }, once: true });
      announce(`Training ${id} is queued.`);
      link.value = file.value = "";
      hurry();
    },
  });
  return element("section", { class: "panel" }, element("h2", {}, "New training"), made);
}

function options() {
  const number = (name, text, hint, attributes) =>
    field(text, element("input", { name, type: "number", step: "any", ...attributes }), hint);
  const target = number("target", "Target", "Between 0 and 1.", { min: 0, max: 1 });
  const missed = number("missed_fraud_cost", "Cost of a missed fraud", "Empty: its amount.", { min: 0 });
  const alarm = number("false_alarm_cost", "Cost of a false alarm", "Empty: 10.", { min: 0 });
  const policy = choice("policy", POLICIES);
  const show = () => {
    target.hidden = !policy.value.startsWith("target");
    missed.hidden = alarm.hidden = policy.value !== "lowest_cost";
    target.querySelector("input").required = !target.hidden;
  };
  policy.addEventListener("change", show);
  show();
  return element(
    "details",
    {},
    element("summary", {}, "Options"),
    element(
      "div",
      { class: "fields" },
      field("Inputs", choice("feature_set", FEATURE_SETS)),
      field("Enable it", choice("promote", PROMOTE)),
      field("Hold rows out", choice("split", SPLITS)),
      field("Threshold by", policy),
      target,
      missed,
      alarm,
    ),
  );
}

function chosen(data) {
  const name = data.get("policy");
  const policy = given({
    name,
    target: name.startsWith("target") ? numberIn(data, "target") : undefined,
    missed_fraud_cost: name === "lowest_cost" ? numberIn(data, "missed_fraud_cost") : undefined,
    false_alarm_cost: name === "lowest_cost" ? numberIn(data, "false_alarm_cost") : undefined,
  });
  const text = (field) => String(data.get(field) ?? "");
  return given({ feature_set: text("feature_set"), split: text("split"), promote: text("promote"), policy });
}

async function uploaded(file, sending) {
  const bar = element("progress", { max: 1, value: 0, "aria-label": "Upload" });
  fill(sending, `Uploading ${file.name} `, bar);
  try {
    return await upload(file, (share) => (bar.value = share));
  } finally {
    fill(sending);
  }
}
