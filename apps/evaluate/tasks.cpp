#include "apps/evaluate/tasks.h"

#include "data/splits.h"
#include "evaluation/score_text.h"
#include "evaluation/tags.h"
#include "models/device.h"
#include "models/model_table.h"

namespace zoo {

void EvaluateOptions::fields(Fields& f) {
  std::vector<std::string> names;
  std::string purposes;
  for (const auto& task : evaluation_tasks()) {
    names.emplace_back(task.name);
    purposes += fmt::format("{}{} ({})", purposes.empty() ? "" : ", ", task.name, task.purpose);
  }
  f("model", model, "a run folder; for similarity and analogy a file of word vectors too");
  f("task", task, purposes).choices(names);
  f("input", input,
    "perplexity, cloze, sentences, occurrences, tags: text files or folders; translation: the text to translate, a "
    "sentence a line; else test files");
  f("split", split, "perplexity, cloze, sentences, occurrences, tags: which documents of the text")
      .choices({"all", "train", "valid", "test"});
  f("mix", mix, "perplexity: a run whose probabilities are mixed in, word by word");
  f("weight", weight, "of the model of --mix, 0 … 1; auto: learned on the validation text");
  f("mix_by", mix_by,
    "whether one weight serves everywhere or one for each frequency of the context in an n-gram model")
      .choices({"constant", "frequency"});
  f("valid", valid, "the text that weights are learned on; without it, what the model was validated on in training");
  f("restrict", restrict_to,
    "analogy, similarity: only the so many most frequent words (0: all; -1: 30,000 for analogy, all for similarity)")
      .range(-1, 1e12);
  f("method", method, "analogy: by b − a + c, or by products (Levy & Goldberg 2014)").choices({"3cosadd", "3cosmul"});
  f("case", word_case,
    "analogy, similarity: fold: Athens of the test is athens too, as for word2vec.c; keep: it is not")
      .choices({"fold", "keep"});
  f("ngrams", ngrams,
    "similarity: words that the vocabulary lacks get the vectors of their n-grams, where there are any");
  f("samples", samples, "cloze: how many missing words to ask for").range(1, 1e9);
  f("words", words, "occurrences: of which words").comma_separated();
  f("occurrences", occurrences, "occurrences: how many of each word are drawn").range(2, 10'000);
  f("seed", seed, "cloze, occurrences: draws the places; translation: of the bootstrap").range(0, 9e15);
  f("train", train, "senses: tagged occurrences to learn from; without it each is asked with all others known");
  f("vectors", vectors,
    "tags: the vectors that the tagger was trained on, if they lie elsewhere now; senses: word vectors, whose mean "
    "over the words around is a row of the table");
  f("reference", reference, "translation: what the input should become, line by line");
  f("lowercase", lowercase, "translation: BLEU and chrF of lower-cased text");
  f("bleu_tokenizer", bleu_tokenizer,
    "translation: how BLEU tells words apart: 13a for languages in Latin script, intl at all of Unicode's punctuation, "
    "zh for Chinese, char for characters, none at spaces")
      .choices(score_tokenizers());
  f("against", against,
    "translation: another run to translate with; tells whether chance explains the difference, by paired bootstrap");
  precision_field(f, precision, "translation: ");
  f("batch_size", batch_size, "sentences, translation: so many at a time").range(1, 1 << 16);
  f("shown", shown, "translation: how many sentences are shown beside their references").range(0, 1e9);
  f("threads", threads, "0: all cores").range(0, 4096);
  device_field(f, device);
  f("json", json, "print the result as JSON");
  f("quiet", quiet, "print nothing but the result");
}

Json evaluate_on_tags(const EvaluateOptions& options) {
  Json result = {{"task", options.task}, {"model", options.model}, {"input", options.input}, {"split", options.split}};
  result.update(evaluate_tags(
      {.model = options.model, .input = options.input, .part = part_named(options.split), .vectors = options.vectors},
      model_table()));
  return result;
}

const std::vector<EvaluationTask>& evaluation_tasks() {
  static const std::vector<EvaluationTask> list = {
      {"perplexity", "of the next word, exact", evaluate_on_text},
      {"cloze", "missing word", evaluate_on_text},
      {"sentences", "each line's probability, in both directions where the model has them", evaluate_on_text},
      {"similarity", "word pairs against people's scores", evaluate_on_vectors},
      {"analogy", "a : b = c : ?", evaluate_on_vectors},
      {"senses", "of tagged occurrences", evaluate_in_sentences},
      {"occurrences", "how alike a word's vectors are in different sentences", evaluate_in_sentences},
      {"tags", "a tagger's", evaluate_on_tags},
      {"translation", "BLEU, chrF, TER", evaluate_on_translation}};
  return list;
}

}  // namespace zoo
