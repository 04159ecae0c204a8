/* Quizzes (jupyterquiz) on the published page. Loaded by book/_extensions/house.py where there is one.

   jupyterquiz builds its questions while the page is being read, often before MathJax is there. So the formulas
   in them are set here, once everything has loaded. Feedback is announced to screen readers. */
window.addEventListener("load", () => {
  const quizzes = [...document.querySelectorAll(".Quiz")];
  for (const quiz of quizzes) {
    const question = quiz.firstElementChild;
    const answers = quiz.querySelector(".Answer");
    if (!question || !answers) continue;
    answers.setAttribute("role", "group");
    answers.setAttribute("aria-labelledby", question.id);
    quiz.querySelector(".Feedback")?.setAttribute("aria-live", "polite");
    nameTheField(answers);
  }
  if (quizzes.length && window.MathJax?.startup) {
    MathJax.startup.promise?.then(() => MathJax.typesetPromise(quizzes));
  }
});

/**
 * A question that asks for a number: its field has a label that belongs to it, and takes what is pasted.
 * @param {any} answers
 */
function nameTheField(answers) {
  const field = answers.querySelector("input.Input-text");
  const label = answers.querySelector("label.InpLabel");
  if (!field || !label) return;
  label.htmlFor = field.id;
  label.textContent = "Type a number, then press Enter:";
  field.inputMode = "decimal";
  field.autocomplete = "off";
  field.onpaste = null;
}
