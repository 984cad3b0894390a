"""Clients that well-known generators make of openapi.json: compiled strictly, and a photo blurred with each.

The server asks for a key, so each client also sends one. The tools are installed into a temporary folder.
"""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import skimage.data
from PIL import Image
from server.client_keys import ClientKey, as_text, new_key, sha256_of_key
from server.temporary_server import temporary_server

from tests.conftest import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.long]

DOCUMENT = ROOT / "gateway" / "openapi.json"
PYTHON_TOOLS = (
    "openapi-python-client==0.29.1",
    "datamodel-code-generator==0.89.0",
    "openapi-generator-cli==7.26.0",
    "mypy==1.18.2",
    "httpx==0.28.1",
    "pydantic==2.12.5",
)
NODE_TOOLS = (
    "openapi-typescript@7.13.0",
    "typescript@5.9.3",
    "@redocly/cli@2.77.0",
    "@stoplight/spectral-cli@6.16.3",
)
INSTALL_S, RUN_S = 600, 240
# Of Debian's libhttpmime-java, libgeronimo-annotation-1.3-spec-java, libjsr305-java; Jackson is in the generator's jar.
JARS = [f"/usr/share/java/{name}.jar" for name in ("httpmime", "httpcore", "geronimo-annotation-1.3-spec", "jsr305")]


def run(*command: str | Path, folder: Path, expected: int = 0, **variables: str) -> str:
    """Run a command; what it printed. It must end as expected."""
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=RUN_S,
        check=False,
    )
    assert done.returncode == expected, done.stdout + done.stderr
    return done.stdout


def install(*command: str | Path, folder: Path) -> None:
    """Install a tool, or skip the test with the installer's own last line."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_S, check=False)
    except FileNotFoundError:
        pytest.skip(f"{command[0]} is not installed")
    if done.returncode != 0:
        pytest.skip(f"the tool could not be fetched: {(done.stderr.strip().splitlines() or ['?'])[-1]}")


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of an environment with the Python tools."""
    folder = tmp_path_factory.mktemp("python-tools")
    run(sys.executable, "-m", "venv", folder, folder=folder)
    install(folder / "bin" / "python", "-m", "pip", "install", "-q", *PYTHON_TOOLS, folder=folder)
    return folder / "bin"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of the Node tools."""
    folder = tmp_path_factory.mktemp("node-tools")
    install("npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", folder, *NODE_TOOLS, folder=folder)
    return folder / "node_modules" / ".bin"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A server that asks for keys: its address and a key, as variables for the programs below; and a photo."""
    folder, key = tmp_path_factory.mktemp("service"), new_key()
    (folder / "keys.json").write_text(as_text((ClientKey("generated", sha256_of_key(key)),)))
    Image.fromarray(skimage.data.chelsea()).save(folder / "photo.jpg")
    with temporary_server(FOCAL_CLIENT_KEYS=str(folder / "keys.json"), FOCAL_WORKERS="1") as (url, _):
        yield {"URL": url, "KEY": key, "PHOTO": str(folder / "photo.jpg")}


def assert_is_the_blurred_photo(printed: str) -> None:
    """What a program below prints: the class, and the picture in base64."""
    name, picture = printed.split("\n")[:2]
    image = Image.open(io.BytesIO(base64.b64decode(picture)))

    assert (image.format, image.size) == ("JPEG", (451, 300))
    assert "cat" in name


def test_openapi_python_client(python: Path, service: dict[str, str], tmp_path: Path) -> None:
    path = f"{python}:{os.environ['PATH']}"  # where it looks for ruff
    generate = ("generate", "--path", DOCUMENT, "--meta", "none", "--output-path", "focal_client")
    run(python / "openapi-python-client", *generate, folder=tmp_path, PATH=path)
    (tmp_path / "program.py").write_text(
        """import base64, os
from focal_client import AuthenticatedClient
from focal_client.api.photos import blur
from focal_client.models import Answer, Form, Request
from focal_client.types import File

client = AuthenticatedClient(base_url=os.environ["URL"], token=os.environ["KEY"])
with open(os.environ["PHOTO"], "rb") as photo:
    form = blur.sync(client=client, body=Form(img=File(payload=photo, file_name="photo.jpg", mime_type="image/jpeg")))
with open(os.environ["PHOTO"], "rb") as photo:
    answer = blur.sync(client=client, body=Request(img=base64.b64encode(photo.read()).decode()))
assert isinstance(answer, Answer) and isinstance(form, Answer)
assert form.class_ == answer.class_
print(answer.class_, answer.blurred_image, sep="\\n")
"""
    )
    checked = run(python / "mypy", "--strict", "focal_client", "program.py", folder=tmp_path, expected=1)

    # Its own client.py, which is the same for every document, calls httpx with arguments of the wrong types.
    errors = [line for line in checked.splitlines() if ": error: " in line]
    assert [line for line in errors if not line.startswith("focal_client/client.py:")] == []
    assert_is_the_blurred_photo(run(python / "python", "program.py", folder=tmp_path, **service))


def test_datamodel_code_generator(python: Path, service: dict[str, str], tmp_path: Path) -> None:
    options = ("--output-model-type", "pydantic_v2.BaseModel", "--use-annotated", "--target-python-version", "3.11")
    generate = ("--input", DOCUMENT, "--input-file-type", "openapi", *options, "--output", "models.py")
    run(python / "datamodel-codegen", *generate, folder=tmp_path)
    (tmp_path / "program.py").write_text(
        """import base64, os
import httpx
from models import Answer, Request

with open(os.environ["PHOTO"], "rb") as photo:
    request = Request(img=base64.b64encode(photo.read()).decode())
answered = httpx.post(
    os.environ["URL"],
    content=request.model_dump_json(exclude_none=True, by_alias=True),
    headers={"Content-Type": "application/json", "X-Api-Key": os.environ["KEY"]},
    timeout=60,
)
answer = Answer.model_validate_json(answered.content)
print(answer.class_, answer.blurredImage, sep="\\n")
"""
    )
    run(python / "mypy", "--strict", "models.py", "program.py", folder=tmp_path)
    assert_is_the_blurred_photo(run(python / "python", "program.py", folder=tmp_path, **service))


def compile_typescript(node: Path, folder: Path) -> None:
    """Type-check strictly, the generated files too, and translate into JavaScript that Node runs."""
    options = {
        "strict": True,
        "target": "es2022",
        "module": "commonjs",
        "moduleResolution": "node10",
        "lib": ["es2022", "dom"],
        "types": [],
        "outDir": "made",
    }
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "include": ["**/*.ts"]}))
    run(node / "tsc", "-p", ".", folder=folder)


PHOTO_IN_NODE = """
declare const require: (name: string) => any;
declare const process: { env: { URL: string; KEY: string; PHOTO: string } };
const { URL: url, KEY: key, PHOTO: file } = process.env;
const photo: Uint8Array<ArrayBuffer> = require("fs").readFileSync(file);
const img: string = (photo as any).toString("base64");
"""


def test_openapi_typescript(node: Path, service: dict[str, str], tmp_path: Path) -> None:
    run(node / "openapi-typescript", DOCUMENT, "-o", "focal.d.ts", folder=tmp_path)
    (tmp_path / "program.ts").write_text(
        'import type { components, operations } from "./focal";\n'
        + PHOTO_IN_NODE
        + """
type Schemas = components["schemas"];
const request: Schemas["Request"] = { img };
const clicks: Schemas["Request"] = { img, points: [[0.5, 0.5], { x: 0.1, y: 0.1 }] };
const field: Schemas["Form"]["img"] = img.slice(0, 4); // a type of its own, not unknown
// @ts-expect-error: img is required
const nothing: Schemas["Request"] = {};
// @ts-expect-error: no such option
const wrong: Schemas["Request"] = { img, strenght: 0.1 };
// @ts-expect-error: the file of a form has a type
const file2: Schemas["Form"]["img"] = 7;
type Body = operations["blur"]["responses"]["200"]["content"]["application/json"];

async function main() {
  const body = JSON.stringify(request);
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
  const answer: Body = await (await fetch(url, { method: "POST", headers, body })).json();
  console.log(`${answer.class}\\n${answer.blurredImage}`);
}
main();
"""
    )
    compile_typescript(node, tmp_path)
    assert_is_the_blurred_photo(run("node", "made/program.js", folder=tmp_path, **service))


def generate_with_openapi_generator(python: Path, folder: Path, kind: str, *options: str) -> None:
    if not shutil.which("java"):
        pytest.skip("java is not installed")
    no_tests = "apis,models,supportingFiles,apiDocs=false,modelDocs=false,apiTests=false,modelTests=false"
    # Without skipFormModel=false it imports the schemas of forms, but does not write them.
    every_model = f"--global-property={no_tests},skipFormModel=false"
    command = ("generate", "-i", DOCUMENT, "-g", kind, "-o", folder / "client", every_model, *options)
    run(python / "openapi-generator-cli", *command, folder=folder)


def test_openapi_generator_typescript_fetch(python: Path, node: Path, service: dict[str, str], tmp_path: Path) -> None:
    generate_with_openapi_generator(python, tmp_path, "typescript-fetch")
    (tmp_path / "program.ts").write_text(
        'import { Configuration, PhotosApi } from "./client";\n'
        + PHOTO_IN_NODE
        + """
async function main() {
  const api = new PhotosApi(new Configuration({ basePath: url, accessToken: key }));
  const answer = await api.blur({ request: { img } });
  console.log(`${answer._class}\\n${answer.blurredImage}`);
}
main();
"""
    )
    compile_typescript(node, tmp_path)
    assert_is_the_blurred_photo(run("node", "made/program.js", folder=tmp_path, **service))


def test_openapi_generator_java(python: Path, service: dict[str, str], tmp_path: Path) -> None:
    if missing := [jar for jar in JARS if not Path(jar).exists()]:
        pytest.skip(f"{missing[0]} is not installed")
    plain = "openApiNullable=false,useJakartaEe=false,useSingleRequestParameter=true,containerDefaultToNull=true"
    options = ("--library", "native", "--generate-alias-as-model", f"--additional-properties={plain}")
    generate_with_openapi_generator(python, tmp_path, "java", *options)
    (tmp_path / "Program.java").write_text(
        """import java.nio.file.*;
import java.util.*;
import org.openapitools.client.*;
import org.openapitools.client.api.PhotosApi;
import org.openapitools.client.model.*;

public class Program {
  public static void main(String[] arguments) throws Exception {
    Map<String, String> environment = System.getenv();
    ApiClient client = new ApiClient();
    client.updateBaseUri(environment.get("URL"));
    client.setRequestInterceptor(request -> request.header("X-Api-Key", environment.get("KEY")));
    byte[] photo = Files.readAllBytes(Paths.get(environment.get("PHOTO")));
    Request request = new Request().img(Base64.getEncoder().encodeToString(photo));
    Answer answer = new PhotosApi(client).blur(PhotosApi.APIBlurRequest.newBuilder().request(request).build());
    System.out.println(answer.getPropertyClass() + "\\n" + answer.getBlurredImage());
  }
}
"""
    )
    (jar,) = python.parent.rglob("openapi-generator.jar")
    path = ":".join([str(jar), *JARS])
    sources = sorted((tmp_path / "client" / "src" / "main").rglob("*.java"))
    run(
        "javac",
        "-Xlint:all,-path,-processing,-serial,-deprecation",
        "-Werror",
        "-d",
        "made",
        "-cp",
        path,
        *sources,
        "Program.java",
        folder=tmp_path,
    )
    assert_is_the_blurred_photo(run("java", "-cp", f"made:{path}", "Program", folder=tmp_path, **service))


def test_redocly_and_spectral_find_no_error(node: Path, tmp_path: Path) -> None:
    (tmp_path / "rules.json").write_text('{"extends": ["spectral:oas"]}')

    run(node / "redocly", "lint", DOCUMENT, "--extends=recommended", folder=tmp_path)
    run(node / "spectral", "lint", DOCUMENT, "-r", "rules.json", "--fail-severity=error", folder=tmp_path)
