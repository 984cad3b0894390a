"""Whether a file carries an HDR gain map beside its picture (ISO 21496-1, Ultra HDR, Apple), which no answer has."""

from __future__ import annotations

from collections.abc import Iterable

from .iso_boxes import meta_boxes

# Adobe's namespace, which Ultra HDR writes into the XMP of the picture or of the map, ISO's name, and how the names of
# such auxiliary pictures end that Apple and others write.
MARKS = (b"ns.adobe.com/hdr-gain-map/1.0/", b"urn:iso:std:iso:ts:21496:-1", b"aux:hdrgainmap")


def in_jpeg(data: bytes, segments: Iterable[bytes]) -> bool:
    """segments: of the first picture. Only where they say that others follow it (MPF) are those looked at."""
    own = list(segments)
    if any(mark in segment for segment in own for mark in MARKS):
        return True
    return any(segment.startswith(b"MPF\0") for segment in own) and any(mark in data for mark in MARKS)


def in_iso_boxes(data: bytes) -> bool:
    """Of a HEIF or AVIF: an item of the kind `tmap`, or an auxiliary picture of one of those kinds."""
    meta = meta_boxes(data)
    return b"tmap" in meta.get(b"iinf", b"") or any(mark in meta.get(b"iprp", b"") for mark in MARKS)
