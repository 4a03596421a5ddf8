#pragma once

#include <filesystem>

#include "models/elmo/options.h"
#include "models/model.h"
#include "runs/run_folder.h"

namespace zoo::elmo {

/// A model in the public format (options.json and weights as HDF5, Peters et al. 2018): an encoder without softmax.
struct PublicElmo {
  ElmoOptions options;
  Parts parameters;  ///< by our names, in our order of gates and axes
};

/// Throws Error naming the file and the key or dataset that is missing, misshapen or says what cannot be.
PublicElmo read_public_elmo(const std::filesystem::path& options_file, const std::filesystem::path& weights_file);

/// The *options.json and the *weights.hdf5 of a folder. Throws Error unless there is one of each.
struct PublicFiles {
  std::filesystem::path options, weights;
};
PublicFiles find_public_files(const std::filesystem::path& folder);

/// Makes a run folder of it. `words`: a text with a word a line, the vocabulary of the run and of its word vectors; an
/// empty path: words of one ASCII character. Words outside it are read by their letters all the same.
RunFolder import_elmo(const PublicFiles& files, const std::filesystem::path& words,
                      const std::filesystem::path& folder);

}  // namespace zoo::elmo
