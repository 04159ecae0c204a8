r"""Export the quizzes for learning platforms: Moodle XML, GIFT, and QTI 1.2 as Canvas reads it.

    python -m tools.publish.quizzes [TARGET]     # make quizzes; default: build/quizzes

writes ``NAME.moodle.xml`` and ``NAME.gift`` for each chapter, and ``quizzes.qti.zip`` with all of them. The
source is what the book shows, ``w2slib/data/quizzes/NAME.json``. Formulas keep their TeX between ``\(`` and
``\)``, which these platforms set; every answer keeps its explanation.

In a question with several right answers each right one brings an equal share of the points and each wrong
one takes an equal share away (Moodle, GIFT); in QTI exactly the right ones have to be chosen.
"""

from __future__ import annotations

import io
import re
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

from tools import ROOT, folders
from w2slib import data

TARGET = ROOT / "build" / "quizzes"
KINDS = ("multiple_choice", "many_choice", "numeric")
MANIFEST = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
QTI = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"


def html(text: str) -> str:
    r"""Return a text of a quiz with formulas as platforms expect them.

    Examples
    --------
    >>> html("Is $q > p$, or $\\lambda < 1$?")
    'Is \\(q &gt; p\\), or \\(\\lambda &lt; 1\\)?'
    """

    def formula(found: re.Match) -> str:
        tex = found[1].replace("<", "&lt;").replace(">", "&gt;")
        return rf"\({tex}\)"

    return re.sub(r"\$([^$]+)\$", formula, text)


def interval(answer: dict, precision: int | None) -> tuple[float, float]:
    """Return value and tolerance of one answer to a numeric question.

    Examples
    --------
    >>> interval({"type": "value", "value": 0.25}, 2), interval({"type": "range", "range": [1, 2]}, None)
    ((0.25, 0.005), (1.5, 0.5))
    """
    if answer["type"] == "range":
        low, high = map(float, answer["range"])
        return (low + high) / 2, abs(high - low) / 2
    value = float(answer["value"])
    if precision is None or value == 0:
        return value, 1e-9
    exponent = int(f"{value:e}".partition("e")[2])
    return value, 0.5 * 10.0 ** (exponent + 1 - precision)


def questions(name: str) -> list[dict]:
    """Return the questions of a chapter's quiz.

    Raises
    ------
    ValueError
        If a question is of a kind that no export knows.
    """
    found = data.quiz(name)
    for question in found:
        if question["type"] not in KINDS:
            raise ValueError(f"{name}: a question of the kind {question['type']!r}, not {KINDS}")
    return found


def _shares(question: dict) -> list[float]:
    """Per cent of the points that each answer brings, as Moodle rounds them."""
    right = sum(a["correct"] for a in question["answers"])
    wrong = len(question["answers"]) - right
    if question["type"] != "many_choice":
        return [100.0 if a["correct"] else 0.0 for a in question["answers"]]
    return [round(100 / right if a["correct"] else -100 / wrong, 5) for a in question["answers"]]


def _numbers(question: dict) -> list[tuple[float, float, float, str]]:
    """Value, tolerance, per cent and feedback of each number that an answer names."""
    return [
        (*interval(a, question.get("precision")), 100.0 if a.get("correct") else 0.0, a["feedback"])
        for a in question["answers"]
        if a["type"] != "default"
    ]


def _otherwise(question: dict) -> str:
    return next((a["feedback"] for a in question["answers"] if a["type"] == "default"), "")


# --- Moodle XML -----------------------------------------------------------------------------------


def _text(parent: ET.Element, tag: str, text: str, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, tag, attributes)
    ET.SubElement(element, "text").text = text
    return element


def moodle(name: str, title: str) -> bytes:
    """Return a chapter's quiz as Moodle XML."""
    quiz = ET.Element("quiz")
    category = ET.SubElement(quiz, "question", type="category")
    _text(category, "category", f"$course$/top/Weak-to-strong generalization/{title}")
    for number, question in enumerate(questions(name), 1):
        numeric = question["type"] == "numeric"
        item = ET.SubElement(quiz, "question", type="numerical" if numeric else "multichoice")
        _text(item, "name", f"{title} {number}")
        _text(item, "questiontext", html(question["question"]), format="html")
        ET.SubElement(item, "defaultgrade").text = "1"
        if numeric:
            _moodle_numbers(item, question)
            continue
        ET.SubElement(item, "penalty").text = "0.3333333"
        ET.SubElement(item, "single").text = str(question["type"] != "many_choice").lower()
        ET.SubElement(item, "shuffleanswers").text = "true"
        ET.SubElement(item, "answernumbering").text = "abc"
        for answer, share in zip(question["answers"], _shares(question), strict=True):
            fraction = f"{share:.5f}".rstrip("0").rstrip(".")
            one = _text(item, "answer", html(answer["answer"]), fraction=fraction, format="html")
            _text(one, "feedback", html(answer["feedback"]), format="html")
    ET.indent(quiz)
    return ET.tostring(quiz, encoding="utf-8", xml_declaration=True)


def _moodle_numbers(item: ET.Element, question: dict) -> None:
    for value, tolerance, share, feedback in _numbers(question):
        one = _text(item, "answer", f"{value:.12g}", fraction=f"{share:g}")
        _text(one, "feedback", html(feedback), format="html")
        ET.SubElement(one, "tolerance").text = f"{tolerance:.12g}"
    one = _text(item, "answer", "*", fraction="0")
    _text(one, "feedback", html(_otherwise(question)), format="html")
    ET.SubElement(one, "tolerance").text = "0"


# --- GIFT -----------------------------------------------------------------------------------------


def escape(text: str) -> str:
    r"""Escape what GIFT reads as its own; a backslash too, else ``\nu`` would begin a new line.

    Examples
    --------
    >>> print(escape(r"\(\nu = {1}\)"))
    \\(\\nu \= \{1\}\\)
    """
    return re.sub(r"([\\~=#{}:])", r"\\\1", html(text).replace("\n", " "))


def gift(name: str, title: str) -> str:
    """Return a chapter's quiz in GIFT."""
    parts = [f"// {title}", f"$CATEGORY: $course$/top/Weak-to-strong generalization/{title}"]
    for number, question in enumerate(questions(name), 1):
        head = f"::{escape(title)} {number}::[html]{escape(question['question'])}"
        if question["type"] == "numeric":
            lines = [
                f"  =%{share:g}%{value:.12g}:{tolerance:.12g}#{escape(feedback)}"
                for value, tolerance, share, feedback in _numbers(question)
            ]
            lines += [f"  ~#{escape(_otherwise(question))}"] if _otherwise(question) else []
            parts.append("\n".join([f"{head} {{#", *lines, "}"]))
            continue
        lines = []
        for answer, share in zip(question["answers"], _shares(question), strict=True):
            mark = "=" if answer["correct"] else "~"
            if question["type"] == "many_choice":
                mark = "~%" + f"{share:.5f}".rstrip("0").rstrip(".") + "%"
            lines.append(f"  {mark}{escape(answer['answer'])}#{escape(answer['feedback'])}")
        parts.append("\n".join([f"{head} {{", *lines, "}"]))
    return "\n\n".join(parts) + "\n"


# --- QTI 1.2 --------------------------------------------------------------------------------------


def _material(parent: ET.Element, text: str) -> None:
    material = ET.SubElement(parent, "material")
    ET.SubElement(material, "mattext", texttype="text/html").text = html(text)


def qti(name: str, title: str) -> bytes:
    """Return a chapter's quiz as a QTI 1.2 assessment, with the fields that Canvas reads."""
    root = ET.Element("questestinterop", xmlns=QTI)
    assessment = ET.SubElement(root, "assessment", ident=f"w2s_{name}", title=title)
    section = ET.SubElement(assessment, "section", ident="root_section")
    for number, question in enumerate(questions(name), 1):
        ident = f"{name}_{number}"
        item = ET.SubElement(section, "item", ident=ident, title=f"{title} {number}")
        fields = {"question_type": _canvas_kind(question), "points_possible": "1"}
        metadata = ET.SubElement(ET.SubElement(item, "itemmetadata"), "qtimetadata")
        for label, entry in fields.items():
            one = ET.SubElement(metadata, "qtimetadatafield")
            ET.SubElement(one, "fieldlabel").text = label
            ET.SubElement(one, "fieldentry").text = entry
        presentation = ET.SubElement(item, "presentation")
        _material(presentation, question["question"])
        processing = ET.Element("resprocessing")
        outcomes = ET.SubElement(processing, "outcomes")
        limits = {"maxvalue": "100", "minvalue": "0", "varname": "SCORE", "vartype": "Decimal"}
        ET.SubElement(outcomes, "decvar", limits)
        fill = _qti_numbers if question["type"] == "numeric" else _qti_choices
        feedback = fill(question, ident, presentation, processing)
        item.append(processing)
        for label, text in feedback.items():
            one = ET.SubElement(item, "itemfeedback", ident=label)
            _material(ET.SubElement(one, "flow_mat"), text)
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _canvas_kind(question: dict) -> str:
    kinds = {"many_choice": "multiple_answers_question", "numeric": "numerical_question"}
    return kinds.get(question["type"], "multiple_choice_question")


def _condition(parent: ET.Element, *, last: bool) -> tuple[ET.Element, ET.Element]:
    condition = ET.SubElement(parent, "respcondition", {"continue": "No" if last else "Yes"})
    return condition, ET.SubElement(condition, "conditionvar")


def _full_marks(condition: ET.Element) -> None:
    ET.SubElement(condition, "setvar", action="Set", varname="SCORE").text = "100"


def _qti_choices(
    question: dict, ident: str, presentation: ET.Element, processing: ET.Element
) -> dict[str, str]:
    many = question["type"] == "many_choice"
    cardinality = "Multiple" if many else "Single"
    response = ET.SubElement(
        presentation, "response_lid", ident="response1", rcardinality=cardinality
    )
    choices = ET.SubElement(response, "render_choice")
    feedback = {}
    for index, answer in enumerate(question["answers"], 1):
        label = f"{ident}_{index}"
        _material(ET.SubElement(choices, "response_label", ident=label), answer["answer"])
        condition, variables = _condition(processing, last=False)
        ET.SubElement(variables, "varequal", respident="response1").text = label
        ET.SubElement(
            condition, "displayfeedback", feedbacktype="Response", linkrefid=f"{label}_fb"
        )
        feedback[f"{label}_fb"] = answer["feedback"]
    condition, variables = _condition(processing, last=True)
    if many:
        variables = ET.SubElement(variables, "and")
    for index, answer in enumerate(question["answers"], 1):
        if not answer["correct"] and not many:
            continue
        place = variables if answer["correct"] else ET.SubElement(variables, "not")
        ET.SubElement(place, "varequal", respident="response1").text = f"{ident}_{index}"
    _full_marks(condition)
    return feedback


def _qti_numbers(
    question: dict, ident: str, presentation: ET.Element, processing: ET.Element
) -> dict[str, str]:
    response = ET.SubElement(presentation, "response_str", ident="response1", rcardinality="Single")
    box = ET.SubElement(response, "render_fib", fibtype="Decimal")
    ET.SubElement(box, "response_label", ident="answer1")
    feedback = {}
    for index, (value, tolerance, share, text) in enumerate(_numbers(question), 1):
        condition, variables = _condition(processing, last=share > 0)
        for tag, edge in (("vargte", value - tolerance), ("varlte", value + tolerance)):
            ET.SubElement(variables, tag, respident="response1").text = f"{edge:.12g}"
        if share:
            _full_marks(condition)
        label = f"{ident}_{index}_fb"
        ET.SubElement(condition, "displayfeedback", feedbacktype="Response", linkrefid=label)
        feedback[label] = text
    return feedback


def package(titles: dict[str, str]) -> bytes:
    """Return the zip file that Canvas imports, with every chapter's quiz."""
    manifest = ET.Element("manifest", identifier="w2s_quizzes", xmlns=MANIFEST)
    metadata = ET.SubElement(manifest, "metadata")
    ET.SubElement(metadata, "schema").text = "IMS Content"
    ET.SubElement(metadata, "schemaversion").text = "1.1.3"
    ET.SubElement(manifest, "organizations")
    resources = ET.SubElement(manifest, "resources")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, title in titles.items():
            path = f"w2s_{name}/w2s_{name}.xml"
            kind = "imsqti_xmlv1p2"
            one = ET.SubElement(resources, "resource", identifier=f"w2s_{name}", type=kind)
            ET.SubElement(one, "file", href=path)
            _put(file, path, qti(name, title))
        ET.indent(manifest)
        text = ET.tostring(manifest, encoding="utf-8", xml_declaration=True)
        _put(file, "imsmanifest.xml", text)
    return out.getvalue()


def _put(file: zipfile.ZipFile, path: str, text: bytes) -> None:
    file.writestr(zipfile.ZipInfo(path, (2026, 1, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)


def titles() -> dict[str, str]:
    """Return the title of each chapter that has a quiz, in reading order."""
    from tools import book
    from tools.authoring.notebooks import read

    have = {Path(name).stem for name in data.names("quizzes")}
    pages = {name: read(ROOT / "book" / f"{name}.ipynb") for name in book.chapters()}
    heads = {name: nb.cells[0].source.splitlines()[0] for name, nb in pages.items()}
    return {name: head.removeprefix("# ") for name, head in heads.items() if name in have}


def write(target: Path) -> list[Path]:
    """Write every export, and return their paths."""
    folders.claim(target)
    paths, named = [], titles()
    for name, title in named.items():
        for suffix, text in ((".moodle.xml", moodle(name, title)), (".gift", gift(name, title))):
            paths.append(target / f"{name}{suffix}")
            paths[-1].write_bytes(text if isinstance(text, bytes) else text.encode())
    paths.append(target / "quizzes.qti.zip")
    paths[-1].write_bytes(package(named))
    folders.record(target, paths)
    return paths


def main(argv: list[str] | None = None) -> int:
    """Write every export and name the files."""
    return folders.command(
        write, TARGET, argv, description="Export the quizzes for learning platforms."
    )


if __name__ == "__main__":
    sys.exit(main())
