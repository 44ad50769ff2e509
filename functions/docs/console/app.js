// The console: asks for a key, then shows one view at a time, named by the address's fragment.

import { announce, hush } from "./announcing.js";
import { ApiFailure } from "./api.js";
import { button, element, fill } from "./dom.js";
import { notice } from "./failures.js";
import { gate } from "./gate.js";
import { currentKey, keyShown, onKeyChange, useKey } from "./session.js";

// Loaded when first shown: each file is an invocation of its own, and few run at once in a new account.
const VIEWS = new Map([
  ["health", ["Health", () => import("./health.js")]],
  ["trainings", ["Trainings", () => import("./trainings.js")]],
  ["models", ["Models", () => import("./models.js")]],
  ["score", ["Score", () => import("./score.js")]],
  ["log", ["Log", () => import("./log.js")]],
]);
const FIRST = "health";

const main = document.getElementById("main");
const nav = document.getElementById("nav");
const who = document.getElementById("who");
let leaving = new AbortController();

/** Show what the address asks for; `why` a key is needed again, where it is. */
function show(why = null) {
  leaving.abort();
  leaving = new AbortController();
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  const [name, ...rest] = location.hash.slice(1).split("/");
  const chosen = VIEWS.has(name) ? name : FIRST;
  showBar(chosen);
  if (!currentKey()) {
    document.title = "Key needed – Fraud detection console";
    fill(main, gate(why));
    main.querySelector("input").focus();
    return;
  }
  const [title, load] = VIEWS.get(chosen);
  document.title = `${title} – Fraud detection console`;
  const place = element("div", { class: "view" });
  fill(main, element("h1", { tabindex: -1 }, title), place);
  main.querySelector("h1").focus();
  open(load, place, { signal: leaving.signal, detail: rest.join("/") || null });
}

async function open(load, place, context) {
  fill(place, element("p", { class: "fine" }, "Loading…"));
  let view;
  try {
    view = await load();
  } catch {
    fill(place, notice(new ApiFailure(0, { code: "unreachable", message: "" })));
    return;
  }
  if (!context.signal.aborted) view.show(place, context);
}

function showBar(chosen) {
  nav.hidden = !currentKey();
  fill(
    nav,
    ...[...VIEWS].map(([name, [title]]) =>
      element("a", { href: `#${name}`, "aria-current": name === chosen ? "page" : null }, title),
    ),
  );
  const forget = () => {
    useKey(null);
    announce("The key is forgotten.");
  };
  fill(who, currentKey() && [element("code", {}, keyShown()), button("Forget key", forget, { class: "small" })]);
}

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
onKeyChange((why) => show(why));
window.addEventListener("hashchange", () => {
  hush();
  show();
});
show();
