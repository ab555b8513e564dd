// What all pages do with the document. What a server has said becomes text or a property, never HTML.

/** An element with its attributes and children; `on` holds its listeners. */
export function element(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fill(made, { on = {}, ...attributes }, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : String(value));
  }
  for (const [event, listener] of Object.entries(on)) made.addEventListener(event, listener);
  made.append(...children.filter((one) => one !== undefined && one !== null));
  return made;
}

export const byId = (id) => document.getElementById(id);

/** Shows a text in #problem, or takes it away. */
export function problem(text = "") {
  const place = byId("problem");
  place.hidden = text === "";
  if (place.textContent !== text) place.textContent = text;
}

/** Makes `parent` hold exactly these children, moving as few as possible, so that focus and selection stay where they are. */
export function arrange(parent, children) {
  const wanted = new Set(children);
  for (const old of [...parent.children]) if (!wanted.has(old)) old.remove();
  let at = parent.firstElementChild;
  for (const child of children) {
    if (child === at) at = at.nextElementSibling;
    else parent.insertBefore(child, at);
  }
}

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
