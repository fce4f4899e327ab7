// Stands in for the clang of another release.
#include <string>
namespace clang {
std::string getClangFullVersion() { return "clang version 14.0.6"; }
} // namespace clang
