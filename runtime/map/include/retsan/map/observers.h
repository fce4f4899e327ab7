//===- observers.h - watching an incremental map move
//----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An observer is any type; of these members it has the ones it wants:
//
//   void growth_begin(const migration &);    after the new array is in place
//   void bucket_evacuated(const migration &, std::size_t bucket)
//   void growth_end(const migration &);      before the old array goes; with
//                                            done < total if clear, rebuild,
//                                            assignment or destruction ended it
//   void old_released(const migration &, std::size_t bytes)
//                                            in pieces, perhaps; from the
//                                            destructor of the iterator that
//                                            held the array, perhaps
//   void iterator_pinned(const migration &)  from begin(), of const maps too
//   void operation();                        each call that writes or may drive
//   void read() const;                       each const look-up
//
// Those that an observer lacks cost no instruction. Hooks must not throw and
// must not touch the map.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_MAP_OBSERVERS_H
#define RETSAN_MAP_OBSERVERS_H

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#if __has_include(<retsan/observer.h>)
#include <retsan/observer.h>
#define RETSAN_MAP_HAS_RUNTIME_OBSERVER 1
#endif

namespace retsan {

/// What a hook is told.
struct migration {
  const char *type = ""; ///< "retsan::incremental_map"
  const void *map = nullptr;
  const void *old_array = nullptr;
  std::size_t old_bytes = 0; ///< What the old array was allocated with.
  std::size_t done = 0;  ///< Buckets of the old array that have moved in order.
  std::size_t total = 0; ///< Buckets of the old array.
};

/// Sees nothing, costs nothing.
struct null_observer {};

/// Progress and retention as numbers. All counters are relaxed atomics, so that
/// another thread may read them while the map is in use.
class metrics_observer {
public:
  void growth_begin(const migration &m) {
    add(Growths);
    set(Buckets, m.total);
    set(Evacuated, 0);
    set(Retained, m.old_bytes);
    set(Stalled, 0);
    set(Growing, 1);
  }
  void bucket_evacuated(const migration &, std::size_t) {
    add(Evacuated);
    set(Stalled, 0);
  }
  void growth_end(const migration &) {
    set(Growing, 0);
    set(Stalled, 0);
  }
  void old_released(const migration &, std::size_t bytes) {
    std::uint64_t held = get(Retained);
    set(Retained, held > bytes ? held - bytes : 0);
  }
  void iterator_pinned(const migration &) { add(Pins); }
  void operation() { count_operation(); }
  void read() const { count_operation(); }

  std::uint64_t growths() const { return get(Growths); }
  bool growing() const { return get(Growing) != 0; }
  std::uint64_t growing_gauge() const { return get(Growing); }
  std::uint64_t old_buckets() const { return get(Buckets); }
  std::uint64_t evacuated_buckets() const { return get(Evacuated); }
  /// Bytes of the old array that have not been given back, growing or not.
  std::uint64_t retained_bytes() const { return get(Retained); }
  std::uint64_t iterators_pinned() const { return get(Pins); }
  /// Operations since the last bucket moved, while a growth is under way.
  std::uint64_t stalled_for() const { return get(Stalled); }

  /// Of the growth under way, or of the last one: 0 to 1. 1 before the first.
  double progress() const {
    std::uint64_t all = old_buckets();
    return growing() && all != 0 ? static_cast<double>(evacuated_buckets()) /
                                       static_cast<double>(all)
                                 : 1.0;
  }
  /// The counters in the text format of Prometheus, for the map called \p name.
  /// For several maps on one page: prometheus_text().
  std::string prometheus(std::string_view name) const;

  metrics_observer() = default;
  /// Counters belong to one map: a copy begins anew.
  metrics_observer(const metrics_observer &) {}
  metrics_observer &operator=(const metrics_observer &) { return *this; }

private:
  enum counter {
    Growths,
    Growing,
    Buckets,
    Evacuated,
    Retained,
    Stalled,
    Pins,
    N
  };
  void count_operation() const {
    if (get(Growing) != 0)
      counters[Stalled].fetch_add(1, std::memory_order_relaxed);
  }
  void add(counter c) { counters[c].fetch_add(1, std::memory_order_relaxed); }
  void set(counter c, std::uint64_t value) {
    counters[c].store(value, std::memory_order_relaxed);
  }
  std::uint64_t get(counter c) const {
    return counters[c].load(std::memory_order_relaxed);
  }
  mutable std::atomic<std::uint64_t> counters[N] = {};
};

/// Version 0.0.4 of Prometheus' text format: each metric once, with a sample
/// for each map, told apart by the label `map`. May be called while other
/// threads use the maps.
inline std::string prometheus_text(
    std::span<const std::pair<std::string_view, const metrics_observer *>>
        maps) {
  struct metric {
    const char *name, *type, *help;
    std::uint64_t (metrics_observer::*value)() const;
  };
  static constexpr metric metrics[] = {
      {"growths_total", "counter", "Growths begun.",
       &metrics_observer::growths},
      {"growing", "gauge", "1 while a growth is under way.",
       &metrics_observer::growing_gauge},
      {"old_buckets", "gauge", "Buckets of the last old array.",
       &metrics_observer::old_buckets},
      {"evacuated_buckets", "gauge", "Of these, buckets that have moved.",
       &metrics_observer::evacuated_buckets},
      {"retained_bytes", "gauge", "Bytes of the old array still held.",
       &metrics_observer::retained_bytes},
      {"stalled_operations", "gauge",
       "Operations since the last bucket moved, while growing.",
       &metrics_observer::stalled_for},
      {"iterators_pinned_total", "counter", "Iterators that pinned an array.",
       &metrics_observer::iterators_pinned},
  };
  std::string text;
  for (const metric &m : metrics) {
    std::string full = std::string("retsan_map_") + m.name;
    text += "# HELP " + full + ' ' + m.help + "\n# TYPE " + full + ' ' +
            m.type + '\n';
    for (const auto &[name, observer] : maps) {
      text += full + "{map=\"";
      for (char c : name) {
        if (c == '\\' || c == '"')
          text += '\\';
        if (c == '\n')
          text += "\\n";
        else
          text += c;
      }
      text += "\"} " + std::to_string((observer->*m.value)()) + '\n';
    }
  }
  return text;
}

inline std::string prometheus_text(
    std::initializer_list<std::pair<std::string_view, const metrics_observer *>>
        maps) {
  return prometheus_text(std::span(maps.begin(), maps.size()));
}

inline std::string metrics_observer::prometheus(std::string_view name) const {
  return prometheus_text({{name, this}});
}

/// Calls of your own before a growth moves anything, as each bucket has moved,
/// and after the last. As all hooks: they must not throw, nor touch the map.
struct migration_hooks {
  std::function<void(const migration &)> before, during, after;

  void growth_begin(const migration &m) {
    if (before)
      before(m);
  }
  void bucket_evacuated(const migration &m, std::size_t) {
    if (during)
      during(m);
  }
  void growth_end(const migration &m) {
    if (after)
      after(m);
  }
};

#ifdef RETSAN_MAP_HAS_RUNTIME_OBSERVER
/// Passes the events on to RetSan's runtime, or another receiver in the
/// process, if there is one.
struct runtime_observer {
  /// For a row of its own in the report: a string that lives as long as the
  /// map. Null: all maps of one type share a row.
  const char *name = nullptr;

  void growth_begin(const migration &m) { send(m, RETSAN_MIGRATION_BEGIN); }
  void bucket_evacuated(const migration &m, std::size_t) {
    send(m, RETSAN_MIGRATION_BUCKET);
  }
  void growth_end(const migration &m) { send(m, RETSAN_MIGRATION_END); }
  void old_released(migration m, std::size_t bytes) {
    m.old_bytes = bytes;
    send(m, RETSAN_MIGRATION_RELEASED);
  }
  void iterator_pinned(const migration &m) { send(m, RETSAN_MIGRATION_PINNED); }

private:
  void send(const migration &m, std::uint32_t event) const {
    if (!&__retsan_migration_v1)
      return;
    retsan_migration_v1 record{
        m.map,   m.old_array, m.old_bytes, m.done,
        m.total, event,       1,           name ? name : m.type};
    __retsan_migration_v1(&record);
  }
};
#endif

} // namespace retsan

#endif
