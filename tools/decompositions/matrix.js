// The least of ml-matrix's Matrix that its decompositions need; the whole of it would weigh 70 kB.

export default class Matrix {
  /**
   * @param {number} rows
   * @param {number} columns
   */
  constructor(rows, columns) {
    this.rows = rows;
    this.columns = columns;
    this.data = Array.from({ length: rows }, () => new Float64Array(columns));
  }

  /**
   * @param {number} i
   * @param {number} j
   */
  get(i, j) {
    return this.data[i][j];
  }

  /**
   * @param {number} i
   * @param {number} j
   * @param {number} value
   */
  set(i, j, value) {
    this.data[i][j] = value;
    return this;
  }

  clone() {
    const copy = new Matrix(this.rows, this.columns);
    copy.data = this.data.map((row) => row.slice());
    return copy;
  }

  isEmpty() {
    return this.rows === 0 || this.columns === 0;
  }

  isSquare() {
    return this.rows === this.columns;
  }

  isSymmetric() {
    return (
      this.isSquare() && this.data.every((row, i) => row.every((v, j) => v === this.data[j][i]))
    );
  }

  /** @param {Matrix} value */
  static checkMatrix(value) {
    return value;
  }
}
