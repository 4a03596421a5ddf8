# Building, and knowing at once that nothing has to be built.
source "$root/scripts/packages.sh"
source "$root/scripts/python.sh"
source "$root/scripts/torch.sh"

# source_state: every file that the programs are made of with its size and time. runs/*/ are a user's trained models.
source_state() {
  (cd "$root" && find CMakeLists.txt CMakePresets.json cmake scripts apps $(sed -n 's/^zoo_room(\([a-z_]*\).*/\1/p' CMakeLists.txt) \
    -path 'runs/*' -type d -prune -o -type f -printf '%p %s %T@\n' 2>/dev/null)
}

# is_built PRESET: true where the programs stand and no source has changed, come or gone since.
is_built() {
  local stamp=$root/build/$1/built
  [ -x "$root/build/$1/bin/zoo" ] && [ -f "$stamp" ] && [ "$(source_state)" = "$(<"$stamp")" ]
}

# A unit that includes LibTorch takes up to 2 GB to compile.
jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/MemAvailable/ {print int($2 / 2000000)}' /proc/meminfo)
  [ "$memory" -ge 1 ] || memory=1
  echo $((cores < memory ? cores : memory))
}

# Shows ninja's progress: one changing line on a terminal, every tenth per cent elsewhere.
show_progress() {
  local line done total tenth=-1
  while IFS= read -r line; do
    [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
    done=${BASH_REMATCH[1]} total=${BASH_REMATCH[2]}
    if [ -t 2 ]; then
      printf '\r\033[K%s' "${line:0:100}" >&2
    elif [ $((10 * done / total)) != $tenth ]; then
      tenth=$((10 * done / total))
      say "built $done of $total"
    fi
  done
  [ ! -t 2 ] || printf '\r\033[K' >&2
}

# configure PRESET: when there is nothing yet, when LibTorch has changed, when the project was moved.
configure() {
  local cache=$root/build/$1/CMakeCache.txt
  [ -f "$cache" ] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$cache" && rm -rf "${root:?}/build/$1"
  [ -f "$root/build/$1/build.ninja" ] && grep -qxF "ZOO_TORCH:PATH=$torch" "$cache" && return 0
  (cd "$root" && logged "configure-$1" cmake --preset "$1" -DZOO_TORCH:PATH="$torch") || {
    grep -A4 'CMake Error' "$logs/configure-$1.log" >&2
    command -v apt-get >/dev/null || say "what is missing may be one of these (Debian's names):" $(packages_of build)
    die "the build could not be configured (log: $logs/configure-$1.log)"
  }
}

# build_now PRESET TARGET
build_now() {
  local preset=$1 target=$2 state log=$logs/build-$1.log
  is_built "$preset" && [ "$target" = zoo_programs ] && return 0
  install_packages build
  find_torch
  rm -f "$root/build/$preset/built"
  state=$(source_state)
  configure "$preset"
  say "building (log: $log)"
  cmake --build "$root/build/$preset" --target "$target" -j "$(jobs)" 2>&1 </dev/null | tee "$log" | show_progress
  if [ "${PIPESTATUS[0]}" != 0 ]; then
    grep -A12 -m1 -E '^FAILED|^ninja: error|CMake Error' "$log" | cut -c1-400 >&2
    die "the build failed (log: $log)"
  fi
  printf '%s' "$state" >"$root/build/$preset/built"
}

# build PRESET TARGET: one process at a time.
build() { locked build build_now "$1" "$2" || exit; }
