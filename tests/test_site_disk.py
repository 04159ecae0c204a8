"""Every page of the built website from file://, with the network switched off."""

import pytest

from tests import browser as harness


@pytest.mark.parametrize("name", [*harness.documents(), "search", "genindex"])
def test_page_works_from_the_disk_without_network(open_page, name):
    assert open_page(name, scheme="file").problems() == []
