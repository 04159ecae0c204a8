"""The browser files that the site serves itself are those that the manifest names."""

import json

from scripts import vendor


def test_files_are_those_of_the_manifest_and_anywidget_is_the_installed_one():
    assert vendor.problems() == []


def test_manifest_says_where_every_file_comes_from():
    for name, entry in vendor.read_manifest()["files"].items():
        assert set(entry) == {"package", "version", "licence", "source", "sha256"}, name
        assert all(entry.values()), name


def test_a_changed_missing_or_unlisted_file_is_noticed(tmp_path, monkeypatch):
    (tmp_path / "good.js").write_text("1")
    (tmp_path / "changed.js").write_text("2")
    (tmp_path / "unlisted.js").write_text("3")
    digest = vendor.sha256(tmp_path / "good.js")
    entry = {"package": "p", "version": "1", "licence": "MIT", "source": "s", "sha256": digest}
    files = {"good.js": entry, "changed.js": entry, "gone.js": entry}
    (tmp_path / "manifest.json").write_text(json.dumps({"files": files}))
    monkeypatch.setattr(vendor, "VENDOR", tmp_path)
    monkeypatch.setattr(vendor, "MANIFEST", tmp_path / "manifest.json")
    assert vendor.problems() == [
        "unlisted.js: not in the manifest",
        "changed.js: changed since it was fetched",
        "gone.js: missing",
    ]


def test_another_installed_anywidget_is_noticed(monkeypatch):
    monkeypatch.setattr(vendor.importlib.metadata, "version", lambda name: "0.0.1")
    assert any("but 0.0.1 is installed" in problem for problem in vendor.problems())
