"""Join printed pages into one PDF: links within the file, bookmarks, contents, page numbers."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    Fit,
    FloatObject,
    NameObject,
    NullObject,
    TextStringObject,
)

from tools.publish import paper

TITLE = "Weak-to-strong generalization"
Place = tuple[int, float]  # page, counted from 0, and height on it


@dataclass
class Printed:
    """One page of the book as Chromium printed it."""

    name: str
    headings: list[dict]  # level, id, text
    pdf: bytes
    too_wide: list[str]

    @property
    def title(self) -> str:
        """The page's first heading."""
        return next(h["text"] for h in self.headings if h["level"] == 1)


def join(
    title: bytes,
    printed: list[Printed],
    captions: dict[str, str],
    root: str,
    address: str,
    set_: Callable[..., bytes],
) -> PdfWriter:
    """Return the joined document.

    Parameters
    ----------
    title
        The title page.
    captions
        Part of the book of each page.
    root, address
        Where the pages were printed from, and where they are published (may be empty).
    set_
        Prints HTML.
    """
    readers = [PdfReader(io.BytesIO(page.pdf)) for page in printed]
    counts = [len(reader.pages) for reader in readers]
    # The table of contents is set twice: first to see how long it is.
    draft = PdfReader(io.BytesIO(set_(paper.contents(_rows(printed, captions, root, {})))))
    before = 1 + len(draft.pages)
    starts = [before + sum(counts[:i]) for i in range(len(printed))]
    places = _places(printed, readers, starts)
    rows = _rows(printed, captions, root, places)
    contents = PdfReader(io.BytesIO(set_(paper.contents(rows))))

    writer = PdfWriter()
    writer.add_metadata({"/Title": TITLE, "/Author": "The w2slib developers"})
    owners: list[str | None] = []
    everything = [(None, PdfReader(io.BytesIO(title))), (None, contents)]
    everything += [(page.name, reader) for page, reader in zip(printed, readers, strict=True)]
    for name, reader in everything:
        for page in reader.pages:
            writer.add_page(page)
            owners.append(name)
    titles = {page.name: page.title for page in printed}
    _number(writer, [titles.get(name, TITLE) if name else TITLE for name in owners], set_)
    for page, name in zip(writer.pages, owners, strict=True):
        _relink(page, name, writer, places, root, address)
    _outline(writer, printed, captions, places)
    writer.compress_identical_objects()
    return writer


def alone(printed: Printed, root: str) -> PdfWriter:
    """Return one page of the book as a document of its own."""
    reader = PdfReader(io.BytesIO(printed.pdf))
    writer = PdfWriter()
    writer.add_metadata({"/Title": f"{printed.title} · {TITLE}"})
    for page in reader.pages:
        writer.add_page(page)
    places = _places([printed], [reader], [0])
    for page in writer.pages:
        _relink(page, printed.name, writer, places, root, "")
    return writer


def _places(
    printed: list[Printed], readers: list[PdfReader], starts: list[int]
) -> dict[tuple[str, str], Place]:
    """Say where every page of the book, and every element with an id, stands."""
    found: dict[tuple[str, str], Place] = {}
    for page, reader, start in zip(printed, readers, starts, strict=True):
        height = float(reader.pages[0].mediabox.height)
        found[page.name, ""] = (start, height)
        for name, place in reader.named_destinations.items():
            number = reader.get_destination_page_number(place)
            if number is not None and number >= 0:
                top = height if place.top is None else float(place.top)
                found[page.name, unquote(name.lstrip("/"))] = (start + number, top)
    return found


def _rows(
    printed: list[Printed], captions: dict[str, str], root: str, places: dict
) -> list[tuple[str, str, str, str]]:
    """Rows of the table of contents: parts, chapters, sections."""
    rows, last = [], None
    for page in printed:
        caption = captions.get(page.name)
        if caption not in (None, last):
            rows.append(("part", caption, "", ""))
            last = caption
        for heading in page.headings:
            if heading["level"] > 2 or (heading["level"] == 2 and caption == "Exercises"):
                continue
            kind = "chapter" if heading["level"] == 1 else "section"
            fragment = "" if kind == "chapter" else heading["id"]
            place = places.get((page.name, fragment))
            number = str(place[0] + 1) if place else "000"
            rows.append((kind, heading["text"], f"{root}{page.name}.html#{fragment}", number))
    return rows


def _number(writer: PdfWriter, titles: list[str], set_: Callable[..., bytes]) -> None:
    """Print title and number at the foot of every page but the first."""
    sheets = PdfReader(io.BytesIO(set_(paper.footers(titles), paper.BARE))).pages
    if len(sheets) != len(titles):
        raise RuntimeError(f"{len(sheets)} sheets of page numbers for {len(titles)} pages")
    for index, page in enumerate(writer.pages):
        if index:
            page.merge_page(sheets[index])


def _relink(
    page: PageObject,
    name: str | None,
    writer: PdfWriter,
    places: dict[tuple[str, str], Place],
    root: str,
    address: str,
) -> None:
    """Let every link of a page lead into the file, to the published book, or out; else drop it."""
    kept = ArrayObject()
    for reference in page.get("/Annots") or []:
        link = reference.get_object()
        if link.get("/Subtype") != "/Link":
            kept.append(reference)
            continue
        target = _target(link, name, root)
        place = places.get(target) if isinstance(target, tuple) else None
        if isinstance(target, tuple) and place is None and target[0] != name:
            place = places.get((target[0], ""))  # a place of a page that is not marked
        for key in ("/A", "/Dest"):
            link.pop(key, None)
        if place is not None:
            number, top = place
            where = [writer.pages[number].indirect_reference, NameObject("/XYZ")]
            rest = [FloatObject(0), FloatObject(top), NullObject()]
            link[NameObject("/Dest")] = ArrayObject([*where, *rest])
        elif isinstance(target, str) or (target is not None and address):
            url = target if isinstance(target, str) else _published(target, address)
            link[NameObject("/A")] = DictionaryObject(
                {
                    NameObject("/S"): NameObject("/URI"),
                    NameObject("/URI"): TextStringObject(url),
                }
            )
        else:
            continue
        kept.append(reference)
    if "/Annots" in page:
        page[NameObject("/Annots")] = kept


def _target(link: DictionaryObject, name: str | None, root: str) -> tuple[str, str] | str | None:
    """Return the page and fragment that a link means, or an address outside the book, or None."""
    action = link.get("/A")
    action = action.get_object() if action is not None else {}
    inside = link.get("/Dest", action.get("/D"))
    if inside is not None:
        fragment = unquote(str(inside).lstrip("/")) if not isinstance(inside, list) else ""
        return (name, fragment) if name else None
    url = str(action.get("/URI", ""))
    if not url.startswith(root):
        return url or None
    path, _, fragment = url.removeprefix(root).partition("#")
    if path and not path.endswith(".html"):
        return path, ""  # a file beside the pages
    return path.removesuffix(".html") or (name or ""), unquote(fragment.partition("?")[0])


def _published(target: tuple[str, str], address: str) -> str:
    name, fragment = target
    suffix = "" if "." in name.rpartition("/")[2] else ".html"
    return f"{address.rstrip('/')}/{name}{suffix}" + (f"#{fragment}" if fragment else "")


def _outline(
    writer: PdfWriter, printed: list[Printed], captions: dict[str, str], places: dict
) -> None:
    """Bookmarks: parts, chapters, sections, and what is below them."""
    parts: dict[str, Any] = {}
    for page in printed:
        start, top = places[page.name, ""]
        caption = captions.get(page.name)
        if caption and caption not in parts:
            parts[caption] = _bookmark(writer, caption, (start, top), None)
        above = {0: parts.get(caption) if caption else None}
        for heading in page.headings:
            level = heading["level"]
            place = (start, top) if level == 1 else places.get((page.name, heading["id"]))
            if place is None:
                continue
            parent = next((above[k] for k in range(level - 1, -1, -1) if k in above), None)
            item = _bookmark(writer, heading["text"], place, parent)
            above = {k: v for k, v in above.items() if k < level} | {level: item}


def _bookmark(writer: PdfWriter, title: str, place: Place, parent: Any) -> Any:
    fit = Fit.xyz(top=place[1])
    return writer.add_outline_item(title=title, page_number=place[0], parent=parent, fit=fit)
