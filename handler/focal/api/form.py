"""A multipart/form-data body (RFC 7578) -> all its fields, in their order.

Behind the gateway forms come whole: TorchServe's own parser keeps the last of two fields with one name and loses a form
with a preamble, and neither could then be told from what was sent.
"""

from __future__ import annotations

from multipart import MultipartError, MultipartSegment, ParserLimitReached, PushMultipartParser, parse_options_header

from ..declarations import quoted
from ..errors import InvalidForm, MissingImage

# A photo, a mask, what is known of them, and every option; a few more, for a page may send fields that it leaves empty.
MOST_FIELDS = 64
# Of heads: any bytes are letters in it. A file's name, which old programs send in the encoding of their system, is not
# read, and must not cost the photo.
HEADS = "latin-1"
ENCODINGS = ("", "7bit", "8bit", "binary")  # of a part: none changes its bytes
CHARSETS = ("utf-8", "utf8", "us-ascii", "ascii")

_HOW_TO_SEND = 'send the photo as the file "img" of a multipart/form-data body'


def is_form(content_type: str) -> bool:
    """Whether a body of this type is a form."""
    return content_type.split(";")[0].strip().lower() == "multipart/form-data"


def form_fields(body: bytes | bytearray, content_type: str) -> list[tuple[str, bytes]]:
    """The names and values of a form's fields.

    Raises InvalidForm if it is malformed or uses what nobody does, and MissingImage if a file in it is empty; where
    nobody has chosen a file, pages send one without a name.
    """
    boundary = parse_options_header(content_type)[1].get("boundary")
    if not boundary:
        raise InvalidForm(f"The form's Content-Type names no boundary; {_HOW_TO_SEND}.")
    fields: list[tuple[str, bytes]] = []
    name, is_file, chunks = "", False, list[bytes]()
    try:
        with PushMultipartParser(boundary, max_segment_count=MOST_FIELDS, header_charset=HEADS) as parser:
            for event in parser.parse(body):
                if isinstance(event, MultipartSegment):
                    name, is_file, chunks = _name(event), bool(event.filename), list[bytes]()
                elif event is None:
                    if is_file and not any(chunks):
                        raise MissingImage(
                            f"The file in {quoted(name)} of the form is empty; send an image, or leave it out."
                        )
                    fields.append((name, b"".join(chunks)))
                else:
                    chunks.append(event)
    except ParserLimitReached as error:
        raise InvalidForm(
            f"The form has more than {MOST_FIELDS} fields, or one with too long a head; send less."
        ) from error
    except (MultipartError, ValueError) as error:
        raise InvalidForm(f"The form is malformed or incomplete; {_HOW_TO_SEND}.") from error
    return fields


def _name(part: MultipartSegment) -> str:
    """A part's name. Raises InvalidForm for a part whose value would not be what its bytes are."""
    encoding = str(part.header("Content-Transfer-Encoding", "")).strip().lower()
    if encoding not in ENCODINGS or (part.content_type or "").startswith("multipart/"):
        raise InvalidForm(
            "A field of the form is encoded or holds several files; send each as it is, one file a field."
        )
    if part.charset and part.charset.lower() not in CHARSETS:
        raise InvalidForm("A field of the form is in another encoding than UTF-8; send text in UTF-8.")
    return (part.name or "").encode(HEADS).decode(errors="replace")
