// The widget manager with the controls that explorers are made of, and no others: less than half of widgets.js,
// which a page with any other control gets. Its names are those of LIGHT in book/_extensions/house_widgets.py.
import { BoxModel, BoxView, VBoxModel, VBoxView } from "@jupyter-widgets/controls/lib/widget_box";
import {
  CheckboxModel,
  CheckboxStyleModel,
  CheckboxView,
} from "@jupyter-widgets/controls/lib/widget_bool";
import {
  FloatLogSliderModel,
  FloatLogSliderView,
  FloatSliderModel,
  FloatSliderView,
} from "@jupyter-widgets/controls/lib/widget_float";
import { SliderStyleModel } from "@jupyter-widgets/controls/lib/widget_int";
import { LinkModel } from "@jupyter-widgets/controls/lib/widget_link";
import {
  SelectionSliderModel,
  SelectionSliderView,
} from "@jupyter-widgets/controls/lib/widget_selection";
import { start } from "./manager.js";
import styles from "./explorers.built.css";

const controls = {
  BoxModel,
  BoxView,
  CheckboxModel,
  CheckboxStyleModel,
  CheckboxView,
  FloatLogSliderModel,
  FloatLogSliderView,
  FloatSliderModel,
  FloatSliderView,
  LinkModel,
  SelectionSliderModel,
  SelectionSliderView,
  SliderStyleModel,
  VBoxModel,
  VBoxView,
};

start({ "@jupyter-widgets/controls": controls }, styles);
