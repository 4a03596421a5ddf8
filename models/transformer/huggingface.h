#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/saved_model.h"
#include "models/transformer/options.h"
#include "tokenizers/huggingface.h"

namespace zoo::transformer {

// Models as Hugging Face's `transformers` saves them: a folder with config.json, model.safetensors (or parts of it and
// model.safetensors.index.json) and a tokenizer's files. Read and written are
//   gpt2             a decoder
//   llama, mistral, qwen2   decoders with rotary positions, gates and shared keys
//   bert             an encoder, with its masked language model's output layer or without
//   marian           an encoder–decoder
// README.md says which of their options are not read.

/// Makes a run of such a folder. Throws Error naming file and key, or every tensor that is missing, unknown or
/// misshapen at once; then no run is left behind.
RunFolder import_huggingface(const std::filesystem::path& folder, const std::filesystem::path& output);

/// Writes a run as such a folder, whose kind follows from the run's options. Returns {"model_type", "files"}. Throws
/// Error naming every option that no kind has.
Json export_huggingface(const SavedModel& saved, const std::filesystem::path& output);

}  // namespace zoo::transformer
