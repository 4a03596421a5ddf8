#include "report/compared_scores.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/hash.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "data/catalog.h"
#include "report/measures.h"
#include "runs/run_folder.h"
#include "vectors/neighbours.h"
#include "vectors/open_vectors.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

/// A question put to models: what they must be able to do, how zoo-evaluate is asked, and which of its numbers is
/// which measure.
struct Question {
  std::string ability, task;
  fs::path input;
  std::vector<std::pair<std::string, std::string>> numbers;  ///< measure ← path in the answer ("total/accuracy")
  std::string coverage;                                      ///< path of its coverage, if it has one
};

std::vector<Question> questions(const std::vector<Training>& trainings, const ComparedText& text, Json& left_out) {
  std::vector<Question> list = {
      {"next_word", "perplexity", text.test_file, {{"perplexity", "/perplexity"}}, ""},
      {"cloze",
       "cloze",
       text.test_file,
       {{"cloze", "/accuracy_at_1"}, {"cloze_mrr", "/mean_reciprocal_rank"}, {"cloze_left_only", "/left_only"}},
       ""}};
  const std::vector<std::pair<std::string, Question>> sets = {
      {"wordsim353", {"word_vectors", "similarity", "", {{"wordsim353", "/spearman"}}, "/coverage"}},
      {"simlex999", {"word_vectors", "similarity", "", {{"simlex999", "/spearman"}}, "/coverage"}},
      {"questions-words",
       {"word_vectors", "analogy", "", {{"analogy", "/total/accuracy_on_seen"}}, "/total/coverage"}}};
  for (auto [name, question] : sets) {
    const auto asks = [&](const Training& training) { return training.rung.can(question.ability); };
    if (std::none_of(trainings.begin(), trainings.end(), asks)) continue;
    try {
      question.input = dataset_file(name);
      list.push_back(std::move(question));
    } catch (const Interrupted&) {
      throw;
    } catch (const Error& error) {
      log_warning(error.what());
      left_out.push_back({{"what", name}, {"why", error.what()}});
    }
  }
  return list;
}

Json number_at(const Json& answer, const std::string& path) {
  const Json::json_pointer pointer(path);
  return answer.contains(pointer) ? answer.at(pointer) : Json();
}

Json neighbours_of(const RunFolder& run, const std::vector<std::string>& words) {
  const NeighbourSearch search(open_vectors(run.path()));
  Json result = Json::object();
  for (const auto& word : words) {
    const auto row = search.find(word);
    if (!row) continue;
    Json list = Json::array();
    for (const auto& neighbour : search.nearest(*row, 6)) {
      list.push_back({search.table().word(neighbour.row), neighbour.score});
    }
    result[word] = list;
  }
  return result;
}

Json run_facts(const Training& training, const RunFolder& run) {
  Json facts = {{"seed", training.seed}, {"folder", training.folder.filename().string()}};
  facts.update(training.facts);
  const auto metrics = MetricsLog::read(run.metrics_file());
  double seconds = 0, tokens = 0;
  for (const auto& line : metrics) {
    seconds = std::max(seconds, line.value("seconds", 0.0));
    tokens = std::max(tokens, line.value("tokens", 0.0));
  }
  facts["minutes"] = seconds / 60;
  if (tokens > 0) facts["tokens"] = tokens;
  if (tokens > 0 && seconds > 0) facts["tokens_per_second"] = tokens / seconds;
  facts["ended"] = ending_text(training.folder);
  if (auto curve = learning_curve(metrics, training.rung.title); !curve.is_null()) facts["curves"] = {curve};
  return facts;
}

}  // namespace

Json learning_curve(const std::vector<Json>& metrics, const std::string& title, std::size_t most) {
  const std::vector<std::pair<std::string, std::string>> kinds = {
      {"valid_perplexity", "Perplexity of the validation text"},
      {"perplexity", "Perplexity of the training text while it is learned"},
      {"valid_loss", title + ": loss of its own objective on the validation text (nats)"},
      {"loss", title + ": loss of its own objective while training (nats)"}};
  for (const auto& [key, measure] : kinds) {
    std::vector<Json> points;
    for (const auto& line : metrics) {
      if (!line.contains(key) || !line[key].is_number()) continue;
      points.push_back({line.value("tokens", 0.0), line.value("seconds", 0.0) / 60, line[key]});
    }
    // A validation now and then says more than a training loss, but two points are no curve.
    if (points.size() < (key.starts_with("valid_") ? 3u : 2u)) continue;
    Json thinned = Json::array();
    const std::size_t every = (points.size() + most - 1) / most;
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (i % every == 0 || i + 1 == points.size()) thinned.push_back(points[i]);
    }
    return {{"measure", measure}, {"points", thinned}};
  }
  return nullptr;
}

Json row_of_seeds(const std::vector<Json>& runs) {
  Json row = Json::object();
  for (const auto& [key, value] : runs.front().items()) {
    if (key == "seed" || key == "folder") continue;
    if (!value.is_number()) {
      row[key] = value;
      continue;
    }
    std::vector<double> values;
    for (const auto& run : runs) {
      if (run.contains(key) && run[key].is_number()) values.push_back(run[key].get<double>());
    }
    const auto spread = spread_of(values);
    if (runs.size() == 1) {
      row[key] = value;
      continue;
    }
    row[key] = spread.mean;
    if (spread.deviation && find_measure(key) != nullptr) row[key + "_deviation"] = *spread.deviation;
  }
  row["runs"] = Json::array();
  for (auto run : runs) {
    run.erase("curves");
    run.erase("neighbours");
    row["runs"].push_back(std::move(run));
  }
  return row;
}

Json score_models(const std::vector<Training>& trainings, const ComparedText& text, KeptAnswers& answers,
                  Json& left_out) {
  const auto asked = questions(trainings, text, left_out);
  std::vector<std::pair<const Rung*, std::vector<Json>>> rows;
  for (const auto& training : trainings) {
    const auto leave_out = [&](const std::string& what, const std::string& why) {
      left_out.push_back({{"what", training.name + (what.empty() ? "" : ", " + what)}, {"why", why}});
    };
    if (!training.failed.empty()) {
      leave_out("", training.failed);
      continue;
    }
    const auto run = RunFolder::open(training.folder);
    if (run.tokenizer()->fingerprint() != text.tokenizer->fingerprint()) {
      leave_out("", "its vocabulary is another one: its numbers may not stand in this table");
      continue;
    }
    log_info(fmt::format("── {}: evaluating", training.name));
    auto facts = run_facts(training, run);
    const auto weights = sha256_of_file(run.weights_file());
    for (const auto& question : asked) {
      if (!training.rung.can(question.ability)) continue;
      try {
        const auto answer = answers.ask(
            "zoo-evaluate",
            {"--model", training.folder.string(), "--task", question.task, "--input", question.input.string()},
            training.key + weights + sha256_of_file(question.input));
        for (const auto& [measure, path] : question.numbers) {
          const auto value = number_at(answer, path);
          if (!value.is_null()) facts[measure] = value;
        }
        if (!question.coverage.empty())
          facts["coverage"][question.numbers[0].first] = number_at(answer, question.coverage);
      } catch (const Interrupted&) {
        throw;
      } catch (const Error& error) {
        leave_out(question.task, error.what());
      }
    }
    if (training.rung.can("word_vectors") && training.seed == 1) facts["neighbours"] = neighbours_of(run, text.words);
    auto found =
        std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.first->name == training.rung.name; });
    if (found == rows.end()) {
      rows.push_back({&training.rung, {}});
      found = std::prev(rows.end());
    }
    found->second.push_back(std::move(facts));
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.first->step < b.first->step; });
  Json models = Json::object();
  for (const auto& [rung, runs] : rows) {
    models[rung->name] = {{"model", rung->model}, {"title", rung->title}, {"step", rung->step}};
    models[rung->name].update(row_of_seeds(runs));
  }
  return models;
}

}  // namespace zoo
