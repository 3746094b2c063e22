// Makes the pieces of which everything on the page is built.

const SVG = "http://www.w3.org/2000/svg";

// Words in which a case number stays on one line.
export function wordy(tag, className, text) {
  const node = element(tag, className);
  (text || "").split(/(20\d\d-\d{5,9})/).forEach((part, at) => {
    if (at % 2) node.appendChild(element("span", "number", part));
    else if (part) node.appendChild(document.createTextNode(part));
  });
  return node;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", "#i-" + name);
  use.setAttributeNS("http://www.w3.org/1999/xlink", "xlink:href", "#i-" + name);
  svg.appendChild(use);
  return svg;
}

export function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}
