// How the results of a search are ordered: a function by its whole name first, then chapters, then the rest; an attribute of
// a result, of which there are many with everyday names, comes last. Inlined by Sphinx (html_search_scorer).
// biome-ignore lint/correctness/noUnusedVariables: Sphinx's searchtools.js reads it
var Scorer = {
  objNameMatch: 30,
  objPartialMatch: 0,
  objPrio: { 0: 0, 1: 0, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
  score: (/** @type {[string, string, string, string | null, number, string]} */ result) => {
    const [page, , anchor, description, score] = result;
    if (description && /attribute|property/.test(description)) return score - 60;
    if (!description && anchor.startsWith("#w2slib")) return score - 120;
    if (!description && /^book\/api|execution_times/.test(page)) return score - 10;
    if (!description && !page.includes("/exercises/")) return score + 1;
    return score;
  },
};
