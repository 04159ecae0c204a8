/* Quizzes (jupyterquiz) on the published page. Loaded by book/_extensions/house.py where there is one.

   jupyterquiz builds its questions while the page is being read, from texts whose formulas were set when the book
   was built. Here an answer belongs to its question, and feedback is announced to screen readers. */
for (const quiz of document.querySelectorAll(".Quiz")) {
  const question = quiz.firstElementChild;
  const answers = quiz.querySelector(".Answer");
  if (!question || !answers) continue;
  answers.setAttribute("role", "group");
  answers.setAttribute("aria-labelledby", question.id);
  quiz.querySelector(".Feedback")?.setAttribute("aria-live", "polite");
  nameTheField(answers);
}

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
