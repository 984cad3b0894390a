"""Which class a name means."""

from __future__ import annotations

import tracemalloc

import pytest
from focal.errors import InvalidOption
from focal.network.labels import class_index, imagenet_labels, imagenet_synonyms


def test_a_target_is_an_index_or_a_label_in_any_case():
    labels = imagenet_labels()
    assert class_index(labels, 285) == class_index(labels, "egyptian CAT") == 285


def test_every_label_means_its_own_class():
    labels = imagenet_labels()

    assert [class_index(labels, label) for label in labels] == list(range(1000))


@pytest.mark.parametrize(
    ("label", "index"), [("Cardigan", 264), ("cardigan", 474), ("crane", 517), ("crane bird", 134)]
)
def test_labels_that_are_alike_are_told_apart_as_answers_spell_them(label, index):
    assert class_index(imagenet_labels(), label) == index


def test_a_label_whose_case_fits_two_classes_is_refused_naming_both():
    with pytest.raises(InvalidOption, match=r"could mean Cardigan \(264\) or cardigan \(474\); write the label so, or"):
        class_index(imagenet_labels(), "CARDIGAN")


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("tabby cat", "tabby"),  # a synonym
        ("Tinca tinca", "tench"),
        ("espresso maker", "espresso maker"),
        ("Egyptian", "Egyptian cat"),  # a word of a label
        ("shepherd dog", "German shepherd"),
        ("lorikeet", "lorikeet"),
    ],
)
def test_a_class_may_be_named_by_a_synonym_or_by_words_that_no_other_has(name, label):
    labels = imagenet_labels()
    found = [label for label in labels if class_index(labels, label) == class_index(labels, name)]
    assert found == [label]


def test_a_label_comes_before_what_contains_it():
    assert imagenet_labels()[class_index(imagenet_labels(), "tiger")] == "tiger"  # not tiger shark, not tiger cat


def test_an_ambiguous_name_is_refused_with_suggestions():
    with pytest.raises(
        InvalidOption, match='"cat"; did you mean tabby, tiger cat, Persian cat, Siamese cat, Egyptian'
    ) as caught:
        class_index(imagenet_labels(), "cat")
    assert caught.value.message.endswith(", …?")


@pytest.mark.parametrize(
    ("name", "near"),
    [("tabyb", "tabby"), ("Egyptain cat", "Egyptian cat"), ("labrador retrieber", "Labrador retriever")],
)
def test_a_misspelt_name_is_refused_with_the_nearest_label(name, near):
    with pytest.raises(InvalidOption, match=rf"no class is called .*; did you mean {near}"):
        class_index(imagenet_labels(), name)


@pytest.mark.parametrize("target", [-1, 1000, "", " ", "\u732b"])
def test_a_target_that_is_no_class_is_refused(target):
    with pytest.raises(InvalidOption, match="index from 0 to 999 or a class label"):
        class_index(imagenet_labels(), target)


def test_a_name_of_a_million_letters_is_refused_without_work_for_each():
    target = "cat " * 250_000
    tracemalloc.start()
    try:
        with pytest.raises(InvalidOption, match="index from 0 to 999 or a class label"):
            class_index(imagenet_labels(), target)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100_000


def test_a_clients_word_comes_back_printable():
    with pytest.raises(InvalidOption, match=r'"golden\?retriever"; did you mean golden retriever') as caught:
        class_index(imagenet_labels(), "golden\nretriever")
    assert caught.value.message.isprintable()


def test_every_class_has_its_line_of_synonyms_none_of_which_is_its_label():
    labels, synonyms = imagenet_labels(), imagenet_synonyms()
    assert len(labels) == len(synonyms) == 1000
    assert "tabby cat" in synonyms[labels.index("tabby")]
    for label, others in zip(labels, synonyms, strict=True):
        assert label not in others
        assert all(name.isascii() and name.strip() == name for name in others)
