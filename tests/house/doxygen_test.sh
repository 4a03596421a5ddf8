#!/usr/bin/env bash
# doxygen_test.sh ROOT: the public headers go through Doxygen without a warning. 77, skipped: there is none.
set -eu
command -v doxygen >/dev/null || { echo "no doxygen here" && exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$1"
{ cat Doxyfile && echo "OUTPUT_DIRECTORY = $folder"; } | doxygen - || { echo "FAILED: what Doxygen says above" && exit 1; }
[ -s "$folder/html/classzoo_1_1TrainedModel.html" ] || { echo "FAILED: no page of TrainedModel" && exit 1; }
