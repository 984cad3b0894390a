"""The page's files as they are written: small, self-contained, without circles, and fit for the security policy."""

from __future__ import annotations

import graphlib
import gzip
import re
import shutil
import subprocess

import pytest
from focal.blur import background, fallback, linear_light, normalised_blur
from focal.photo import client_mask
from server.gateway_config import PAGE, PAGE_FILES, PAGE_MODULES

from tests.helpers.missing import installed
from tests.helpers.npm import TYPESCRIPT, npm_package


def text_of(name):
    return (PAGE / name).read_text()


def script():
    return "\n".join(text_of(f"{name}.js") for name in PAGE_MODULES)


def test_every_file_of_the_page_is_served_and_no_other():
    assert sorted(PAGE_FILES) == sorted(file.name for file in PAGE.iterdir())


def test_the_whole_page_is_sent_in_less_than_60_kb():
    assert sum(len(gzip.compress((PAGE / name).read_bytes(), 6)) for name in PAGE_FILES) < 60_000


@pytest.mark.parametrize("name", PAGE_MODULES)
def test_each_module_is_short_and_says_first_what_it_does(name):
    text = text_of(f"{name}.js")
    assert re.match(r"// [A-Z].+\.\n", text)
    assert len(text.splitlines()) < 150


def imports_of(name):
    return set(re.findall(r'from "\./([\w-]+)\.js";', text_of(f"{name}.js")))


def test_the_modules_import_one_another_without_circles_and_none_is_left_over():
    graph = {name: imports_of(name) for name in PAGE_MODULES}
    order = list(graphlib.TopologicalSorter(graph).static_order())  # raises CycleError
    assert sorted(order) == sorted(PAGE_MODULES)
    assert set(PAGE_MODULES) - set().union(*graph.values()) == {"main", "worker"}


# What TypeScript says of names that nobody declares or exports, or that nobody uses, and of wrong numbers of arguments.
# Its other words are of elements, of which it does not know that, say, #strength is an input.
UNKNOWN = r"(\w+\.js)\(.*error TS(?:2304|2305|2307|2552|2554|258[0-4]|259[1-3]|2614|2724|6133|6192)(?=: )"
CHECK = "--noEmit --allowJs --checkJs --strict false --noUnusedLocals --target es2023 --lib es2023,dom,dom.iterable"


def unknown_names(config, folder):
    """The modules in a folder that use what there is not, or import what they do not use."""
    compiler = npm_package(config, TYPESCRIPT) / "bin" / "tsc"
    command = [installed("node", "nodejs"), compiler, *CHECK.split(), "--moduleResolution", "bundler"]
    command += ["--module", "es2022", folder / "main.js", folder / "worker.js"]
    said = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300, check=False).stdout
    return re.findall(UNKNOWN, said)


def test_every_name_that_a_module_uses_is_known_and_every_one_that_it_imports_is_used(pytestconfig, tmp_path):
    assert unknown_names(pytestconfig, PAGE) == []
    shutil.copytree(PAGE, tmp_path / "page")
    for name, was, wrong in [
        ("camera", 'import { $ } from "./state.js";\n', ""),
        ("layers", "const START", "const UNUSED = 1;\nconst START"),
        ("keys", "zoomBy, zoomOut", "zoomBy, zoomNever"),
    ]:
        module = tmp_path / "page" / f"{name}.js"
        text = module.read_text()
        assert was in text
        module.write_text(text.replace(was, wrong, 1))
    assert set(unknown_names(pytestconfig, tmp_path / "page")) == {"camera.js", "layers.js", "keys.js"}


def test_the_browser_is_told_of_all_modules_at_once():
    preloaded = re.findall(r'<link rel="modulepreload" href="page/([\w-]+)\.js">', text_of("index.html"))
    assert sorted([*preloaded, "main", "worker"]) == sorted(PAGE_MODULES)


@pytest.mark.parametrize("name", PAGE_FILES)
def test_nothing_is_fetched_from_elsewhere(name):
    assert set(re.findall(r"(?:https?:)?//[\w.]+\.\w+", text_of(name))) <= {"http://www.w3.org"}  # SVG's name space


def test_the_html_holds_no_inline_script_or_style():
    html = text_of("index.html")
    assert re.findall(r"<script(?![^>]*\bsrc=)", html) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=", html) == []


def test_the_script_stores_nothing():
    assert re.findall(r"localStorage|sessionStorage|indexedDB|document\.cookie|caches\b", script()) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GENTLE", fallback.GENTLE_SHARE),
        ("NOISE", client_mask.NOISE),
        ("WHITE", linear_light.WHITE),
        ("KNEE", linear_light.KNEE),
        ("RADIUS_CELLS", background.RADIUS_CELLS),
        ("LEAST_CELLS", background.LEAST_CELLS),
        ("MOST_CELLS", background.MOST_CELLS),
        ("PURITY", background.PURITY),
        ("FALLBACK_WEIGHT", normalised_blur.FALLBACK_WEIGHT),
        ("NEAR_SUBJECT", normalised_blur.NEAR_SUBJECT),
    ],
)
def test_what_the_script_repeats_of_the_core_is_the_same(name, value):
    (written,) = re.findall(rf"^(?:export )?const {name} = ([\d./ e-]+);", script(), re.MULTILINE)
    numerator, _, denominator = written.partition("/")
    assert float(numerator) / float(denominator or 1) == pytest.approx(float(value))


def test_every_element_that_the_script_names_is_on_the_page():
    named = set(re.findall(r'\$\("([\w-]+)"\)', script()))
    there = set(re.findall(r'\bid="([\w-]+)"', text_of("index.html")))
    assert len(named) > 20
    assert named <= there
