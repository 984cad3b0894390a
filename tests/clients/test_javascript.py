"""The JavaScript client under Node.js, against a server that answers as a script tells it to; and its types."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import focal
import pytest
from focal.api import openapi

from tests.conftest import ROOT
from tests.helpers.declared import without_null
from tests.helpers.missing import installed
from tests.helpers.npm import TYPESCRIPT, npm_package
from tests.helpers.scripted_server import JPEG, Reply, ScriptedServer, answer, as_base64, error

CLIENT = ROOT / "clients" / "javascript"
PRELUDE = f"""
import {{ Focal, FocalError }} from {json.dumps((CLIENT / "focal.js").as_uri())};
const photo = new TextEncoder().encode("a photo");
const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
const plain = async (value) => {{
    if (value instanceof Blob) return {{ type: value.type, text: base64(await value.arrayBuffer()) }};
    if (Array.isArray(value)) return Promise.all(value.map(plain));
    if (value === null || typeof value !== "object") return value;
    const entries = Object.entries(value).map(async ([name, each]) => [name, await plain(each)]);
    return Object.fromEntries(await Promise.all(entries));
}};
const told = async (work) => {{
    try {{ return await plain(await work()); }}
    catch (error) {{ return {{ kind: error.name, status: error.status, type: error.type, message: error.message }}; }}
}};
"""
Node = Callable[[str], Any]

USE_IN_TYPESCRIPT = """
import { Focal, FocalError, type Blurred, type Options, type Picture } from "focal-client";

export async function use(file: File, bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<string> {
  const focal = new Focal("http://127.0.0.1:8000", { apiKey: "key" });
  const options: Options = { strength: 0.06, points: [[0.5, 0.5], { x: 0.1, y: 0.2, keep: false }], signal };
  const blurred: Blurred = await focal.blur(file, options);
  const progress = (step: string, done: number, total: number | null): void => console.log(step, done, total);
  const picture: Picture = await focal.picture(bytes, { format: "webp", depthImage: blurred.mask, progress });
  const { label: name, probability } = blurred;
  const again = await focal.reblur(bytes, blurred.mask, { bokeh: "gaussian", class: name, probability });
  const [first] = await focal.explain(file, { targets: ["tabby", 282], method: "gradient", maxSide: 512 });
  // @ts-expect-error a misspelt option
  await focal.blur(file, { strenght: 0.06 });
  // @ts-expect-error no such format
  await focal.picture(file, { format: "gif" });
  // @ts-expect-error where there is no network, nothing is named
  const label: string = picture.label;
  try {
    return `${label} ${first?.index} ${again.saliency?.size}`;
  } catch (error) {
    return error instanceof FocalError ? `${error.status} ${error.type} ${error.message}` : "";
  }
}
"""


@pytest.fixture
def node(server: ScriptedServer) -> Node:
    """What an expression is, in which `focal` is a client of the server."""
    program = installed("node", "nodejs")

    def evaluate(expression: str, settings: str = "{}") -> Any:
        script = f"""{PRELUDE}
            const url = {json.dumps(server.url)};
            const focal = new Focal(url, {settings});
            console.log(JSON.stringify(await told(async () => {expression})));
        """
        ran = subprocess.run(
            [str(program), "--input-type=module", "--eval", script],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    return evaluate


def image(name: str, kind: str = "image/jpeg") -> dict[str, str]:
    return {"type": kind, "text": as_base64(JPEG + f"{name} ".encode())}


def test_all_that_the_server_says_is_there(server, node):
    server.reply = lambda request, before: Reply(answer().body, headers={"X-Focal-Mask-Confidence": "0.5"})
    assert node("focal.blur(photo, { saliency: true, point: [0.5, 0.25], grain: false, target: 281 })") == {
        "label": "tiger cat",
        "probability": 0.5625,
        "blurred": image("blurredImage"),
        "mask": image("maskImage"),
        "saliency": image("unblurredMask"),
        "confidence": 0.5,
        "people": None,
        "gentle": False,
        "depth": "flat",
        "focus": None,
        "byMatte": False,
        "portrait": None,
        "dropped": None,
    }
    sent = {"img": b"a photo", "point": "0.5,0.25", "grain": "false", "target": "281"}
    assert server.last == sent


def test_the_saliency_is_neither_asked_for_nor_there_unless_it_is_wanted(server, node):
    assert node("focal.blur(photo)")["saliency"] is None
    assert server.last["fields"] == "class,probability,blurredImage,maskImage"


def test_a_picture_comes_without_base64_and_what_is_known_in_headers(server, node):
    told = node("focal.picture(new Blob([photo]), { format: 'jpeg' })")
    assert (told["label"], told["probability"], told["blurred"]) == ("tiger cat", 0.5625, image("blurredImage"))
    assert server.seen[0][1]["Accept"] == "image/*"


def test_a_mask_and_a_map_of_depth_go_along_as_files(server, node):
    node("focal.reblur(photo, photo.slice(2), { depthImage: photo.buffer, class: 'tabby' })")
    assert server.last == {"img": b"a photo", "maskImage": b"photo", "depthImage": b"a photo", "class": "tabby"}


def test_an_option_that_is_null_or_undefined_is_not_sent(server, node):
    node("focal.reblur(photo, photo, { class: null, probability: null, strength: undefined })")
    assert server.last == {"img": b"a photo", "maskImage": b"a photo"}


def test_typed_arrays_are_lists_wherever_an_option_is_one(server, node):
    node("focal.explain(photo, { targets: new Int16Array([7, 8]), points: [new Float64Array([0.5, 0.25])] })")
    assert server.last == {"img": b"a photo", "targets": "[7,8]", "points": "[[0.5,0.25]]"}


def test_an_explanation_has_class_index_probability_and_map(server, node):
    entry = {"class": "tabby", "index": 281, "probability": 0.25, "maskConfidence": 0.5, "saliency": as_base64(JPEG)}
    server.reply = lambda request, before: Reply(json.dumps({"explanations": [entry]}).encode())
    saliency = {"type": "image/jpeg", "text": as_base64(JPEG)}
    expected = {"label": "tabby", "index": 281, "probability": 0.25, "saliency": saliency, "confidence": 0.5}
    assert node("focal.explain(photo, { k: 1 })") == [expected]
    assert server.seen[0][0] == "/explanations/focal"


def test_a_key_that_is_null_is_none(server, node):
    node("focal.blur(photo)", "{ apiKey: null }")
    assert "authorization" not in {name.lower() for name in server.seen[0][1]}


@pytest.mark.parametrize("method", ["blur", "picture"])
def test_every_byte_of_an_answer_is_told_as_it_arrives(server, node, method):
    server.reply = lambda request, before: answer("x" * 300_000)
    told = node(f"""(async () => {{
        const steps = [];
        await focal.{method}(photo, {{ progress: (...step) => steps.push(step) }});
        return steps;
    }})()""")
    assert len(told) > 1
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    step, done, total = told[-1]
    assert (step, done) == ("receiving", total)
    assert total > 200_000


def test_what_the_callers_own_progress_throws_is_thrown(server, node):
    told = node("focal.blur(photo, { progress: () => { throw new RangeError('mine') } })")
    assert (told["kind"], told["message"], len(server.seen)) == ("RangeError", "mine", 1)


def test_a_key_is_sent_as_bearer(server, node):
    node("focal.blur(photo)", "{ apiKey: 'focal_secret' }")
    assert {name.lower(): value for name, value in server.seen[0][1].items()}["authorization"] == "Bearer focal_secret"


def test_a_busy_server_is_asked_again_after_what_it_says(server, node):
    busy = error(503, "Overloaded", Retry_After="1")
    server.reply = lambda request, before: busy if before == 0 else answer()
    seconds = "(async () => { const t = Date.now(); await focal.blur(photo); return (Date.now() - t) / 1000; })()"
    assert node(seconds) >= 1.2
    assert len(server.seen) == 2


def test_a_connection_that_breaks_off_is_tried_again(server, node):
    whole = answer()
    cut = Reply(whole.body, headers={"Content-Length": str(len(whole.body) + 1), "Connection": "close"})
    server.reply = lambda request, before: cut if before == 0 else whole
    assert node("focal.blur(photo)")["label"] == "tiger cat"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (error(422, "UndecodablePhoto", "The photo is broken inside."), (422, "UndecodablePhoto", "broken inside")),
        (error(429, "RateLimited", Retry_After="3600"), (429, "RateLimited", "No.")),
        (Reply(b"<html>nginx</html>", 502), (502, "HTTP", "The server said: Bad Gateway.")),
        (Reply(b"<html>Welcome</html>"), (0, "BadAnswer", "gave an answer that is not Focal's.")),
        (answer(maskImage=None), (0, "BadAnswer", "gave an answer that is not Focal's.")),
    ],
)
def test_what_is_no_answer_is_an_error_in_one_sentence(server, node, reply, expected):
    server.reply = lambda request, before: reply
    told = node("focal.blur(photo)")
    assert (told["kind"], told["status"], told["type"]) == ("FocalError", *expected[:2])
    assert told["message"].endswith(expected[2]) or expected[2] in told["message"]
    assert len(server.seen) == 1


def test_a_server_that_is_not_there_is_said_to_be_unreachable(node, unused_url):
    told = node(f"new Focal({json.dumps(unused_url)}, {{ retries: 0 }}).blur(photo)")
    assert (told["type"], told["status"]) == ("Unreachable", 0)
    assert f"{unused_url} cannot be reached, or broke off: connect ECONNREFUSED" in told["message"]


def test_a_silent_server_is_left_after_the_timeout_and_on_demand(server, node):
    done = threading.Event()
    server.reply = lambda request, before: (done.wait(10), answer())[1]
    told = node("focal.blur(photo)", "{ timeoutMs: 100 }")
    stopped = node("focal.blur(photo, { signal: AbortSignal.timeout(100) })")
    done.set()
    assert told["message"].endswith("gave no answer within 0.1 s.")
    assert stopped["kind"] == "TimeoutError"


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ("new Focal('ftp://host')", "The server's address must be one such as http://127.0.0.1:8000"),
        ("new Focal('http://me:secret@host')", "without a password"),
        ("new Focal(url, { apiKey: 'two words' })", "holds a character that no key has"),
        ("focal.blur(new Blob([]))", "The file is empty."),
        (
            "focal.blur('photo.jpg')",
            'An image is a Blob (so a File), an ArrayBuffer or a typed array, not "photo.jpg".',
        ),
        ("focal.blur('/9j/'.repeat(2000))", "a typed array, not a string of 8000 characters."),
        ("focal.reblur(photo, undefined)", "not undefined."),
        ("focal.blur(new Blob([photo]).arrayBuffer())", "a typed array, not Promise."),
        ("focal.blur(Array.from(photo))", "a typed array, not Array."),
        ("new Focal()", "The server's address must be one such as http://127.0.0.1:8000"),
        ("new Focal(url, { apiKey: 7 })", "holds a character that no key has"),
        ("new Focal(url, { headers: { 'X-A': 'secret\\nX-B: 1' } })", "A header's name or value holds a character"),
        ("focal.blur(photo, { depthImage: '' })", 'a typed array, not "".'),
        ("focal.explain(photo, { output: 'npz' })", "explain reads pictures"),
        ("focal.blur(photo, { fields: 'class' })", "An answer is read as a whole here: leave out fields"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence_and_not_sent(server, node, call, sentence):
    told = node(call)
    assert (told["kind"], sentence in told["message"], "secret" in told["message"]) == ("TypeError", True, False)
    assert server.seen == []


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> tuple[Path, str]:
    """What TypeScript makes of the module and of a program that uses its types, and what it says."""
    typescript, folder = npm_package(pytestconfig, TYPESCRIPT), tmp_path_factory.mktemp("types")
    shutil.copytree(CLIENT, folder / "client")
    shutil.copytree(CLIENT, folder / "app" / "node_modules" / "focal-client")
    (folder / "client" / "focal.d.ts").unlink()
    (folder / "app" / "use.mts").write_text(USE_IN_TYPESCRIPT)
    configuration = json.loads((CLIENT / "tsconfig.json").read_text())
    configuration["files"].append("../app/use.mts")
    configuration["compilerOptions"]["rootDir"] = ".."
    (folder / "client" / "tsconfig.json").write_text(json.dumps(configuration))
    command = [shutil.which("node"), typescript / "bin" / "tsc", "--project", folder / "client"]
    ran = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=120, check=False)
    return folder / "client" / "build" / "client", ran.stdout


def test_module_and_use_hold_under_typescripts_strictest(compiled: tuple[Path, str]) -> None:
    assert compiled[1] == ""


def test_the_types_that_are_shipped_are_the_modules(compiled: tuple[Path, str]) -> None:
    assert (CLIENT / "focal.d.ts").read_text() == (compiled[0] / "focal.d.ts").read_text()


def test_the_types_need_nothing_of_a_browser_that_node_lacks(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    shutil.copy(CLIENT / "focal.d.ts", tmp_path)
    globals_of_node = ("Blob", "AbortSignal", "Headers", "URL")
    (tmp_path / "node.d.ts").write_text("".join(f"declare class {name} {{}}\n" for name in globals_of_node))
    typescript = npm_package(pytestconfig, TYPESCRIPT) / "bin" / "tsc"
    command = [shutil.which("node"), typescript, "--noEmit", "--strict", "--target", "es2022", "--lib", "es2023"]
    ran = subprocess.run(
        [*map(str, command), "focal.d.ts", "node.d.ts"],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout) == (0, "")


def test_all_that_may_be_sent_is_typed_as_the_document_says() -> None:
    properties = openapi.document()["components"]["schemas"]["Request"]["properties"]
    types = re.search(r"export type Blur = .*?export type Picture", (CLIENT / "focal.d.ts").read_text(), re.DOTALL)[0]
    typed = dict(re.findall(r"^    (\w+)\?: (.+);$", types, re.MULTILINE))
    named = {name: kind for name, kind in typed.items() if name not in ("signal", "progress")}
    named["points"] = "object[]"  # on several lines
    assert named.keys() == properties.keys() - {"img", "maskImage", "fields"}
    for name, said in properties.items():
        if "enum" in said and name in named and name != "format":
            assert re.findall(r'"(\w+)"', named[name]) == without_null(said)["enum"], name


def test_its_package_names_focals_version() -> None:
    assert json.loads((CLIENT / "package.json").read_text())["version"] == focal.__version__
