"""The slider over checkpoints on its page: keyboard, picture, sentence and histograms are Python's."""

import numpy as np
import pytest

from tests.helpers.covers import show
from w2slib import explorer

PICTURE = "root => root.querySelector('canvas').toDataURL()"


@pytest.fixture(scope="module")
def expected():
    """The explorer as Python makes it; the page's must be the same."""
    return explorer.digit_scores()


@pytest.fixture(scope="module")
def shown(open_page):
    visit = open_page("book/checkpoints")
    scores = visit.page.locator('[data-explorer="digit-scores"]')
    assert scores.evaluate("root => root.w2slib.index()") == 0, "opens at another step than 0"
    show(scores)
    yield visit
    assert visit.problems() == []


@pytest.fixture
def root(shown):
    return shown.page.locator('[data-explorer="digit-scores"]')


@pytest.fixture
def handle(shown):
    return shown.page.locator(".w2s-slider-index .noUi-handle")


def test_every_checkpoint_is_reached_by_keyboard(shown, root, handle, expected):
    options = expected.canvas.options
    handle.focus()
    handle.press("Home")
    pictures = []
    for k, step in enumerate(options["steps"]):
        shown.next_frames()
        assert root.evaluate("root => root.w2slib.index()") == k
        assert root.evaluate("root => root.w2slib.sentence()") == options["sentences"][k]
        assert handle.get_attribute("aria-valuetext") == f"step {step}"
        pictures.append(root.evaluate(PICTURE))
        handle.press("ArrowRight")
    assert len(set(pictures)) == len(pictures)


def test_histograms_are_pythons(root, expected):
    for k in (0, 17, len(expected.counts) - 1):
        for label in (0, 1):
            bins = root.evaluate("(root, [k, label]) => root.w2slib.bins(k, label)", [k, label])
            np.testing.assert_array_equal(bins, expected.counts[k, label])
    assert np.all(expected.counts.sum(axis=2) == expected.counts[0].sum(axis=1))


def test_live_region_speaks_after_a_pause(shown, root, handle):
    handle.press("Home")
    shown.page.wait_for_timeout(700)
    assert root.locator("[aria-live]").text_content().startswith("Step 0:")


def test_picture_follows_the_theme(shown, root):
    light = root.evaluate(PICTURE)
    shown.set_theme("dark")
    dark = root.evaluate(PICTURE)
    shown.set_theme("light")
    assert dark != light == root.evaluate(PICTURE)


def test_page_is_at_rest(shown):
    """Two writers of one attribute once woke each other without end; then no frame is drawn."""
    frames = shown.page.evaluate(
        """new Promise(done => {
            let n = 0;
            const end = performance.now() + 1000;
            const frame = () => (n++, performance.now() < end ? requestAnimationFrame(frame) : done(n));
            requestAnimationFrame(frame);
        })"""
    )
    assert frames > 5
