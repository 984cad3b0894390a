"""The decoder's child: the same photos and errors as decode_photo, and no file or accident that it cannot outlive."""

import io
import os
import resource
import signal
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from focal.errors import FocalError, PhotoTooLarge, UndecodablePhoto
from focal.machine.process import KEPT_BYTES
from focal.photo.decode import decode_photo
from focal.photo.decoder_process import MEMORY_PER_PIXEL_BYTES, Decoder
from focal.settings import Settings
from PIL import Image, ImageCms

import tests.helpers.pictures  # noqa: F401 (which registers HEIF)
from tests.helpers.scarce_memory import at_most_more
from tests.helpers.waiting import wait_until

QUICK = Settings(max_decode_s=0.04)  # enough for a small photo, too little for one of 12 megapixels


@pytest.fixture
def decoder_of():
    """A function from settings to a decoder that obeys them, closed at the test's end."""
    with ExitStack() as stack:

        def start(settings: Settings) -> Decoder:
            decoder = Decoder(settings)
            stack.callback(decoder.close)
            return decoder

        yield start


def encoded(image_format: str, size: tuple[int, int] = (70, 50), **arguments) -> bytes:
    buffer = io.BytesIO()
    Image.radial_gradient("L").resize(size).convert("RGB").save(buffer, image_format, **arguments)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def large_photo() -> bytes:
    return noise_jpeg((4000, 3000), seed=7)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_a_photo_is_the_one_that_decode_photo_gives(decoder, image_format):
    data = encoded(image_format, icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())

    photo, expected = decoder.decode(data), decode_photo(data, Settings())

    np.testing.assert_array_equal(photo.pixels, expected.pixels)
    assert (photo.icc_profile, photo.source_format) == (expected.icc_profile, expected.source_format)


@pytest.mark.parametrize(
    "data",
    [b"", b"none", bytes(300_000), encoded("PNG")[:-30], encoded("PNG", (1700, 50)), encoded("PNG", (1500, 1500))],
)
def test_an_error_is_the_one_that_decode_photo_raises(decoder_of, data):
    settings = Settings(max_photo_bytes=200_000, max_megapixels=2.0)
    own_decoder = decoder_of(settings)
    with pytest.raises(FocalError) as expected:
        decode_photo(data, settings)

    with pytest.raises(FocalError) as raised:
        own_decoder.decode(data)

    assert (raised.value.type, raised.value.message) == (expected.value.type, expected.value.message)


def test_transparency_comes_along(decoder):
    image = Image.radial_gradient("L").convert("RGBA")
    image.putalpha(Image.linear_gradient("L"))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")

    photo = decoder.decode(buffer.getvalue())

    np.testing.assert_array_equal(photo.alpha, np.asarray(image.getchannel("A")))
    assert decoder.decode(encoded("PNG")).alpha is None


def test_the_pixels_may_be_written_to(decoder):
    assert decoder.decode(encoded("PNG")).pixels.flags.writeable


def test_a_file_that_takes_too_long_is_refused_and_the_next_one_decoded(decoder_of, large_photo, monkeypatch):
    monkeypatch.setattr("focal.settings.DECODE_PATIENCE", 1500)  # so that its processor time ends it, on any machine
    decoder = decoder_of(QUICK)

    with pytest.raises(UndecodablePhoto, match=r"longer to decode than the limit of 0\.04 seconds"):
        decoder.decode(large_photo)

    assert decoder.decode(encoded("PNG")).pixels.shape == (50, 70, 3)


def test_the_time_of_one_file_is_not_charged_to_the_next(decoder_of, large_photo, monkeypatch):
    monkeypatch.setattr("focal.settings.DECODE_PATIENCE", 1500)  # on a busy machine the clock alone would end it
    free = decoder_of(Settings())
    free.decode(large_photo)
    first_s = processor_s(free)  # with what a child needs to start
    free.decode(large_photo)
    one_s = processor_s(free) - first_s
    limited = decoder_of(Settings(max_decode_s=3 * first_s))

    for _ in range(int(3 * first_s / one_s) + 3):
        limited.decode(large_photo)


def test_a_child_that_hangs_is_given_up(decoder_of, monkeypatch):
    decoder = decoder_of(Settings())
    decoder.decode(encoded("PNG"))
    os.kill(decoder._process.pid, signal.SIGSTOP)

    with monkeypatch.context() as hasty:
        hasty.setattr("focal.settings.DECODE_PATIENCE", 0.001)
        with pytest.raises(UndecodablePhoto, match="longer to decode"):
            decoder.decode(encoded("PNG"))

    assert decoder.decode(encoded("PNG")).source_format == "PNG"


def test_a_child_that_was_killed_is_replaced_unseen(decoder):
    os.kill(decoder._process.pid, signal.SIGKILL)

    assert decoder.decode(encoded("PNG")).source_format == "PNG"


def test_a_photo_whose_child_is_killed_is_tried_again(decoder):
    decoder.decode(encoded("PNG"))
    first = decoder._process.pid
    os.kill(first, signal.SIGSTOP)  # so that it cannot have answered before it is killed
    killer = threading.Timer(0.1, os.kill, (first, signal.SIGKILL))
    killer.start()

    photo = decoder.decode(encoded("JPEG"))

    killer.join()
    assert photo.source_format == "JPEG"
    assert decoder._process.pid != first


def test_a_file_that_breaks_every_child_is_refused(decoder, monkeypatch):
    def break_child(self, data, metadata):
        os.kill(self._process.pid, signal.SIGSEGV)
        raise EOFError

    monkeypatch.setattr(Decoder, "_ask", break_child)
    with pytest.raises(UndecodablePhoto, match="breaks the decoder"):
        decoder.decode(encoded("PNG"))


def test_a_photo_whose_every_child_linux_kills_lacks_memory(decoder, monkeypatch):
    """As it does where it runs out of memory: the children first."""
    ask = Decoder._ask

    def ask_and_be_killed(self, data, wanted):
        os.kill(self._process.pid, signal.SIGKILL)
        ask(self, data, wanted)

    monkeypatch.setattr(Decoder, "_ask", ask_and_be_killed)
    with pytest.raises(MemoryError):
        decoder.decode(encoded("PNG"))


def test_the_child_can_write_no_file_and_ends_first_where_memory_runs_out(decoder):
    if sys.platform != "linux":
        pytest.skip("reads the limits of another process, as Linux alone lets it")
    decoder.decode(encoded("PNG"))

    for what in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        assert resource.prlimit(decoder._process.pid, what) == (0, 0)
    assert Path(f"/proc/{decoder._process.pid}/oom_score_adj").read_text().strip() == "1000"


def test_the_child_has_no_part_in_what_the_worker_reads_and_writes(decoder_of):
    if sys.platform != "linux":
        pytest.skip("reads the open files of another process, as Linux alone lets it")
    kept, (ours, theirs) = os.dup(0), os.pipe()
    os.dup2(ours, 0)  # pytest's own input is no input either
    try:
        decoder = decoder_of(Settings())
    finally:
        os.dup2(kept, 0)
        for each in (kept, ours, theirs):
            os.close(each)

    streams = [Path(f"/proc/{decoder._process.pid}/fd/{stream}").readlink() for stream in range(3)]
    assert streams == [Path(os.devnull)] * 3


def test_a_file_that_wants_more_memory_than_its_share_is_refused(decoder):
    if sys.platform != "linux":
        pytest.skip("reads and sets the limit of another process, as Linux alone lets it")
    decoder.decode(encoded("PNG"))
    process = Path(f"/proc/{decoder._process.pid}")
    own_bytes = int((process / "statm").read_text().split()[0]) * os.sysconf("SC_PAGESIZE")
    share = own_bytes + 40_000_000  # the child takes no more than this, whatever the settings allow
    resource.prlimit(decoder._process.pid, resource.RLIMIT_AS, (share, share))

    with pytest.raises((PhotoTooLarge, UndecodablePhoto)):
        decoder.decode(encoded("PNG", (5000, 4000)))  # 60 MB of pixels

    assert resident_bytes(decoder) < share
    decoder.close()  # the next child has no such limit


def test_a_photo_that_the_worker_has_no_memory_for_leaves_nothing_to_the_next(decoder):
    small, large = encoded("PNG"), encoded("PNG", (8000, 6000))  # 144 MB of pixels
    expected = decoder.decode(small).pixels
    with at_most_more(20_000_000), pytest.raises(MemoryError):
        decoder.decode(large)

    np.testing.assert_array_equal(decoder.decode(small).pixels, expected)


def test_the_child_is_held_to_a_share_that_grows_with_the_largest_photo_allowed(decoder_of):
    if sys.platform != "linux":
        pytest.skip("reads the limit of another process, as Linux alone lets it")
    shares = []
    for megapixels in (1.0, 2.0):
        decoder = decoder_of(Settings(max_megapixels=megapixels))
        decoder.decode(encoded("PNG"))
        shares.append(resource.prlimit(decoder._process.pid, resource.RLIMIT_AS)[0])

    assert shares[0] < 2_000_000_000
    assert shares[1] - shares[0] == pytest.approx(MEMORY_PER_PIXEL_BYTES * 1e6, abs=5e6)  # and what it took meanwhile


def test_a_photos_memory_costs_no_page_faults_again(decoder):
    data = encoded("JPEG", (4000, 3000))
    for _ in range(3):
        decoder.decode(data)

    assert page_faults_of(decoder, data) < 200  # of 719 or more


def test_the_memory_of_a_large_photo_is_given_back(decoder):
    decoder.decode(encoded("PNG"))
    before = resident_bytes(decoder)

    decoder.decode(encoded("PNG", (8000, 6000)))  # which takes 336 MB

    wait_until(lambda: resident_bytes(decoder) - before < KEPT_BYTES)  # it lets go of a photo after it has sent it


@pytest.mark.parametrize("size", [(700, 500), (4000, 3000)])
def test_nothing_of_a_photo_is_in_the_memory_that_is_kept(decoder, size):
    rows = [bytes(decoder.decode(noise_jpeg(size, seed)).pixels[size[1] // 2, :100]) for seed in range(3)]
    decoder.decode(encoded("PNG"))

    memory = own_memory(decoder)

    assert not [row for row in rows if row in memory]


def test_a_child_ends_when_its_worker_is_gone():
    decoder = Decoder(Settings())
    decoder.decode(encoded("PNG"))

    decoder._connection.close()

    assert decoder._process.wait(timeout=10) == 0


def test_the_child_knows_neither_torch_nor_the_workers_connections(decoder):
    decoder.decode(encoded("PNG"))
    process = Path(f"/proc/{decoder._process.pid}")

    assert "libtorch" not in (process / "maps").read_text()
    assert len([fd for fd in (process / "fd").iterdir() if "socket" in str(fd.readlink())]) == 1


def noise_jpeg(size: tuple[int, int], seed: int) -> bytes:
    """A JPEG whose every row of pixels is like no other's."""
    width, height = size
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG")
    return buffer.getvalue()


def own_memory(decoder: Decoder) -> bytes:
    """All of the child's memory that is no file's."""
    process = Path(f"/proc/{decoder._process.pid}")
    parts = []
    with (process / "mem").open("rb") as memory:
        for line in (process / "maps").read_text().splitlines():
            addresses, mode, _, _, inode, *name = line.split()
            if mode.startswith("rw") and inode == "0" and name != ["[vvar]"]:
                first, last = (int(address, 16) for address in addresses.split("-"))
                memory.seek(first)
                parts.append(memory.read(last - first))
    return b"".join(parts)


def processor_s(decoder: Decoder) -> float:
    """Processor time that the child has used."""
    user, system = Path(f"/proc/{decoder._process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def page_faults_of(decoder: Decoder, data: bytes) -> int:
    """Of the child, while it decodes a file."""
    stat = Path(f"/proc/{decoder._process.pid}/stat")
    before = int(stat.read_text().rpartition(")")[2].split()[7])
    decoder.decode(data)
    return int(stat.read_text().rpartition(")")[2].split()[7]) - before


def resident_bytes(decoder: Decoder) -> int:
    return int(Path(f"/proc/{decoder._process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
