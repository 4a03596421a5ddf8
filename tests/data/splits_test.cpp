#include "data/splits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "data/train_tokenizer.h"
#include "tokenizers/tokenizer_trainer.h"

namespace zoo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class OpenCorpus : public testing::Test {
 protected:
  void SetUp() override {
    set_quiet(true);
    options.cache_folder = folder.path() / "cache";
  }
  std::string file(const std::string& name, const std::string& content) {
    write_file_atomically(folder.path() / name, content);
    return (folder.path() / name).string();
  }
  static std::string text_of(const Corpus& corpus, const Tokenizer& tokenizer) {
    return tokenizer.decode(corpus.ids());
  }
  static std::shared_ptr<const Tokenizer> tokenizer_of(const std::string& path) {
    return train_tokenizer({}, TextReader({path}));
  }

  TemporaryFolder folder;
  CorpusOptions options;
};

TEST_F(OpenCorpus, HoldsLinesDocumentsCountsAndBytes) {
  const auto path = file("a.txt", "b a\na\n\n\nc\u00E9 a a\n");
  const auto tokenizer = tokenizer_of(path);  // a 4, b 1, cé 1: ids 5, 6, 7
  const auto corpus = open_corpus({path}, Part::all, *tokenizer, options);
  EXPECT_THAT(corpus.ids(), ElementsAre(6, 5, kEnd, 5, kEnd, 7, 5, 5, kEnd));
  EXPECT_THAT(corpus.lines(), ElementsAre(0, 3, 5, 9));
  EXPECT_THAT(corpus.documents(), ElementsAre(0, 1, 2, 3));  // three lines: documents of one line each
  EXPECT_THAT(corpus.counts(), ElementsAre(0, 0, 0, 3, 0, 4, 1, 1));
  EXPECT_EQ(corpus.bytes(), 4u + 2 + 8);
  EXPECT_TRUE(corpus.line_ends());
  EXPECT_EQ(corpus.fingerprint(), tokenizer->fingerprint());
  options.line_ends = false;
  EXPECT_THAT(open_corpus({path}, Part::all, *tokenizer, options).ids(), ElementsAre(6, 5, 5, 7, 5, 5));
}

}  // namespace
}  // namespace zoo
