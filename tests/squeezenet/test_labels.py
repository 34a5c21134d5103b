import pytest

from tf_cs231n.squeezenet.labels import class_id, class_names


def test_a_thousand_names_in_imagenets_order():
    assert len(class_names) == 1000
    # Anchors of the ILSVRC 2012 numbering.
    anchors = {0: "tench", 1: "goldfish", 76: "tarantula", 366: "gorilla", 604: "hourglass"}
    assert {number: class_names[number] for number in anchors} == anchors
    assert all(name and name == name.strip() for name in class_names)


@pytest.mark.parametrize(
    "asked, number",
    [(76, 76), ("76", 76), ("Tarantula", 76), ("hourglass", 604), ("persian", 283), ("tench", 0)],
)
def test_a_class_is_named_by_number_name_or_part(asked, number):
    assert class_id(asked) == number


def test_an_exact_name_wins_over_longer_ones():
    assert class_names[class_id("gorilla")] == "gorilla"
    assert class_names[class_id("goldfish")] == "goldfish"


def test_an_ambiguous_name_lists_its_matches(raises_one_line):
    with raises_one_line("ambiguous", "281 tabby cat", "283 Persian cat"):
        class_id("cat")


@pytest.mark.parametrize("asked", ["flying saucer", "", "1000", "-1"])
def test_an_unknown_class_is_refused(asked, raises_one_line):
    with raises_one_line("class"):
        class_id(asked)
