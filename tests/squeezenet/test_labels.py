import pytest

from tf_cs231n.squeezenet.labels import class_id, class_names


def test_a_thousand_names_in_imagenets_order():
    assert len(class_names) == 1000
    # Anchors of the ILSVRC 2012 numbering.
    anchors = {0: "tench", 1: "goldfish", 76: "tarantula", 366: "gorilla", 604: "hourglass"}
    assert {number: class_names[number] for number in anchors} == anchors
    assert all(name and name == name.strip() for name in class_names)
    assert len(set(class_names)) == 1000


@pytest.mark.parametrize(
    "asked, number",
    [
        (76, 76),
        ("76", 76),
        ("Tarantula", 76),
        ("hourglass", 604),
        ("persian", 283),
        ("Tiger Cat", 282),
    ],
)
def test_a_class_is_named_by_number_name_or_part(asked, number):
    assert class_id(asked) == number


def test_an_exact_name_wins_over_longer_ones():
    assert class_names[class_id("gorilla")] == "gorilla"
    assert class_names[class_id("goldfish")] == "goldfish"


def test_an_ambiguous_name_lists_its_matches(raises_one_line):
    with raises_one_line("ambiguous", "281 tabby", "283 Persian cat"):
        class_id("cat")
    # A synonym of two classes: the bird and the machine.
    with raises_one_line("ambiguous", "134 crane (bird)", "517 crane (machine)"):
        class_id("crane")


def test_classes_of_ones_own_have_names_or_numbers(raises_one_line):
    assert class_id("cat", ("cat", "dog")) == 0 and class_id(1, ("cat", "dog")) == 1
    with raises_one_line("from 0 to 1"):
        class_id(2, ("cat", "dog"))


@pytest.mark.parametrize("asked", ["flying saucer", "", "1000", "-1"])
def test_an_unknown_class_is_refused(asked, raises_one_line):
    with raises_one_line("class"):
        class_id(asked)
