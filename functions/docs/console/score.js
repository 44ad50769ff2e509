// Scores one transaction, and shows why.

import { call } from "./api.js";
import { choice, element, field, fill, panel } from "./dom.js";
import { form, given, numberIn, radios } from "./forms.js";
import { labelButtons } from "./labels.js";
import { resultFacts } from "./outcome.js";
import { reasonBars } from "./reasons.js";

const TYPES = ["TRANSFER", "CASH_OUT", "PAYMENT", "CASH_IN", "DEBIT"].map((name) => [name, name]);
const HIGHEST = 1e15;
const FOUR = [
  ["day_of_month", "Day of month", "1 to 31", { min: 1, max: 31, step: 1, value: 5 }],
  ["amount_log", "Amount, as ln(1 + amount)", "12.1 is about 180,000", { min: 0, max: 34.6, value: 12.1 }],
  ["amount_dest", "Change of the receiver's balance", "Currency units, without sign", { min: 0, max: HIGHEST, value: 180000 }],
];
const money = { min: 0, max: HIGHEST };
const RAW = [
  ["step", "Hour since the month began", "1 to 744", { min: 1, max: 744, step: 1, value: 97 }],
  ["amount", "Amount", "Currency units", { ...money, value: 181000 }],
  ["oldbalanceOrg", "Sender's balance before", null, { ...money, value: 181000 }, true],
  ["newbalanceOrig", "Sender's balance after", null, { ...money, value: 0 }, true],
  ["oldbalanceDest", "Receiver's balance before", null, { ...money, value: 0 }, true],
  ["newbalanceDest", "Receiver's balance after", null, { ...money, value: 181000 }, true],
];
const FORMS = { four: FOUR, raw: RAW };

/** Show the view. */
export function show(place) {
  const fields = element("div", { class: "fields" });
  let kind = "four";
  const choose = (chosen) => {
    kind = chosen;
    fill(fields, field("Type", choice("type", TYPES)), ...FORMS[kind].map(numberField));
  };
  choose(kind);
  const result = element("div", { "aria-live": "polite" });
  const made = form({
    label: "Transaction",
    submit: "Score",
    scope: "predict",
    parts: [radios("kind", "Described by", [["four", "four fields"], ["raw", "a raw transaction"]], choose), fields],
    send: async (data) => {
      fill(result);
      const answer = await call("POST", "model/predict", { body: transaction(kind, data), once: true });
      fill(result, ...shown(answer));
    },
  });
  fill(place, element("div", { class: "grid two" }, panel("Transaction", made), panel("Result", result)));
  fill(result, element("p", { class: "fine" }, "Nothing scored yet. Every score is logged, those from here too."));
}

function numberField([name, text, hint, attributes, optional]) {
  const input = element("input", { name, type: "number", step: "any", required: !optional, ...attributes });
  return field(optional ? `${text} (optional)` : text, input, hint);
}

function transaction(kind, data) {
  const numbers = FORMS[kind].map(([name]) => [name, numberIn(data, name)]);
  return given({ type: data.get("type"), ...Object.fromEntries(numbers) });
}

function shown(answer) {
  return [
    resultFacts(answer),
    reasonBars(answer.reasons),
    element("p", { class: "actions" }, element("a", { href: `#log/${answer.prediction_id}` }, "Look at it in the log")),
    element("p", {}, "What it turned out to be: ", labelButtons({ ...answer, label: null }).node),
  ];
}
