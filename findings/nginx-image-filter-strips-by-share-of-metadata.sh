#!/usr/bin/env bash
# nginx 1.22.1, image_filter: whether a photo that is small enough keeps its turn and its colours depends on how many of its
# bytes are metadata.
# Versions: nginx 1.22.1-9+deb12u11, libnginx-mod-http-image-filter 1.22.1-9+deb12u11 (Debian 12; libgd3 has to be installed),
# pillow 13.0.0, numpy 2.4.6.
# Expected: "resize 2000 2000" hands a photo of 400 by 300 through as it is, or treats each such photo alike.
# Seen: the photo whose EXIF and profile are a small part of the file comes through byte for byte, and is shown upright. The
# same photo at a lower quality, whose metadata are more than a twentieth of the file, is encoded anew without them: it lies on
# its side, and has lost its profile. Photos that are reduced always lose both.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" || true; wait "$server" || true; }; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pillow==13.0.0 numpy==2.4.6
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
    types { image/jpeg jpg; }
    client_body_temp_path temporary;
    proxy_temp_path temporary;
    fastcgi_temp_path temporary;
    uwsgi_temp_path temporary;
    scgi_temp_path temporary;
    server {
        listen 127.0.0.1:$port;
        root $folder/photos;
        location / { image_filter resize 2000 2000; image_filter_buffer 20M; }
    }
}
CONF

venv/bin/python - <<'PYTHON'
import numpy as np
from PIL import Image, ImageCms

profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
exif = Image.Exif()
exif[274] = 6  # on its side
grain = np.random.default_rng(0).integers(90, 160, (300, 400, 3)).astype(np.uint8)
for quality in (95, 10):
    Image.fromarray(grain).save(f"photos/{quality}.jpg", quality=quality, exif=exif, icc_profile=profile)
PYTHON
usr/sbin/nginx -p "$folder" -c nginx.conf 2> start.log &
server=$!
venv/bin/python - "$port" <<'PYTHON'
import io
import sys
import time
import urllib.request

from PIL import Image


def answer(name):
    for _ in range(100):
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/{name}").read()
        except urllib.error.URLError as error:
            if isinstance(error, urllib.error.HTTPError):
                raise
            time.sleep(0.1)
    sys.exit("nginx did not start")


seen = {}
for quality in (95, 10):
    with open(f"photos/{quality}.jpg", "rb") as file:
        sent = file.read()
    metadata = len(Image.open(io.BytesIO(sent)).info["icc_profile"]) + len(Image.open(io.BytesIO(sent)).info["exif"])
    got = answer(f"{quality}.jpg")
    photo = Image.open(io.BytesIO(got))
    seen[quality] = got == sent, photo.getexif().get(274), "icc_profile" in photo.info
    print(f"{metadata / len(sent):.1%} metadata, {photo.size}: same bytes {seen[quality][0]}, turn {seen[quality][1]}, "
          f"profile {seen[quality][2]}")
sys.exit(0 if seen == {95: (True, 6, True), 10: (False, None, False)} else "changed")
PYTHON
