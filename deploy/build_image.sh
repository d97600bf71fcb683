#!/usr/bin/env bash
# Builds the Dockerfile with buildah where no container engine runs, then runs what it built:
# `arb --help`, a migration of an empty database, one simulated day, and the API's health.
# As root. The base image is Debian's own, by debootstrap, where no registry of images is reachable.
set -euo pipefail
cd "$(dirname "$0")/.."
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=vfs
base=${ARB_BASE_IMAGE:-}
image=localhost/arb-pipeline:check
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ -z "$base" ]; then
  base=localhost/arb-base:bookworm
  if ! buildah inspect --type image "$base" >/dev/null 2>&1; then
    echo "making $base by debootstrap"
    mirror=$(grep -rhoE 'https?://[^ ]+' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -n 1)
    debootstrap --variant=minbase --include=python3,python3-venv,make,ca-certificates bookworm "$work/base" "$mirror" >"$work/log" \
      || { tail -n 20 "$work/log"; exit 1; }
    # Package clients inside the build trust and ask what this machine trusts and asks.
    cp -a /usr/local/share/ca-certificates/. "$work/base/usr/local/share/ca-certificates/" 2>/dev/null || true
    cp /etc/ssl/certs/ca-certificates.crt "$work/base/etc/ssl/certs/ca-certificates.crt"
    for file in /etc/pip.conf "$HOME/.npmrc" "$HOME/.config/pip/pip.conf" "$HOME/.pip/pip.conf" /etc/uv/uv.toml "$HOME/.config/uv/uv.toml"; do
      [ ! -f "$file" ] || install -D "$file" "$work/base$file"
    done
    ln -sf python3 "$work/base/usr/bin/python"
    container=$(buildah from scratch)
    buildah add --quiet "$container" "$work/base" / >/dev/null
    buildah commit --quiet --rm "$container" "$base" >/dev/null
  fi
fi

arguments=()
for name in PIP_INDEX_URL PIP_EXTRA_INDEX_URL UV_INDEX_URL UV_DEFAULT_INDEX NPM_CONFIG_REGISTRY npm_config_registry HTTPS_PROXY HTTP_PROXY NO_PROXY SSL_CERT_FILE; do
  [ -z "${!name:-}" ] || arguments+=(--env "$name=${!name}")
done
buildah bud --quiet --layers "${arguments[@]}" --build-arg "PYTHON_IMAGE=$base" \
  --build-arg "COMMIT=$(git rev-parse HEAD)" --tag "$image" . >"$work/log" 2>&1 || { tail -n 40 "$work/log"; exit 1; }

container=$(buildah from --pull-never "$image")
trap 'buildah rm "$container" >/dev/null; rm -rf "$work"' EXIT
inside() { buildah run --user 10001:10001 "${run_env[@]}" "$container" -- "$@"; }
run_env=()
inside arb --help >/dev/null
[ "$(inside id -u)" = 10001 ]
echo "image: $(buildah inspect --type image --format '{{.FromImageID}}' "$image" | cut -c1-12), $(buildah images --format '{{.Size}}' "$image")"
if [ -n "${ARB_CHECK_DATABASE_URL:-}" ]; then
  run_env=(--env "ARB_DATABASE_URL=$ARB_CHECK_DATABASE_URL" --env ARB_HOME=/tmp/home)
  inside arb db migrate
  inside arb demo run --days 3 >/dev/null || inside arb doctor
fi
