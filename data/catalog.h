#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "data/packages.h"

namespace zoo {

/// A known dataset: where it comes from, what it is, and how its package becomes plain text.
struct Dataset {
  std::string name;
  std::string what;
  std::string licence;
  Package package;
  std::string wanted;              ///< shell pattern of the package's files that preparation reads
  std::string bare;                ///< the name of that file where it is one, so that it can be given by hand
  std::vector<std::string> files;  ///< what preparation makes; the first is the text to train or test on
  std::function<void(const std::filesystem::path& from, const std::filesystem::path& to)> prepare;
};

/// brown, bible, questions-words, wordsim353, simlex999.
const std::vector<Dataset>& catalog();

/// Throws UsageError naming the datasets there are.
const Dataset& find_dataset(const std::string& name);

/// The folder of a dataset that is prepared already, data_folder()/NAME.
std::optional<std::filesystem::path> prepared_dataset(const Dataset& dataset);

/// Fetches (or takes `from`: the package's file, its one inner file, or a folder of its files), checks, prepares, and
/// gives the folder, which appears whole or not at all; two processes may do so at once. Prepared already and no
/// `from`: gives the folder at once. Throws Error saying how to give the dataset by hand.
std::filesystem::path get_dataset(const Dataset& dataset, const std::optional<std::filesystem::path>& from = {});

/// A prepared file of a dataset, fetched if it is not there; "" stands for the dataset's first file. Throws as above,
/// and UsageError for a file that the dataset does not have.
std::filesystem::path dataset_file(const std::string& name, const std::string& file = "");

}  // namespace zoo
