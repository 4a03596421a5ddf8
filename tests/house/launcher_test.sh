#!/usr/bin/env bash
# launcher_test.sh ROOT: what ./zoo says and how it stops, without installing or building anything.
set -u
root=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0
check() { # check MESSAGE COMMAND…
  local message=$1
  shift
  "$@" || { echo "FAILED: $message" && failures=$((failures + 1)); }
}

# A copy whose "built front" is a script, so that no build is needed.
mkdir -p "$folder/langzoo/build/release/bin"
cp -r "$root/zoo" "$root/scripts" "$root/CMakeLists.txt" "$root/CMakePresets.json" "$root/base" "$folder/langzoo"
cd "$folder/langzoo"
printf '#!/bin/sh\necho "front: $*"\n[ "$1" != fail ] || exit 7\n' >build/release/bin/zoo
chmod +x build/release/bin/zoo
stamp() { root=$PWD bash -c 'source scripts/build.sh && source_state >build/release/built'; }
stamp

check "without arguments it lists the commands" grep -q 'zoo compare' <(./zoo)
for app in "$root"/apps/[a-z]*.cpp; do
  word=$(basename "$app" .cpp | sed 's/_.*//')
  [ "$word" = zoo ] || check "the list names the command $word" grep -q "$word" scripts/usage.txt
done
check "arguments reach the front as they are" [ "$(./zoo info 'a  b' '*')" = 'front: info a  b *' ]
check "it works from another folder" [ "$(cd / && "$folder/langzoo/zoo" info)" = 'front: info' ]
ln -s "$folder/langzoo/zoo" "$folder/link"
check "it works through a symbolic link" [ "$("$folder/link" info)" = 'front: info' ]
./zoo fail >/dev/null
check "the front's exit status comes through" [ $? = 7 ]
./zoo test --nonsense 2>err
check "an unknown option of test is wrong usage" [ $? = 2 ]
./zoo build --nonsense 2>err
check "an unknown option of build is wrong usage" [ $? = 2 ]
./zoo clean --nonsense 2>err
check "an unknown option of clean is wrong usage" [ $? = 2 ]

# Processor time, because other tests run beside this one; alone on the machine it is the wall clock's time.
TIMEFORMAT='%U %S'
used=$({ time ./zoo info >/dev/null; } 2>&1 | awk '{print int(1000 * ($1 + $2))}')
check "a built command is reached in under 0.3 s (took $used ms)" [ "$used" -lt 300 ]

# Whether something has to be built.
is_stale() { ! root=$PWD bash -c 'source scripts/build.sh && is_built release'; }
check "nothing changed: nothing to build" eval '! is_stale'
touch -d '1 hour ago' base/error.h
check "an older file in a source's place is a change" is_stale
stamp
mkdir -p models/new && touch models/new/new.h
check "a new model's folder is a change" is_stale
stamp
rm -r models/new
check "a source that has gone is a change" is_stale
stamp
mkdir -p runs/mine && touch runs/mine/config.json
check "a trained model under runs/ is none" eval '! is_stale'

# A machine without apt: the tools that are missing are named. One without root and sudo: the command is.
mkdir "$folder/bin"
for tool in bash awk sed grep cat id tr dirname readlink mkdir flock; do ln -s "$(command -v $tool)" "$folder/bin/$tool"; done
missing=$(root=$PWD PATH=$folder/bin bash -c 'source scripts/common.sh; source scripts/packages.sh; install_packages build' 2>&1)
check "without apt it names what to install: $missing" grep -q 'no apt here.*libsentencepiece-dev' <<<"$missing"
printf '#!/bin/bash\n' >"$folder/bin/dpkg-query"
printf '#!/bin/bash\necho 1000\n' >"$folder/bin/id2"
cp "$folder/bin/dpkg-query" "$folder/bin/apt-get"
chmod +x "$folder/bin"/{dpkg-query,apt-get,id2}
rm "$folder/bin/id" && mv "$folder/bin/id2" "$folder/bin/id"
missing=$(root=$PWD PATH=$folder/bin bash -c 'source scripts/common.sh; source scripts/packages.sh; install_packages build' 2>&1)
check "without root or sudo it names the command: $missing" grep -q 'apt-get install -y g++' <<<"$missing"
refused=$(ZOO_TORCH=/nonexistent root=$PWD bash -c 'source scripts/common.sh; source scripts/build.sh; find_torch' 2>&1)
check "a ZOO_TORCH that holds none is named: $refused" grep -q 'ZOO_TORCH=/nonexistent holds no LibTorch' <<<"$refused"

# docs/dependencies.md names everything that is pinned, with its version, and every Debian package.
pins() {
  sed -n 's/^\([a-z].*\)==\(.*\)/\1 \2/p' "$root"/scripts/requirements-{torch,tests}.txt
  sed -n 's/.*"\([a-z-]*\)==\([0-9.]*\)", "\([a-z-]*\)==\([0-9.]*\)".*/\1 \2\n\3 \4/p' "$root/data/package_clients.cpp"
  sed -n 's/.*Package::Client::[a-z]*, "\([a-z-]*\)", "\([0-9.]*\)".*/\1 \2/p' "$root/data/catalog.cpp"
  sed -n 's/.*kVersion = "\([0-9.]*\)".*/echarts \1/p' "$root/report/echarts.cpp"
}
page=$root/docs/dependencies.md
check "the pins are found" [ "$(pins | wc -l)" -ge 15 ]
while read -r name version; do
  check "docs/dependencies.md names $name $version" grep -q "$name.*$version" "$page"
done < <(pins)
for package in $(awk '/^[a-z]/ {print $2}' "$root/scripts/packages.txt"); do
  check "docs/dependencies.md names $package" grep -qF -- "$package" "$page"
done

[ $failures = 0 ] && echo "the launcher does what it says"
