// One line that says what has just happened; screen readers read it out.

import { fill } from "./dom.js";

const FOR_MS = 12_000;
let timer;

/** Say something; `tone` is "done" or "error". */
export function announce(text, tone = "done") {
  const line = document.getElementById("said");
  line.className = `said ${tone}`;
  fill(line, text);
  clearTimeout(timer);
  timer = setTimeout(() => {
    line.className = "said";
    fill(line);
  }, FOR_MS);
}
