#!/usr/bin/env bash
# links_test.sh ROOT: every relative link and picture in the Markdown of the tree leads to a file that is there.
set -uo pipefail
cd "$1" || exit 1
checked=0 failed=0
while IFS= read -r -d '' page; do
  while IFS= read -r target; do
    case $target in http://* | https://* | mailto:* | '#'* | '') continue ;; esac
    checked=$((checked + 1))
    [ -e "$(dirname "$page")/${target%%#*}" ] || { echo "$page: links to $target, which is not there"; failed=1; }
  done < <(grep -oE '\]\([^) ]+\)' "$page" | sed 's/^](//; s/)$//')
done < <(find . \( -path './build*' -o -path './.venv*' -o -path './runs/*' \) -prune -o -name '*.md' -print0)
[ "$checked" -gt 20 ] || { echo "only $checked links were found: is this the tree?"; failed=1; }
exit $failed
