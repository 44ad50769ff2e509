// Dialogs: the browser's own, which hold the focus and give it back.

import { button, element } from "./dom.js";

let titles = 0;

/** Open a dialog; gives it. `content` is laid out under the title, `onClose` runs once. */
export function openDialog(title, content, onClose = () => {}) {
  const id = `dialog-${(titles += 1)}`;
  const opener = document.activeElement;
  const dialog = element(
    "dialog",
    { "aria-labelledby": id },
    element(
      "div",
      { class: "dialog-head" },
      element("h2", { id }, title),
      button("Close", () => dialog.close(), { class: "small" }),
    ),
    element("p", { class: "said", role: "status" }),
    content,
  );
  dialog.addEventListener("close", () => {
    dialog.remove();
    // The browser gives the focus back itself, but not where a list was drawn anew meanwhile.
    if (!opener?.isConnected) document.getElementById("main").focus();
    onClose();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
