"""Reading labelled texts: right, or refused with file and line."""

import json

import numpy as np
import pytest

from w2slib.studies import texts


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("text,label\nred fox,1\nblue sky,0\n\n", ["red fox", "blue sky"]),
        ("text,label\nred fox,1\nblue sky,0\n\n\n", ["red fox", "blue sky"]),
        (b"\xef\xbb\xbftext,label\nred fox,1\nblue sky,0\n", ["red fox", "blue sky"]),
        (b"\xef\xbb\xbfid,text,label\na,red fox,1\nb,blue sky,0\n", ["red fox", "blue sky"]),
        ("text,label\r\nred fox,1\r\nblue sky,0", ["red fox", "blue sky"]),
        (f"text,label\n{'x' * 140_000},1\nshort,0\n", ["x" * 140_000, "short"]),
        ('text,label\n"well, blue\nsky",1\nsay "hi",0\n', ["well, blue\nsky", 'say "hi"']),
        ('text,label\n"she said ""no"", then",1\nb,0\n', ['she said "no", then', "b"]),
    ],
)  # fmt: skip
def test_read_right(tmp_path, content, expected):
    data = texts.read_dataset(write(tmp_path / "task.csv", content))
    assert list(data.texts) == expected
    assert data.labels.tolist() == ["1", "0"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("text,label\nred fox,1\nwell, blue sky,0\n", r"line 3: 3 fields .*allowed: 2.*comma"),
        ("text,label\nred,fox,1\nwell, blue sky,0\n", r"line 2: 3 fields"),
        ("text,label\nred fox\nsky,0\n", r"line 2: 1 fields"),
        ("text,label\na,1\n\nb,0\n", r"line 3: an empty line"),
        ('text,label\n"green grass,1\nold dog,0\nnew" cat,1\n', r"line 2: .*expected after"),
        ('text,label\na,0\n"green grass,1\nold dog,0\n', r"line 3: unexpected end of data"),
        (
            'text,label\na,0\n"green,1\nold dog,0\nnew ",1\n',
            r"line 3: one field in quotes holds 1 lines",
        ),
        (
            'text,label\na,0\nb,1\n"green grass,1\nold dog",0\n',
            r"line 4: one field in quotes holds the end of one row and .* \('green grass,1'\)",
        ),
        (
            'id,text,label\n1,"green,1\n2,old dog",0\n3,b,1\n',
            r"line 2: one field in quotes holds the end of one row",
        ),
        ("text,label\na,1\n".encode("utf-16"), r"line 1: the file is UTF-16"),
        ("text,label\na,1\n".encode("utf-32"), r"line 1: the file is UTF-32"),
        (b"text,label\na,1\ncaf\xe9,0\n", r"line 3: byte 0xe9 is not UTF-8"),
        (b"text,label\na\x00,1\n", r"line 2: a NUL"),
        ("text,label,text\na,1,b\n", r"has the column 'text' twice"),
        ("text,label,weak_labels\na,1,1\n", r"column 'weak_labels'; allowed: 'weak_label'"),
        ("text,label,Trained On\na,1,1\n", r"column 'Trained On'; allowed: 'trained_on'"),
        ("text;label\na;1\n", r"lacks the column 'label'.*'text;label'"),
        ("text,label\na b,1\nb c,1.0\n", r"line 3: label '1.0' beside '1'"),
        ("text,label\na b,1\nb c,1 \n", r"line 3: label '1 ' beside '1'"),
        ("text,label\na b,yes\nb c,Yes\n", r"line 3: label 'Yes' beside 'yes'"),
        ("text,label\na b,True\nb c,1\n", r"line 3: label '1' beside 'True'"),
        ("text,label\na b,1\nb c, \n", r"line 3 has no label"),
        ("text,label\na b,1\nb c,nan\n", r"line 3 has no label \('nan'\)"),
        ("text,label\na b,1\nb c,0\nc d,None\n", r"line 4: label 'None' beside numbers"),
        ("text,label\na b,NA\nb c,0\nc d,1\n", r"line 2: label 'NA' beside numbers"),
        ("text,label\na b,1\nb c,0\nc d,-inf\n", r"line 4: label '-inf' beside numbers"),
        ("text,label\na b,1\nb c,1\u200b\n", r"line 3: label '1\\u200b' beside '1'"),
        ("text,label\na b,\ufeffyes\nb c,yes\n", r"line 3: label 'yes' beside"),
        ("text,label\na b, x\nb c, x\n", r"line 2: label ' x'; allowed: no space"),
        ("text,label\n ,1\n", r"line 2 has no text"),
        ("text,label,weak_label\na,1,1\nb,0,\n", r"line 3 has no weak_label"),
        ("text,label,weak_label\na,1,1\nb,0,2\n", r"line 3: weak_label '2'; allowed: the classes"),
        ("text,label,weak_label\na,1,1.0\nb,0,0\n", r"line 2: weak_label '1.0' beside '1'"),
        ("text,label,trained_on\na,1,1\nb,0,maybe\n", r"line 3: trained_on = 'maybe'"),
        ("text,label,group\na,1,g\nb,0,\n", r"line 3 has no group"),
        ("text,label\n", "has no rows"),
        ("", "lacks the column"),
    ],
)
def test_refused_naming_file_and_line(tmp_path, content, message):
    with pytest.raises(ValueError, match=message) as error:
        texts.read_dataset(write(tmp_path / "task.csv", content))
    assert "task.csv" in str(error.value)


def test_words_that_say_nothing_may_be_classes_among_words(tmp_path):
    path = write(tmp_path / "task.csv", 'text,label\n"pro, 1\nand con",for\nb,none\n')
    assert texts.read_dataset(path).labels.tolist() == ["for", "none"]


def test_json_lines(tmp_path):
    rows = [{"text": "a, b", "label": 1}, {"text": "c", "label": 0}]
    lines = "\n".join(map(json.dumps, rows)) + "\n\n"
    data = texts.read_dataset(write(tmp_path / "task.jsonl", lines))
    assert (data.texts, data.labels.tolist()) == (("a, b", "c"), ["1", "0"])
    for content, message in (
        (lines + "{", "line 4: "),
        (lines + '{"text": "d"}', r"line 4: 'label' is not in every line"),
        (lines + '{"text": "d", "label": 1, "label": 0}', "line 4: a name occurs twice"),
        (lines + '{"text": null, "label": 1}', "line 4: text = None"),
        (lines + '{"text": "d", "label": null}', "line 4 has no label"),
        (lines + '{"text": "d", "label": [1]}', r"line 4: label = \[1\]"),
        (lines + '{"text": "d", "label": true}', "line 4: label 'True' beside '1'"),
        (lines + "[1]", "line 4: list"),
        (lines + "[" * 10_000, "line 4: .*recursion"),
        (lines + r'{"text": "a \ud800", "label": 1}', "line 4: text has half of a character"),
    ):
        with pytest.raises(ValueError, match=message):
            texts.read_dataset(write(tmp_path / "task.jsonl", content))


def test_tables_and_their_parts(tmp_path):
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"text": ["a", "b"], "label": [1.0, 0.0], "group": ["g", "h"]})
    data = texts.read_dataset(table)
    assert (data.labels.tolist(), data.groups) == (["1", "0"], ("g", "h"))
    with pytest.raises(ValueError, match=r"has the parts \['train', 'test'\]"):
        texts.read_dataset({"train": table, "test": table})
    with pytest.raises(ValueError, match="row 1 has no label"):
        texts.read_dataset(table.assign(label=[1.0, np.nan]))
    for column, values, message in (
        ("label", [1, 0, 1], "label has 3 entries; allowed: 2"),
        ("label", [1], "label has 1 entries; allowed: 2"),
        ("group", "gh", "group = 'gh'; allowed: one value for each text"),
        ("label", 1, "label = 1; allowed: one value for each text"),
    ):
        with pytest.raises(ValueError, match=message):
            texts.read_dataset({"text": ["a", "b"], "label": [1, 0]} | {column: values})


def test_columns_count_by_place_whatever_their_index_and_type():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(
        {"text": list("xyz"), "label": [0, 1, 1], "known": [0, 0, 1]}, index=[2, 1, 0]
    )
    plain = texts.TextDataset(("a", "b", "c"), ("x", "y", "z"), np.array([0, 1, 1]),
                              trained_on=np.array([False, False, True]))  # fmt: skip
    for labels in (table["label"], [0, 1, 1], table["label"].astype("category")):
        data = texts.TextDataset(list("abc"), table["text"], labels, trained_on=table["known"])
        assert (data.ids, data.texts) == (plain.ids, plain.texts)
        np.testing.assert_array_equal(data.labels[[0, 1]], [0, 1])
        # As numbers they would be the places 0 and 1 of texts that the supervisor knows.
        assert data.trained_on.dtype == bool
        np.testing.assert_array_equal(data.trained_on, plain.trained_on)


def test_parquet_and_datasets(tmp_path):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    datasets = pytest.importorskip("datasets")
    table = pandas.DataFrame({"text": ["a", "b"], "label": [1, 0]})
    table.to_parquet(tmp_path / "task.parquet")
    for source in (tmp_path / "task.parquet", datasets.Dataset.from_pandas(table)):
        assert texts.read_dataset(source).labels.tolist() == ["1", "0"]
    with pytest.raises(ValueError, match="is no Parquet file"):
        texts.read_dataset(write(tmp_path / "broken.parquet", "PAR1 no"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(labels=np.array([1, None], object)), "labels are of the types"),
        (dict(labels=np.array([1.0, np.nan])), "labels contains nan"),
        (dict(labels=np.array(["1", "1.0"])), "'1.0' beside '1'"),
        (dict(weak_labels=np.array(["2", "1"])), "weak_labels has the class '2'"),
        (dict(weak_labels=np.array([1, 0])), "weak_labels has the class 0"),
        (dict(trained_on=np.array([True])), "trained_on has 1 entries"),
        (dict(groups=("a",)), "groups has 1 entries"),
        (dict(ids=("a", "a")), "ids contains 'a' twice"),
        (dict(labels=[1, "0"]), "labels are of the types"),
        (dict(labels="ab"), "labels = 'ab'; allowed"),
        (dict(texts=("x", 1)), "texts contains 1"),
        (dict(trained_on=np.array([0, 2])), "trained_on contains"),
        (dict(trained_on=["yes", "no"]), "trained_on contains 'yes'"),
    ],
)
def test_bad_dataset(change, message):
    named = dict(ids=("a", "b"), texts=("x", "y"), labels=np.array(["1", "0"])) | change
    with pytest.raises(ValueError, match=message):
        texts.TextDataset(**named)


def test_repeated_texts_whatever_their_white_space_and_accents():
    same = ("café  au lait", "cafe\u0301 au lait\n", "\ufeffca\u00adfé au\u200b lait", "tea")
    data = texts.TextDataset(("a", "b", "c", "d"), same, np.array([0, 1, 0, 1]))
    assert list(texts.repeated_texts(data).values()) == [[0, 1, 2]]
