# LibTorch: one that is already there, else PyTorch's wheel in .venv-torch.
torch_minimum=2.15

# torch_version FOLDER: what the headers say, such as 2.15; nothing where FOLDER holds no LibTorch.
torch_version() {
  [ -e "$1/lib/libtorch_cpu.so" ] && [ -e "$1/include/torch/torch.h" -o -e "$1/include/torch/csrc/api/include/torch/torch.h" ] &&
    sed -n 's/^#define TORCH_VERSION_\(MAJOR\|MINOR\) //p' "$1/include/torch/headeronly/version.h" \
      "$1/include/torch/csrc/api/include/torch/version.h" 2>/dev/null | head -2 | paste -sd.
}

at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -1)" = "$1" ]; }

# The torch of the active Python, found without importing it (which takes seconds).
python_torch() {
  python3 -c 'import importlib.util as u; s = u.find_spec("torch"); print(s.submodule_search_locations[0] if s else "")' 2>/dev/null
}

# torch_candidates: folders named by the environment, the likeliest first.
torch_candidates() {
  local entry
  [ -n "${Torch_DIR:-}" ] && printf '%s\n' "$Torch_DIR/../../.."
  for entry in $(printf '%s' "${CMAKE_PREFIX_PATH:-}" | tr ':;' '  '); do printf '%s\n' "$entry" "$entry/../.." "$entry/../../.."; done
  python_torch
}

# find_torch: sets `torch` to the folder to build against.
find_torch() {
  local version
  if [ -n "${ZOO_TORCH:-}" ]; then
    version=$(torch_version "$ZOO_TORCH")
    [ -n "$version" ] || die "ZOO_TORCH=$ZOO_TORCH holds no LibTorch (lib/libtorch_cpu.so and headers); unset it to have one installed"
    at_least "$torch_minimum" "$version" || die "ZOO_TORCH=$ZOO_TORCH is LibTorch $version; $torch_minimum or newer is needed"
    torch=$(cd "$ZOO_TORCH" && pwd -P)
    return
  fi
  while read -r torch; do
    version=$(torch_version "$torch")
    if [ -n "$version" ] && at_least "$torch_minimum" "$version"; then
      torch=$(cd "$torch" && pwd -P)
      say "using LibTorch $version in $torch"
      return
    fi
    [ -z "$version" ] || say "LibTorch $version in $torch is older than $torch_minimum; not used"
  done < <(torch_candidates)
  # A folder that somebody linked here is taken as it is; ours is checked against its list.
  [ -L "$root/.venv-torch" ] || need_venv torch || exit
  torch=$(echo "$root"/.venv-torch/lib/python3*/site-packages/torch)
  [ -n "$(torch_version "$torch")" ] || die "$torch holds no LibTorch; remove $root/.venv-torch and run the same command again"
}
