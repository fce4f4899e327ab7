# How each package of packages.sh, which has the words used here, gives its compilation
# database. A recipe runs in the folder of the source and leaves compile_commands.json there;
# what has none is built as its kind is.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

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
  cron)
    start_recording
    each_file cron.c crontab.c database.c do_command.c entry.c env.c job.c misc.c popen.c user.c compat.c -- $quick -I. -DPOSIX \
      -DDEBUGGING=0
    ;;
  libgsm)
    start_recording
    each_file src/*.c tls/*.c -- $quick -Iinc -DNeedFunctionPrototypes=1 -DSASR -DWAV49
    ;;
  libodfgen) by_configure --without-docs --disable-tests ;;
  libtheora) by_configure --disable-examples --disable-spec ;;
  mtd-utils) by_configure --disable-tests --without-jffs --without-zstd --without-lzo --without-crypto ;;
  fmtlib) with_cmake . -DFMT_TEST=OFF -DFMT_DOC=OFF ;;
  libfyaml) by_configure --disable-static ;;
  libde265) by_configure --disable-sherlock265 --disable-dec265 --disable-static ;;
  bubblewrap) by_configure --disable-selinux --disable-man ;;
  libesmtp) with_meson ;;
  sord) with_meson -Dtests=disabled -Ddocs=disabled ;;
  libmtp | m4 | sed) by_configure --disable-nls ;;
  htop) by_configure --disable-unicode ;;
  *) of_its_kind ;;
  esac
}
