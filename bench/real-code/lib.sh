# Shared by the scripts of this folder: Debian's source packages, without touching
# the machine's own apt configuration.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"

work=
build=$RETSAN_ROOT/build
expect=$RETSAN_ROOT/scripts/expect-finding

parse_arguments() {
  while [ $# -gt 0 ]; do
    case "$1" in
    -h | --help)
      printf 'usage: %s [--build DIR] [--work DIR]\n\n' "bench/real-code/$(basename "$0")"
      sed -n '2,/^# SPDX/{/SPDX/d;s/^# \{0,1\}//p}' "$0"
      printf '\n  --build DIR   RetSan, a build tree or an install prefix (default: build/)\n'
      printf '  --work DIR    sources and products (default: build/real-code)\n'
      exit 0
      ;;
    --build) [ $# -ge 2 ] || die "--build needs a folder"; build=$(realpath "$2"); shift ;;
    --work) [ $# -ge 2 ] || die "--work needs a folder"; work=$(realpath -m "$2"); shift ;;
    *) die "unknown argument '$1' (see --help)" ;;
    esac
    shift
  done
  work=${work:-$RETSAN_ROOT/build/real-code}
  [ -x "$build/bin/retsan" ] || die "$build/bin/retsan: not there; run scripts/build"
  export PATH="$build/bin:$PATH"
  mkdir -p "$work"
}

# An apt of our own below $work/apt: the machine's Debian sources, read as deb-src
# (other suppliers have no source packages). Its lists are fetched once a day.
apt_options=()
private_apt() {
  [ ${#apt_options[@]} -eq 0 ] || return 0
  local apt=$work/apt f
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/sources.d"
  for f in /etc/apt/sources.list.d/*.sources; do
    { [ -f "$f" ] && grep -q '^URIs:.*/debian' "$f"; } || continue
    sed 's/^Types:.*/Types: deb-src/' "$f" >"$apt/sources.d/$(basename "$f")"
  done
  for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    { [ -f "$f" ] && grep -q '^deb.*/debian' "$f"; } || continue
    sed -n '\,/debian,s/^deb\(-src\)\{0,1\} /deb-src /p' "$f" >"$apt/sources.d/$(basename "$f" .list).list"
  done
  apt_options=(-o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=$apt/sources.d"
    -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o "APT::Sandbox::User=root"
    -o "APT::Get::List-Cleanup=0")
  [ -z "$(find "$apt/updated" -mtime -1 2>/dev/null)" ] || return 0
  apt-get -q "${apt_options[@]}" update >"$apt/update.log" 2>&1 ||
    { cat "$apt/update.log" >&2; die "apt-get update of the source lists failed (is there a network?)"; }
  touch "$apt/updated"
}

# A mirror may lack upstream's signature (.asc) and nothing else: the rest is complete,
# and the description then names what is there.
without_signature() {
  local dsc name
  dsc=$(find . -name '*.dsc' | sort -V | tail -n 1)
  [ -n "$dsc" ] || return 1
  sed -i '/\.asc$/d' "$dsc"
  for name in $(sed -n '/^Files:/,/^[^ ]/s/^ [0-9a-f]* [0-9]* //p' "$dsc"); do
    [ -f "$name" ] || return 1
  done
}

# fetch_package PACKAGE: unpacks Debian's present version into $work/PACKAGE and sets
# $source_dir and $version (kept in .debian-version, since a scan names it).
fetch_package() {
  source_dir=$work/$1
  if [ ! -f "$source_dir/.debian-version" ]; then
    apt_install dpkg-dev
    private_apt
    say "apt-get source $1"
    local log=$work/logs/$1-source.log dsc
    mkdir -p "$work/downloads/$1" "$work/logs"
    # The newest, else (a mirror may lack a security update's source) the release's.
    # shellcheck source=/dev/null
    (cd "$work/downloads/$1" && . /etc/os-release &&
      for p in "$1" "$1/$VERSION_CODENAME"; do
        apt-get -q "${apt_options[@]}" source --only-source --download-only "$p" && exit 0
      done; without_signature) >"$log" 2>&1 || { tail -n 5 "$log" >&2; die "cannot fetch the source of $1"; }
    dsc=$(find "$work/downloads/$1" -name '*.dsc' | sort -V | tail -n 1)
    rm -rf "$source_dir"
    dpkg-source --no-check -x "$dsc" "$source_dir" >>"$log" 2>&1 ||
      { tail -n 5 "$log" >&2; die "cannot unpack $dsc"; }
    sed -n 's/^Version: //p' "$dsc" | head -n 1 >"$source_dir/.debian-version"
  fi
  version=$(cat "$source_dir/.debian-version")
}

# fetch_source PACKAGE UPSTREAM-VERSION: unpacks it, with Debian's patches, below
# $work and sets $source_dir. A version other than the expected one is refused, since
# the lines that the caller checks belong to it.
fetch_source() {
  source_dir=$work/$1-$2
  [ ! -d "$source_dir" ] || return 0
  apt_install dpkg-dev
  private_apt
  say "apt-get source $1 (apt configuration of our own in $work/apt)"
  (cd "$work" && apt-get -q "${apt_options[@]}" source "$1" >"$work/$1-source.log" 2>&1) ||
    { cat "$work/$1-source.log" >&2; die "cannot fetch the source of $1"; }
  [ -d "$source_dir" ] || die "Debian's $1 is not version $2 any more: see $work"
}

# Writes compile_commands.json of a make run: recording_cc is a compiler that leaves
# one JSON fragment a compilation, as clang's -MJ writes it.
recording_cc() {
  mkdir -p "$1"
  cat >"$1/cc" <<'CC'
#!/bin/bash
# clang-19, plus a fragment of the compilation database for each -c. Beside a file
# only-note nothing is compiled: what would have been made is there, and empty.
here=$(dirname "$0")
quoted() {
  local s=${1//\\/\\\\}
  printf '"%s"' "${s//\"/\\\"}"
}
if [ -e "$here/only-note" ] && [ $# -gt 1 ]; then
  compile=0 source= out= before= made=()
  line="\"clang-19\""
  for a in "$@"; do
    line+=", $(quoted "$a")"
    case "$before" in
    -o) out=$a ;;
    -MF) made+=("$a") ;;
    *)
      case "$a" in
      -c) compile=1 ;;
      -Wp,-MD,*) made+=("${a#-Wp,-MD,}") ;;
      -E | -M | -MM | --version | -print* | -dump* | *conftest*) exec clang-19 "$@" ;;
      *.c | *.cc | *.cpp | *.cxx | *.C) source=$a ;;
      esac
      ;;
    esac
    before=$a
  done
  if [ $compile = 1 ] && [ -n "$source" ]; then
    [ -f "$source" ] || { echo "$source: no such file" >&2; exit 1; }
    name=${source##*/}
    made+=("${out:-${name%.*}.o}")
    printf '{ "directory": %s, "file": %s, "arguments": [%s]},\n' \
      "$(quoted "$PWD")" "$(quoted "$source")" "$line" >"$here/$$.$RANDOM.json"
  elif [ -n "$out" ]; then
    made+=("$out")
  fi
  for a in "${made[@]}"; do : >"$a"; done
  [ $compile = 1 ] || [ -z "$out" ] || chmod +x "$out"
  exit 0
fi
for a in "$@"; do
  if [ "$a" = -c ]; then
    exec clang-19 -MJ "$here/$$.$RANDOM.json" "$@"
  fi
done
exec clang-19 "$@"
CC
  chmod +x "$1/cc"
}
collect_commands() {
  # Probes of the build system compiled files that are gone by now.
  python3 - "$1" "$2/compile_commands.json" <<'PY'
import glob, json, os, sys
entries = []
for name in sorted(glob.glob(os.path.join(sys.argv[1], "*.json"))):
    try:
        entry = json.loads(open(name).read().rstrip().rstrip(","))
    except ValueError:
        continue  # a compiler that ended before it wrote
    if os.path.exists(os.path.join(entry["directory"], entry["file"])):
        entries.append(entry)
json.dump(entries, open(sys.argv[2], "w"), indent=1)
print("compile_commands.json:", len(entries), "units")
PY
}

# scan ARGS...: retsan scan, where exit status 0 or 1 is no failure; bounded, so that
# it cannot take the machine down.
scan() {
  local status=0
  (ulimit -v 8000000; exec timeout 900 retsan scan "$@") || status=$?
  [ $status -le 1 ] || die "retsan scan: exit status $status (124: over 15 minutes)"
}
