#!/usr/bin/env bash
# Builds the Dockerfile with buildah where no container engine runs, then runs what it built as user 10001:
# `arb --version` and `--help`, a migration of an empty PostgreSQL, `arb serve` answering its health check,
# and a simulated market by `arb run`. Prints what each layer holds. As root.
set -euo pipefail
cd "$(dirname "$0")/.."
export BUILDAH_ISOLATION=chroot
image=localhost/arb-pipeline:check
base=${ARB_BASE_IMAGE:-localhost/arb-base:bookworm}
work=$(mktemp -d)
container='' served=''
finish() {
  [ -z "$served" ] || kill -- "-$served" 2>/dev/null || true
  ARB_HOME="$work/database" .venv/bin/arb db stop --delete >/dev/null 2>&1 || true
  [ -z "$container" ] || buildah rm "$container" >/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
chmod 755 "$work"

make_base() { # Debian with Python, which asks the package registries that this machine asks
  local mirror file container
  mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -n 1 || true)
  debootstrap --variant=minbase --include=python3,python3-venv,make,ca-certificates bookworm "$work/base" $mirror \
    >"$work/log" 2>&1 || { tail -n 20 "$work/log"; return 1; }
  rm -rf "$work"/base/var/cache/apt/archives/*.deb "$work"/base/var/lib/apt/lists/*
  cp /etc/ssl/certs/ca-certificates.crt "$work/base/etc/ssl/certs/ca-certificates.crt"
  ln -sf python3 "$work/base/usr/bin/python"
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$work/base" / >/dev/null
  buildah commit --quiet --rm "$container" "$base" >/dev/null
  rm -rf "$work/base"
}

if [ -z "${ARB_BASE_IMAGE:-}" ] && ! buildah inspect --type image "$base" >/dev/null 2>&1; then
  echo "base: Debian by debootstrap"
  make_base
fi

# Package clients of the build ask the registries that this machine asks. Mounted, so that no address enters the image.
trusted=/etc/ssl/certs/ca-certificates.crt
{
  echo "[global]"
  python3 -m pip config list | sed -nE "s/^[a-z]+\.(index-url|proxy|trusted-host)='(.*)'$/\1 = \2/p" | grep -v 'file://' || true
  echo "cert = $trusted"
} >"$work/pip.conf"
{ [ ! -f "$HOME/.npmrc" ] || grep -v '^nodedir' "$HOME/.npmrc"; echo "cafile=$trusted"; } >"$work/npmrc"
cp "$HOME/.config/uv/uv.toml" "$work/uv.toml" 2>/dev/null || cp /etc/uv/uv.toml "$work/uv.toml" 2>/dev/null || echo "system-certs = true" >"$work/uv.toml"
clients=(
  --volume "$trusted:$trusted:ro"
  --volume "$work/pip.conf:/etc/pip.conf:ro"
  --volume "$work/npmrc:$HOME/.npmrc:ro"
  --volume "$work/uv.toml:/etc/uv/uv.toml:ro"
)
started=$SECONDS
buildah bud --layers "${clients[@]}" --build-arg "PYTHON_IMAGE=$base" \
  --build-arg "VERSION=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)" \
  --build-arg "COMMIT=$(git rev-parse HEAD)" --tag "$image" . >"$work/log" 2>&1 || { tail -n 40 "$work/log"; exit 1; }
echo "built in $((SECONDS - started)) s"

container=$(buildah from --pull-never "$image")
inside() { buildah run --user 10001:10001 --env ARB_HOME=/tmp/home "${with[@]}" "$container" -- "$@"; }
with=()
[ "$(inside id -u)" = 10001 ]
inside arb --version
inside arb --help >/dev/null
for absent in gcc cc node npm uv; do
  ! inside sh -c "command -v $absent" >/dev/null 2>&1 || { echo "the image holds $absent"; exit 1; }
done

# PostgreSQL of this machine, on loopback, as the one beside the containers.
ARB_HOME="$work/database" .venv/bin/arb db start >/dev/null
with=(--env "ARB_DATABASE_URL=$(ARB_HOME="$work/database" .venv/bin/arb db url --password)" --env ARB_DATABASE_TLS=disable)
inside arb db migrate
inside arb db migrate # again: nothing to do

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
command=(buildah run --user 10001:10001 --env ARB_HOME=/tmp/home "${with[@]}" "$container" -- arb serve)
setsid "${command[@]}" --host 127.0.0.1 --port "$port" >"$work/serve" 2>&1 &
served=$!
for ((second = 0; second < 90; second++)); do
  if inside python /etc/arb/healthy.py "http://127.0.0.1:$port/healthz" 2>/dev/null; then break; fi
  kill -0 "$served" 2>/dev/null || { cat "$work/serve"; exit 1; }
  sleep 1
done
inside python /etc/arb/healthy.py "http://127.0.0.1:$port/healthz"
inside python -c "
import urllib.request
page = urllib.request.urlopen('http://127.0.0.1:$port/').read()
assert b'<div id=' in page, page[:200]
"
echo "arb serve: /healthz and the dashboard answer"
kill -- "-$served"
wait "$served" || true
served=''

.venv/bin/arb demo build "$work/market" --days 12 >/dev/null
chmod -R a+rX "$work"/market
with+=(--volume "$work/market:/market:ro" --env ARB_DATA=/market)
inside arb run 2>&1 | tail -n 5

root=$(buildah mount "$container")
echo "MB  path" # awk, not head: a closed pipe would end the script
du -sm "$root/opt/arb" "$root/etc/arb" "$root/opt/arb/lib/python3.11/site-packages"/{arb_pipeline,scrapy_project} 2>/dev/null | sed "s#$root##"
du -sm "$root/opt/arb/lib/python3.11/site-packages"/* | sort -rn | awk 'NR <= 12' | sed "s#$root/opt/arb/lib/python3.11/site-packages/##"
buildah unmount "$container" >/dev/null
