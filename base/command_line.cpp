#include "base/command_line.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <cxxopts.hpp>
#include <deque>
#include <filesystem>
#include <map>
#include <system_error>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"

namespace zoo {

struct CommandLine::Parts {
  struct Group {
    std::string name;
    Fields fields;
  };
  CommandHelp help;
  std::deque<Group> groups;
  std::string positional_name, positional_help;
  std::vector<std::string>* positional = nullptr;
  std::map<std::string, std::vector<std::string>> given;  // field name → values as typed

  Field* find(const std::string& flag) {
    for (auto& group : groups) {
      for (auto& field : group.fields.list()) {
        if (field.flag() == flag) return &field;
      }
    }
    return nullptr;
  }
};

CommandLine::CommandLine(CommandHelp help) : parts_(std::make_unique<Parts>()) { parts_->help = std::move(help); }
CommandLine::~CommandLine() = default;

void CommandLine::add(const std::string& group, Fields fields) { parts_->groups.push_back({group, std::move(fields)}); }

void CommandLine::add_positional(const std::string& name, std::vector<std::string>& slot, const std::string& help) {
  parts_->positional_name = name;
  parts_->positional_help = help;
  parts_->positional = &slot;
}

bool CommandLine::given(const std::string& field_name) const { return parts_->given.count(field_name) > 0; }

bool CommandLine::parse(int argc, const char* const* argv) {
  // Words that follow a list flag belong to it (--input A B): cxxopts takes one value a flag, so repeat the flag.
  std::vector<std::string> words = {argc > 0 ? argv[0] : "zoo"};
  const Field* list = nullptr;
  bool wants_value = false, only_words = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (only_words || (word == "-" || word.rfind("-", 0) != 0 || (wants_value && word.rfind("--", 0) != 0))) {
      if (list != nullptr && !wants_value && !only_words) words.push_back("--" + list->flag());
      words.push_back(word);
      wants_value = false;
      continue;
    }
    if (wants_value) fail_usage("{}: an option lacks its value; see {} --help", words.back(), parts_->help.name);
    if (word == "--") only_words = true;
    words.push_back(word);
    list = nullptr;
    wants_value = false;
    if (word.rfind("--", 0) == 0 && word.find('=') == std::string::npos) {
      if (const auto* field = parts_->find(word.substr(2))) {
        wants_value = !field->is_switch();
        if (field->is_list()) list = field;
        // A switch may be followed by its value: --direct false.
        if (field->is_switch() && i + 1 < argc) {
          const std::string next = argv[i + 1];
          if (next == "true" || next == "false") words.back() += "=" + next, ++i;
        }
      }
    }
  }
  cxxopts::Options options(parts_->help.name, "");
  std::vector<std::string> names;
  for (const auto& group : parts_->groups) {
    for (const auto& field : group.fields.list()) {
      if (std::find(names.begin(), names.end(), field.flag()) != names.end()) continue;
      names.push_back(field.flag());
      auto value = cxxopts::value<std::vector<std::string>>();
      if (field.is_switch()) value = value->implicit_value("true");
      options.add_option("", "", field.flag(), "", value, "");
    }
  }
  options.add_options()("h,help", "")("other_words", "", cxxopts::value<std::vector<std::string>>());
  options.parse_positional({"other_words"});
  std::vector<const char*> pointers;
  for (const auto& word : words) pointers.push_back(word.c_str());
  try {
    const auto result = options.parse(static_cast<int>(pointers.size()), pointers.data());
    if (result.count("help") > 0) {
      fmt::print("{}", help_text());
      return true;
    }
    for (const auto& pair : result.arguments()) {
      if (pair.key() != "other_words") {
        parts_->given[parts_->find(pair.key())->name()].push_back(pair.value());
      } else if (parts_->positional != nullptr) {
        parts_->positional->push_back(pair.value());
      } else {
        fail_usage("'{}': {} takes no such word; see its --help", pair.value(), parts_->help.name);
      }
    }
  } catch (const cxxopts::exceptions::exception&) {
    // cxxopts does not say which word in a form of ours: find it.
    for (const auto& word : words) {
      if (word.rfind("--", 0) != 0 || word == "--") continue;
      const auto name = word.substr(2, word.find('=') == std::string::npos ? std::string::npos : word.find('=') - 2);
      if (name == "help" || parts_->find(name) != nullptr) continue;
      const auto near = nearest_spelling(name, names);
      fail_usage("--{}: no such option{}; see {} --help", name, near ? fmt::format("; did you mean --{}?", *near) : "",
                 parts_->help.name);
    }
    for (const auto& word : words) {
      if (word.size() > 1 && word[0] == '-' && word[1] != '-') {
        fail_usage("{}: no such option; see {} --help", word, parts_->help.name);
      }
    }
    fail_usage("{}: an option lacks its value; see {} --help", words.back(), parts_->help.name);
  }
  return false;
}

void CommandLine::apply() {
  for (auto& group : parts_->groups) {
    for (auto& field : group.fields.list()) {
      const auto found = parts_->given.find(field.name());
      if (found == parts_->given.end()) continue;
      field.set_from_texts(found->second, "--" + field.flag());
    }
  }
}

std::string CommandLine::help_text() const {
  auto text = fmt::format("{}: {}\n\nUsage: {} [options]{}\n", parts_->help.name, parts_->help.purpose,
                          parts_->help.name, parts_->positional == nullptr ? "" : " " + parts_->positional_name);
  if (parts_->positional != nullptr)
    text += fmt::format("  {}: {}\n", parts_->positional_name, parts_->positional_help);
  for (const auto& group : parts_->groups) {
    text += "\n" + group.name + ":\n";
    for (const auto& field : group.fields.list()) {
      const auto flag = fmt::format("--{} {}", field.flag(), field.type_name());
      auto note = field.range_text();
      const auto& standard = field.default_value();
      if (!(standard.is_string() && standard.get<std::string>().empty()) &&
          !(standard.is_array() && standard.empty())) {
        note += (note.empty() ? "" : "; ") +
                fmt::format("default {}", standard.is_string() ? standard.get<std::string>() : standard.dump());
      }
      text += fmt::format("  {:<34} {}{}\n", flag, field.help(), note.empty() ? "" : " (" + note + ")");
    }
  }
  return text + "\nExample:\n  " + parts_->help.example + "\n";
}

namespace {

/// Who read our standard output has seen enough (`zoo data list | head -1`): no error, and nothing to say. Ends the
/// process by SIGPIPE, as other tools do.
void end_if_reader_left(int error) {
  if (std::ferror(stdout) == 0) return;
  // errno may tell of a later failure: a pipe that nobody reads says so itself.
  pollfd out{STDOUT_FILENO, POLLOUT, 0};
  const bool nobody_reads = ::poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
  if (error != EPIPE && !nobody_reads) return;
  std::signal(SIGPIPE, SIG_DFL);
  std::raise(SIGPIPE);
}

}  // namespace

int run_command(int argc, char** argv, int (*body)(int, char**)) {
  catch_interrupts();
  try {
    const int status = body(argc, argv);
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
      end_if_reader_left(errno);
      fail("standard output: cannot write: {}", std::strerror(errno));
    }
    return status;
  } catch (const Error& error) {
    end_if_reader_left(0);                            // what a command says of its output is then of no interest either
    if (*error.what() != 0) log_error(error.what());  // without words: another process tells
    return error.exit_status();
  } catch (const std::filesystem::filesystem_error& error) {
    log_error(fmt::format("{}: {}", error.path1().string(), error.code().message()));
    return 1;
  } catch (const std::system_error& error) {
    end_if_reader_left(error.code().value());
    const auto what = std::ferror(stdout) != 0 ? "standard output: cannot write" : "unexpected";
    log_error(fmt::format("{}: {}", what, error.code().message()));
    return 1;
  } catch (const std::bad_alloc&) {
    log_error("not enough memory; try a smaller batch or model");
    return 1;
  } catch (const std::exception& error) {
    const std::string text = error.what();
    log_error(fmt::format("unexpected: {}", text.substr(0, text.find('\n'))));
    return 1;
  }
}

}  // namespace zoo
