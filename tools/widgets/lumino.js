// Stands in for the package @lumino/widgets in explorers.js: the package's own classes, but only those that a
// box of sliders needs, without menus, tabs, docks and dragging.
export { Panel } from "./node_modules/@lumino/widgets/src/panel";
export { Widget } from "./node_modules/@lumino/widgets/src/widget";
