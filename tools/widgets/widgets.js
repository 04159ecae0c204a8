// The widget manager with every control of ipywidgets, for pages that show others than explorers do, and for slides.
import * as controls from "@jupyter-widgets/controls";
import { start } from "./manager.js";
import styles from "./widgets.built.css";

start({ "@jupyter-widgets/controls": controls }, styles);
