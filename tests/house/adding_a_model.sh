#!/usr/bin/env bash
# adding_a_model.sh ROOT LIBTORCH BUILD-TYPE: proves docs/adding_a_model.md. Copies the sources, adds the folder models/unigram and nothing
# else, builds the copy, then trains, evaluates and compares the new model. Units that did not change come out of ccache.
set -eu
root=$1 torch=$2 build_type=$3
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
fail() { echo "FAILED: $*" && exit 1; }

cd "$root"
rooms=$(sed -n 's/^zoo_room(\([a-z]*\).*/\1/p' CMakeLists.txt)
mkdir "$copy/runs"
cp -r CMakeLists.txt cmake apps $(for room in $rooms; do [ "$room" = runs ] || echo "$room"; done) "$copy"
cp runs/*.h runs/*.cpp "$copy/runs"
cp -r tests/house/unigram "$copy/models/unigram"

cd "$copy" # built at the same depth as a preset does: ccache tells paths apart by how they look from the build folder
export ZOO_CACHE=$copy/cache
if [ "${torch#"$root"/}" != "$torch" ]; then # a LibTorch inside the project lies inside the copy too
  inside=${torch#"$root"/}
  ln -s "$root/${inside%%/*}" "${inside%%/*}"
  torch=$copy/$inside
fi
cmake -G Ninja -B build/release -DCMAKE_BUILD_TYPE="$build_type" -DZOO_TESTS=OFF -DZOO_TORCH="$torch" >log 2>&1 || { cat log && fail "configuring"; }
cmake --build build/release --target zoo zoo-train zoo-evaluate zoo-compare zoo-info >log 2>&1 || { tail -40 log && fail "building"; }

# 40 documents of 10 lines, in which the words come with unequal shares.
awk 'BEGIN { for (i = 0; i < 400; i++) { line = ""; for (k = 0; k < 12; k++) line = line " w" int((i * 7 + k * k * 13) % (k + 2)); print line " ."; if (i % 10 == 9) print "" } }' >text.txt
zoo() { build/release/bin/zoo "$@" 2>log || { cat log && fail "zoo $*"; }; }

zoo train unigram --help | grep -q -- --added || fail "its options are not in the help"
zoo train unigram --input text.txt --output unigram --quiet
[ -s unigram/model.safetensors ] || fail "no weights were saved"
zoo info unigram | grep -qi unigram || fail "zoo info does not know it"
zoo evaluate --model unigram --task perplexity --input text.txt --json | grep -q '"perplexity"' || fail "no perplexity"
zoo compare --input text.txt --models unigram,ngram --minutes 0.2 --output compared --plain --quiet
python3 - <<'PYTHON' || fail "the comparison lacks it: $(cat compared/report.json)"
import json
models = json.load(open("compared/report.json"))["models"]
assert 1 < models["unigram"]["perplexity"] < 100 and len(models) > 1, models
PYTHON
echo "the toy model was trained, evaluated and compared with nothing but its folder added"
