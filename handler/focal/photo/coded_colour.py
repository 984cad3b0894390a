"""The colour that a coded picture names itself, for the HEIF and AVIF files whose boxes leave it out (no `colr`).

AV1 has it in its sequence header (AV1 specification, 5.5), HEVC in the VUI of its sequence parameter set (ITU-T H.265,
7.3.2.2 and E.2.1), behind all else that these say. Neither Pillow nor pillow-heif tells it.
"""

from __future__ import annotations

from collections.abc import Iterator

from .iso_boxes import CodedItem, coded_item

CodePoints = tuple[int, int]

COLOUR, AV1_CONFIGURATION, HEVC_CONFIGURATION = b"colr", b"av1C", b"hvcC"  # boxes
AV1_SEQUENCE_HEADER, HEVC_SEQUENCE_PARAMETERS = 1, 33  # kinds of unit
EXTENDED_ASPECT_RATIO = 255
MAX_UNITS, MAX_REFERENCE_SETS, MAX_REFERENCES = 100, 64, 16
CHOSEN_FOR_EACH_FRAME = 2  # AV1's screen content tools


def code_points(data: bytes) -> CodePoints | None:
    """Primaries and transfer curve (H.273) of the main picture's first coded part.

    None if it names none, or if a box does, be it to say that they are unspecified, which pillow-heif keeps to itself.
    """
    item = coded_item(data)
    if item is None or COLOUR in item.properties:
        return None
    try:
        if AV1_CONFIGURATION in item.properties:
            return _of_av1(item)
        if HEVC_CONFIGURATION in item.properties:
            return _of_hevc(item.properties[HEVC_CONFIGURATION])
    except EOFError:  # it ends within its header: who decodes the pixels tells what is wrong with it
        return None
    return None


class _Bits:
    """Bits, the most significant first. Raises EOFError behind the last."""

    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data), 8 * len(data)

    def take(self, count: int) -> int:
        """An unsigned integer of so many bits."""
        self._left -= count
        if self._left < 0:
            raise EOFError
        return self._value >> self._left & (1 << count) - 1

    def flag(self) -> bool:
        """One bit."""
        return bool(self.take(1))

    def exp_golomb(self) -> int:
        """An unsigned integer as H.265 (9.2) and AV1 (4.10.3) code it: as many bits behind a 1 as zeros before it."""
        zeros = 0
        while not self.flag():
            zeros += 1
        return (1 << zeros) - 1 + self.take(zeros)


def _of_av1(item: CodedItem) -> CodePoints | None:
    # The file's own header of the picture is but a copy, which may be left out.
    for units in (item.start, item.properties[AV1_CONFIGURATION][4:]):
        for kind, content in _av1_units(units):
            if kind == AV1_SEQUENCE_HEADER:
                return _of_sequence_header(_Bits(content))
    return None


def _av1_units(data: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    for _ in range(MAX_UNITS):
        if place >= len(data):
            return
        head = data[place]
        place += 2 if head & 4 else 1
        length = len(data) - place
        if head & 2:
            length, shift = 0, 0
            for byte in data[place : place + 8]:
                length, shift, place = length | (byte & 0x7F) << shift, shift + 7, place + 1
                if byte < 0x80:
                    break
        yield head >> 3 & 15, data[place : place + length]
        place += length


def _of_sequence_header(bits: _Bits) -> CodePoints | None:
    profile = bits.take(3)
    bits.flag()  # still picture
    is_reduced = bits.flag()
    if is_reduced:
        bits.take(5)  # level
    else:
        _skip_operating_points(bits)
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    bits.take(width_bits + height_bits)
    if not is_reduced and bits.flag():  # numbers of frames
        bits.take(7)
    bits.take(3)  # superblocks, and two filters
    if not is_reduced:
        _skip_tools(bits)
    bits.take(3)  # super-resolution and two more filters
    has_more_than_8_bits = bits.flag()
    if profile == 2 and has_more_than_8_bits:
        bits.flag()  # 12 bits
    if profile != 1:
        bits.flag()  # monochrome
    return (bits.take(8), bits.take(8)) if bits.flag() else None


def _skip_operating_points(bits: _Bits) -> None:
    delay_bits = 0
    if bits.flag():  # timing
        bits.take(64)
        if bits.flag():
            bits.exp_golomb()
        if bits.flag():  # decoder model
            delay_bits = bits.take(5) + 1
            bits.take(42)
    has_delays = bits.flag()
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > 7:  # level
            bits.flag()  # tier
        if delay_bits and bits.flag():
            bits.take(2 * delay_bits + 1)
        if has_delays and bits.flag():
            bits.take(4)


def _skip_tools(bits: _Bits) -> None:
    bits.take(4)
    has_order = bits.flag()
    if has_order:
        bits.take(2)
    screen_content = CHOSEN_FOR_EACH_FRAME if bits.flag() else bits.take(1)
    if screen_content and not bits.flag():
        bits.flag()
    if has_order:
        bits.take(3)


def _of_hevc(configuration: bytes) -> CodePoints | None:
    """configuration: ISO/IEC 14496-15, 8.3.3: arrays of units behind 22 bytes."""
    place = 23
    for _ in range(configuration[22] if len(configuration) > 22 else 0):
        kind, count = configuration[place] & 0x3F, int.from_bytes(configuration[place + 1 : place + 3])
        place += 3
        for _ in range(min(count, MAX_UNITS)):
            length = int.from_bytes(configuration[place : place + 2])
            if kind == HEVC_SEQUENCE_PARAMETERS:
                # Behind two bytes of its own; a 3 behind two zeros only keeps them from looking like a start code.
                unit = configuration[place + 4 : place + 2 + length].replace(b"\0\0\3", b"\0\0")
                return _of_sequence_parameters(_Bits(unit))
            place += 2 + length
    return None


def _of_sequence_parameters(bits: _Bits) -> CodePoints | None:
    bits.take(4)
    layers = bits.take(3)
    bits.flag()
    _skip_profile(bits, layers)
    bits.exp_golomb()
    if bits.exp_golomb() == 3:  # chroma format
        bits.flag()
    _skip_numbers(bits, 2)  # width and height
    if bits.flag():  # crop
        _skip_numbers(bits, 4)
    _skip_numbers(bits, 2)  # bits a sample
    order_bits = bits.exp_golomb() + 4
    _skip_numbers(bits, 3 * (layers + 1 if bits.flag() else 1))
    _skip_numbers(bits, 6)  # sizes of blocks
    if bits.flag() and bits.flag():
        _skip_scaling_lists(bits)
    bits.take(2)
    if bits.flag():  # PCM
        bits.take(8)
        _skip_numbers(bits, 2)
        bits.flag()
    _skip_reference_sets(bits)
    if bits.flag():  # long-term references
        bits.take(bits.exp_golomb() % MAX_REFERENCES * (order_bits + 1))
    bits.take(2)
    return _of_usability(bits) if bits.flag() else None


def _of_usability(bits: _Bits) -> CodePoints | None:
    """The beginning of the VUI."""
    if bits.flag() and bits.take(8) == EXTENDED_ASPECT_RATIO:
        bits.take(32)
    if bits.flag():  # overscan
        bits.flag()
    if not bits.flag():  # video signal
        return None
    bits.take(4)
    return (bits.take(8), bits.take(8)) if bits.flag() else None


def _skip_numbers(bits: _Bits, count: int) -> None:
    for _ in range(count):
        bits.exp_golomb()


def _skip_profile(bits: _Bits, layers: int) -> None:
    bits.take(96)
    sublayers = [(bits.flag(), bits.flag()) for _ in range(layers)]
    bits.take(2 * (8 - layers) if layers else 0)
    for has_profile, has_level in sublayers:
        bits.take(88 * has_profile + 8 * has_level)


def _skip_scaling_lists(bits: _Bits) -> None:
    for size in range(4):
        for _ in range(2 if size == 3 else 6):
            if bits.flag():
                _skip_numbers(bits, (size > 1) + min(64, 16 << 2 * size))
            else:
                bits.exp_golomb()


def _skip_reference_sets(bits: _Bits) -> None:
    references = 0  # of the set before
    for number in range(min(bits.exp_golomb(), MAX_REFERENCE_SETS)):
        if number and bits.flag():  # told by the one before
            bits.flag()
            bits.exp_golomb()
            references = sum(bits.flag() or bits.flag() for _ in range(references + 1))
        else:
            references = (bits.exp_golomb() + bits.exp_golomb()) % (2 * MAX_REFERENCES)
            for _ in range(references):
                bits.exp_golomb()
                bits.flag()
