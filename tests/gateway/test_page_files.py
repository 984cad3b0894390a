"""The page's files as they are written: small, self-contained, and fit for the content security policy."""

from __future__ import annotations

import re

import pytest
from focal.blur import fallback, linear_light
from server.gateway import PAGE_FILES
from server.gateway_config import GATEWAY


def text_of(name):
    return (GATEWAY / name).read_text()


def test_the_whole_page_weighs_less_than_60_kb():
    assert sum((GATEWAY / name).stat().st_size for name in PAGE_FILES) < 60_000


@pytest.mark.parametrize("name", PAGE_FILES)
def test_nothing_is_fetched_from_elsewhere(name):
    assert set(re.findall(r"(?:https?:)?//[\w.]+\.\w+", text_of(name))) <= {"http://www.w3.org"}  # SVG's name space


def test_the_html_holds_no_inline_script_or_style():
    html = text_of("index.html")
    assert re.findall(r"<script(?![^>]*\bsrc=)", html) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=", html) == []


def test_the_script_stores_nothing():
    assert re.findall(r"localStorage|sessionStorage|indexedDB|document\.cookie|caches\b", text_of("focal.js")) == []


@pytest.mark.parametrize(
    ("name", "value"), [("GENTLE", fallback.GENTLE_SHARE), ("WHITE", linear_light.WHITE), ("KNEE", linear_light.KNEE)]
)
def test_what_the_script_repeats_of_the_core_is_the_same(name, value):
    (written,) = re.findall(rf"^const {name} = ([\d./ ]+);", text_of("focal.js"), re.MULTILINE)
    numerator, _, denominator = written.partition("/")
    assert float(numerator) / float(denominator or 1) == value


def test_every_element_that_the_script_names_is_on_the_page():
    named = set(re.findall(r'\$\("([\w-]+)"\)', text_of("focal.js")))
    there = set(re.findall(r'\bid="([\w-]+)"', text_of("index.html")))
    assert len(named) > 20
    assert named <= there
