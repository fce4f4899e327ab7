# Writes OUT, a string literal: one hash of all sources below TOP that say what is
# in a file of facts. Called at build time; by a path and not by a time, so that two
# builds of equal sources have the same.
file(GLOB sources RELATIVE "${TOP}"
  "${TOP}/analyzer/extract/*.cpp" "${TOP}/analyzer/extract/*.h"
  "${TOP}/analyzer/model/*.cpp" "${TOP}/analyzer/model/*.h"
  "${TOP}/runtime/include/retsan/*.h")
list(SORT sources)
set(all "")
foreach(source IN LISTS sources)
  file(SHA256 "${TOP}/${source}" hash)
  string(APPEND all "${source} ${hash}\n")
endforeach()
string(SHA256 hash "${all}")
file(WRITE "${OUT}" "\"${hash}\"\n")
