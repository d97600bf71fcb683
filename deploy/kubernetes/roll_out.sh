#!/usr/bin/env bash
# Rolls an overlay out: migrates first, waits, then starts the new version beside the old one.
# Usage: deploy/kubernetes/roll_out.sh deploy/kubernetes/overlays/production
set -euo pipefail
overlay=${1:?usage: $0 OVERLAY}
kubectl get namespace arb >/dev/null 2>&1 || kubectl create namespace arb
if ! kubectl -n arb get secret arb-secrets >/dev/null 2>&1; then
  echo "Namespace arb has no secret 'arb-secrets'. Create it with ARB_DATABASE_URL, ARB_DAGSTER_URL and ARB_REDIS_URL:" >&2
  echo "  kubectl -n arb create secret generic arb-secrets --from-env-file=secrets.env" >&2
  exit 2
fi
rendered=$(mktemp)
trap 'rm -f "$rendered"' EXIT
kubectl kustomize "$overlay" >"$rendered"
# A finished job cannot be changed: the one of the version before goes first.
kubectl -n arb delete job migrate --ignore-not-found --wait
kubectl apply -f "$rendered" --selector app.kubernetes.io/part-of=arb --prune=false --server-side \
  --field-manager arb --dry-run=server >/dev/null
python3 - "$rendered" <<'PY' | kubectl apply --server-side --field-manager arb -f -
import sys
# What the migration needs: everything but the workloads, and the job itself.
documents = open(sys.argv[1], encoding="utf-8").read().split("\n---\n")
print("\n---\n".join(d for d in documents if "\nkind: Deployment\n" not in f"\n{d}"))
PY
kubectl -n arb wait --for=condition=complete job/migrate --timeout=15m
kubectl apply --server-side --field-manager arb -f "$rendered"
kubectl -n arb rollout restart deployment --selector app.kubernetes.io/part-of=arb
kubectl -n arb rollout status deployment --selector app.kubernetes.io/part-of=arb --timeout=10m
