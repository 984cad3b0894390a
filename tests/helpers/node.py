"""Run the page's modules that need no browser, under Node.js."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from server.gateway_config import PAGE, PAGE_MODULES

from tests.helpers.missing import installed


class Node:
    """Node.js in a folder that holds the page's modules."""

    def __init__(self, folder: Path) -> None:
        self.program, self.folder = installed("node", "nodejs"), folder
        (folder / "package.json").write_text('{"type": "module"}')  # or Node takes .js for CommonJS
        for name in PAGE_MODULES:
            shutil.copy(PAGE / f"{name}.js", folder)

    def evaluate(self, imports: str, expression: str, given: Any = None) -> Any:
        """The value of a JavaScript expression, by JSON both ways. `given` is what is given, under that name.

        imports: such as '{ percent } from "./messages.js"'.
        """
        script = f"""
            import {imports};
            import {{ readFileSync }} from "node:fs";
            const given = JSON.parse(readFileSync(0, "utf8"));
            console.log(JSON.stringify({expression}));
        """
        command = [self.program, "--input-type=module", "--eval", script]
        ran = subprocess.run(
            command, cwd=self.folder, input=json.dumps(given), capture_output=True, text=True, timeout=300, check=False
        )
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)
