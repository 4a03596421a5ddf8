# Debian packages: which are missing, and installing them.

# packages_of PART…: the names that scripts/packages.txt lists for these parts.
packages_of() {
  local part
  for part in "$@"; do awk -v part="$part" '$1 == part {print $2}' "$root/scripts/packages.txt"; done
}

missing_packages() {
  local present
  present=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' $(packages_of "$@") 2>/dev/null | awk '$1 == "installed" {print $2}')
  packages_of "$@" | grep -vxF "${present:-none}"
}

# install_packages PART…: installs with apt what is missing; without apt says what has to be there.
install_packages() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    local tool
    for tool in c++ cmake ninja pkg-config python3; do
      command -v $tool >/dev/null ||
        die "$tool is missing, and there is no apt here: install what Debian calls" $(packages_of "$@")
    done
    return 0
  fi
  local missing become=()
  missing=$(missing_packages "$@" | tr '\n' ' ')
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "Debian packages are missing and there is no sudo; as root: apt-get install -y $missing"
    become=(sudo)
  fi
  say "installing Debian packages: $missing"
  logged apt "${become[@]}" apt-get update ||
    say "apt-get update failed (log: $logs/apt.log); going on with the lists that are there"
  logged apt "${become[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing ||
    die "apt-get install failed (log: $logs/apt.log); mend what it says, or run: apt-get install -y $missing"
}
