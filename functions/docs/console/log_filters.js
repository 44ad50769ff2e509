// Which predictions to look at.

import { choice, element, field } from "./dom.js";
import { form, given } from "./forms.js";

const HOUR_MS = 3_600_000;
const SINCE = [["1", "the last hour"], ["24", "the last day"], ["168", "the last week"], ["720", "the last 30 days"], ["own", "times of your own"]];
const OUTCOMES = [["", "any"], ["block", "block"], ["review", "review"], ["approve", "approve"]];

/** The filters; `search` is called with the route's parameters, once at the start too. */
export function filterForm(search) {
  const since = choice("since", SINCE, "24");
  const from = field("From", element("input", { name: "from", type: "datetime-local" }));
  const to = field("To, not included", element("input", { name: "to", type: "datetime-local" }));
  const show = () => {
    from.hidden = to.hidden = since.value !== "own";
    from.querySelector("input").required = !from.hidden;
  };
  since.addEventListener("change", show);
  show();
  const text = (name) => element("input", { name, type: "text", maxlength: 200, spellcheck: "false" });
  const made = form({
    label: "Filters",
    submit: "Search",
    parts: [
      element(
        "div",
        { class: "fields" },
        field("Made within", since),
        from,
        to,
        field("Outcome", choice("outcome", OUTCOMES)),
        field("Model", text("model"), "Its whole name."),
        field("Client", text("client"), "Others than your own need scope admin."),
      ),
    ],
    send: (data) => search(parameters(data)),
  });
  search(parameters(new FormData(made)));
  return element("section", { class: "panel" }, element("h2", {}, "Filters"), made);
}

function parameters(data) {
  const text = (name) => String(data.get(name) ?? "").trim();
  const since = text("since");
  const moment = (name) => (text(name) ? new Date(text(name)).toISOString() : "");
  const times = since === "own" ? { from: moment("from"), to: moment("to") } : { from: new Date(Date.now() - since * HOUR_MS).toISOString() };
  return given({ ...times, outcome: text("outcome"), model: text("model"), client: text("client") });
}
