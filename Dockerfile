# Focal in one image: the gateway, TorchServe and the weights of one backbone. docs/container.md tells how to use it.

ARG BACKBONE=alexnet
ARG PEOPLE=auto
ARG OTLP_ENDPOINT=

FROM python:3.11-slim-bookworm AS base
# The virtual environment and the archive are where serve looks for them: it finds both made, and makes nothing.
ENV FOCAL_VENV=/opt/venv \
    PATH=/opt/venv/bin:$PATH
WORKDIR /opt/focal


FROM base AS build
# Empty: the version that requirements-torch.in names.
ARG TORCH_VERSION=
# PyTorch's own index of CPU builds. Empty: the default index, whose build is ten times as large but knows CUDA.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

COPY requirements.txt requirements-torch.in requirements-torch.txt requirements-tracing.txt \
    requirements-bulk.txt requirements-cluster.txt ./
# The CPU index is to serve torch alone: its files have other hashes, and so has another torch. C++ headers and tests of
# torch stay behind, and what LiteRT has for graphics cards.
RUN --mount=type=cache,target=/root/.cache/pip \
    python3 -m venv "$FOCAL_VENV" \
    && pip install --no-deps --require-hashes --requirement requirements.txt \
    && sed -i "${TORCH_VERSION:+s/^torch==.*/torch==$TORCH_VERSION/}" requirements-torch.in \
    && if [ -n "$TORCH_INDEX$TORCH_VERSION" ]; \
        then pip install ${TORCH_INDEX:+--no-deps --index-url "$TORCH_INDEX"} --requirement requirements-torch.in; \
        else pip install --no-deps --require-hashes --requirement requirements-torch.txt; fi \
    && torch="$(echo "$FOCAL_VENV"/lib/python3*/site-packages/torch)" \
    && rm -rf "$torch/include" "$torch/test" "$torch"/bin/test_* "$torch"/bin/protoc* \
        "$torch"/../ai_edge_litert/*WebGpu* "$torch/../ai_edge_litert/vendors"

COPY LICENSE config.properties ./
COPY deploy deploy
COPY gateway gateway
COPY handler handler
COPY scripts scripts
ARG BACKBONE
ARG PEOPLE
# With it, what sends spans is installed as well.
ARG OTLP_ENDPOINT
# Networks that find people are part of the image unless they are not wanted: what cannot be had fails the build.
# Whatever the umask of the checkout was, the image's user must be able to read all of it.
RUN --mount=type=cache,target=/root/.cache/torch \
    if [ "$PEOPLE" != off ]; then scripts/fetch-weights --people; fi \
    && FOCAL_PEOPLE="$PEOPLE" FOCAL_OTLP_ENDPOINT="$OTLP_ENDPOINT" scripts/build-archive --backbone "$BACKBONE" \
    && chmod -R a+rX .
# Not empty: bulk jobs on a Ray cluster as well, with what KubeRay wants of Ray; the networks that find people, which a
# server reads out of its archive, are files too.
ARG BULK=
RUN --mount=type=cache,target=/root/.cache/pip \
    if [ -n "$BULK" ]; then \
        scripts/bulk --help >/dev/null \
        && pip install --no-deps --require-hashes --requirement requirements-cluster.txt \
        && mkdir -p cache/focal \
        && if [ "$PEOPLE" != off ]; then cp -r /root/.cache/focal/weights cache/focal; fi \
        && chmod -R a+rX .; \
    fi


FROM base
# Unpinned: Debian offers only its latest tini, and that one is wanted.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-log-init --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin focal
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/focal /opt/focal

ARG BACKBONE
ARG PEOPLE
ARG OTLP_ENDPOINT
# All interfaces are the container's own; who can reach the port is decided where it is published.
ENV FOCAL_BACKBONE=$BACKBONE \
    FOCAL_HOST=0.0.0.0 \
    FOCAL_OTLP_ENDPOINT=$OTLP_ENDPOINT \
    FOCAL_PEOPLE=$PEOPLE \
    FOCAL_PORT=8000
EXPOSE 8000
# By number, so that Kubernetes can tell that it is not root.
USER 10001:10001
HEALTHCHECK --interval=15s --timeout=12s --start-period=90s --retries=3 CMD ["scripts/serve", "--ready"]
# An init as process 1 passes signals on and buries workers that outlived their parent.
ENTRYPOINT ["tini", "--"]
CMD ["scripts/serve"]
