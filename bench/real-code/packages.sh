# The packages of bench/real-code/scan and how each gives its compilation database:
# CMake writes it without a build; the others are compiled once with a recording
# compiler, at -O0. A recipe runs in the folder of the source and leaves
# compile_commands.json there. Packages that DESIGN keeps for independent scoring
# (docs/accuracy.md names them) are not here and must not be added.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

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
# source on the mirror.
LOOK_PACKAGES_12=(gmime redland usbutils adplug figlet htop lilv libdvdnav bonnie++ libde265 traceroute hyphen rasqal
  sg3-utils lsyncd bubblewrap mythes libuninameslist discount dosfstools bridge-utils libesmtp m4 speex luajit exfatprogs
  libdvdread sord cron gssdp libmtp bitlbee libseccomp libbpf corosync rrdtool)

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
  "${LOOK_PACKAGES_12[@]}"
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
  lilv) echo libserd-dev libsord-dev libsratom-dev lv2-dev pkg-config ;;
  libbpf) echo libelf-dev zlib1g-dev ;;
  libesmtp | gssdp) echo meson ninja-build libssl-dev libglib2.0-dev pkg-config ;;
  libidn2) echo libunistring-dev pkg-config ;;
  *) echo cmake ;;
  esac
}

recipe() {
  case "$1" in
  memcached)
    with_configure --disable-docs --disable-coverage
    made memcached
    ;;
  redis)
    start_recording
    tried make -C src -j"$(jobs_here)" CC="$rec/cc" MALLOC=libc BUILD_TLS=no USE_SYSTEMD=no \
      OPT="$quick" redis-server
    logged collect_commands "$rec" .
    ;;
  mosquitto) with_cmake . -DDOCUMENTATION=OFF -DWITH_STATIC_LIBRARIES=OFF ;;
  lua5.4)
    start_recording
    # Debian's rules write this header.
    echo '#define DEB_HOST_MULTIARCH "x86_64-linux-gnu"' >src/lua5.4-deb-multiarch.h
    each_file src/*.c -- $quick -DLUA_USE_LINUX -DLUA_COMPAT_5_3
    ;;
  expat)
    with_cmake expat -DEXPAT_BUILD_EXAMPLES=OFF -DEXPAT_BUILD_TESTS=OFF -DEXPAT_BUILD_DOCS=OFF
    # Debian's patches compare it with 1; its CMake file defines it without a value.
    sed -i 's/^#define XML_DTD$/& 1/' .retsan-build/expat_config.h
    ;;
  jansson) with_cmake . -DJANSSON_BUILD_DOCS=OFF -DJANSSON_WITHOUT_TESTS=ON -DJANSSON_EXAMPLES=OFF ;;
  libevent)
    with_cmake . -DEVENT__DISABLE_TESTS=ON -DEVENT__DISABLE_SAMPLES=ON -DEVENT__DISABLE_BENCHMARK=ON \
      -DEVENT__LIBRARY_TYPE=STATIC -DEVENT__DISABLE_MBEDTLS=ON
    ;;
  sqlite3)
    with_configure --disable-amalgamation --disable-tcl --disable-readline
    made libsqlite3.la
    ;;
  libuv1) with_cmake . -DBUILD_TESTING=OFF -DLIBUV_BUILD_TESTS=OFF -DLIBUV_BUILD_SHARED=OFF ;;
  protobuf) with_cmake cmake -Dprotobuf_BUILD_TESTS=OFF ;;
  re2)
    # Tables that Debian's package makes from the Unicode database.
    (perl re2/make_perl_groups.pl >re2/perl_groups.cc
     for t in casefold groups; do python3 re2/make_unicode_$t.py >re2/unicode_$t.cc; done) >>"$log" 2>&1 ||
      die "$package: its tables cannot be made, see $log"
    with_cmake . -DRE2_BUILD_TESTING=OFF
    ;;
  libjsoncpp)
    with_cmake . -DJSONCPP_WITH_TESTS=OFF -DBUILD_OBJECT_LIBS=OFF -DBUILD_SHARED_LIBS=OFF
    ;;
  mruby)
    start_recording
    tried env CC="$rec/cc" CFLAGS="$quick" rake
    logged collect_commands "$rec" .
    ;;
  cjson) with_cmake . -DENABLE_CJSON_TEST=OFF -DENABLE_CJSON_UTILS=ON ;;
  libyaml) with_cmake . -DBUILD_TESTING=OFF ;;
  hiredis)
    start_recording
    each_file alloc.c async.c hiredis.c net.c read.c sds.c sockcompat.c -- $quick
    ;;
  c-ares) with_cmake . -DCARES_BUILD_TOOLS=ON -DCARES_STATIC=ON -DCARES_SHARED=OFF ;;
  dnsmasq)
    start_recording
    made CFLAGS="$quick" all
    ;;
  libmicrohttpd)
    with_configure --disable-doc --disable-examples --disable-https --disable-curl
    made -C src/microhttpd libmicrohttpd.la
    ;;
  jq)
    with_configure --disable-docs --disable-maintainer-mode
    made jq
    ;;
  libarchive)
    with_cmake . -DENABLE_TEST=OFF -DENABLE_OPENSSL=OFF -DENABLE_LIBXML2=OFF -DENABLE_EXPAT=OFF
    ;;
  dropbear)
    with_configure --disable-zlib --enable-bundled-libtom
    made PROGRAMS="dropbear dbclient dropbearkey"
    ;;
  leveldb) with_cmake . -DLEVELDB_BUILD_TESTS=OFF -DLEVELDB_BUILD_BENCHMARKS=OFF ;;
  ninja-build) with_cmake . -DBUILD_TESTING=OFF ;;
  tinyxml2) with_cmake . -DBUILD_TESTING=OFF ;;
  yaml-cpp) with_cmake . -DYAML_CPP_BUILD_TESTS=OFF ;;
  exiv2) with_cmake . -DEXIV2_BUILD_SAMPLES=OFF -DEXIV2_ENABLE_NLS=OFF -DEXIV2_BUILD_UNIT_TESTS=OFF ;;
  libssh)
    with_cmake . -DWITH_EXAMPLES=OFF -DUNIT_TESTING=OFF -DWITH_GSSAPI=OFF -DBUILD_SHARED_LIBS=OFF
    ;;
  irssi)
    logged env CC=clang-19 meson setup -Dwith-perl=no -Dwithout-textui=no .retsan-build
    tried ninja -C .retsan-build irssi-version.h default-config.h default-theme.h
    cp .retsan-build/compile_commands.json .
    ;;
  gawk)
    with_configure --disable-nls --without-readline --without-mpfr --disable-extensions
    made gawk
    ;;
  librdkafka) with_cmake . -DRDKAFKA_BUILD_EXAMPLES=OFF -DRDKAFKA_BUILD_TESTS=OFF -DWITH_SASL=OFF -DWITH_ZSTD=OFF ;;
  mbedtls) with_cmake . -DENABLE_TESTING=OFF -DENABLE_PROGRAMS=OFF ;;
  librabbitmq) with_cmake . -DBUILD_EXAMPLES=OFF -DBUILD_TOOLS=OFF -DBUILD_TESTS=OFF -DBUILD_SHARED_LIBS=OFF ;;
  nng) with_cmake . -DNNG_TESTS=OFF -DNNG_TOOLS=OFF ;;
  json-c) with_cmake . -DBUILD_TESTING=OFF -DBUILD_SHARED_LIBS=OFF ;;
  cmark) with_cmake . -DCMARK_TESTS=OFF -DCMARK_SHARED=OFF ;;
  uriparser) with_cmake . -DURIPARSER_BUILD_TESTS=OFF -DURIPARSER_BUILD_DOCS=OFF -DURIPARSER_BUILD_TOOLS=OFF ;;
  libcoap3)
    with_cmake . -DENABLE_TESTS=OFF -DENABLE_EXAMPLES=OFF -DENABLE_DOCS=OFF -DENABLE_DTLS=OFF
    ;;
  mongo-c-driver)
    with_cmake . -DENABLE_TESTS=OFF -DENABLE_EXAMPLES=OFF -DENABLE_SASL=OFF -DENABLE_STATIC=OFF \
      -DENABLE_SNAPPY=OFF -DENABLE_ZSTD=OFF -DENABLE_ICU=OFF -DENABLE_MONGOC=ON "-DBUILD_VERSION=${version%%-*}" -DENABLE_CLIENT_SIDE_ENCRYPTION=OFF
    ;;
  flac)
    with_cmake . -DBUILD_TESTING=OFF -DBUILD_EXAMPLES=OFF -DBUILD_DOCS=OFF -DWITH_OGG=OFF -DINSTALL_MANPAGES=OFF
    ;;
  openjpeg2) with_cmake . -DBUILD_CODEC=OFF -DBUILD_TESTING=OFF ;;
  civetweb) with_cmake . -DCIVETWEB_BUILD_TESTING=OFF -DCIVETWEB_ENABLE_CXX=OFF -DCIVETWEB_ENABLE_ASAN=OFF ;;
  libzip) with_cmake . -DBUILD_REGRESS=OFF -DBUILD_EXAMPLES=OFF -DBUILD_DOC=OFF -DBUILD_TOOLS=OFF ;;
  tiff) with_cmake . -Dtiff-tests=OFF -Dtiff-tools=OFF -Dtiff-docs=OFF -Dtiff-contrib=OFF ;;
  libvncserver) with_cmake . -DWITH_TESTS=OFF -DWITH_EXAMPLES=OFF -DBUILD_SHARED_LIBS=OFF ;;
  libpcap)
    with_cmake . -DENABLE_REMOTE=OFF -DDISABLE_DBUS=ON -DDISABLE_RDMA=ON -DBUILD_SHARED_LIBS=OFF
    tried cmake --build .retsan-build --target SerializeTarget
    ;;
  tcpdump) with_cmake . ;;
  pugixml) with_cmake . -DPUGIXML_BUILD_TESTS=OFF ;;
  spdlog) with_cmake . -DSPDLOG_BUILD_EXAMPLE=OFF -DSPDLOG_BUILD_TESTS=OFF -DSPDLOG_FMT_EXTERNAL=ON ;;
  snappy) with_cmake . -DSNAPPY_BUILD_TESTS=OFF -DSNAPPY_BUILD_BENCHMARKS=OFF ;;
  yajl) with_cmake . ;;
  libsolv) with_cmake . -DENABLE_SUSEREPO=OFF -DENABLE_COMPLEX_DEPS=ON -DDEBIAN=1 ;;
  libsndfile)
    with_cmake . -DENABLE_EXTERNAL_LIBS=OFF -DENABLE_MPEG=OFF -DBUILD_TESTING=OFF -DBUILD_PROGRAMS=OFF -DBUILD_EXAMPLES=OFF
    ;;
  libslirp)
    with_meson
    without_folder test
    ;;
  wavpack) with_cmake . -DBUILD_TESTING=OFF -DWAVPACK_BUILD_DOCS=OFF -DWAVPACK_BUILD_PROGRAMS=OFF ;;
  qpdf) with_cmake . -DBUILD_STATIC_LIBS=OFF -DUSE_IMPLICIT_CRYPTO=OFF -DREQUIRE_CRYPTO_NATIVE=ON ;;
  pcre2) with_cmake . -DPCRE2_BUILD_TESTS=OFF -DPCRE2_SUPPORT_JIT=OFF -DPCRE2_BUILD_PCRE2GREP=ON ;;
  taglib) with_cmake . -DBUILD_TESTING=OFF ;;
  libgd2)
    with_cmake . -DENABLE_PNG=ON -DBUILD_STATIC_LIBS=OFF -DBUILD_TEST=OFF -DBUILD_PROGRAMS=OFF
    ;;
  stunnel4)
    with_configure --disable-fips --disable-libwrap --disable-systemd
    made -C src stunnel
    ;;
  libnl3)
    with_configure --disable-cli
    made
    ;;
  avahi)
    with_configure --with-distro=none --disable-gobject --disable-introspection --disable-qt3 --disable-qt4 \
      --disable-qt5 --disable-gtk --disable-gtk3 --disable-gdbm --disable-python --disable-mono --disable-monodoc \
      --disable-manpages --disable-doxygen-doc --disable-xmltoman --disable-nls --disable-stack-protector \
      --with-systemdsystemunitdir=no
    made ACLOCAL=: AUTOCONF=: AUTOHEADER=: AUTOMAKE=:
    ;;
  libusb-1.0)
    with_configure --disable-udev
    made
    ;;
  libass)
    with_configure --disable-asm --disable-fontconfig --disable-require-system-font-provider
    made
    ;;
  dbus) with_cmake . -DDBUS_BUILD_TESTS=OFF -DDBUS_BUILD_X11=OFF -DDBUS_ENABLE_XML_DOCS=OFF -DDBUS_ENABLE_DOXYGEN_DOCS=OFF ;;
  chrony)
    start_recording
    logged env CC="$rec/cc" CFLAGS="$quick" ./configure --disable-readline --without-editline
    forget_probes
    made chronyd chronyc
    ;;
  capnproto) with_cmake . -DBUILD_TESTING=OFF ;;
  alsa-lib)
    with_configure --disable-python --disable-alisp
    made
    ;;
  nano)
    with_configure --disable-nls --disable-libmagic
    made
    ;;
  hunspell)
    start_recording
    each_file src/hunspell/*.cxx -- $quick -Isrc/hunspell -DHUNSPELL_STATIC
    ;;
  libxkbcommon) with_meson -Denable-wayland=false -Denable-x11=false -Denable-docs=false ;;
  wayland)
    with_meson -Ddocumentation=false -Dtests=false
    tried ninja -C .retsan-build
    ;;
  check) with_cmake . -DBUILD_TESTING=OFF -DCHECK_ENABLE_TESTS=OFF ;;
  graphite2) with_cmake . -DGRAPHITE2_TESTS=OFF ;;
  tinyproxy)
    [ -x configure ] || logged autoreconf -fi
    with_configure --disable-manpage_support
    made
    ;;
  libmodbus)
    [ -x configure ] || logged autoreconf -fi
    with_configure --disable-tests
    made
    ;;
  bluez)
    with_configure --disable-systemd --disable-udev --disable-cups --disable-client --disable-obex --disable-manpages \
      --disable-tools --disable-monitor --disable-a2dp --disable-avrcp --with-udevdir=/tmp --disable-datafiles
    made
    ;;
  cups)
    with_configure --disable-dbus --disable-avahi --disable-dnssd --disable-pam --disable-libusb --disable-gssapi \
      --disable-systemd --disable-shared
    made -C cups
    made -C scheduler cupsd
    ;;
  aria2)
    start_recording
    with_configure --disable-nls --without-libssh2 --without-libxml2 --without-sqlite3 --without-libcares \
      CXX="$rec/cc" CXXFLAGS="$quick"
    each_file src/*.cc -- -std=c++17 -fsyntax-only -w -DHAVE_CONFIG_H -I. -Isrc -Isrc/includes -Ilib \
      '-DLOCALEDIR="/usr/share/locale"'
    ;;
  kmod)
    start_recording
    each_file libkmod/*.c shared/*.c tools/*.c -- $quick -D_GNU_SOURCE -I. -DENABLE_LOGGING -DHAVE_SECURE_GETENV \
      -DHAVE_DECL_STRNDUPA=1 -DHAVE_DECL_BE32TOH=1 '-DPACKAGE="kmod"' '-DVERSION="30"' '-DSYSCONFDIR="/etc"' \
      '-DKMOD_FEATURES=""' '-DROOTPREFIX=""' '-DDISTCONFDIR="/lib"'
    ;;
  libcap-ng)
    [ -x configure ] || logged autoreconf -fi
    with_configure --without-python --without-python3
    made
    ;;
  wpa)
    start_recording
    cp wpa_supplicant/defconfig wpa_supplicant/.config
    sed -i 's/^CONFIG_CTRL_IFACE_DBUS.*//; s/^CONFIG_DRIVER_NL80211.*/CONFIG_DRIVER_WIRED=y/' wpa_supplicant/.config
    made -C wpa_supplicant wpa_supplicant EXTRA_CFLAGS="$quick"
    ;;
  jimtcl)
    start_recording
    logged env CC="$rec/cc" CFLAGS="$quick" ./configure --full --without-ext=readline --disable-docs
    forget_probes
    made jimsh CC="$rec/cc -I."
    ;;
  mpg123)
    with_configure --with-audio=dummy --with-cpu=x86-64 --disable-modules --disable-static
    made
    ;;
  raptor2)
    with_configure --with-www=none --disable-gtk-doc --disable-static
    made -C src
    ;;
  libplist)
    start_recording
    each_file src/*.c src/*.cpp libcnary/*.c tools/*.c -- $quick -Iinclude -Isrc -Ilibcnary/include \
      '-DPACKAGE_STRING="libplist 2.2.0"' '-DPACKAGE_VERSION="2.2.0"' '-DPACKAGE_URL=""' '-DPACKAGE_BUGREPORT=""' -DHAVE_STRNDUP
    ;;
  lldpd)
    with_configure --without-snmp --without-xml --without-seccomp --disable-privsep --without-readline --disable-static
    made
    ;;
  tcc)
    start_recording
    logged ./configure --cc=clang-19
    each_file tcc.c libtcc.c tccpp.c tccgen.c tccelf.c tccasm.c tccrun.c x86_64-gen.c x86_64-link.c i386-asm.c -- \
      $quick -I. -DONE_SOURCE=0 -DTCC_TARGET_X86_64
    ;;
  pgbouncer)
    with_configure --without-openssl --without-pam --without-systemd --without-cares --disable-debug
    made pgbouncer
    ;;
  dhcpcd5)
    start_recording
    logged env CC="$rec/cc" CFLAGS="$quick" ./configure --without-dev --disable-privsep
    forget_probes
    made
    ;;
  connman)
    [ -x configure ] || logged autoreconf -fi
    with_configure --disable-wispr --disable-client --disable-tools
    made
    ;;
  squashfs-tools)
    start_recording
    made -C squashfs-tools GZIP_SUPPORT=1 XATTR_SUPPORT=1 EXTRA_CFLAGS="$quick" mksquashfs unsquashfs
    ;;
  opus)
    [ -x configure ] || logged autoreconf -fi
    with_configure --disable-static --disable-doc --disable-extra-programs --disable-intrinsics --disable-rtcd
    made
    ;;
  patch)
    with_configure
    made
    ;;
  jsonnet)
    start_recording
    tried make core/std.jsonnet.h
    each_file core/*.cpp cmd/*.cpp -- $quick -std=c++17 -Iinclude -Ithird_party/md5 -Ithird_party/json -Icpp
    ;;
  iwd)
    with_configure --disable-systemd-service --disable-dbus-policy --disable-manual-pages --enable-external-ell=no
    made
    ;;
  libexif)
    [ -x configure ] || logged autoreconf -fi
    with_configure --disable-nls --disable-static --disable-docs
    made
    ;;
  fuse3) with_meson -Dexamples=false -Dtests=false -Duseroot=false -Dudevrulesdir=/tmp ;;
  nettle)
    with_configure --disable-assembler --disable-documentation --disable-openssl --enable-mini-gmp --disable-shared
    made
    ;;
  bird2)
    [ -x configure ] || logged autoreconf -fi
    with_configure --disable-client
    made
    ;;
  libvorbis)
    [ -x configure ] || logged autoreconf -fi
    with_configure --disable-static --disable-docs --disable-examples
    made
    ;;
  dash)
    [ -x configure ] || logged autoreconf -fi
    with_configure
    made
    ;;
  mdadm)
    start_recording
    made CWFLAGS=-w CXFLAGS="$quick" mdadm mdmon
    ;;
  xapian-core)
    start_recording
    with_configure CXX="$rec/cc" CXXFLAGS="$quick" --disable-shared --disable-documentation
    tried make -k -j"$(jobs_here)" CXXFLAGS="-w -fsyntax-only" libxapian.la
    logged collect_commands "$rec" .
    ;;
  libtasn1-6)
    with_configure --disable-static --disable-doc --disable-gtk-doc
    made
    ;;
  zsh)
    [ -x configure ] || logged autoreconf -fi
    with_configure --disable-dynamic --disable-gdbm
    made
    ;;
  iptables)
    with_configure --disable-nftables --disable-shared --enable-static --disable-connlabel
    made
    ;;
  cryptsetup)
    [ -x configure ] || logged autoreconf -fi
    with_configure --disable-static --disable-asciidoc --disable-ssh-token --disable-nls --disable-blkid
    made
    ;;
  augeas)
    with_configure --disable-static
    made
    ;;
  libwebp)
    with_cmake . -DWEBP_BUILD_ANIM_UTILS=OFF -DWEBP_BUILD_CWEBP=OFF -DWEBP_BUILD_DWEBP=OFF -DWEBP_BUILD_GIF2WEBP=OFF \
      -DWEBP_BUILD_IMG2WEBP=OFF -DWEBP_BUILD_VWEBP=OFF -DWEBP_BUILD_EXTRAS=OFF -DWEBP_BUILD_WEBPMUX=ON
    ;;
  jbig2dec)
    start_recording
    printf '#include <stdint.h>\n' >config_types.h
    each_file jbig2*.c -- $quick -I. -DHAVE_STDINT_H=1 -DHAVE_GETOPT_H=1 '-DPACKAGE="jbig2dec"' '-DVERSION="0.19"'
    ;;
  libsrtp2) with_cmake . -DLIBSRTP_TEST_APPS=OFF -DENABLE_OPENSSL=OFF ;;
  strace)
    with_configure --enable-mpers=no --without-libunwind --without-libdw --without-libiberty --disable-gcc-Werror
    made -C src
    ;;
  libidn2)
    with_configure --disable-static --disable-doc --disable-nls
    made -C lib
    made -C src
    ;;
  multipath-tools)
    start_recording
    made OPTFLAGS="$quick" WARNFLAGS=-w
    ;;
  fontconfig)
    [ -x configure ] || logged autoreconf -fi
    with_configure --disable-docs --disable-static
    made
    ;;
  e2fsprogs)
    with_configure --disable-nls --disable-fuse2fs
    made
    ;;
  sudo)
    with_configure --without-pam --disable-nls --disable-python --disable-hardening
    made
    ;;
  readline)
    with_configure --disable-shared
    made
    ;;
  logrotate)
    [ -x configure ] || logged autoreconf -fi
    with_configure --without-selinux
    made logrotate
    ;;
  socat)
    with_configure --disable-readline --disable-libwrap
    made socat
    ;;
  audit)
    with_configure --disable-zos-remote --without-python --without-python3 --without-golang --disable-static
    made
    ;;
  ppp)
    start_recording
    logged ./configure --cc="$rec/cc" --cflags="$quick"
    forget_probes
    made -C pppd COPTS="$quick" pppd
    made -C chat COPTS="$quick"
    ;;
  xl2tpd)
    start_recording
    made CFLAGS="$quick -DDEBUG_PPPD -DTRUST_PPPD_TO_DIE -DLINUX -DSANITY -DUSE_KERNEL -DPPPD='\"/usr/sbin/pppd\"' -DIP_ALLOCATION" xl2tpd
    ;;
  ipmitool)
    [ -x configure ] || logged autoreconf -fi
    with_configure --enable-intf-free=no --disable-registry-download
    made
    ;;
  libgpiod)
    start_recording
    each_file lib/*.c tools/*.c -- $quick -D_GNU_SOURCE -Iinclude -Ilib '-DGPIOD_VERSION_STR="1.6.3"' \
      '-DPACKAGE_VERSION="1.6.3"' '-DPACKAGE_STRING="libgpiod 1.6.3"'
    ;;
  lvm2)
    with_configure --disable-selinux --disable-readline --without-systemd-run --with-thin=internal
    made device_mapper lib tools
    ;;
  libassuan)
    with_configure --disable-static --disable-doc
    made
    ;;
  zbar)
    [ -x configure ] || logged autoreconf -fi
    with_configure --without-imagemagick --without-gtk --without-qt --without-python --without-java --without-xv \
      --without-x --without-dbus --disable-video --disable-doc --disable-static
    made
    ;;
  pcsc-lite)
    with_configure --disable-libsystemd --disable-polkit --disable-static
    made
    ;;
  nfs-utils)
    with_configure --disable-gss --disable-svcgss --without-systemd --without-tcp-wrappers --disable-ldap --disable-nfsdcltrack
    made
    ;;
  procps)
    [ -x configure ] || logged autoreconf -fi
    with_configure --disable-nls --without-systemd --disable-static
    made
    ;;
  cppcheck) with_cmake . -DBUILD_TESTS=OFF -DBUILD_GUI=OFF ;;
  libraw)
    by_configure --disable-static --disable-openmp --disable-lcms --disable-examples
    ;;
  duktape)
    start_recording
    each_file src/duktape.c -- $quick -Isrc
    ;;
  lsof)
    start_recording
    logged env LSOF_CC="$rec/cc" ./Configure -n linux
    forget_probes
    noted CC="$rec/cc"
    ;;
  mutt) by_configure --disable-nls --disable-doc --enable-imap --enable-pop --enable-smtp --with-ssl ;;
  unzip)
    start_recording
    noted -f unix/Makefile CC="$rec/cc" LOC="$quick" unzips
    ;;
  libnice) with_meson -Dgstreamer=disabled -Dgupnp=disabled -Dintrospection=disabled -Dgtk_doc=disabled -Dtests=disabled -Dexamples=disabled ;;
  libsecret) with_meson -Dvapi=false -Dgtk_doc=false -Dintrospection=false -Dmanpage=false ;;
  hwloc) by_configure --disable-cairo --disable-libxml2 --disable-opencl --disable-cuda --disable-nvml --disable-gl --disable-static ;;
  libcaca) by_configure --disable-java --disable-csharp --disable-ruby --disable-python --disable-doc --disable-static ;;
  sndio)
    start_recording
    logged env CC="$rec/cc" ./configure
    forget_probes
    noted CC="$rec/cc"
    ;;
  libbluray) by_configure --disable-bdjava-jar --without-libxml2 --disable-static ;;
  rtmpdump)
    start_recording
    noted CRYPTO= XCFLAGS="$quick"
    ;;
  vitetris)
    start_recording
    logged ./configure --without-x
    noted CC="$rec/cc" CCLD="$rec/cc"
    ;;
  muparser) with_cmake . -DENABLE_OPENMP=OFF -DENABLE_SAMPLES=OFF ;;
  log4cplus) with_cmake . -DLOG4CPLUS_BUILD_TESTING=OFF -DLOG4CPLUS_BUILD_LOGGINGSERVER=OFF -DWITH_UNIT_TESTS=OFF ;;
  portaudio19 | mcpp | gnuchess | cflow | cscope | libedit | mtools | mawk | indent | libev | byacc) by_configure ;;
  parted) by_configure --disable-device-mapper --without-readline --disable-nls ;;
  cpio | flex | psmisc) by_configure --disable-nls ;;
  ipset) by_configure --without-kmod ;;
  ntfs-3g) by_configure --disable-ldconfig --with-fuse=internal ;;
  ethtool) by_configure --disable-netlink ;;
  unixodbc) by_configure --disable-gui --disable-drivers ;;
  bonnie++)
    start_recording
    with_configure CXX="$rec/cc" CXXFLAGS="$quick"
    noted CXX="$rec/cc"
    ;;
  libbpf)
    start_recording
    each_file src/*.c -- $quick -Iinclude -Iinclude/uapi -D_LARGEFILE64_SOURCE -D_FILE_OFFSET_BITS=64
    ;;
  discount)
    start_recording
    logged env CC="$rec/cc" ./configure.sh
    forget_probes
    made CC="$rec/cc"
    ;;
  bitlbee)
    start_recording
    logged env CC="$rec/cc" ./configure --ssl=gnutls --events=glib --otr=0 --purple=0
    forget_probes
    noted CC="$rec/cc"
    ;;
  libde265) by_configure --disable-sherlock265 --disable-dec265 --disable-static ;;
  bubblewrap) by_configure --disable-selinux --disable-man ;;
  libesmtp) with_meson ;;
  gssdp) with_meson -Dgtk_doc=false -Dintrospection=false -Dvapi=false -Dsniffer=false -Dmanpages=false ;;
  sord) with_meson -Dtests=disabled -Ddocs=disabled ;;
  libmtp | gmime | m4) by_configure --disable-nls ;;
  htop) by_configure --disable-unicode ;;
  *) of_its_kind ;;
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
