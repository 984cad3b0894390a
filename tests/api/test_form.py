"""A form's fields are all there and in order, or the form is refused."""

from contextlib import suppress

import pytest
from focal.api.form import MOST_FIELDS, form_fields, is_form
from focal.errors import InvalidForm
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.forms import FORM_TYPE, form, part

PHOTO = b"\xff\xd8\xff\xe0 the rest\r\n--of a photo\r\n\r\n"


def test_fields_come_in_their_order_with_their_bytes():
    body = form(part("img", PHOTO, filename="a.jpg", content_type="image/jpeg"), part("strength", b"0.1"))

    assert form_fields(body, FORM_TYPE) == [("img", PHOTO), ("strength", b"0.1")]


def test_fields_of_one_name_are_all_there():
    assert form_fields(form(part("img", b"one"), part("img", b"two")), FORM_TYPE) == [("img", b"one"), ("img", b"two")]


def test_preamble_and_epilogue_are_no_fields():
    body = b"This is a form.\r\n" + form(part("img", PHOTO)) + b"\r\nThat was it."

    assert form_fields(body, FORM_TYPE) == [("img", PHOTO)]


@given(st.lists(st.tuples(st.text("abcdefg", min_size=1), st.binary()), max_size=5))
def test_any_fields_come_back_as_they_were_sent(fields):
    body = form(*(part(name, value) for name, value in fields))

    if b"\r\n--focal" not in b"".join(value for _, value in fields):
        assert form_fields(body, FORM_TYPE) == fields


@given(st.binary(max_size=60), st.binary(max_size=60), st.booleans())
def test_any_bytes_called_a_form_are_parsed_or_refused(before, after, whole):
    body = before + (form(part("img", b"x")) if whole else part("img", b"x")) + after
    with suppress(InvalidForm):
        assert all(isinstance(value, bytes) for _, value in form_fields(body, FORM_TYPE))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--focal",
        b"no form at all",
        part("img", b"x"),
        form(part("img", b"x"))[:-4],
        b"--focal\r\nContent-Type: image/jpeg\r\n\r\nx\r\n--focal--\r\n",
        b"--focal\nContent-Disposition: form-data; name=img\n\nx\n--focal--\n",
    ],
    ids=["empty", "begun", "text", "not ended", "cut", "no disposition", "line feeds"],
)
def test_a_malformed_form_is_refused_in_a_sentence(body):
    with pytest.raises(InvalidForm, match=r"^The form is malformed or incomplete; send .*\.$"):
        form_fields(body, FORM_TYPE)


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary="])
def test_a_form_without_a_boundary_is_refused(content_type):
    with pytest.raises(InvalidForm, match="names no boundary"):
        form_fields(form(part("img", b"x")), content_type)


@pytest.mark.parametrize(
    "head",
    [
        "Content-Transfer-Encoding: base64",
        "Content-Transfer-Encoding: quoted-printable",
        "Content-Type: multipart/mixed; boundary=inner",
        "Content-Type: text/plain; charset=utf-16",
    ],
)
def test_a_field_whose_bytes_are_not_its_value_is_refused(head):
    with pytest.raises(InvalidForm, match=r"^A field of the form "):
        form_fields(form(part("img", b"eA==", head=head)), FORM_TYPE)


@pytest.mark.parametrize(
    "head", ["Content-Transfer-Encoding: binary", "Content-Type: text/plain; charset=UTF-8", "Content-Length: 1"]
)
def test_a_field_may_say_what_it_is_in_any_case(head):
    assert form_fields(form(part("img", b"x", head=head)), FORM_TYPE) == [("img", b"x")]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp1252"])
def test_a_files_name_may_be_in_any_encoding(encoding):
    body = form(part("img", PHOTO, filename="NAME")).replace(b"NAME", "café.jpg".encode(encoding))

    assert form_fields(body, FORM_TYPE) == [("img", PHOTO)]


def test_the_name_of_a_field_is_utf_8():
    assert form_fields(form(part("stärke", b"1")), FORM_TYPE) == [("stärke", b"1")]


def test_a_form_of_very_many_fields_is_refused():
    with pytest.raises(InvalidForm, match="more than 64 fields"):
        form_fields(form(*[part("a", b"") for _ in range(MOST_FIELDS + 1)]), FORM_TYPE)


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("multipart/form-data; boundary=x", True),
        ("Multipart/Form-Data ;boundary=x", True),
        ("multipart/mixed; boundary=x", False),
        ("application/x-www-form-urlencoded", False),
        ("", False),
    ],
)
def test_a_form_is_known_by_its_type(content_type, expected):
    assert is_form(content_type) == expected
