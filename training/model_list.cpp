#include "training/model_list.h"

#include "tokenizers/tokenizer.h"

namespace zoo {
namespace {

/// Made with a vocabulary of a few words only to be asked what it can do.
std::unique_ptr<Model> small_model(const ModelKind& kind, const Variant& variant) {
  constexpr std::int64_t kWords = kSpecialTokens + 15;
  return kind.create(variant.options, sample_vocabulary(kWords));
}

Json abilities_of(Model& model) {
  Json abilities = Json::array();
  if (model.next_word() != nullptr) abilities.push_back("next_word");
  if (model.cloze() != nullptr) abilities.push_back("cloze");
  if (model.word_vectors() != nullptr) abilities.push_back("word_vectors");
  if (model.context_vectors() != nullptr) abilities.push_back("context_vectors");
  if (model.translation() != nullptr) abilities.push_back("translation");
  if (model.attention_maps() != nullptr) abilities.push_back("attention_maps");
  return abilities;
}

}  // namespace

Json list_models(const std::vector<const ModelKind*>& table) {
  Json list = Json::array();
  for (const auto* kind : table) {
    Json variants = Json::array();
    for (const auto& variant : kind->variants()) {
      const auto model = small_model(*kind, variant);
      variants.push_back({{"name", variant.name},
                          {"title", variant.title},
                          {"options", variant.options},
                          {"abilities", abilities_of(*model)},
                          {"trains_itself", model->differentiable() == nullptr}});
    }
    Json translators = Json::array();
    for (const auto& variant : kind->translators()) {
      translators.push_back({{"name", variant.name}, {"title", variant.title}, {"options", variant.options}});
    }
    list.push_back({{"kind", kind->name()},
                    {"title", kind->title()},
                    {"step", kind->step()},
                    {"variants", std::move(variants)},
                    {"translators", std::move(translators)}});
  }
  return list;
}

}  // namespace zoo
