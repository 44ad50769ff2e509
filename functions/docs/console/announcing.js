// One line that says what has just happened; screen readers read it out. An open dialog has its own,
// because what is behind it can be neither seen nor heard.

import { fill } from "./dom.js";

const FOR_MS = 12_000;
let timer;

/** Say something; `tone` is "done" or "error". */
export function announce(text, tone = "done") {
  const line = [...document.querySelectorAll("dialog[open] p.said")].pop() ?? document.querySelector("p.said");
  line.className = `said ${tone}`;
  fill(line, text);
  clearTimeout(timer);
  timer = setTimeout(hush, FOR_MS);
}

/** Say nothing any more. */
export function hush() {
  for (const line of document.querySelectorAll("p.said")) {
    line.className = "said";
    fill(line);
  }
}
