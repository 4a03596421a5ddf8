#include "data/text_reader.h"

#include <numeric>

#include "base/error.h"
#include "data/documents.h"

namespace zoo {
namespace {

/// Reads up to the first line that is not empty.
bool holds_text(const std::vector<TextFile>& files) {
  LineSource source(files);
  TextBlock block;
  while (source.next(block)) {
    for (const auto& line : block.lines) {
      if (!is_blank(block.line(line))) return true;
    }
  }
  return false;
}

/// Reads until 20 documents are found, which is at most 20,000 lines.
std::int64_t find_longest_document(const std::vector<TextFile>& files) {
  LineSource source(files);
  TextBlock block;
  DocumentCounter counter;
  std::int64_t lines = 0;
  std::size_t file = 0;
  while (counter.documents() < kSplitEvery && source.next(block)) {
    if (block.file != file) counter.mark();
    file = block.file;
    for (const auto& line : block.lines) {
      if (is_blank(block.line(line))) {
        counter.mark();
      } else {
        counter.next_line();
        ++lines;
      }
    }
  }
  return longest_document(counter.documents(), lines);
}

}  // namespace

std::string_view part_name(Part part) {
  switch (part) {
    case Part::train:
      return "train";
    case Part::valid:
      return "valid";
    case Part::test:
      return "test";
    case Part::all:
      break;
  }
  return "all";
}

Part part_named(std::string_view name) {
  for (const auto part : {Part::train, Part::valid, Part::test}) {
    if (part_name(part) == name) return part;
  }
  return Part::all;
}

TextReader::TextReader(std::vector<std::string> inputs, Part part) : inputs_(std::move(inputs)), part_(part) {
  for (const auto& input : inputs_) {
    const auto files = expand_inputs({input});
    if (!holds_text(files)) fail("{}: holds no text", input == "-" ? "standard input" : input);
    files_.insert(files_.end(), files.begin(), files.end());
  }
  if (files_.empty()) expand_inputs({});
}

void TextReader::for_each_line(const Visitor& visit) const {
  BlockReader reader(*this);
  TextBlock block;
  while (reader.next(block)) {
    for (const auto& line : block.lines) visit(block.line(line), line.document);
  }
}

std::uint64_t TextReader::total_bytes() const {
  return std::accumulate(files_.begin(), files_.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const TextFile& file) { return sum + file.size; });
}

std::string TextReader::name() const {
  std::string text;
  for (std::size_t i = 0; i < inputs_.size() && i < 3; ++i) {
    text += (i == 0 ? "" : ", ") + (inputs_[i] == "-" ? "standard input" : inputs_[i]);
  }
  return inputs_.size() > 3 ? fmt::format("{} and {} more", text, inputs_.size() - 3) : text;
}

BlockReader::BlockReader(const TextReader& text)
    : source_(text.files()), part_(text.part()), counter_(find_longest_document(text.files())) {}

bool BlockReader::next(TextBlock& block) {
  if (!source_.next(block)) return false;
  if (block.file != file_) counter_.mark();
  file_ = block.file;
  std::size_t kept = 0;
  for (auto line : block.lines) {
    if (is_blank(block.line(line))) {
      counter_.mark();
      continue;
    }
    line.document = counter_.next_line();
    if (in_part(line.document, part_)) block.lines[kept++] = line;
  }
  block.lines.resize(kept);
  return true;
}

}  // namespace zoo
