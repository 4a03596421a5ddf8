#!/usr/bin/env bash
# install_test.sh ROOT BUILD: installs the built tree into a folder of its own, runs what is there from elsewhere, and
# builds examples/library against it outside the tree. What links langzoo::vectors must not need LibTorch.
set -eu
root=$1 build=$2
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
fail() { echo "FAILED: $*" && exit 1; }
quietly() { "$@" >"$place/log" 2>&1 || { tail -40 "$place/log" && fail "$*"; }; }

quietly cmake --install "$build" --prefix "$place/prefix"
cd "$place"
version=$(sed -n 's/.*kVersion = "\(.*\)".*/\1/p' "$root/base/version.h")
[ "$(prefix/bin/zoo --version)" = "zoo $version" ] || fail "zoo --version says $(prefix/bin/zoo --version)"
runs=$root/tests/data/runs/$version

# The installed programs find each other and LibTorch's libraries.
echo 'the king rules the city' >sentence.txt
[ "$(prefix/bin/zoo translate --model "$runs/translator" --input sentence.txt --quiet)" ] || fail "the installed zoo translate"

cp -r "$root/examples/library" example
quietly cmake -S example -B example/build -DCMAKE_BUILD_TYPE=Debug -DCMAKE_PREFIX_PATH="$place/prefix"
quietly cmake --build example/build
example/build/train_and_ask made "$runs/translator" 'the king rules the city' >answers || { cat answers && fail "train_and_ask"; }
cat answers
grep -qx '5 words, 16 numbers each' answers || fail "a sentence was not embedded"
grep -qx 'nearest to king: [a-z]*' answers || fail "no neighbour"
grep -qx 'translated: .*[a-z].*' answers || fail "no translation"
[ "$(grep -c '' "$root/examples/library/train_and_ask.cpp")" -lt 60 ] || fail "train_and_ask.cpp has 60 lines or more"

example/build/neighbours made/run king | head -1 | grep -q '^[01-9.-]* [a-z]*$' || fail "neighbours of a run"
for program in example/build/neighbours prefix/bin/zoo prefix/bin/zoo-nearest; do
  ! ldd "$program" | grep -E 'lib(torch|c10|cudart|cupti)' || fail "$program needs LibTorch"
done
! grep -q 'torch/' <(cd prefix/include/langzoo && cat base/*.h formats/*.h tokenizers/*.h data/*.h runs/*.h vectors/*.h) ||
  fail "a header of a room without LibTorch includes it"

# Only headers that others can include: each that one of them names is there too, and none stands in for another library's.
(
  cd prefix/include/langzoo
  ! find . -path '*gloo*' | grep . || fail "headers of gloo's names are installed"
  find . -empty | grep . && fail "an empty folder among the headers"
  sed -n 's/^#include "\(.*\)".*/\1/p' $(find . -name '*.h') | sort -u | while read -r header; do
    [ -f "$header" ] || fail "$header is included by an installed header, and is not installed"
  done
)

# Another version is refused, and a component that is not there is named.
sed -i 's/find_package(langzoo 0.1 REQUIRED)/find_package(langzoo 99.0 REQUIRED)/' example/CMakeLists.txt
! cmake -S example -B example/other -DCMAKE_PREFIX_PATH="$place/prefix" >log 2>&1 || fail "version 99 was found"
echo "installed, used as a command and as a library"
