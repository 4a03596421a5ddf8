// A text, plain or gzip: the reader gives it in whole lines of UTF-8, or refuses it.
#include "base/utf8.h"
#include "data/line_source.h"
#include "tests/fuzz/fuzz.h"

ZOO_FUZZ(content) {
  const auto repaired = zoo::replace_invalid_utf8(content);
  if (!zoo::is_utf8(repaired) || (zoo::is_utf8(content) && repaired != content)) __builtin_trap();
  const auto path = zoo::fuzz_file("text", content).string();
  zoo::LineSource source(zoo::expand_inputs({path}));
  zoo::TextBlock block;
  while (source.next(block)) {
    for (const auto& line : block.lines) {
      const auto text = block.line(line);
      if (!zoo::is_utf8(text) || text.find('\n') != text.npos || text.find('\0') != text.npos) __builtin_trap();
    }
  }
}
