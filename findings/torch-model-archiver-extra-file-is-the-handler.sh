#!/usr/bin/env bash
# torch-model-archiver 0.12.0: a file among --extra-files that is called like the handler takes its place in the archive, and
# no word is said.
# Versions: torch-model-archiver 0.12.0, enum-compat 0.0.3.
# Expected: two files that would get one name in an archive are refused, or keep the folders that tell them apart; at least the
# handler is the file that --handler names.
# Seen: exit status 0 without a word. Every file goes to the root of the archive, the last of one name stays, and extra files
# come after all the others: a helper's handler.py, or a folder that holds one, is what TorchServe runs; so are the weights
# another model's, where both are called model.pt. (Issue 1689, open since 2022, wishes for folders.)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch-model-archiver==0.12.0 enum-compat==0.0.3
cd "$folder"
mkdir -p temporary store blur helper labels
export TMPDIR="$folder/temporary"
for place in blur helper; do
    echo "NAME = '$place'" > $place/handler.py
    echo "weights of $place" > $place/model.pt
done
echo '["cup"]' > labels/index_to_name.json

pack() {
    venv/bin/torch-model-archiver --model-name "$1" --version 1.0 --handler blur/handler.py --serialized-file blur/model.pt \
        --extra-files "$2" --export-path store > "$1.said" 2>&1
}
pack plain labels/index_to_name.json
pack file labels/index_to_name.json,helper/handler.py
pack folder labels/index_to_name.json,helper

venv/bin/python - <<'PYTHON'
import pathlib
import sys
import zipfile

seen = {}
for name in ("plain", "file", "folder"):
    with zipfile.ZipFile(f"store/{name}.mar") as archive:
        inside = {entry: archive.read(entry).decode().strip() for entry in ("handler.py", "model.pt")}
        said = pathlib.Path(f"{name}.said").read_text()
        seen[name] = inside["handler.py"], inside["model.pt"], len(archive.namelist()), said
    print(f"{name}: handler.py is {inside['handler.py']!r}, model.pt {inside['model.pt']!r}; said {said!r}")
expected = {
    "plain": ("NAME = 'blur'", "weights of blur", 4, ""),
    "file": ("NAME = 'helper'", "weights of blur", 4, ""),
    "folder": ("NAME = 'helper'", "weights of helper", 4, ""),
}
sys.exit(0 if seen == expected else "changed")
PYTHON
