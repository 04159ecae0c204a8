// What tsc has to know about MathJax on the lecture's slides (make lint-js); the book's pages have none.
interface Window {
  MathJax?: { startup?: { promise?: Promise<void> } };
}
