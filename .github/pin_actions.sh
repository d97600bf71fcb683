#!/usr/bin/env bash
# Replaces each action's tag by the commit it names now, keeping the tag as a comment. Needs the internet.
set -euo pipefail
cd "$(dirname "$0")"
grep -rhoE 'uses: [^ @]+@v[^ ]+' workflows | sort -u | while read -r _ action; do
  name=${action%@*} tag=${action#*@}
  repository=$(cut -d/ -f1,2 <<<"$name")
  digest=$(git ls-remote "https://github.com/$repository" "refs/tags/$tag^{}" "refs/tags/$tag" | sort -k2 -r | head -n 1 | cut -f1)
  [ -n "$digest" ] || { echo "$repository has no tag $tag" >&2; exit 1; }
  sed -i "s|uses: $name@$tag\$|uses: $name@$digest # $tag|" workflows/*.yml
  echo "$name $tag -> $digest"
done
