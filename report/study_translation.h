#pragma once

#include <cstdint>
#include <filesystem>

#include "report/study.h"

namespace zoo {

/// The Transformer as the notes tell it, by machine translation: the bible from English to French. Trains an
/// encoder–decoder in OUTPUT/studies/translation/run, scores it on chapters that it was not trained on, and looks at
/// what its decoder looks at. result:
///   {"kind", "title", "source", "target", "minutes", "ended", "parameters", "test_pairs" (of the whole test part),
///    what zoo evaluate --task translation says: "bleu", "signature", "sentences", "beam", "samples", …,
///    "attention": {"source", "rows": words of the translation, "columns": of the source, "values", "heads", "layer"}}
class TranslationStudy : public Study {
 public:
  std::string_view name() const override { return "translation"; }
  std::string_view title() const override { return "Translation, English to French"; }
  std::string_view claim() const override {
    return "Encoders on encoders read a sentence, decoders that look at what they made write it in another language "
           "(the notes; Vaswani et al. 2017)";
  }
  /// Null where no model of the comparison translates; left out where its minutes are too few or the text cannot be
  /// had.
  Json measure(const StudyInput& input) const override;
  StudyView view(const Json& report, const Json& result) const override;
};

/// Writes the test part of two aligned texts, at most `most` pairs spread evenly over it, a sentence a line. Gives how
/// many pairs the test part has. Throws Error where the two parts do not match in number.
std::int64_t write_test_pairs(const std::filesystem::path& source, const std::filesystem::path& target,
                              std::int64_t most, const std::filesystem::path& source_out,
                              const std::filesystem::path& target_out);

/// Of what zoo attention --text --json says of a translation, cross-attention's last layer: rows are the words of the
/// translation as each is made, values the mean over the heads. Null where there is none.
Json cross_attention_of(const Json& maps);

}  // namespace zoo
