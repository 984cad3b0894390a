"""The file of clients' keys, and the search for a key in it."""

from __future__ import annotations

import hmac
import re
from pathlib import Path

import pytest
from server.client_keys import ClientKey, WatchedKeys, as_text, find, keys_file, new_key, parse, read, sha256_of_key
from server.key_check import GUESSES_AT_ONCE, REMEMBERED, GuessLimit
from setup.console import CommandError

HASH = "0" * 64


def test_a_key_has_256_random_bits_and_needs_no_quotes_in_a_header() -> None:
    made = {new_key() for _ in range(100)}

    assert len(made) == 100
    assert all(re.fullmatch(r"focal_[A-Za-z0-9_-]{43}", key) for key in made)


def test_a_file_comes_back_as_it_was_written() -> None:
    keys = (ClientKey("a", HASH), ClientKey("b.c-d_e", "f" * 64, rate=1, concurrency=1000))

    assert parse(as_text(keys)) == keys
    assert parse("{}") == ()


@pytest.mark.parametrize("position", [0, 1, 2, None])
def test_every_hash_is_compared_wherever_the_right_one_is(
    position: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Timing by construction: the same comparisons, each in constant time, for a right key and a wrong one."""
    compared, constant_time = [], hmac.compare_digest

    def compare(one: str, other: str) -> bool:
        compared.append(one)
        return constant_time(one, other)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    keys = tuple(ClientKey(str(n), sha256_of_key(f"key {n}")) for n in range(3))

    found = find(keys, f"key {position}")

    assert found == (None if position is None else keys[position])
    assert compared == [key.sha256 for key in keys]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[]", "it is not a JSON object"),
        ('{"a": {"sha256": "SHA"}, "a": {"sha256": "SHA"}}', "an entry is in it twice"),
        ('{"a b": {"sha256": "SHA"}}', "'a b' is not a name of letters, digits, '.', '_' and '-', or is 'serve'"),
        ('{"serve": {"sha256": "SHA"}}', "'serve' is not a name"),
        ('{"a": {}}', "the sha256 of a is not 64 hex digits in lower case"),
        ('{"a": {"sha256": "abc"}}', "the sha256 of a is not 64 hex digits in lower case"),
        ('{"a": {"sha256": "SHA", "rate": 0}}', "the rate of a is not a whole number from 1 to 10000"),
        ('{"a": {"sha256": "SHA", "rate": true}}', "the rate of a is not a whole number from 1 to 10000"),
        ('{"a": {"sha256": "SHA", "concurrency": 1.5}}', "the concurrency of a is not a whole number"),
        ('{"a": {"sha256": "SHA", "speed": 1}}', "a may have sha256, rate and concurrency alone"),
        ("{" * 100_000, "is not a file of client keys"),
        ("", "is not a file of client keys"),
    ],
)  # fmt: skip
def test_a_server_does_not_start_with_a_file_that_is_wrong(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "keys.json"
    file.write_text(text.replace("SHA", HASH))

    with pytest.raises(CommandError, match=re.escape(reason)):
        WatchedKeys(file)


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"There is no file .* of client keys; `scripts/ops keys add NAME` makes it"):
        read(tmp_path / "none.json")
    assert keys_file({}) is keys_file({"FOCAL_CLIENT_KEYS": ""}) is None


def test_a_second_change_within_the_clocks_grain_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text(as_text((ClientKey("a", HASH),)))
    keys = WatchedKeys(file)
    for name in "bcdefgh":
        file.write_text(as_text((ClientKey(name, HASH),)))  # of the same size, and often of the same time
        assert [key.name for key in keys.now()] == [name]


def test_what_is_kept_of_guessers_is_bounded() -> None:
    limit = GuessLimit(lambda: 0.0)
    for n in range(REMEMBERED + 10):
        limit.note(str(n))

    assert len(limit._buckets) == REMEMBERED


def test_guesses_come_back_one_a_second_and_never_more_than_at_first() -> None:
    now = [0.0]
    limit = GuessLimit(lambda: now[0])
    for _ in range(GUESSES_AT_ONCE):
        assert limit.allows("a")
        limit.note("a")
    assert not limit.allows("a")
    now[0] += 1
    assert limit.allows("a")
    limit.note("a")
    now[0] += 1000
    for _ in range(GUESSES_AT_ONCE):
        limit.note("a")
    assert not limit.allows("a")
