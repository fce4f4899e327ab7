# The packages of bench/real-code/scan and how each gives its compilation database:
# CMake writes it without a build; the others are compiled once with a recording
# compiler, at -O0 (recipes.sh). Packages that DESIGN keeps for independent scoring
# (docs/accuracy.md names them) are not here and must not be added.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
. "$(dirname "${BASH_SOURCE[0]}")/recipes.sh"

# Lists that were written down before any of them was scanned: their first scans
# say how the engine does on code that nobody tuned it to (bench/real-code/first.tsv).
LOOK_PACKAGES_1=(stunnel4 libnl3 avahi libusb-1.0 libass dbus chrony capnproto hunspell alsa-lib nano tinyproxy)
LOOK_PACKAGES_2=(libxkbcommon wayland check graphite2 cppcheck libmodbus bluez cups aria2 kmod libcap-ng wpa)
LOOK_PACKAGES_3=(jimtcl raptor2 libplist tcc pgbouncer mpg123 lldpd dhcpcd5 connman squashfs-tools opus patch jsonnet iwd)
# mksh and bison were on the fourth, and gave no compilation database here; of the seventh
# to tenth list half had no source on the mirror, and tar, findutils, expect, opusfile,
# acl and crun gave none, tcl8.6, libyang2 and libgcrypt20 took longer than the limit.
LOOK_PACKAGES_4=(libexif fuse3 nettle bird2 libvorbis dash mdadm xapian-core libtasn1-6 zsh iptables cryptsetup)
LOOK_PACKAGES_5=(augeas libwebp jbig2dec libsrtp2 strace libidn2 multipath-tools fontconfig e2fsprogs sudo readline logrotate)
LOOK_PACKAGES_6=(socat audit ppp xl2tpd ipmitool libgpiod lvm2 libassuan zbar pcsc-lite nfs-utils procps)

LOOK_PACKAGES_7=(giflib libmodplug libraw mxml gdbm libxmp uchardet popt byacc psmisc potrace n2n bc muparser phalanx)
LOOK_PACKAGES_8=(log4cplus kyotocabinet mtools miniupnpc ipset mcpp ntfs-3g libsmi libev cflow libedit parted flex)
LOOK_PACKAGES_9=(iw mujs ethtool libebml openntpd indent mawk serd unixodbc cpio libmspack mhash jhead vpnc nasm
  portaudio19 faad2 duktape cscope gnuchess fping f2fs-tools)
LOOK_PACKAGES_10=(hdparm xdelta3 mini-httpd unzip pciutils libcap2 cdparanoia libmcrypt smartmontools lsof rtmpdump vitetris
  libzdb libbluray tinyxml incron wireless-tools libmaxminddb pv libspiro attr opensmtpd sphinxbase mutt)
LOOK_PACKAGES_11=(libcue aoetools ndisc6 pimd libieee1284 libcddb sndio libnice libsecret libdc1394 libcaca jemalloc hwloc)
# Of the twelfth, an order of 68 that was written down before the first was fetched, 31 had no
# source on the mirror and gmime, mythes, gssdp, corosync, lilv, luajit and rrdtool gave no compilation database
# here; the thirteenth is an order of 40, of which 17 were there, five of them
# too large, and symlinks, libopenmpt, vamp-plugin-sdk and nauty gave none.
LOOK_PACKAGES_12=(redland usbutils adplug figlet htop libdvdnav bonnie++ libde265 traceroute hyphen rasqal
  sg3-utils lsyncd bubblewrap libuninameslist discount dosfstools bridge-utils libesmtp m4 speex exfatprogs
  libdvdread sord cron libmtp bitlbee libseccomp libbpf)
LOOK_PACKAGES_13=(sed keyutils libodfgen libtheora libgsm gperf tree mtd-utils)
# Drawn at random from Debian's sources of that size that need nothing more to be configured.
LOOK_PACKAGES_14=(libfann fmtlib hexec codonw ivykis libraw1394 pmccabe yaku-ns aprx flxmlrpc
  polyglot fcrackzip libeot lhasa libuev wsdd2 libfyaml gpstrans exuberant-ctags)

# The fixed set over which figures are published, in the order of a full run. The
# first twelve are the required ones.
ALL_PACKAGES=(
  memcached redis mosquitto lua5.4 expat jansson libevent sqlite3 libuv1
  protobuf re2 libjsoncpp
  mruby cjson libyaml hiredis c-ares dnsmasq libmicrohttpd jq
  libarchive dropbear leveldb ninja-build tinyxml2 yaml-cpp exiv2 libssh irssi gawk
  librdkafka mbedtls librabbitmq nng json-c cmark libcoap3 mongo-c-driver flac openjpeg2
  civetweb libzip tiff libvncserver libpcap tcpdump pugixml spdlog snappy yajl
  libsolv libsndfile libslirp libgd2 wavpack qpdf pcre2 taglib
  "${LOOK_PACKAGES_1[@]}" "${LOOK_PACKAGES_2[@]}" "${LOOK_PACKAGES_3[@]}" "${LOOK_PACKAGES_4[@]}"
  "${LOOK_PACKAGES_5[@]}" "${LOOK_PACKAGES_6[@]}" "${LOOK_PACKAGES_7[@]}" "${LOOK_PACKAGES_8[@]}"
  "${LOOK_PACKAGES_9[@]}" "${LOOK_PACKAGES_10[@]}" "${LOOK_PACKAGES_11[@]}"
  "${LOOK_PACKAGES_12[@]}" "${LOOK_PACKAGES_13[@]}" "${LOOK_PACKAGES_14[@]}"
)

# logged COMMAND...: quietly; on failure shows the end of the log.
logged() {
  "$@" >>"$log" 2>&1 || { tail -n 20 "$log" >&2; die "$package: '$*' failed, see $log"; }
}
# tried COMMAND...: as logged, but a failing link or test program loses nothing.
tried() { "$@" >>"$log" 2>&1 || true; }

# with_cmake SUBFOLDER OPTIONS...: configures only.
with_cmake() {
  local sub=$1
  shift
  logged cmake -S "$sub" -B .retsan-build -DCMAKE_EXPORT_COMPILE_COMMANDS=ON \
    -DCMAKE_C_COMPILER=clang-19 -DCMAKE_CXX_COMPILER=clang++-19 \
    -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_INTERPROCEDURAL_OPTIMIZATION=OFF "$@"
  # Some packages leave a link of that name in their source, to the last build made.
  cp --remove-destination .retsan-build/compile_commands.json .
}

# with_meson OPTIONS...: configures only.
with_meson() {
  logged env CC=clang-19 CXX=clang++-19 meson setup "$@" .retsan-build
  cp .retsan-build/compile_commands.json .
}

# without_folder NAME: its tests are no part of a package, where no option says so.
without_folder() {
  python3 - "$1" <<'PY'
import json, sys
with open("compile_commands.json", encoding="utf-8") as f:
    entries = json.load(f)
with open("compile_commands.json", "w", encoding="utf-8") as f:
    json.dump([e for e in entries if "/%s/" % sys.argv[1] not in e["file"]], f, indent=1)
PY
}

# recorded COMMAND...: a build by $CC; what it compiles is written down.
start_recording() {
  rec=$work/recorders/$package
  rm -rf "$rec"
  recording_cc "$rec"
  quick="-O0 -w"
}
# Probes of a configure run are no units.
forget_probes() { rm -f "$rec"/*.json; }
with_configure() {
  start_recording
  logged ./configure CC="$rec/cc" CFLAGS="$quick" "$@"
  forget_probes
}
# noted ARGS...: as made, for sources that need nothing that they compile: each compiler
# call is written down, none is made.
noted() {
  : >"$rec/only-note"
  made ACLOCAL=: AUTOCONF=: AUTOMAKE=: AUTOHEADER=: MAKEINFO=: "$@"
}
made() {
  tried make -k -j"$(jobs_here)" CC="$rec/cc" "$@"
  logged collect_commands "$rec" .
}

# each_file SOURCE... -- FLAGS...: compiles each by itself.
each_file() {
  local files=() f
  while [ "$1" != -- ]; do files+=("$1"); shift; done
  shift
  for f in "${files[@]}"; do
    tried "$rec/cc" "$@" -c "$f" -o "$rec/one.o"
  done
  logged collect_commands "$rec" .
}

# by_configure OPTION...: by its configure script, which autoreconf may have to make.
by_configure() {
  [ -x configure ] || logged autoreconf -fi
  start_recording
  with_configure CXX="$rec/cc" CXXFLAGS="$quick" "$@"
  noted
}

# of_its_kind OPTION...: by the build system that the source has; the options are those
# of its configuration.
of_its_kind() {
  if [ -f meson.build ]; then
    with_meson "$@"
  elif [ -f CMakeLists.txt ]; then
    with_cmake . "$@"
  elif [ -f configure ] || [ -f configure.ac ] || [ -f configure.in ]; then
    by_configure "$@"
  else
    start_recording
    noted CXX="$rec/cc" CFLAGS="$quick" CXXFLAGS="$quick"
  fi
}

deps_of() {
  case "$1" in
  memcached) echo libevent-dev ;;
  mosquitto) echo cmake libssl-dev libcjson-dev ;;
  sqlite3) echo tcl ;;
  re2) echo cmake perl unicode-data ;;
  spdlog) echo cmake libfmt-dev ;;
  irssi) echo meson ninja-build libglib2.0-dev libssl-dev libncurses-dev pkg-config ;;
  exiv2) echo cmake libexpat1-dev zlib1g-dev ;;
  libssh) echo cmake libssl-dev zlib1g-dev ;;
  libarchive) echo cmake zlib1g-dev ;;
  mruby) echo ruby bison rake ;;
  jq) echo libonig-dev flex bison ;;
  libmicrohttpd) echo pkg-config ;;
  librdkafka) echo cmake libssl-dev zlib1g-dev ;;
  librabbitmq | libvncserver) echo cmake libssl-dev ;;
  mongo-c-driver) echo cmake libssl-dev zlib1g-dev ;;
  tiff | libzip) echo cmake zlib1g-dev ;;
  libpcap) echo cmake flex bison ;;
  tcpdump) echo cmake libpcap-dev ;;
  libslirp) echo meson ninja-build pkg-config libglib2.0-dev ;;
  qpdf) echo cmake libjpeg-dev zlib1g-dev ;;
  taglib) echo cmake zlib1g-dev ;;
  libgd2) echo cmake libpng-dev zlib1g-dev ;;
  stunnel4) echo libssl-dev ;;
  libnl3) echo flex bison pkg-config ;;
  avahi) echo libdaemon-dev libdbus-1-dev libexpat1-dev libevent-dev pkg-config libtool gettext intltool libglib2.0-dev ;;
  nano) echo libncurses-dev ;;
  bluez) echo libglib2.0-dev libdbus-1-dev pkg-config ;;
  cups) echo libgnutls28-dev zlib1g-dev pkg-config ;;
  aria2) echo libssl-dev zlib1g-dev pkg-config ;;
  libmodbus | libcap-ng | tinyproxy) echo autoconf automake libtool ;;
  wpa) echo libssl-dev pkg-config ;;
  libass) echo libfreetype-dev libfribidi-dev libharfbuzz-dev pkg-config ;;
  dbus) echo cmake libexpat1-dev ;;
  libxkbcommon) echo meson ninja-build bison pkg-config libxml2-dev ;;
  wayland) echo meson ninja-build libexpat1-dev libffi-dev pkg-config ;;
  raptor2) echo libxml2-dev bison flex pkg-config ;;
  mpg123 | jimtcl | tcc | libplist | dhcpcd5 | opus | patch | jsonnet) echo make ;;
  lldpd) echo libevent-dev libbsd-dev pkg-config ;;
  pgbouncer) echo libevent-dev pkg-config ;;
  connman) echo libglib2.0-dev libdbus-1-dev libmnl-dev libxtables-dev pkg-config ;;
  iwd) echo libdbus-1-dev libreadline-dev pkg-config ;;
  squashfs-tools) echo zlib1g-dev ;;
  nettle) echo make ;;
  libexif | dash) echo autoconf automake libtool gettext autopoint ;;
  fuse3) echo meson ninja-build pkg-config libudev-dev ;;
  bird2) echo autoconf automake bison flex m4 ;;
  libvorbis) echo libogg-dev pkg-config ;;
  mdadm) echo libudev-dev pkg-config ;;
  xapian-core) echo zlib1g-dev uuid-dev ;;
  libtasn1-6) echo bison ;;
  zsh) echo autoconf libncurses-dev ;;
  iptables) echo pkg-config libmnl-dev ;;
  cryptsetup) echo libdevmapper-dev libpopt-dev libssl-dev libjson-c-dev uuid-dev libblkid-dev pkg-config ;;
  augeas) echo libxml2-dev libreadline-dev pkg-config ;;
  jbig2dec) echo autoconf automake libtool ;;
  multipath-tools) echo libudev-dev liburcu-dev libdevmapper-dev libjson-c-dev libaio-dev libsystemd-dev libmount-dev libreadline-dev pkg-config ;;
  fontconfig) echo libfreetype-dev libexpat1-dev uuid-dev gperf pkg-config autoconf automake libtool gettext autopoint ;;
  e2fsprogs) echo pkg-config gettext texinfo ;;
  strace) echo gawk ;;
  sudo) echo zlib1g-dev ;;
  readline) echo libncurses-dev ;;
  logrotate) echo libpopt-dev autoconf automake ;;
  socat) echo libssl-dev ;;
  audit) echo libcap-ng-dev pkg-config swig ;;
  ppp) echo libpcap-dev libssl-dev ;;
  xl2tpd) echo libpcap-dev ;;
  ipmitool) echo libssl-dev autoconf automake libtool pkg-config ;;
  libgpiod) echo pkg-config ;;
  lvm2) echo libaio-dev libblkid-dev pkg-config ;;
  libassuan) echo libgpg-error-dev ;;
  faad2 | ntfs-3g | unixodbc | popt | libsmi) echo autoconf automake libtool pkg-config ;;
  f2fs-tools | parted) echo autoconf automake libtool pkg-config uuid-dev libblkid-dev ;;
  cscope | libedit | mutt | psmisc | vitetris) echo libncurses-dev ;;
  iw | ethtool | ipset) echo pkg-config libnl-genl-3-dev libmnl-dev ;;
  serd) echo meson ninja-build ;;
  flex | byacc | libebml | log4cplus) echo cmake bison ;;
  openntpd) echo libbsd-dev ;;
  vpnc) echo libgcrypt20-dev libgnutls28-dev pkg-config ;;
  rtmpdump | kyotocabinet | libxmp | gdbm) echo zlib1g-dev ;;
  libbluray) echo libfreetype-dev libfontconfig-dev pkg-config ;;
  zbar) echo libjpeg-dev autoconf automake libtool gettext autopoint pkg-config ;;
  pcsc-lite) echo libudev-dev flex pkg-config ;;
  nfs-utils) echo libtirpc-dev libevent-dev libsqlite3-dev libdevmapper-dev libblkid-dev libmount-dev libkeyutils-dev libxml2-dev pkg-config rpcsvc-proto ;;
  procps) echo libncurses-dev pkg-config autoconf automake libtool gettext autopoint ;;
  usbutils) echo libusb-1.0-0-dev libudev-dev pkg-config ;;
  libmtp) echo libusb-1.0-0-dev pkg-config ;;
  adplug) echo libbinio-dev pkg-config ;;
  htop | bitlbee) echo libncurses-dev libglib2.0-dev libgnutls28-dev pkg-config ;;
  bubblewrap | cron) echo libcap-dev libpam0g-dev libselinux1-dev pkg-config ;;
  libdvdnav) echo libdvdread-dev pkg-config ;;
  lsyncd) echo cmake liblua5.3-dev lua5.3 ;;
  redland) echo librasqal3-dev libraptor2-dev pkg-config ;;
  rasqal) echo libraptor2-dev libxml2-dev pkg-config ;;
  sord) echo meson ninja-build libserd-dev pkg-config ;;
  libodfgen) echo librevenge-dev libxml2-dev pkg-config ;;
  libtheora) echo libogg-dev pkg-config ;;
  mtd-utils) echo autoconf automake libtool pkg-config zlib1g-dev uuid-dev ;;
  libbpf) echo libelf-dev zlib1g-dev ;;
  libesmtp) echo meson ninja-build libssl-dev libglib2.0-dev pkg-config ;;
  libidn2) echo libunistring-dev pkg-config ;;
  *) echo cmake ;;
  esac
}

# prepare PACKAGE: source and compile commands below $work/PACKAGE, once.
prepare() {
  package=$1
  case " ${ALL_PACKAGES[*]} " in
  *" $package "*) ;;
  *) die "no recipe for '$package'; known: ${ALL_PACKAGES[*]}" ;;
  esac
  # shellcheck disable=SC2046 # words on purpose
  apt_install clang-19 make python3 $(deps_of "$package")
  fetch_package "$package"
  [ ! -f "$source_dir/compile_commands.json" ] || return 0
  say "compile commands of $package $version"
  log=$work/logs/$package.log
  : >"$log"
  (cd "$source_dir" && recipe "$package") || { rm -f "$source_dir/compile_commands.json"; exit 2; }
  [ -s "$source_dir/compile_commands.json" ] || die "$package: no compile commands, see $log"
}
