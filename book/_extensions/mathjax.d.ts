// What tsc has to know about MathJax on the book's pages (make lint-js).
interface MathJaxOnPage {
  startup: {
    promise?: Promise<void>;
    pageReady?: () => Promise<void>;
    defaultPageReady?: () => Promise<void>;
  };
  typesetPromise: (elements: Element[]) => Promise<void>;
}

declare var MathJax: MathJaxOnPage;

interface Window {
  MathJax?: Partial<MathJaxOnPage>;
}
