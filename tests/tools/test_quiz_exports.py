"""Exported quizzes: read back from each format, they are the questions that the book shows."""

import io
import re
import zipfile
from xml.etree import ElementTree as ET

import pytest

from tools.publish import quizzes
from w2slib import data

NAMES = [name.removesuffix(".json") for name in data.names("quizzes")]
NUMERIC = {
    "type": "numeric",
    "question": "Half of $1$: {about}?",
    "precision": 2,
    "answers": [
        {"type": "value", "value": 0.5, "correct": True, "feedback": "Yes, $1/2$."},
        {"type": "range", "range": [1, 2], "correct": False, "feedback": "Too large: > $1$."},
        {"type": "default", "feedback": "Divide."},
    ],
}


@pytest.fixture(params=[*NAMES, "numeric"])
def quiz(request, monkeypatch):
    """Name of a quiz with its questions; one has a question of each kind."""
    found = [NUMERIC]
    if request.param in NAMES:
        found = data.quiz(request.param)
    monkeypatch.setattr(data, "quiz", lambda name: found)
    return request.param, found


def plain(text):
    """What a platform shows, with formulas as in the source."""
    formulas = re.sub(r"\\\((.*?)\\\)", lambda f: f"${f[1]}$", text)
    return re.sub(r"\$[^$]*\$", lambda f: f[0].replace("&lt;", "<").replace("&gt;", ">"), formulas)


def expected(question):
    """Question, and each answer with its feedback and whether it is right."""
    if question["type"] != "numeric":
        rows = [(a["answer"], a["feedback"], a["correct"]) for a in question["answers"]]
        return question["question"], rows
    rows = []
    for a in question["answers"]:
        if a["type"] != "default":
            value, tolerance = quizzes.interval(a, question.get("precision"))
            rows.append(((value - tolerance, value + tolerance), a["feedback"], a["correct"]))
    return question["question"], rows


def from_moodle(text):
    for item in ET.fromstring(text).findall("question"):
        if item.get("type") == "category":
            continue
        rows = []
        for answer in item.findall("answer"):
            shown = plain(answer.findtext("text"))
            if item.get("type") == "numerical":
                if shown == "*":
                    continue
                value, within = float(shown), float(answer.findtext("tolerance"))
                shown = (value - within, value + within)
            feedback = plain(answer.findtext("feedback/text"))
            rows.append((shown, feedback, float(answer.get("fraction")) > 0))
        yield plain(item.findtext("questiontext/text")), rows


def from_gift(text):
    """Read GIFT as Moodle does: blocks between empty lines; a backslash takes the next letter as it is."""
    token = r"(?:\\.|[^\\~=#{}])"
    for block in text.split("\n\n")[2:]:
        head = re.fullmatch(rf"::{token}+?::\[html\]({token}+) \{{(#?)\n(.*)\n\}}\n?", block, re.S)
        assert head, block
        rows = []
        for line in head[3].split("\n"):
            if re.match(r"  ~#", line):
                continue  # what is said to any other number
            one = re.fullmatch(rf"  ([=~])(?:%(-?[\d.]+)%)?({token}*)#({token}*)", line)
            assert one, line
            right = one[1] == "=" if one[2] is None else float(one[2]) > 0
            shown = plain(unescape(one[3]))
            if head[2]:
                value, _, within = one[3].partition(":")
                shown = (float(value) - float(within), float(value) + float(within))
            rows.append((shown, plain(unescape(one[4])), right))
        yield plain(unescape(head[1])), rows


def unescape(text):
    return re.sub(r"\\(.)", r"\1", text)


def from_qti(text):
    tree = ET.fromstring(re.sub(rb' xmlns="[^"]*"', b"", text, count=1))
    for item in tree.iter("item"):
        feedback = {
            f.get("ident"): plain(f.findtext(".//mattext")) for f in item.iter("itemfeedback")
        }
        conditions = list(item.iter("respcondition"))
        rows = []
        if item.find(".//render_fib") is not None:
            for condition in conditions:
                edges = [float(condition.findtext(f".//{tag}")) for tag in ("vargte", "varlte")]
                told = feedback[condition.find("displayfeedback").get("linkrefid")]
                rows.append((tuple(edges), told, condition.find("setvar") is not None))
        else:
            full = next(c for c in conditions if c.find("setvar") is not None)
            wrong = {v.text for v in full.iterfind(".//not/varequal")}
            right = {v.text for v in full.iter("varequal")} - wrong
            for label in item.iter("response_label"):
                ident = label.get("ident")
                rows.append(
                    (plain(label.findtext(".//mattext")), feedback[f"{ident}_fb"], ident in right)
                )
        yield plain(item.findtext("presentation/material/mattext")), rows


@pytest.mark.parametrize(
    ("write", "parse"),
    [(quizzes.moodle, from_moodle), (quizzes.gift, from_gift), (quizzes.qti, from_qti)],
    ids=["moodle", "gift", "qti"],
)
def test_every_question_comes_back(quiz, write, parse):
    name, questions = quiz
    found = list(parse(write(name, "A title: of {it}")))
    assert len(found) == len(questions)
    for (question, rows), (text, answers) in zip(found, map(expected, questions), strict=True):
        assert question == text
        for (shown, feedback, right), (answer, explained, correct) in zip(
            rows, answers, strict=True
        ):
            assert shown == (answer if isinstance(answer, str) else pytest.approx(answer))
            assert (feedback, right) == (explained, correct)


def test_all_wrong_answers_of_many_take_what_the_right_ones_give():
    answers = [{"correct": c, "answer": "a", "feedback": "f"} for c in (True, True, False, False)]
    shares = quizzes._shares({"type": "many_choice", "answers": [*answers, answers[-1]]})
    assert shares == [50, 50, -33.33333, -33.33333, -33.33333]


def test_package_names_what_it_holds(tmp_path):
    paths = quizzes.write(tmp_path / "out")
    assert len(paths) == 2 * len(NAMES) + 1
    with zipfile.ZipFile(io.BytesIO(paths[-1].read_bytes())) as package:
        manifest = ET.fromstring(package.read("imsmanifest.xml"))
        space = f"{{{quizzes.MANIFEST}}}"
        resources = list(manifest.iter(f"{space}resource"))
        assert {r.get("type") for r in resources} == {"imsqti_xmlv1p2"}
        hrefs = [file.get("href") for file in manifest.iter(f"{space}file")]
        assert sorted([*hrefs, "imsmanifest.xml"]) == sorted(package.namelist())
        assert len(hrefs) == len(NAMES)
        for href in hrefs:
            root = ET.fromstring(package.read(href))
            idents = [e.get("ident") for e in root.iter(f"{{{quizzes.QTI}}}response_label")]
            idents = [ident for ident in idents if ident != "answer1"]  # the field of a number
            assert len(set(idents)) == len(idents)


def test_a_kind_that_no_export_knows_is_named(monkeypatch):
    monkeypatch.setattr(data, "quiz", lambda name: [{"type": "string"}])
    with pytest.raises(ValueError, match="'string'"):
        quizzes.questions("ridge")
