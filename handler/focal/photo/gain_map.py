"""Whether a file carries an HDR gain map beside its picture (ISO 21496-1, Ultra HDR, Apple), which no answer has."""

from __future__ import annotations

from collections.abc import Iterable

from .iso_boxes import meta_boxes

# Adobe's namespace, which Ultra HDR writes into the XMP of the picture or of the map; ISO's name; and the end of the
# names that Apple and others give such auxiliary pictures.
MARKS = (b"ns.adobe.com/hdr-gain-map/1.0/", b"urn:iso:std:iso:ts:21496:-1", b"aux:hdrgainmap")


def in_jpeg(data: bytes, segments: Iterable[bytes]) -> bool:
    """Whether a JPEG has one.   segments: of its first picture; others are searched only if these name them (MPF)."""
    own = list(segments)
    if any(mark in segment for segment in own for mark in MARKS):
        return True
    return any(segment.startswith(b"MPF\0") for segment in own) and any(mark in data for mark in MARKS)


def in_iso_boxes(data: bytes) -> bool:
    """Whether a HEIF or AVIF has one: an item of the kind `tmap`, or an auxiliary picture of one of these names."""
    meta = meta_boxes(data)
    return b"tmap" in meta.get(b"iinf", b"") or any(mark in meta.get(b"iprp", b"") for mark in MARKS)
