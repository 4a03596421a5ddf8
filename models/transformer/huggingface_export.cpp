#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "models/transformer/base.h"
#include "models/transformer/huggingface_parts.h"
#include "tokenizers/huggingface.h"

namespace zoo::transformer {
namespace {

namespace fs = std::filesystem;

TransformerOptions options_of(const SavedModel& saved) {
  TransformerOptions options;
  fields_of(options).read_json(saved.model->options(), "model");
  return options;
}

/// Of a tokenizer of the zoo's own: ids as they are.
ForeignIds ids_of(const Tokenizer& tokenizer) {
  if (const auto* imported = dynamic_cast<const ImportedTokenizer*>(&tokenizer)) return imported->foreign_ids();
  return ForeignIds({kPad, kUnknown, kBegin, kEnd, kMask}, tokenizer.size());
}

/// A row for each of their ids, [rows, …].
Tensor in_their_order(const Tensor& ours, const ForeignIds& ids) {
  auto rows = torch::empty({ids.rows()}, torch::kInt64);  // [rows]
  for (std::int64_t id = 0; id < ids.rows(); ++id) rows.data_ptr<std::int64_t>()[id] = ids.own(id);
  // What a decoder starts from is read as kBegin; where another token has the same id, that is the row that counts.
  if (const auto begin = ids.special()[kBegin]; begin != ForeignIds::kAbsent) {
    rows.data_ptr<std::int64_t>()[begin] = kBegin;
  }
  return ours.index_select(0, rows);
}

/// The parts by their names. A bias that they have and we lack is no part: zeros; so are segments.
Parts their_tensors(const std::string& type, const TransformerOptions& options, const ForeignIds& ids,
                    const Parts& parts) {
  const std::map<std::string, Tensor> own(parts.begin(), parts.end());
  Parts tensors;
  for (const auto& share : shares_of(type, options)) {
    auto tensor = own.at(share.ours);
    if (share.count > 0) tensor = tensor.narrow(0, share.begin, share.count);
    if (share.words) tensor = in_their_order(tensor, ids);
    if (share.transposed) tensor = tensor.t();
    if (share.row) tensor = tensor.unsqueeze(0);
    auto name = share.theirs;
    const auto prefix = name_prefix(type);
    if (!options.predicts() && name.starts_with(prefix)) name.erase(0, prefix.size());  // of the class without a head
    tensors.emplace_back(name, tensor.contiguous());
  }
  if (type == "bert" && options.segments == 0) {
    tensors.emplace_back(fmt::format("{}embeddings.token_type_embeddings.weight", options.predicts() ? "bert." : ""),
                         torch::zeros({1, options.width}));
  }
  return tensors;
}

/// What transformers' generate() goes by.
Json generation_of(const Json& config) {
  Json generation = Json::object();
  for (const auto* key : {"bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id",
                          "forced_eos_token_id", "bad_words_ids", "max_length"}) {
    if (config.contains(key) && !config.at(key).is_null()) generation[key] = config.at(key);
  }
  return generation;
}

void write_tokenizer(const SavedModel& saved, const std::string& type, std::int64_t context, const fs::path& output) {
  const auto& own = *saved.tokenizer;
  if (!is_written_for_huggingface(own)) {
    log_warning(
        fmt::format("the tokenizer is not written: transformers has none like the type {}; ids are as zoo tokenizer "
                    "encode gives them",
                    own.type()));
    return;
  }
  if (type == "marian") return write_marian(*saved.source_tokenizer, own, context, output);
  const bool bytes = own.type() == "byte-bpe";
  const auto* name = type == "bert"   ? "BertTokenizer"
                     : !bytes         ? "LlamaTokenizer"
                     : type == "gpt2" ? "GPT2Tokenizer"
                                      : "PreTrainedTokenizerFast";
  write_for_huggingface(own, name, context, output);
}

}  // namespace

Json export_huggingface(const SavedModel& saved, const fs::path& output) {
  if (dynamic_cast<const Transformer*>(saved.model.get()) == nullptr) {
    fail("{} ({}): only Transformers are written as --format huggingface", saved.run.path().string(),
         saved.kind->name());
  }
  const auto there = status_of(output);
  if (exists(there) && !is_directory(there)) fail("{}: is a file; give a folder", output.string());
  if (exists(there) && !fs::is_empty(output)) fail("{}: is not empty; give a new folder", output.string());
  const auto options = options_of(saved);
  const auto type = foreign_type(options);
  const auto ids = ids_of(*saved.tokenizer);
  if (saved.source_tokenizer && ids_of(*saved.source_tokenizer).rows() != ids.rows()) {
    fail(
        "{}: marian has one vocabulary for both languages, and these have {} and {} tokens; train with "
        "--one-tokenizer",
        saved.run.path().string(), saved.source_tokenizer->size(), saved.tokenizer->size());
  }
  const auto config = foreign_config(options, ids);
  const auto tensors = their_tensors(type, options, ids, saved.model->parts());
  make_folder(output);
  save_tensors(output / "model.safetensors", tensors, {{"format", "pt"}});
  write_tokenizer(saved, type, options.context, output);
  if (type != "bert") write_json(output / "generation_config.json", generation_of(config));
  write_json(output / "config.json", config);
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(output)) files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  return {{"model_type", type}, {"files", files}};
}

}  // namespace zoo::transformer
