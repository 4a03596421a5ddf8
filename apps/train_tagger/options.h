#pragma once

#include <string>
#include <vector>

#include "base/fields.h"
#include "data/tagged_text.h"
#include "models/device.h"
#include "runs/run_folder.h"
#include "training/example_trainer.h"
#include "training/options.h"

namespace zoo {

/// All options of zoo train tagger.
struct TaggerRunOptions {
  std::vector<std::string> input, shares = {"1"};
  std::string vectors, layer = "mix", tags = "base", tokenizer, output;
  std::int64_t random_width = 128, max_sentences = 0, lstm = 0, hidden_size = 128, seed = 1;
  double dropout = 0.1;
  bool fine_tune = false, mix_norm = false, mix_output = false, test = false, resume = false, replace = false,
       json = false, quiet = false;
  ExampleTrainingOptions training;
  SittingOptions sitting;

  void data_fields(Fields& f) {
    f("input", input,
      "texts whose words carry tags, \"The/at jury/nn\", a sentence a line, documents parted by empty "
      "lines");
    f("share", shares, "of the training sentences, 0 … 1; several (0.01,0.1,1) share one reading of the vectors")
        .comma_separated();
    f("max_sentences", max_sentences, "so many training sentences are all of them (0: no limit)").range(0, 1e12);
    f("tags", tags,
      "base: Brown's tags without marks of headlines, titles, foreign words and negation; whole: as they "
      "stand")
        .choices({"base", "whole"});
  }
  void vector_fields(Fields& f) {
    f("vectors", vectors, "a run folder, a file of word vectors, or random");
    f("layer", layer,
      "vectors in context: mix (all layers, weighted as is learned), average, a layer's number or name");
    f("fine_tune", fine_tune,
      "train the vectors too: an ELMo, or the table of an NNLM or Word2Vec run; they become a run of their own, the "
      "folder fine_tuned in the tagger's");
    f("tokenizer", tokenizer, "random: a tokenizer's folder; without it the words that occur twice in training");
    f("width", random_width, "random: numbers of a vector").range(1, 1 << 16);
  }
  void model_fields(Fields& f) {
    f("lstm", lstm, "cells of a bidirectional LSTM over the sentence in each direction; 0: each word by itself")
        .range(0, 1 << 14);
    f("hidden_size", hidden_size, "size of the hidden layer; 0: none, which makes a linear tagger without --lstm")
        .range(0, 1 << 16);
    f("mix_norm", mix_norm, "bring each layer to mean 0 and variance 1 over the words read together before mixing");
    f("mix_output", mix_output, "a second mix of the layers stands beside the LSTM's output");
    f("dropout", dropout, "of the hidden layer, and of the LSTM's input and output").range(0, 0.95);
  }
  void training_fields(Fields& f) {
    training.fields(f);
    f("seed", seed, "of initial weights, order, samples and random vectors").range(0, 1LL << 53);
  }
  void run_fields(Fields& f) {
    f("output", output, "the run's folder; with several shares, a folder of runs share-0.01, share-0.1, …");
    f("replace", replace, "a run that stands in --output is replaced");
    f("resume", resume, "go on with the run in --output, with the options it was started with");
    f("test", test, "measure the text's test part too");
    f("max_minutes", sitting.max_minutes, "of training for each share, earlier sittings counted; 0: no limit")
        .range(0, 1e7);
    f("max_steps", sitting.max_steps, "stop each share after so many steps in all; 0: never").range(0, 1LL << 40);
    f("checkpoint_every", sitting.checkpoint_every, "steps between saved states; 0: by time only").range(0, 1LL << 40);
    f("checkpoint_minutes", sitting.checkpoint_minutes, "minutes between saved states; 0: by steps only").range(0, 1e7);
    f("threads", sitting.threads, "0: all cores").range(0, 1024);
    device_field(f, sitting.device, "where vectors are read and the tagger is trained");
    f("json", json, "print the outcome as JSON, and nothing else, on standard output");
    f("quiet", quiet, "no progress and no notes");
  }

  TagForm form() const { return tags == "whole" ? TagForm::whole : TagForm::base; }
  /// Whether sentences are what is drawn, not words.
  bool by_sentence() const { return lstm > 0 || fine_tune; }
  Json training_json() {
    Fields f;
    training_fields(f);
    return f.to_json();
  }
};

/// What a run keeps of its options, and takes again on --resume.
Json kept(TaggerRunOptions& options, const std::string& share);
/// Throws Error for a run that is no tagger's, or not as zoo train tagger wrote it.
void take_options_of(const RunFolder& run, TaggerRunOptions& options);
/// "0.1" → 0.1. Throws UsageError.
double share_of(const std::string& text);

}  // namespace zoo
