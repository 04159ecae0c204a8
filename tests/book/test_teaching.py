"""The instructor's page: every link leads to a setting that exists, where the promised side wins."""

from __future__ import annotations

import re
from functools import partial

import numpy as np
import pytest
import yaml
from bs4 import BeautifulSoup

from tests.helpers.links import settings_of
from tools import ROOT
from tools.authoring import instructor, study
from w2slib import data, ridge
from w2slib import multi_index as mi
from w2slib import random_matrices as rm
from w2slib import warm_start as ws
from w2slib import weighted_ridge as wr

PROJECTS = (ROOT / "book" / "projects.md").read_text(encoding="utf-8")

TEXT = (ROOT / "book" / "teaching.md").read_text(encoding="utf-8")
ROWS = [
    (BeautifulSoup(line, "html.parser").a["href"], line.split("|")[4].strip())
    for line in TEXT.splitlines()
    if "<a href=" in line
]


def test_links_are_found():
    assert len(ROWS) == TEXT.count("<a ") >= 8


@pytest.mark.parametrize(("link", "outcome"), ROWS)
def test_setting_shows_what_the_table_says(link, outcome):
    phase, settings = settings_of(link)
    difference = float(phase.field.evaluate(phase.field.difference, **settings))
    teacher = float(phase.field.evaluate(phase.field.teacher, **settings))
    # a difference that can be seen, not a tie
    assert abs(difference) > 0.02 * teacher
    assert outcome == ("student wins" if difference < 0 else "teacher wins")


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ("ridge.html#ridge?lam=1", "lam"),
        ("ridge.html#ridge?lam_t=1000", "lam_t"),
        ("ridge.html#ridge?lam_t=0.1&lam_t=0.2", "twice"),
        ("ridge.html#gone?lam_t=1", "gone"),
        ("weighted_ridge.html#ridge?lam_t=1", "ridge.html"),
    ],
)
def test_bad_links_are_noticed(link, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        settings_of(link)


def test_page_has_every_part():
    headings = re.findall(r"(?m)^## (.*)$", TEXT)
    for part in ("90 minutes", "Two weeks", "Reading group", "misconceptions", "rubric", "class"):
        assert any(part in heading for heading in headings), part


def test_map_of_the_chapters_is_what_the_chapters_say():
    """Titles and arrows exactly; minutes, which every new sentence moves, within a fifth or so."""
    stored = study.PAGE.read_text(encoding="utf-8")
    made = study.written(stored, study.block(study.chapters()))
    time = r"(?:(\d+) h )?(\d+)(?: min)? (?=\|)"
    assert re.sub(time, "", stored) == re.sub(time, "", made)
    minutes = [
        [60 * int(hours or 0) + int(rest) for hours, rest in re.findall(time, text)]
        for text in (stored, made)
    ]
    assert len(minutes[0]) >= 2 * len(study.chapters())
    np.testing.assert_allclose(*minutes, rtol=0.2, atol=10)


def test_map_refuses_a_circle():
    every = [study.Chapter(name, name, (other,), 5, 5) for name, other in (("a", "b"), ("b", "a"))]
    with pytest.raises(ValueError, match="circle"):
        study.depths(every)


def test_map_leaves_out_arrows_that_follow():
    needs = {"a": (), "b": ("a",), "c": ("a", "b")}
    every = [study.Chapter(name, name, on, 5, 5) for name, on in needs.items()]
    assert study.direct(every) == [("a", "b"), ("b", "c")]
    assert study.depths(every) == {"a": 0, "b": 1, "c": 2}


def test_script_has_words_for_every_slide():
    script = instructor.sections()
    assert list(script) == list(instructor.notes())
    minutes = {
        title: int(re.match(r"\*\*(\d+) min", note)[1])
        for title, note in instructor.notes().items()
    }
    # Enough for the minutes of the slide, and no more than can be said in them: about 130 words a minute.
    pace = {title: len(words.split()) / minutes[title] for title, words in script.items()}
    assert {title: round(words) for title, words in pace.items() if not 40 <= words <= 130} == {}


def said_on_slides():
    """Numbers that the speaker's script says, by the beginning of a slide's title."""
    one = dict(gamma_t=0.5, noise_var=1.0)
    teacher, student = partial(ridge.teacher_error, **one), partial(ridge.student_error, **one)
    c, spike = partial(ridge.badness, **one), partial(wr.spike_student_error, 0.5, **one)
    p, q = ridge.teacher_moments(0.02, **one)
    known = dict(target=mi.EXAMPLE, gamma_t=0.1, gamma_s=0.1, lam_s=0.02, rho=0.95)
    start = ws.initial_overlap(1.2, 0.5)
    path = ws.flow(start, 0.8, 3, np.array([0.0, 0.35]), start * 0.8)
    gate = [student(t, s, gamma_s=2.0) for t, s in [(0.02, 1), (0.02, 0.01), (0.2, 1)]]
    relieved = [spike(0.2, gamma_s=0.5, zeta=0.8, relief=relief) for relief in (0.9, 0.0, -2.0)]
    tuned = [mi.student_error(mode=mode, **known) for mode in ("full", "adapter")]
    return {
        "Can a copy": [teacher(0.02), student(0.02, 0.3, gamma_s=0.5)],
        "One fit": rm.shrinkage(np.array([0.3, 3.0]), 0.5),
        "Two numbers": [p, q, *ridge.teacher_moments(3.0, **one)],
        "Mechanism I: which": [teacher(0.5), student(0.5, 0.3, gamma_s=0.5)],
        "A student with few": [c(0.02), c(0.2)],
        "Through the gate": [ridge.gate(2.0), c(0.02), c(0.2), teacher(0.2), *gate],
        "Take-away of": [1 - p**2 / q, student(0.1, 1, gamma_s=0.1), student(0.5, 1, gamma_s=0.1)],
        "Beat an": [*relieved, spike(1.0, gamma_s=2.0, zeta=0.7, relief=1.0)],
        "Where has": [mi.teacher_error(mi.EXAMPLE, 0.1), *tuned],
        "θ grows": [np.sqrt(0.5), ws.error(0.8, 3), ws.error(path.truth[1], 3)],
    }


def test_numbers_of_the_script_are_those_of_the_library():
    told = instructor.sections()
    for slide, values in said_on_slides().items():
        (words,) = [words for title, words in told.items() if title.startswith(slide)]
        for value in values:
            assert f"{float(value):.2f}" in words, f"{slide}: {float(value):.3f}"


def test_what_is_for_the_instructor_is_on_no_page(tmp_path):
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert "slides" in config["exclude_patterns"]  # where its sources are
    paths = instructor.write(tmp_path / "out")
    assert [path.name for path in paths] == ["script.html", "prompts.html"]
    told = paths[1].read_text(encoding="utf-8")
    assert told.count("<tr>") > 15
    assert "src=" not in "".join(path.read_text(encoding="utf-8") for path in paths)


def test_numbers_of_the_prompts_are_those_of_the_library():
    text = instructor.PROMPTS.read_text(encoding="utf-8")
    one = dict(gamma_t=0.5, noise_var=1.0)
    hard = dict(target=mi.EXAMPLE, gamma_t=0.1, gamma_s=0.05, lam_s=0.01, rho=0.9)
    chain = ridge.generation_errors([0.15] * 3, [0.5] * 3, 1.0)
    for value, digits in [
        (rm.shrinkage(0.30, 0.5), 2),
        (ridge.student_error(0.1, 1.0, gamma_s=0.1, **one), 2),
        (ridge.student_error(0.5, 1.0, gamma_s=0.1, **one), 2),
        (ridge.badness(0.2, **one), 2),
        (ridge.gate(2.0), 2),
        (wr.spike_student_error(0.5, 0.15, gamma_s=0.5, zeta=0.5, relief=1.0, **one), 3),
        (chain[1], 3),
        (chain[2], 3),
        *((mi.student_error(mode=mode, **hard), 2) for mode in ("adapter", "scratch", "full")),
    ]:
        assert f"{float(value):.{digits}f}" in text


@pytest.mark.parametrize("name", re.findall(r'data\.read\("([^"]+)"\)', PROJECTS))
def test_data_of_the_projects_exist(name):
    assert name in data.names()
