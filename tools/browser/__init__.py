"""The browser harness: a built site, a server under a sub-path, Debian's Chromium, recorded pages.

The fixtures that use it are in conftest.py: ``site``, ``server``, ``browser`` and ``open_page``.

    def test_something(open_page):
        visit = open_page("book/ridge")          # over http, 1300 px wide, light
        visit.page.keyboard.press("Tab")         # a playwright page
        assert not visit.problems()              # outside requests, failed requests, errors

Environment variables:
    W2S_SITE             a built site to test instead of building one (``_build/html``)
    W2S_CHROMIUM         the Chromium to use; default: the first one found on PATH
    W2S_REQUIRE_BROWSER  set to 1, a missing Chromium is a failure instead of a skip
"""

from tools.browser.site import PREFIX, build_site, build_site_once, serve
from tools.browser.tab import Tab, Visit, chromium, launch, tabs, widget_page

__all__ = [
    "PREFIX",
    "Tab",
    "Visit",
    "build_site",
    "build_site_once",
    "chromium",
    "launch",
    "serve",
    "tabs",
    "widget_page",
]
