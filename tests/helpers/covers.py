"""Explorers that are covered until the reader has voted."""

from __future__ import annotations


def show(root) -> None:
    """Uncover an explorer or the guide, as a reader who does not want to vote does."""
    button = root.get_by_role("button", name="just show me", exact=True)
    if button.is_visible():
        button.click()


def open_explorer(root) -> None:
    """Wait until the explorer is drawn, and uncover it."""
    root.locator(".w2s-sentence strong, .w2s-ballot:not([hidden])").first.wait_for(timeout=90_000)
    show(root)
    root.locator(".w2s-sentence strong").wait_for()
