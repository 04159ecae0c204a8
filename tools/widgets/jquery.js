// Stands in for the package jquery in explorers.js: ipywidgets keeps a wrapped element for code from
// before ipywidgets 8, asks of it only what it wraps, and anywidget empties it.
export default function jquery(node) {
  return { 0: node, length: 1, empty: () => node.replaceChildren() };
}
