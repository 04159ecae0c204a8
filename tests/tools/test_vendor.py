"""The browser files that the site serves itself are those that the manifest names."""

import json

import pytest

from tools import vendor


def test_files_are_those_of_the_manifest_and_anywidget_is_the_installed_one():
    assert vendor.problems() == []


def test_manifest_says_where_every_file_comes_from():
    for name, entry in vendor.read_manifest()["files"].items():
        assert set(entry) == {"package", "version", "licence", "source", "sha256"}, name
        assert all(entry.values()), name


def test_every_bundled_package_has_a_version_and_a_licence_text():
    packages = vendor.read_manifest()["bundle"]["packages"]
    texts = (vendor.VENDOR / "widgets.licences.txt").read_text(encoding="utf-8").splitlines()
    for name, package in packages.items():
        assert package["version"]
        assert package["licence"] in ("BSD-3-Clause", "MIT", "ISC")
        assert name in texts


@pytest.fixture
def other_vendor(tmp_path, monkeypatch):
    """A vendor folder of one good file, with a manifest that can be spoilt."""
    decompositions = vendor.read_manifest()["decompositions"]
    monkeypatch.setattr(vendor, "VENDOR", tmp_path)
    monkeypatch.setattr(vendor, "MANIFEST", tmp_path / "manifest.json")
    manifest = {
        "files": {},
        "decompositions": decompositions,
        "bundle": {
            "inputs": vendor.bundle_inputs(),
            "packages": {"anywidget": {"version": vendor.importlib.metadata.version("anywidget")}},
        },
    }
    (tmp_path / "good.js").write_text("1")
    manifest["files"]["good.js"] = {"sha256": vendor.sha256(tmp_path / "good.js")}

    def told():
        (tmp_path / "manifest.json").write_text(json.dumps(manifest))
        return vendor.problems()

    return manifest, tmp_path, told


def test_a_changed_missing_or_unlisted_file_is_noticed(other_vendor):
    manifest, folder, told = other_vendor
    assert told() == []
    (folder / "changed.js").write_text("2")
    (folder / "unlisted.js").write_text("3")
    for name in ("changed.js", "gone.js"):
        manifest["files"][name] = manifest["files"]["good.js"]
    assert told() == [
        "unlisted.js: not in the manifest",
        "changed.js: changed since it was made",
        "gone.js: missing",
    ]


def test_another_anywidget_or_another_source_of_the_bundle_is_noticed(other_vendor):
    manifest, _, told = other_vendor
    manifest["bundle"]["packages"]["anywidget"]["version"] = "0.0.1"
    manifest["bundle"]["inputs"]["tools/widgets/widgets.js"] = "0"
    first, second = told()
    assert first.startswith("tools/widgets/widgets.js: changed since")
    assert "holds anywidget 0.0.1" in second


def test_the_file_that_lies_in_the_package_is_checked_too(other_vendor, tmp_path, monkeypatch):
    manifest, _, told = other_vendor
    manifest["decompositions"]["inputs"]["tools/decompositions/matrix.js"] = "0"
    (problem,) = told()
    assert problem.startswith("decompositions.js: its sources have changed since")
    assert "MIT License" in vendor.DECOMPOSITIONS.read_text(encoding="utf-8")
    monkeypatch.setattr(vendor, "DECOMPOSITIONS", tmp_path / "good.js")
    assert told()[0] == "good.js: changed since it was made"
