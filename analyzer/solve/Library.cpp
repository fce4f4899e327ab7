//===- Library.cpp - what functions without a body do ---------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Library.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;

namespace retsan::solve {

namespace {

const StringMap<LibEffect> &table() {
  static const StringMap<LibEffect> Table = [] {
    StringMap<LibEffect> T;
    auto Add = [&](LibKind K, unsigned Arg,
                   std::initializer_list<const char *> Names) {
      for (const char *N : Names)
        T[N] = {K, Arg};
    };
    Add(LibKind::Alloc, 0,
        {"malloc",
         "aligned_alloc",
         "memalign",
         "valloc",
         "pvalloc",
         "strdup",
         "strndup",
         "wcsdup",
         "fopen",
         "fdopen",
         "fopen64",
         "tmpfile",
         "popen",
         "opendir",
         "fdopendir",
         "dlopen",
         "mmap",
         "mmap64",
         "realpath",
         "getcwd",
         "alloc",
         "kmalloc",
         "kstrdup",
         "vmalloc",
         "g_try_malloc",
         "OPENSSL_malloc",
         "CRYPTO_malloc",
         "SSL_new",
         "SSL_CTX_new",
         "BIO_new",
         "EVP_MD_CTX_new",
         "EVP_CIPHER_CTX_new",
         "sqlite3_malloc",
         "event_new",
         "evbuffer_new",
         "bufferevent_socket_new",
         "__strdup",
         "__strndup",
         "kvmalloc",
         "kmalloc_array",
         "kmem_cache_alloc",
         "kstrndup",
         "kmemdup",
         "BIO_new_file",
         "BIO_new_fp",
         "BIO_new_mem_buf",
         "BIO_new_socket",
         "X509_new",
         "X509_STORE_new",
         "X509_STORE_CTX_new",
         "EVP_PKEY_new",
         "EVP_PKEY_CTX_new",
         "EVP_MAC_CTX_new",
         "HMAC_CTX_new",
         "BN_new",
         "BN_CTX_new",
         "RSA_new",
         "EC_KEY_new",
         "EC_KEY_new_by_curve_name",
         "PEM_read_X509",
         "PEM_read_bio_X509",
         "PEM_read_PrivateKey",
         "PEM_read_bio_PrivateKey",
         "OPENSSL_strdup",
         "sqlite3_mprintf",
         "sqlite3_vmprintf",
         "curl_easy_init",
         "curl_multi_init",
         "curl_slist_append",
         "XML_ParserCreate",
         "xmlNewDoc",
         "xmlReadFile",
         "xmlReadMemory",
         "xmlParseFile",
         "cJSON_Parse",
         "json_object",
         "json_array",
         "json_load_file",
         "json_loads",
         "lua_newstate",
         "luaL_newstate",
         "PQconnectdb",
         "PQexec",
         "iconv_open",
         "gzopen",
         "gzdopen",
         "PyMem_Malloc",
         "dbus_malloc",
         "PyObject_Malloc",
         "__builtin_malloc",
         "__builtin_strdup",
         "__builtin_strndup"});
    Add(LibKind::AllocZero, 0,
        {"calloc", "kzalloc", "kcalloc", "kvzalloc", "vzalloc",
         "kmem_cache_zalloc", "devm_kzalloc", "g_try_malloc0", "OPENSSL_zalloc",
         "PyMem_Calloc", "__builtin_calloc", "dbus_malloc0"});
    Add(LibKind::AllocNonNull, 0,
        {"g_malloc",
         "g_malloc0",
         "g_strdup",
         "g_strndup",
         "g_strdup_printf",
         "g_new",
         "g_object_new",
         "g_slice_alloc",
         "g_slice_alloc0",
         "g_malloc_n",
         "g_malloc0_n",
         "g_strdup_vprintf",
         "g_strconcat",
         "g_strjoin",
         "g_strsplit",
         "g_memdup",
         "g_memdup2",
         "g_build_filename",
         "g_string_new",
         "g_array_new",
         "g_ptr_array_new",
         "g_ptr_array_new_with_free_func",
         "g_byte_array_new",
         "g_hash_table_new",
         "g_hash_table_new_full",
         "g_queue_new",
         "g_key_file_new",
         "g_main_loop_new",
         "g_timer_new",
         "xmalloc",
         "xcalloc",
         "xstrdup",
         "operator new",
         "operator new[]"});
    Add(LibKind::Realloc, 0,
        {"realloc", "reallocarray", "g_realloc", "xrealloc", "krealloc",
         "__builtin_realloc", "OPENSSL_realloc", "sqlite3_realloc",
         "dbus_realloc"});
    Add(LibKind::Free, 1, {"g_slice_free1"}); // Its size comes first.
    Add(LibKind::Free, 0,
        {"free",
         "cfree",
         "kfree",
         "kvfree",
         "vfree",
         "g_free",
         "xfree",
         "fclose",
         "closedir",
         "pclose",
         "freeaddrinfo",
         "munmap",
         "dlclose",
         "operator delete",
         "operator delete[]",
         "__builtin_free",
         "sqlite3_finalize",
         "sqlite3_close",
         "sqlite3_close_v2",
         "lua_close",
         "curl_easy_cleanup",
         "curl_slist_free_all",
         "freeifaddrs",
         "dbus_free",
         "dbus_free_string_array",
         "globfree",
         "free_sized",
         "free_aligned_sized",
         "pcap_close",
         "gzclose",
         "BIO_free_all",
         "OPENSSL_free",
         "CRYPTO_free",
         "XML_ParserFree",
         "explicit_free",
         "kfree_sensitive",
         "kvfree_sensitive",
         "kzfree",
         "kfree_const",
         "kfree_skb",
         "consume_skb",
         "cJSON_Delete",
         "curl_multi_cleanup",
         "curl_share_cleanup",
         "curl_url_cleanup",
         "curl_formfree",
         "sqlite3_blob_close",
         "sqlite3_backup_finish",
         "PQfinish",
         "PQclear",
         "mysql_close",
         "mysql_free_result",
         "gnutls_deinit",
         "gcry_md_close",
         "gcry_cipher_close",
         "ares_freeaddrinfo",
         "ares_free_data",
         "fts_close",
         "gzclose_r",
         "gzclose_w",
         "BZ2_bzclose",
         "iconv_close",
         "snd_pcm_close",
         "libusb_close",
         "FT_Done_Face",
         "FT_Done_FreeType",
         "XCloseDisplay",
         "SDL_FreeSurface",
         "SDL_DestroyTexture",
         "SDL_DestroyRenderer",
         "SDL_DestroyWindow",
         "g_strfreev",
         "g_list_free_full",
         "g_slist_free_full",
         "g_byte_array_free",
         "g_hash_table_destroy",
         "g_dir_close",
         "g_list_free",
         "g_slist_free",
         "g_array_free",
         "g_ptr_array_free",
         "g_string_free",
         "g_timer_destroy"});
    Add(LibKind::Free, 1,
        {"g_slice_free1", "kmem_cache_free", "devm_kfree", "mempool_free"});
    Add(LibKind::Free, 2, {"dma_free_coherent"});
    Add(LibKind::FreeAndNull, 0,
        {"g_clear_pointer", "g_clear_object", "g_clear_error", "av_freep",
         "g_clear_list", "g_clear_slist", "g_clear_weak_pointer"});
    Add(LibKind::Steal, 0, {"g_steal_pointer"});
    Add(LibKind::OutAlloc, 0,
        {"asprintf", "vasprintf", "getline", "getdelim", "posix_memalign"});
    Add(LibKind::OutAlloc, 1, {"sqlite3_open", "sqlite3_open_v2"});
    Add(LibKind::OutAlloc, 1, {"scandir"});
    Add(LibKind::OutAlloc, 3,
        {"getaddrinfo", "sqlite3_prepare", "sqlite3_prepare_v2"});
    Add(LibKind::OutAlloc, 4, {"sqlite3_prepare_v3"});
    Add(LibKind::Release, 0,
        {"g_object_unref",
         "g_variant_unref",
         "g_bytes_unref",
         "g_hash_table_unref",
         "json_decref",
         "json_object_put",
         "Py_DECREF",
         "Py_XDECREF",
         "_Py_DECREF",
         "_Py_XDECREF",
         "CFRelease",
         "xcb_free",
         "g_array_unref",
         "g_ptr_array_unref",
         "g_main_loop_unref",
         "g_source_unref",
         "cairo_destroy",
         "cairo_surface_destroy",
         "fput",
         "dput",
         "iput",
         "put_device",
         "of_node_put",
         "module_put",
         "dev_put",
         "kref_put",
         "dbus_message_unref",
         "dbus_connection_unref"});
    Add(LibKind::Zero, 0, {"memset", "bzero", "explicit_bzero"});
    Add(LibKind::Reads, 0,
        {"strlen",  "strcmp",  "strncmp",     "strcasecmp", "strncasecmp",
         "memcmp",  "strchr",  "strrchr",     "strstr",     "memchr",
         "printf",  "fprintf", "vfprintf",    "puts",       "fputs",
         "putchar", "perror",  "write",       "send",       "fwrite",
         "atoi",    "strtol",  "strtoul",     "strtoll",    "strtoull",
         "fflush",  "syslog",  "abs",         "fputc",      "putc",
         "sendto",  "writev",  "memory_order"});
    return T;
  }();
  return Table;
}

StringRef unqualified(StringRef Name) {
  size_t Pos = Name.rfind("::");
  return Pos == StringRef::npos ? Name : Name.drop_front(Pos + 2);
}

} // namespace

LibEffect libraryEffect(StringRef Name, unsigned NumArgs) {
  auto It = table().find(Name.starts_with("std::") ? unqualified(Name) : Name);
  if (It != table().end())
    return It->second;
  // Libraries name the function that takes an object back `foo_free(foo *)`:
  // OpenSSL, libevent, zlib, PCRE, cJSON and most others.
  if (NumArgs == 1 && Name.size() > 5 &&
      (Name.ends_with("_free") || Name.ends_with("_Free") ||
       Name.ends_with("Free")))
    return {LibKind::Free, 0};
  // sk_X509_pop_free(list, X509_free), xmlFreeDoc(doc), ZSTD_freeCCtx(ctx).
  if (NumArgs == 2 && Name.starts_with("sk_") && Name.ends_with("_pop_free"))
    return {LibKind::Free, 0};
  if (NumArgs == 1)
    for (StringRef Prefix : {"xmlFree", "xmlXPathFree", "xsltFree", "htmlFree",
                             "ZSTD_free", "LZ4F_free"})
      if (Name.starts_with(Prefix))
        return {LibKind::Free, 0};
  if (NumArgs == 1 && (Name.ends_with("_unref") || Name.ends_with("_decref")))
    return {LibKind::Release, 0};
  if (NumArgs == 1 && (Name.ends_with("_ref") || Name.ends_with("_incref") ||
                       Name == "Py_INCREF" || Name == "_Py_INCREF"))
    return {LibKind::Retain, 0};
  return {};
}

bool startsThread(StringRef Name) {
  return StringSwitch<bool>(Name)
      .Cases("pthread_create", "thrd_create", "g_thread_new", "g_thread_create",
             true)
      .Cases("std::thread::thread", "std::jthread::jthread", "uv_thread_create",
             true)
      .Cases("std::async", "SDL_CreateThread", "kthread_run", true)
      .Default(false);
}

bool runsAtExit(StringRef Name) {
  return StringSwitch<bool>(Name)
      .Cases("atexit", "at_quick_exit", "on_exit", "std::atexit",
             "std::at_quick_exit", "__cxa_atexit", true)
      .Default(false);
}

bool waits(StringRef Name) {
  return StringSwitch<bool>(Name)
      .Cases("pthread_cond_wait", "pthread_cond_timedwait", "cnd_wait",
             "cnd_timedwait", "sem_wait", "sem_timedwait", true)
      .Cases("pthread_join", "thrd_join", "uv_cond_wait", "uv_thread_join",
             "g_cond_wait", "g_thread_join", true)
      .Default((Name.starts_with("std::condition_variable") &&
                Name.contains("::wait")) ||
               Name == "std::thread::join");
}

bool servesEvents(StringRef Name) {
  return StringSwitch<bool>(Name)
      .Cases("epoll_wait", "epoll_pwait", "select", "pselect", "poll", "ppoll",
             "kevent", "sigwait", true)
      .Cases("event_base_loop", "event_base_dispatch", "event_dispatch",
             "uv_run", "g_main_loop_run", "ev_run", true)
      .Cases("accept", "accept4", "sigsuspend", "pause", true)
      .Default(false);
}

bool blocks(StringRef Name) {
  return StringSwitch<bool>(Name)
             .Cases("pthread_cond_wait", "pthread_cond_timedwait", "cnd_wait",
                    "cnd_timedwait", true)
             .Cases("epoll_wait", "epoll_pwait", "select", "pselect", "poll",
                    "ppoll", "kevent", true)
             .Cases("sleep", "usleep", "nanosleep", "pause", "sigwait",
                    "sigsuspend", "sem_wait", true)
             .Cases("event_base_loop", "event_base_dispatch", "uv_run",
                    "g_main_loop_run", "ev_run", "aeMain", true)
             .Cases("accept", "accept4", "thrd_sleep", "sched_yield",
                    "pthread_yield", true)
             .Default(Name.starts_with("std::condition_variable") &&
                      Name.contains("::wait")) ||
         Name.starts_with("std::this_thread::");
}

} // namespace retsan::solve
