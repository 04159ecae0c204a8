// What the explorers take from ml-matrix: its two decompositions of a symmetric matrix, unchanged.

export { default as Cholesky } from "./dc/cholesky.js";
export { default as Eigen } from "./dc/evd.js";
export { default as Matrix } from "./matrix.js";
