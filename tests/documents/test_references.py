"""Every paper that code and documents cite is in the bibliography, and how to cite Focal is up to date."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import focal
import pytest
import yaml

from tests.conftest import ROOT

REFERENCES = ROOT / "docs" / "references.md"
NAME = r"[A-Z][a-zà-ÿ]\w*(?:-[A-Z]\w+)?"
PLACE = r"(?:CVPR|ECCV|ICCV|ICIP|ICPR|NIPS|SIGGRAPH|Pattern Recognition)"
# Adebayo et al. 2018; He, Sun and Tang, "Guided Image Filtering", ECCV 2010; Germer et al. (ICPR 2020)
CITATION = re.compile(
    rf"(?<![\w-])({NAME})((?:, {NAME})*,? and {NAME}| et al\.)?"
    rf'(?: ?\(?"[^"]+"\)?,?|, "[^"]+",?)?,? \(?(?:{PLACE} )?((?:19|20)\d\d)(?![\d-])'
)
NO_NAMES = {"In", "Of", "Since", "Python", "Ubuntu", "November", "November,", "Windows", "January"}


def texts() -> list[Path]:
    files = [file for folder in ("handler", "scripts") for file in (ROOT / folder).rglob("*.py")]
    pages = [file for file in (ROOT / "docs").glob("*.md") if file != REFERENCES]
    notebooks = list((ROOT / "docs" / "notebooks").glob("*.ipynb"))
    return [*files, ROOT / "scripts" / "evaluate", ROOT / "README.md", *pages, *notebooks]


def citations(text: str) -> set[tuple[str, str]]:
    """First author and year of each citation; a comment's or a docstring's line may end within one."""
    joined = re.sub(r"\s+", " ", re.sub(r'(\\n",)?\n\s*(#|")? ?', " ", text))
    return {(name, year) for name, _, year in CITATION.findall(joined) if name not in NO_NAMES}


def entries() -> set[tuple[str, str]]:
    joined = re.sub(r"\n  ", " ", REFERENCES.read_text(encoding="utf-8"))
    return {(match[1], match[2]) for match in re.finditer(rf"^- ({NAME}).*? ((?:19|20)\d\d)\. ", joined, re.MULTILINE)}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("as in Adebayo et al. 2018, and (Krizhevsky 2014).", {("Adebayo", "2018"), ("Krizhevsky", "2014")}),
        ('He, Sun and Tang, "Guided Image Filtering", ECCV 2010, section 3.5', {("He", "2010")}),
        (
            'Forte ("Fast", ICIP 2021) and Germer et al. (ICPR 2020)',
            {("Germer", "2020"), ("Forte", "2021")},
        ),
        ("manifold ranking (Yang et\nal., CVPR 2013); JPEG 2000, SMPTE ST 2084, 2026-11-30", {("Yang", "2013")}),
    ],
)
def test_citations_are_found_in_all_the_ways_they_are_written(text: str, found: set[tuple[str, str]]) -> None:
    assert citations(text) == found


def test_every_citation_is_in_the_bibliography() -> None:
    cited = {(name, year, file.name) for file in texts() for name, year in citations(file.read_text(encoding="utf-8"))}

    assert {(name, year) for name, year, _ in cited} >= {("Springenberg", "2015"), ("Wei", "2012"), ("Efron", "1993")}
    assert sorted(each for each in cited if each[:2] not in entries()) == []


def test_nothing_in_the_bibliography_is_cited_nowhere() -> None:
    cited = {each for file in texts() for each in citations(file.read_text(encoding="utf-8"))}

    assert sorted(entries() - cited) == []


def test_the_citation_file_is_valid_and_of_this_version() -> None:
    file = ROOT / "CITATION.cff"
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.citation-file-format", file]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr

    cited = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert cited["version"] == focal.__version__
    assert f"## [{cited['version']}] - {cited['date-released']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
