#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/fields.h"

namespace zoo {

/// What a command shows at the top of its --help.
struct CommandHelp {
  std::string name;     ///< "zoo train nnlm"
  std::string purpose;  ///< one sentence
  std::string example;  ///< one or more lines that work when typed
};

/// Flags made from Fields. Values given on the command line are kept apart until apply(), so that a --config file
/// can come between the defaults and them.
///
///   CommandLine line({"zoo nearest", "…", "zoo nearest --model runs/w2v king"});
///   line.add("Options", fields_of(options));
///   if (line.parse(argc, argv)) return 0;  // printed --help
///   line.apply();
class CommandLine {
 public:
  explicit CommandLine(CommandHelp help);
  ~CommandLine();

  /// `fields` point into the caller's structs, which must outlive this. A name that two groups share sets both.
  void add(const std::string& group, Fields fields);
  /// Words without a flag (WORD…, FILE…) go to `slot`; at most `limit` of them.
  void add_positional(const std::string& name, std::vector<std::string>& slot, const std::string& help);

  /// Flags that take several values as separate words (--input A B C) are those whose field is a list of texts.
  /// Returns true when --help was asked for and has been printed. Throws UsageError for what is not understood.
  bool parse(int argc, const char* const* argv);
  /// Writes the given flags into their fields.
  void apply();
  bool given(const std::string& field_name) const;
  std::string help_text() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// Runs a command's body; prints an Error as its one line on standard error and returns the exit status.
/// Anything else that escapes is reported by its first line, with status 1.
int run_command(int argc, char** argv, int (*body)(int, char**));

}  // namespace zoo
