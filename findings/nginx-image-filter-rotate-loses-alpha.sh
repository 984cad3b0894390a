#!/usr/bin/env bash
# nginx 1.22.1, image_filter: "rotate" makes a transparent PNG opaque and black, "resize" and "crop" do not.
# Versions: nginx 1.22.1-9+deb12u11, libnginx-mod-http-image-filter 1.22.1-9+deb12u11 (Debian 12; libgd3 has to be installed),
# pillow 13.0.0.
# Expected: the documentation of image_filter_transparency says that the alpha channel of a PNG is always kept.
# Seen: after "rotate 90" (180 and 270 alike) a PNG and a WebP have no alpha channel, and what was transparent is black.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" || true; wait "$server" || true; }; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pillow==13.0.0
cd "$folder"
apt-get download -qq -o APT::Sandbox::User=root nginx=1.22.1-9+deb12u11 libnginx-mod-http-image-filter=1.22.1-9+deb12u11
for package in *.deb; do dpkg -x "$package" .; done
port=$(venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
mkdir photos temporary
cat > nginx.conf <<CONF
load_module $folder/usr/lib/nginx/modules/ngx_http_image_filter_module.so;
daemon off;
master_process off;
pid $folder/pid;
error_log $folder/error.log;
events {}
http {
    access_log off;
    types { image/png png; image/webp webp; }
    client_body_temp_path temporary;
    proxy_temp_path temporary;
    fastcgi_temp_path temporary;
    uwsgi_temp_path temporary;
    scgi_temp_path temporary;
    server {
        listen 127.0.0.1:$port;
        location /resize/ { alias $folder/photos/; image_filter resize 64 64; }
        location /crop/ { alias $folder/photos/; image_filter crop 64 64; }
        location /rotate-90/ { alias $folder/photos/; image_filter rotate 90; }
        location /rotate-180/ { alias $folder/photos/; image_filter rotate 180; }
        location /rotate-270/ { alias $folder/photos/; image_filter rotate 270; }
    }
}
CONF

venv/bin/python - <<'PYTHON'
from PIL import Image

cutout = Image.new("RGBA", (128, 128), (0, 0, 0, 0))
cutout.paste((255, 0, 0, 255), (32, 32, 96, 96))
cutout.save("photos/cutout.png")
cutout.save("photos/cutout.webp", lossless=True)
PYTHON
usr/sbin/nginx -p "$folder" -c nginx.conf 2> start.log &
server=$!
venv/bin/python - "$port" <<'PYTHON'
import io
import sys
import time
import urllib.request

from PIL import Image


def answer(path):
    for _ in range(100):
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/{path}").read()
        except urllib.error.URLError as error:
            if isinstance(error, urllib.error.HTTPError):
                raise
            time.sleep(0.1)
    sys.exit("nginx did not start")


corners = {}
for way in ("resize", "crop", "rotate-90", "rotate-180", "rotate-270"):
    for name in ("cutout.png", "cutout.webp"):
        picture = Image.open(io.BytesIO(answer(f"{way}/{name}")))
        corners[way, name] = picture.convert("RGBA").getpixel((2, 2))
        print(f"{way} of {name}: {picture.mode}, corner {corners[way, name]}")
turned = {corner for (way, _), corner in corners.items() if way.startswith("rotate")}
others = {corner[3] for (way, _), corner in corners.items() if not way.startswith("rotate")}
sys.exit(0 if turned == {(0, 0, 0, 255)} and others == {0} else "changed")
PYTHON
