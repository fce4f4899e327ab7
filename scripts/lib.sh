# Shared by the scripts of this folder; sourced by bash.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

set -euo pipefail
RETSAN_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '==> %s\n' "$*"; }
die() {
  printf '%s: error: %s\n' "$(basename "$0")" "$*" >&2
  exit 2
}

# Runs a command as root: directly, or through sudo.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "root or sudo is needed to run: $*"
  fi
}

# The packages among the arguments that are not installed.
missing_packages() {
  local p
  for p in "$@"; do
    case "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null)" in
    installed) ;;
    *) printf '%s\n' "$p" ;;
    esac
  done
}

# Installs what is missing of the arguments, and says so.
apt_install() {
  local missing
  command -v apt-get >/dev/null || die "no apt-get here: install these yourself: $*"
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing with apt-get: ${missing[*]}"
  as_root apt-get -q update
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -q install -y --no-install-recommends "${missing[@]}" </dev/null
}

jobs_here() { nproc 2>/dev/null || echo 2; }
