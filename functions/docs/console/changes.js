// Changes of the registry: each asks why, and says clearly when the key may not.

import { announce } from "./announcing.js";
import { call, path } from "./api.js";
import { openDialog } from "./dialogs.js";
import { button, element, field } from "./dom.js";
import { form } from "./forms.js";

const ACTIONS = {
  promote: ["Promote", "enables it for every prediction within a minute; the champion so far is archived."],
  challenge: ["Challenge", "scores a share of live requests in the shadow; answers do not change."],
  withdraw: ["Withdraw", "ends the trial; it becomes a candidate again."],
  archive: ["Archive", "puts it away; it can still be promoted."],
};
const POSSIBLE = {
  champion: [],
  challenger: ["promote", "withdraw"],
  candidate: ["promote", "challenge", "archive"],
  archived: ["promote"],
};

/** What may be done with a model in its state. */
export function changeButtons(model, reload) {
  const possible = POSSIBLE[model.state] ?? [];
  if (!possible.length) return "in use";
  return element("span", { class: "buttons" }, ...possible.map((action) => changeButton(action, model, reload)));
}

function changeButton(action, { name }, reload) {
  const [title, effect] = ACTIONS[action];
  const ask = () => askWhy(`${title} ${name}`, `This ${effect}`, path("models", name, action), action, reload);
  return button(title, ask, { class: "small", "aria-label": `${title} ${name}` });
}

/** Goes back to the champion before. */
export function rollbackButton(reload) {
  const effect = "This enables the champion before this one again, within a minute.";
  const ask = () => askWhy("Roll back", effect, path("models", "rollback"), "rollback", reload);
  return button("Roll back", ask);
}

function askWhy(title, effect, route, action, reload) {
  const reason = element("textarea", { name: "reason", required: true, maxlength: 500, rows: 3 });
  const share = element("input", { name: "share", type: "number", min: 0.001, max: 1, step: "any", value: 0.1, required: true });
  const parts = [
    element("p", {}, effect),
    action === "challenge" && field("Share of requests", share, "Above 0, at most 1."),
    field("Reason", reason, "Kept in the history of every model that changes."),
  ].filter(Boolean);
  const send = async (data) => {
    const body = { reason: String(data.get("reason")) };
    if (action === "challenge") body.share = Number(data.get("share"));
    const changed = await call("POST", route, { body, once: action === "rollback" });
    await reload();
    dialog.close();
    announce(outcome(changed));
  };
  const dialog = openDialog(title, form({ label: title, submit: title.split(" ")[0] === "Roll" ? "Roll back" : title.split(" ")[0], parts, send, scope: "admin" }));
  reason.focus();
}

function outcome({ champion, challenger, changes }) {
  const moved = changes.map(({ model, to_state: state }) => `${model} is ${state}`).join(", ");
  return `Done: ${moved || `champion ${champion}, challenger ${challenger ?? "none"}`}.`;
}
