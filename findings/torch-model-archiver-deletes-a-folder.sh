#!/usr/bin/env bash
# torch-model-archiver 0.12.0 deletes a folder that it did not make.
# Versions: torch-model-archiver 0.12.0, enum-compat 0.0.3.
# Expected: in the folder for temporary files it removes what it has put there, and nothing else.
# Seen: a folder with the model's name that lies there already is deleted with all that is in it; exit status 0, no word.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch-model-archiver==0.12.0 enum-compat==0.0.3

cd "$folder"
mkdir -p temporary/portraits
echo "a letter" > temporary/portraits/letter.txt
printf 'class Handler:\n    pass\n' > handler.py
TMPDIR="$folder/temporary" venv/bin/torch-model-archiver \
    --model-name portraits --version 1.0 --handler handler.py --export-path "$folder"

if [ -e temporary/portraits ]; then
    echo "changed: $folder/temporary/portraits is still there"
    exit 1
fi
echo "\$TMPDIR/portraits/letter.txt is gone after an archive called portraits was made; exit status 0"
