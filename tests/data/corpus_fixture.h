#pragma once

#include <gtest/gtest.h>

#include <string>

#include "base/files.h"
#include "base/log.h"
#include "data/splits.h"

namespace zoo {

/// A folder for texts and the cache of corpora made from them.
class CorpusTest : public testing::Test {
 protected:
  void SetUp() override {
    set_quiet(true);
    options.cache_folder = folder.path() / "cache";
  }
  std::string file(const std::string& name, const std::string& content) {
    write_file_atomically(folder.path() / name, content);
    return (folder.path() / name).string();
  }

  TemporaryFolder folder;
  CorpusOptions options;
};

}  // namespace zoo
