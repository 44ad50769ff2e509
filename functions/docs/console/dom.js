// Builds elements. What comes from the API only ever becomes text: nothing here parses markup.

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element; attributes that are null, undefined or false are left out, `on…` are listeners. */
export function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** The same within an SVG drawing. */
export function drawing(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...present(children));
  return node;
}

/** Put these children in place of what a node holds. */
export function fill(node, ...children) {
  node.replaceChildren(...present(children));
  return node;
}

function present(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/** A label with its control below it, and a hint that the control is described by. */
export function field(text, control, hint = null) {
  const id = control.id || `field-${(fields += 1)}`;
  control.id = id;
  if (hint) control.setAttribute("aria-describedby", `${id}-hint`);
  const below = hint && element("small", { id: `${id}-hint` }, hint);
  return element("div", { class: "field" }, element("label", { for: id }, text), control, below);
}
let fields = 0;

/** A select of [value, text] pairs. */
export function choice(name, options, chosen = "") {
  const made = options.map(([value, text]) => element("option", { value, selected: value === chosen }, text));
  return element("select", { name }, ...made);
}

/** A button that does something, never a submit button. */
export function button(text, onclick, attributes = {}) {
  return element("button", { type: "button", onclick, ...attributes }, text);
}

/** Names and values, one below the other. */
export function facts(pairs) {
  const known = pairs.filter(([, value]) => value !== null && value !== undefined);
  return element(
    "dl",
    { class: "facts" },
    ...known.map(([name, value]) =>
      element("div", {}, element("dt", {}, name), element("dd", {}, value)),
    ),
  );
}

/** A titled part of a view. */
export function panel(title, ...children) {
  return element("section", { class: "panel" }, element("h2", {}, title), ...children);
}
