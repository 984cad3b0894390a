#!/usr/bin/env bash
# MNN 3.6.1: mnnconvert, which makes a network's file from ONNX, installs a package by whichever pip the PATH has, at every start.
# Versions: MNN 3.6.1.
# Expected: a program that converts one file to another changes no environment, and none but its own above all.
# Seen: when it starts, for --version too, it runs "pip install -U aliyun-log-python-sdk" by the shell, as mnnquant does. Called by its
# path, or from a Python of its own, that is the pip of the system or of another project, whose packages it brings along (protobuf,
# say), and upgrades where they are too old. Nothing asks, and no option is there to say no. What it installs is for sending a record of each
# use, with the machine's number, to the maker (MNN/tools/utils/log.py). No issue was found.
# A pip of this script stands first in the PATH here and writes down what it is asked, so that nothing is installed and nothing sent.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q MNN==3.6.1

mkdir "$folder/first"
cat > "$folder/first/pip" <<STUB
#!/usr/bin/env bash
echo "pip \$*" >> "$folder/asked"
exit 1
STUB
chmod +x "$folder/first/pip"
PATH="$folder/first:$PATH"

"$folder/venv/bin/python" -c "import MNN; print('the library alone asks for nothing')" | tail -1
test ! -e "$folder/asked"
for tool in mnnconvert mnnquant; do
    "$folder/venv/bin/$tool" --version > "$folder/$tool.log" 2>&1 || true
    echo "$tool --version asks: $(tail -1 "$folder/asked")"
done
[ "$(sort -u "$folder/asked")" = "pip install -U aliyun-log-python-sdk" ] || { echo changed; exit 1; }
