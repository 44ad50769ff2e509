// The trainings, with their progress while it happens.

import { announce } from "./announcing.js";
import { call } from "./api.js";
import { button, element, fill, panel } from "./dom.js";
import { nothing, notice } from "./failures.js";
import { poll } from "./polling.js";
import { row, table } from "./tables.js";
import { cells } from "./training_row.js";
import { openTraining } from "./training_detail.js";
import { trainingForm } from "./training_form.js";

const UNDER_WAY_MS = 1000;
const LOOKED_AT = 100;
const OTHERWISE_MS = 15_000;
const HEADINGS = ["Training", "Status", "Progress", "Dataset", "Result", "Asked for", "More"];
const ENDED = new Set(["processed", "error"]);

/** Show the view, and follow the trainings until it is left. */
export function show(place, { signal }) {
  const rows = new Map();
  const said = new Map();
  const whole = element("div", {});
  const trouble = element("div", {});
  const body = element("div", {});
  fill(place, trainingForm(), panel("Trainings", trouble, body));
  let details = null;
  const open = (training) => {
    details = openTraining(training, () => (details = null));
  };
  const look = async () => {
    const { trainings } = await call("GET", "training", { query: { limit: LOOKED_AT }, signal });
    fill(trouble);
    for (const training of trainings) {
      tell(training, said);
      update(training, rows, open);
      details?.update(training);
    }
    const listed = trainings.map(({ id }) => rows.get(id).row);
    layOut(listed, whole, body);
    return trainings.some(({ status }) => !ENDED.has(status)) ? UNDER_WAY_MS : OTHERWISE_MS;
  };
  poll(look, (failure) => fill(trouble, notice(failure, { scope: "train or read" })), signal);
}

function layOut(listed, whole, body) {
  if (!listed.length) {
    fill(body, nothing("No trainings yet", "Train from a link or a file above; its progress shows here."));
    return;
  }
  // Rows keep their place in the document, so that a button in them keeps the focus.
  const shown = whole.querySelector("tbody");
  if (!shown) fill(whole, table(`Newest first, of the last ${LOOKED_AT}`, HEADINGS, listed, "cards"));
  else if (shown.children.length !== listed.length || shown.firstChild !== listed[0]) fill(shown, ...listed);
  if (!whole.isConnected) fill(body, whole);
}

function update(training, rows, open) {
  const found = rows.get(training.id);
  const text = JSON.stringify(training);
  if (found?.text === text) return;
  const entry = found ?? newRow(open);
  entry.text = text;
  entry.training = training;
  for (const [i, content] of cells(training).entries()) fill(entry.row.children[i], content);
  entry.more.setAttribute("aria-label", `Details of training ${training.id}`);
  rows.set(training.id, entry);
}

function newRow(open) {
  const entry = {};
  entry.more = button("Details", () => open(entry.training), { class: "small" });
  entry.row = row(HEADINGS, [...HEADINGS.slice(1).map(() => null), entry.more]);
  return entry;
}

// Only what changed while somebody watched, and stages rather than every per cent.
function tell(training, said) {
  const state = `${training.status} ${training.stage}`;
  const before = said.get(training.id);
  said.set(training.id, state);
  if (before === undefined || before === state) return;
  if (training.status === "error") announce(`Training ${training.id} failed: ${training.error.message}`, "error");
  else if (training.status === "processed") announce(`Training ${training.id} has made ${training.model}.`);
  else announce(`Training ${training.id}: ${training.stage}.`);
}
