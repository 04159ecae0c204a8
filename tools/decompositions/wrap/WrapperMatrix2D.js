export { default } from "../matrix.js";
