"""Files of captions: nothing is cut, nothing is joined, and what does not fit is named."""

import csv
import io
import json
import os
import unicodedata

import pytest

from tf_cs231n.captioning.caption_files import read_captions

CASES = os.path.join(os.path.dirname(__file__), "cases")


@pytest.fixture
def read(tmp_path):
    """Write a text to a file and read it: the dict of captions."""

    def read(text, *columns):
        path = tmp_path / "captions"
        path.write_bytes(text.encode("utf-8"))
        return read_captions(path, *columns).captions

    return read


def case(name):
    return read_captions(os.path.join(CASES, name))


COCO = {
    "images": [{"id": 7, "file_name": "b.jpg"}, {"id": 3, "file_name": "a.jpg"}],
    "annotations": [
        {"image_id": 3, "caption": "one "},
        {"image_id": 7, "caption": "two, three"},
        {"image_id": 3, "caption": "four"},
    ],
}
KARPATHY = {
    "images": [
        {"filename": "a.jpg", "split": "train", "sentences": [{"raw": "one"}, {"raw": "four"}]},
        {"filename": "b.jpg", "split": "restval", "sentences": [{"raw": "two, three"}]},
    ],
    "dataset": "mine",
}
OBJECTS = [
    {"file_name": "a.jpg", "text": ["one", "four"]},
    {"file_name": "b.jpg", "text": "two, three"},
]
FORMATS = {
    "COCO": json.dumps(COCO),
    "COCO, indented": json.dumps(COCO, indent=1),
    "Karpathy": json.dumps(KARPATHY),
    "objects": json.dumps(OBJECTS),
    "objects, a line each": "[" + ",\n".join(map(json.dumps, OBJECTS)) + "]",
    "JSON lines": "\n".join(map(json.dumps, OBJECTS)) + "\n",
    "Flickr8k": "a.jpg#0\tone\nb.jpg#0\ttwo, three\na.jpg#1\tfour\n",
    "Flickr30k": "image_name| comment_number| comment\na.jpg| 0| one\nb.jpg| 0| two, three\n"
    "a.jpg| 1| four\n",
    "comma": 'file,caption\na.jpg,one\nb.jpg,"two, three"\na.jpg,four\n',
    "caption first": 'caption,file\none,a.jpg\n"two, three",b.jpg\nfour,a.jpg\n',
    "semicolon": "\ufeffID;Image;Text\r\n1;a.jpg;one\r\n2;b.jpg;two, three\r\n3;a.jpg;four",
    "tab": "text\tpath\none\ta.jpg\ntwo, three\tb.jpg\n\nfour\ta.jpg\n",
    "old Mac": 'file,caption\ra.jpg,one\rb.jpg,"two, three"\ra.jpg,four\r',
    "spreadsheet": 'file,caption,,\na.jpg,one,,\nb.jpg,"two, three",,,\na.jpg,four\n,,,\n',
    "unquoted commas": "file,caption\na.jpg,one\nb.jpg,two, three\na.jpg,four\n",
    "several columns": "file,caption_1,caption_2\na.jpg,one,four\nb.jpg,,\"two, three\"\n",
    "twice the same column": 'file,caption,caption\na.jpg,one,four\nb.jpg,"two, three"\n',
    "null": json.dumps(OBJECTS + [{"file_name": "a.jpg", "text": None}]),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
def test_formats_are_told_from_the_content(read, name):
    assert read(FORMATS[name]) == {"a.jpg": ["one", "four"], "b.jpg": ["two, three"]}


def test_cases_that_were_read_wrongly(raises_one_line):
    assert case("cut_at_comma.csv").captions == {"a.jpg": ["A dog, a cat"]}
    assert case("next_line_character.csv").captions == {"a.jpg": ["A dog runs"]}
    assert case("null_caption.json").captions == {"a.jpg": ["a dog"]}
    assert case("hindi.csv").captions == {"a.jpg": ["कुत्ता घास पर"]}
    with raises_one_line("open_quote.csv: row 2:", "a cell that starts with"):
        case("open_quote.csv")
    with raises_one_line("image id 1 is given to a.jpg and to b.jpg"):
        case("same_id.json")
    with raises_one_line("no caption in it; each of its 3 images has none with a word"):
        case("wordless.csv")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0), (1, 2, 0)])
def test_a_cell_too_many_is_never_cut(read, raises_one_line, delimiter, order):
    def line(*cells):
        return delimiter.join(cells[place] for place in order) + "\n"

    header = line("file", "caption", "note")
    good = line("a.jpg", "a dog", "x")
    assert read(header + good) == {"a.jpg": ["a dog"]}
    torn = line("b.jpg", f"a dog{delimiter}a cat", "y")
    with raises_one_line("row 3: got 4 cells, expected 3"):
        read(header + good + torn)
    if order[-1] == 1:  # the caption is last, and what follows is no prose
        with raises_one_line("row 2: got 4 cells"):
            read(header + good[:-1] + delimiter + "train\n")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("cell", ['"A dog', '"A dog" runs', '"A dog"  ', '"A ""dog""'])
def test_a_quote_that_does_not_close_names_the_row_where_it_opens(
    read, raises_one_line, delimiter, cell
):
    rows = [["file", "caption"], ["a.jpg", "a cat"], ["b.jpg", cell], ["c.jpg", '"A boat"']]
    if cell.endswith('""dog""'):
        rows = rows[:3]
    with raises_one_line("row 3: "):
        read("\n".join(delimiter.join(row) for row in rows))


def test_quotes_of_csv_are_read(read):
    file = io.StringIO()
    texts = ['She said "hi", twice', "over\ntwo lines", "'single'", 'ends with "']
    csv.writer(file).writerows([("file", "caption"), *(("a.jpg", text) for text in texts)])
    assert read(file.getvalue()) == {"a.jpg": [" ".join(text.split()) for text in texts]}
    assert read('file,caption\na.jpg,A 5" nail\n') == {"a.jpg": ['A 5" nail']}


OTHER_LINE_ENDS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


@pytest.mark.parametrize("end", OTHER_LINE_ENDS)
def test_lines_end_only_where_editors_end_them(read, end):
    texts = {
        "csv": f"file,caption\na.jpg,A dog{end}runs\n",
        "tokens": f"a.jpg#0\tA dog{end}runs\n",
        "lines": json.dumps({"file": "a.jpg", "text": f"A dog{end}runs"}, ensure_ascii=False) + "\n"
        + json.dumps({"file": "a.jpg", "text": None}),
    }  # fmt: skip
    for text in texts.values():
        assert read(text) == {"a.jpg": ["A dog runs"]}
    assert read(f"a{end}b.jpg#0\tA dog\n") == {f"a{end}b.jpg": ["A dog"]}
    assert read(f"file,caption\na{end}b.jpg,A dog\n") == {f"a{end}b.jpg": ["A dog"]}


def test_names_are_the_same_in_both_forms_of_unicode(read):
    names = [unicodedata.normalize(form, "café.jpg") for form in ("NFC", "NFD")]
    text = "".join(f"{name}#0\tone\n" for name in names)
    assert read(text) == {names[0]: ["one", "one"]}


def test_captions_without_a_word_are_counted(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("file,caption\na.jpg,...\na.jpg,A dog\nb.jpg,🙂\nb.jpg,\n", encoding="utf-8")
    content = read_captions(path)
    assert content.captions == {"a.jpg": ["A dog"], "b.jpg": []}
    assert content.wordless == 2


def test_columns_are_found_or_chosen(read, raises_one_line):
    both = "name,file,text,caption\nx,a.jpg,one,two\n"
    with raises_one_line("columns of file names may be name, file; choose by --image-column"):
        read(both)
    with raises_one_line("columns of captions may be text, caption; choose by --caption-column"):
        read(both, "file")
    assert read(both, "File", ["Text"]) == {"a.jpg": ["one"]}
    assert read(both, "file", ["text", "caption"]) == {"a.jpg": ["one", "two"]}
    with raises_one_line("no column of captions; expected one named words, found"):
        read(both, "file", ["words"])
    assert read('[{"img": "a.jpg", "what": "one"}]', "img", ["what"]) == {"a.jpg": ["one"]}


def changed(**parts):
    return json.dumps({**COCO, **parts})


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "is empty"),
        ("file,words\na.jpg,one\n", "no column of captions; .* found words"),
        ("photo,caption\na.jpg,one\n", "no column of file names; .* found photo, caption"),
        ("file,caption\na.jpg,\nb.jpg,  \n", "no caption in it; each of its 2 images"),
        ("file,caption\na.jpg\n", "row 2: got 1 cells, expected 2"),
        ("image_name| comment_number| comment\na.jpg| 0| one\na.jpg| 4   A dog runs .\n",
         "row 3: got 2 cells, expected 3"),
        ("a.jpg#0\tone\nb.jpg two\n", "line 2: expected name.jpg#0<TAB>caption"),
        ("file,caption,split\na.jpg,one,train\na.jpg,two,val\n", "a.jpg into two splits"),
        ('{"images": [', "not whole JSON"),
        ('{"file": "a.jpg", "text": "x"}\n{"file": \n', "line 2 is not whole JSON"),
        ('{"pictures": []}', "no column of file names"),
        ("[1, 2]", "got 1, expected an object"),
        ('[{"file": "a.jpg", "text": 5}]', "object 1: its caption: got 5, expected a text"),
        ('[{"file": "a.jpg", "text": ["x", {}]}]', "its caption: got {}, expected a text"),
        (changed(annotations=[{"id": 5, "image_id": 3, "caption": 7}]),
         "annotation 1: its caption: got 7"),
        (changed(annotations=[{"id": 5, "image_id": 4, "caption": "x"}]),
         "annotation 1 .id 5.: no image_id 4 there"),
        (changed(annotations=[{"id": 5, "image_id": 3, "bbox": []}]),
         "annotation 1 .id 5.: no caption there"),
        (changed(images=[{"id": 3}]), "image 1: its file_name: got None"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_one_clear_line(read, raises_one_line, text, message, tmp_path):
    import re

    with raises_one_line(str(tmp_path / "captions")) as _:
        try:
            read(text)
        except ValueError as error:
            assert re.search(message, str(error)), error
            raise


def test_captions_of_another_encoding_or_place_are_named(tmp_path, raises_one_line):
    (tmp_path / "latin.csv").write_bytes("file,caption\na.jpg,Bär\n".encode("latin-1"))
    with raises_one_line("not UTF-8"):
        read_captions(tmp_path / "latin.csv")
    with raises_one_line("no such file"):
        read_captions(tmp_path / "none.csv")


@pytest.mark.parametrize("name", ["../secret.png", "/etc/secret.png", "a\\..\\b.png", "x/../../y"])
def test_no_name_leads_outside_the_folder_of_images(read, raises_one_line, name):
    objects = json.dumps([{"file": name, "text": "a cat"}])
    for text in (f"file,caption\n{name},a cat\n", f"{name}#0\ta cat\n", objects):
        with raises_one_line("outside of the folder"):
            read(text)


def test_captions_that_are_a_folder_or_endlessly_deep_are_one_line(tmp_path, read, raises_one_line):
    with raises_one_line("cannot be read"):
        read_captions(tmp_path)
    with raises_one_line("not whole JSON"):
        read('{"images": ' + "[" * 100000)
