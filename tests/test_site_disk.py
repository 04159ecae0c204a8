"""Every page of the built website from file://, with the network switched off."""

import pytest

from tests import browser as harness


@pytest.fixture(scope="module")
def offline(browser):
    context = browser.new_context(viewport={"width": 1300, "height": 900}, offline=True)
    yield context
    context.close()


@pytest.mark.parametrize("name", harness.pages())
def test_page_works_from_the_disk_without_network(offline, site, name):
    visit = harness.open_in(offline, f"{site.as_uri()}/", name)
    problems = visit.problems()
    visit.page.close()
    assert problems == []
