r"""Labelled texts: read strictly, or not at all.

A comma that nobody quoted cuts a text and moves its label; a stray quote swallows the rows behind it; a
text that occurs twice stands in the supervisor's data and in the test's. Each of these gives a number, and
the number is wrong. `read_dataset` therefore refuses what it cannot read in one way only, and names the file
and the line.
"""

from __future__ import annotations

import codecs
import csv
import difflib
import io
import json
import math
import os
import re
import sys
import threading
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from w2slib.core.types import Array
from w2slib.core.validation import integer
from w2slib.studies.failures import INSTALL

__all__ = [
    "COLUMNS", "TextDataset", "bag_of_characters", "check_texts", "csv_records", "read_dataset",
    "repeated_texts",
]  # fmt: skip

COLUMNS = ("id", "text", "label", "weak_label", "group", "trained_on")
"""Columns that `read_dataset` knows; only ``text`` and ``label`` have to be there."""

# How a program writes that there is no value.
_NO_VALUE = {"", "nan", "NaN", "NAN", "<NA>", "NaT"}
# The same where the others are numbers; among words, "none" may be a class.
_NO_NUMBER = {"none", "null", "na", "n/a", "#n/a", "inf", "+inf", "-inf", "infinity", "-infinity"}
_FIELD_LIMIT = threading.Lock()
Rows = list[tuple[str, dict[str, Any]]]


@dataclass(frozen=True, eq=False)
class TextDataset:
    """Labelled texts.

    Attributes
    ----------
    ids : tuple of str
        One identifier for each text, no two alike.
    texts : tuple of str
    labels : ndarray, shape (n,)
        True labels; another sequence becomes an array, in its own order whatever its index.
    weak_labels : ndarray, shape (n,), optional
        Labels of a supervisor of your own, from the same classes. Without them `sweep` trains one.
    groups : tuple of str, optional
        Texts of one group never stand on both sides of a split: paragraphs of one document, or the same
        text twice.
    trained_on : ndarray of bool, shape (n,), optional
        Whether your own supervisor was trained on the text. Such texts are neither the student's nor the
        test's. Without it nobody knows whether your supervisor's accuracy is out of sample.
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    labels: np.ndarray
    weak_labels: np.ndarray | None = None
    groups: tuple[str, ...] | None = None
    trained_on: np.ndarray | None = None

    def __post_init__(self) -> None:
        self._become_plain()
        n = len(self.texts)
        if n == 0:
            raise ValueError("texts is empty; allowed: at least one text")
        for name in ("ids", "labels", "weak_labels", "groups", "trained_on"):
            value = getattr(self, name)
            if value is not None and len(value) != n:
                raise ValueError(f"{name} has {len(value)} entries; allowed: {n}, one per text")
        check_texts(self.texts)
        if len(set(self.ids)) < n:
            twice = next(i for i in self.ids if self.ids.count(i) > 1)
            raise ValueError(f"ids contains {twice!r} twice; allowed: no repetition")
        for name in ("labels", "weak_labels"):
            if getattr(self, name) is not None:
                _require_plain_labels(name, getattr(self, name))
        spelt: dict[Any, Any] = {}
        for value in dict.fromkeys(self.labels.tolist()):
            first = spelt.setdefault(_meaning(str(value)), value)
            if first != value:
                raise ValueError(
                    f"labels has {value!r} beside {first!r}; allowed: every class written in one way"
                )
        if self.weak_labels is not None:
            strange = set(self.weak_labels.tolist()) - set(self.labels.tolist())
            if strange:
                raise ValueError(
                    f"weak_labels has the class {sorted(strange, key=str)[0]!r}; allowed: the classes of "
                    f"labels, {sorted(set(self.labels.tolist()), key=str)[:5]}"
                )

    def _become_plain(self) -> None:
        """Tuples and arrays: a column of pandas would be indexed by its index, not by place."""
        for name in ("ids", "texts", "groups"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, tuple):
                if isinstance(value, str) or not isinstance(value, Iterable):
                    raise ValueError(f"{name} = {value!r}; allowed: one for each text")
                object.__setattr__(self, name, tuple(value))
        for name in ("labels", "weak_labels", "trained_on"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, np.ndarray):
                object.__setattr__(self, name, _plain_array(name, value))
        trained = self.trained_on
        if trained is not None and trained.dtype != bool:
            # Numbers would be taken for the places of texts.
            strange = next((each for each in trained.tolist() if each not in (0, 1)), None)
            if strange is not None:
                raise ValueError(f"trained_on contains {strange!r}; allowed: true and false")
            object.__setattr__(self, "trained_on", trained.astype(bool))


def read_dataset(source: Any) -> TextDataset:
    r"""Read texts with labels from a file, a pandas table or an object of ``datasets``.

    Parameters
    ----------
    source : path or object
        A CSV file (``.csv``; UTF-8, with a header), JSON lines (``.jsonl``), Parquet (``.parquet``), a
        ``datasets.Dataset``, or anything whose ``source[column]`` is a column, as a pandas table. Columns:
        ``text`` and ``label``; maybe ``id`` (else rows are numbered), ``weak_label``, ``group`` and
        ``trained_on``, see `TextDataset`. Labels become strings; a whole number is written without a point.

    Returns
    -------
    TextDataset

    Raises
    ------
    ValueError
        Naming file and line: another number of fields than the header has, a quote that is never closed or
        closed in the middle of a field, another encoding, a column twice or nearly named like a known one,
        an empty field, labels that are the same number or word written differently (``1``, ``1.0``, or
        ``1`` before a blank), ``None``, ``NA`` or ``inf`` beside labels that are numbers.
    ImportError
        For Parquet without pyarrow.

    Notes
    -----
    CSV is read by the standard library's reader in its strict mode. pandas' fast reader accepts a stray
    quote, which swallows rows, and its strict one refuses fields over 131,072 characters (pandas 3.1).

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "task.csv"
    ...     _ = path.write_text("text,label\nx = f,1\ny = 2,0\n")
    ...     read_dataset(path).texts
    ('x = f', 'y = 2')
    """
    name, header, rows = _table(source)
    _check_header(name, header)
    if not rows:
        raise ValueError(f"{name} has no rows; allowed: at least one")
    known = [column for column in COLUMNS if column in header]
    columns = {
        column: [_field(name, place, column, row) for place, row in rows] for column in known
    }
    places = [place for place, _ in rows]
    _refuse_no_number(name, places, columns["label"])
    for column in ("label", "weak_label"):
        if column in columns:
            _check_spelling(name, places, column, columns[column], columns["label"])
    weak, trained = columns.get("weak_label"), columns.get("trained_on")
    try:
        return TextDataset(
            ids=tuple(columns.get("id") or map(str, range(len(rows)))),
            texts=tuple(columns["text"]),
            labels=np.array(columns["label"]),
            weak_labels=None if weak is None else np.array(weak),
            groups=tuple(columns["group"]) if "group" in columns else None,
            trained_on=None if trained is None else _truth(name, places, trained),
        )
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def check_texts(texts: Iterable[Any]) -> None:
    r"""Refuse what no tokenizer takes: other objects, and half of a character.

    Examples
    --------
    >>> check_texts(["a", "\ud800"])
    Traceback (most recent call last):
    ...
    ValueError: texts contains '\ud800', half of a character; allowed: strings of whole ones
    """
    for text in texts:
        if not isinstance(text, str):
            raise ValueError(f"texts contains {text!r}; allowed: strings")
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValueError(
                f"texts contains {_short(text)}, half of a character; allowed: strings of whole ones"
            ) from None


def repeated_texts(dataset: TextDataset) -> dict[str, list[int]]:
    """Texts that occur more than once, apart from white space and what nobody sees, and where.

    Parameters
    ----------
    dataset : TextDataset

    Returns
    -------
    dict
        Text to the indices at which it stands. Two ways of writing one accented letter are one text.

    Examples
    --------
    >>> twice = TextDataset(("a", "b", "c"), ("red fox", "red  fox ", "sky"), np.array([0, 1, 0]))
    >>> repeated_texts(twice)
    {'red fox': [0, 1]}
    """
    places: dict[str, list[int]] = defaultdict(list)
    for index, text in enumerate(dataset.texts):
        places[" ".join(_visible(unicodedata.normalize("NFC", text)).split())].append(index)
    return {text: where for text, where in places.items() if len(where) > 1}


def bag_of_characters(texts: Sequence[str], alphabet: str, reads: int) -> Array:
    """Count how often each character occurs among the last ones of each text.

    Parameters
    ----------
    texts : sequence of str
        n texts.
    alphabet : str
        The characters counted; others are ignored.
    reads : int
        How many characters from the end are looked at, at least 1.

    Returns
    -------
    ndarray, shape (n, len(alphabet))

    Notes
    -----
    What the weak supervisor sees: neither the order of the characters nor what stands before them.

    Examples
    --------
    >>> bag_of_characters(["banana", "abba"], "ab", reads=4)
    array([[2., 0.],
           [2., 2.]])
    """
    reads = integer("reads", reads)
    return np.array([[text[-reads:].count(c) for c in alphabet] for text in texts], float)


# -------------------------------------------------------------------------- kinds of source


def _table(source: Any) -> tuple[str, list[str], Rows]:
    """Name for messages, header, and (place, fields) of each row."""
    if not isinstance(source, (str, os.PathLike)):
        return _columns_of(source)
    path = Path(source)
    readers = {".jsonl": _read_jsonl, ".ndjson": _read_jsonl, ".parquet": _read_parquet}
    reader = readers.get(path.suffix.lower(), _read_csv)
    header, rows = reader(path)
    return str(path), header, rows


def _columns_of(source: Any) -> tuple[str, list[str], Rows]:
    name = type(source).__name__
    if isinstance(source, Mapping) and not hasattr(source, "column_names"):
        header = list(source)
    else:
        named = getattr(source, "column_names", None)
        header = list(getattr(source, "columns", ()) if named is None else named)
    if isinstance(source, Mapping) and header and "text" not in header:
        raise ValueError(
            f"{name} has the parts {header}; allowed: one of them, for instance ['train']"
        )
    if not header:
        raise ValueError(
            f"dataset = {name}; allowed: a path, a datasets.Dataset, a table of columns"
        )
    _check_header(name, map(str, header))
    parts = {str(c): _column(name, c, source[c]) for c in header if str(c) in COLUMNS}
    n = len(parts["text"])
    for column, values in parts.items():
        if len(values) != n:
            raise ValueError(
                f"{name}: {column} has {len(values)} entries; allowed: {n}, as many as text has"
            )
    rows = [(f"row {i}", {column: values[i] for column, values in parts.items()}) for i in range(n)]
    return name, [str(column) for column in header], rows


def _column(name: str, column: object, values: Any) -> list[Any]:
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise ValueError(f"{name}: {column} = {values!r}; allowed: one value for each text")
    return list(values)


def _read_parquet(path: Path) -> tuple[list[str], Rows]:
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise ImportError(
            f"reading Parquet needs pyarrow; it comes with the optional extra: {INSTALL}"
        ) from error
    try:
        table = parquet.read_table(path)
    except (OSError, ValueError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise ValueError(f"{path} is no Parquet file; {error}") from error
    rows = [(f"row {i}", row) for i, row in enumerate(table.to_pylist())]
    return list(table.column_names), rows


def _read_jsonl(path: Path) -> tuple[list[str], Rows]:
    header: list[str] = []
    rows: Rows = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) < len(pairs):
            raise ValueError("a name occurs twice in one object")
        return dict(pairs)

    for number, line in enumerate(_decoded(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, object_pairs_hook=once)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path}, line {number}: {error}; allowed: one JSON object") from None
        if not isinstance(row, dict):
            raise ValueError(f"{path}, line {number}: {type(row).__name__}; allowed: a JSON object")
        header = header or list(row)
        if set(row) != set(header):
            differs = sorted(set(row) ^ set(header))[0]
            raise ValueError(f"{path}, line {number}: {differs!r} is not in every line; allowed: the "
                             f"same names in each, {header}")  # fmt: skip
        rows.append((f"line {number}", row))
    return header, rows


def _read_csv(path: Path) -> tuple[list[str], Rows]:
    records = list(csv_records(path))
    while records and not records[-1][1]:  # blank lines at the end
        records.pop()
    if not records:
        return [], []
    header = records[0][1]
    rows: Rows = []
    for place, fields in records[1:]:
        if len(fields) != len(header):
            hint = "; a comma inside a field needs quotes around the field"
            what = f"{len(fields)} fields" if fields else "an empty line"
            raise ValueError(f"{path}, {place}: {what} ({_short(','.join(fields))}); allowed: "
                             f"{len(header)}, as in the header{hint}")  # fmt: skip
        rows.append((place, dict(zip(header, fields, strict=True))))
    _refuse_swallowed(path, header, rows)
    return header, rows


def csv_records(path: Path) -> Iterator[tuple[str, list[str]]]:
    r"""Read the records of a CSV file, each with where it begins; a blank line is an empty record.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "some.csv"
    ...     _ = path.write_text("a,b\n1,2\n")
    ...     [fields for _, fields in csv_records(path)]
    [['a', 'b'], ['1', '2']]
    """
    text = _decoded(path)
    with _long_fields():
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        while True:
            line = reader.line_num + 1
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                hint = "a quote inside a field is written twice, in a field in quotes"
                raise ValueError(f"{path}, line {line}: {error}; allowed: {hint}") from None
            yield f"line {line}", fields


@contextmanager
def _long_fields() -> Iterator[None]:
    """Fields of any length; the standard library's limit is one for the whole process."""
    with _FIELD_LIMIT:
        before = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
        try:
            yield
        finally:
            csv.field_size_limit(before)


def _refuse_swallowed(path: Path, header: list[str], rows: Rows) -> None:
    """Refuse a field in quotes whose inner lines are all rows of the file themselves."""
    labels = {row["label"] for _, row in rows if "label" in row}
    at = header.index("label") if "label" in header else -1
    for place, row in rows:
        k, field = next(((k, v) for k, v in enumerate(row.values()) if "\n" in v), (0, ""))
        lines = field.splitlines()
        inner = [line.split(",") for line in lines[1:-1]]
        if inner and all(len(each) == len(header) and each[at] in labels for each in inner):
            what = f"{len(inner)} lines that look like rows ({_short(lines[1])})"
        elif len(lines) == 2 and k < at and _two_rows(lines, k, at, len(header), labels):
            what = f"the end of one row and the beginning of the next ({_short(lines[0])})"
        else:
            continue
        raise ValueError(
            f"{path}, {place}: one field in quotes holds {what}; allowed: every quote closed in its own "
            "field"
        )


def _two_rows(lines: list[str], k: int, at: int, width: int, labels: set[str]) -> bool:
    """Whether the two lines of field k are the end of one row, up to its label, and the next's beginning."""
    end, begin = lines[0].split(","), lines[1].split(",")
    return len(end) == width - k and end[at - k] in labels and len(begin) == k + 1


def _decoded(path: Path) -> str:
    raw = path.read_bytes()
    marks = {codecs.BOM_UTF32_LE: 32, codecs.BOM_UTF32_BE: 32} | {
        codecs.BOM_UTF16_LE: 16,
        codecs.BOM_UTF16_BE: 16,
    }
    for mark, bits in marks.items():
        if raw.startswith(mark):
            raise ValueError(f"{path}, line 1: the file is UTF-{bits}; allowed: UTF-8")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ValueError(
            f"{path}, line {line}: byte {raw[error.start]:#x} is not UTF-8; allowed: UTF-8"
        ) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise ValueError(f"{path}, line {line}: a NUL character; allowed: text in UTF-8")
    return text


# ---------------------------------------------------------------------------------- checks


def _check_header(name: str, header: Iterable[str]) -> None:
    header = list(header)
    twice = next((column for column in header if header.count(column) > 1), None)
    if twice is not None:
        raise ValueError(f"{name} has the column {twice!r} twice; allowed: every column once")
    missing = {"text", "label"} - set(header)
    if missing:
        raise ValueError(
            f"{name} lacks the column {sorted(missing)[0]!r}; allowed: a header with text and label, not "
            f"{_short(','.join(header))}"
        )
    for column in set(header) - set(COLUMNS):
        plain = re.sub(r"[\s_-]+", "_", column.strip().casefold())
        near = difflib.get_close_matches(plain, COLUMNS, 1, cutoff=0.85)
        if near:
            raise ValueError(
                f"{name} has the column {column!r}; allowed: {near[0]!r}, or another name"
            )


def _field(name: str, place: str, column: str, row: Mapping[str, Any]) -> str:
    """One field as a string that is not empty."""
    value = row[column]
    if column == "text":
        if not isinstance(value, str):
            raise ValueError(f"{name}, {place}: text = {value!r}; allowed: a string")
        if not value.strip():
            raise ValueError(f"{name}, {place} has no text; allowed: no empty field")
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            raise ValueError(f"{name}, {place}: text has half of a character; allowed: whole ones")
        return value
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        value = ""
    if isinstance(value, float) and value == int(value):
        value = int(value)
    if not isinstance(value, (str, int, float)):
        raise ValueError(f"{name}, {place}: {column} = {value!r}; allowed: a word or a number")
    text = str(value)
    if text.strip() in _NO_VALUE:
        said = f" ({text!r})" if text else ""
        raise ValueError(f"{name}, {place} has no {column}{said}; allowed: no empty field")
    return text


def _refuse_no_number(name: str, places: Sequence[str], labels: Sequence[str]) -> None:
    """Refuse what stands for a number that is missing, which would be a class of its own."""
    found = {label: _meaning(label) for label in set(labels)}
    if any(isinstance(what, float) and math.isfinite(what) for what in found.values()):
        for place, label in zip(places, labels, strict=True):
            if label.strip().casefold() in _NO_NUMBER:
                raise ValueError(
                    f"{name}, {place}: label {label!r} beside numbers; allowed: a number for every text"
                )


def _check_spelling(
    name: str, places: Sequence[str], column: str, values: Sequence[str], labels: Sequence[str]
) -> None:
    """Refuse one class written in two ways, and a weak label that is no class."""
    spelt: dict[Any, str] = {}
    for value in labels if column != "label" else ():
        spelt.setdefault(_meaning(value), value)
    classes = set(labels)
    for place, value in zip(places, values, strict=True):
        first = spelt.setdefault(_meaning(value), value)
        if first != value:
            raise ValueError(f"{name}, {place}: {column} {value!r} beside {first!r}; allowed: every class "
                             "written in one way")  # fmt: skip
        if value != value.strip():
            raise ValueError(
                f"{name}, {place}: {column} {value!r}; allowed: no space around a label"
            )
        if value not in classes:
            raise ValueError(
                f"{name}, {place}: {column} {value!r}; allowed: the classes of label, "
                f"{', '.join(sorted(classes)[:5])}"
            )


def _meaning(value: str) -> Any:
    """What a label says, however it is written."""
    plain = unicodedata.normalize("NFKC", value).casefold()
    plain = _visible(plain).strip()
    try:
        return float(plain)
    except ValueError:
        return {"true": 1.0, "false": 0.0}.get(plain, plain)


def _visible(text: str) -> str:
    """Without marks of order and spaces without width, which nobody sees."""
    if text.isascii():
        return text
    return "".join(c for c in text if unicodedata.category(c) != "Cf")


def _truth(name: str, places: Sequence[str], values: Sequence[str]) -> np.ndarray:
    meanings = {"1": True, "0": False, "true": True, "false": False, "yes": True, "no": False}
    for place, value in zip(places, values, strict=True):
        if value.casefold() not in meanings:
            raise ValueError(f"{name}, {place}: trained_on = {value!r}; allowed: true or false")
    return np.array([meanings[value.casefold()] for value in values])


def _plain_array(name: str, value: Any) -> np.ndarray:
    """Values as an array that makes no kind into another."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ValueError(f"{name} = {value!r}; allowed: one for each text")
    plain = value.tolist() if hasattr(value, "tolist") else list(value)
    plain = [each.item() if isinstance(each, np.generic) else each for each in plain]
    return np.array(plain, None if len({type(each) for each in plain}) == 1 else object)


def _require_plain_labels(name: str, labels: np.ndarray) -> None:
    kinds = {type(label) for label in np.asarray(labels).tolist()}
    if len(kinds) > 1 or not kinds <= {str, int, bool, float}:
        listed = sorted(kind.__name__ for kind in kinds)
        raise ValueError(f"{name} are of the types {listed}; allowed: all strings, or all numbers")
    if kinds == {float} and not np.all(np.isfinite(labels)):
        raise ValueError(f"{name} contains nan or inf; allowed: finite labels")


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
