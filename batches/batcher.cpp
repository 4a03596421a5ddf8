#include "batches/batcher.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "base/error.h"
#include "batches/source.h"

namespace zoo {
namespace {

const BatcherOptions& checked(const BatcherOptions& options) {
  if (options.batch_size < 1) fail_usage("batch_size: {}; a batch has at least 1 row", options.batch_size);
  if (options.batch_tokens < 0) fail_usage("batch_tokens: {}; give 0 or a number of tokens", options.batch_tokens);
  return options;
}

/// For kinds whose rows are all of one length.
const BatcherOptions& without_tokens(const BatcherOptions& options) {
  if (options.batch_tokens > 0) {
    fail_usage("batch_tokens: {}; the model is fed rows of one length, not lines: set batch_size instead",
               options.batch_tokens);
  }
  return options;
}

std::unique_ptr<BatchSource> source_of(Corpus corpus, const Examples& examples, const BatcherOptions& options) {
  struct Make {
    Corpus corpus;
    const BatcherOptions& options;
    using Source = std::unique_ptr<BatchSource>;
    Source operator()(const Windows& kind) { return window_source(std::move(corpus), kind, without_tokens(options)); }
    Source operator()(const Bags& kind) { return bag_source(std::move(corpus), kind, without_tokens(options)); }
    Source operator()(const Streams& kind) { return stream_source(std::move(corpus), kind, without_tokens(options)); }
    Source operator()(const Sentences& kind) { return sentence_source(std::move(corpus), kind, options); }
    Source operator()(const MaskedSentences& kind) { return masked_source(std::move(corpus), kind, options); }
    Source operator()(const SentencePairs&) { fail("sentence pairs take two aligned texts, and here is one"); }
  };
  return std::visit(Make{std::move(corpus), options}, examples);
}

}  // namespace

/// The batches made ahead and the thread that makes them. `wanted` is the next batch to be given and `ahead` the next
/// to be made; both move on through the epochs in the same order.
struct Batcher::State {
  std::unique_ptr<BatchSource> source;
  std::size_t prefetch = 0;
  BatchPosition wanted, ahead;
  bool pass_ended = false;

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Batch> ready;
  std::exception_ptr failure;
  std::uint64_t seeks = 0;  ///< so that a batch begun before a seek is thrown away
  bool stop = false;
  std::thread worker;

  BatchPosition after(BatchPosition position) const {
    if (++position.index == source->batches_per_epoch()) return {position.epoch + 1, 0};
    return position;
  }

  void work() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return stop || (!failure && ready.size() < prefetch); });
      if (stop) return;
      const auto position = ahead;
      const auto seeks_before = seeks;
      lock.unlock();
      Batch batch;
      std::exception_ptr thrown;
      try {
        batch = source->make(position);
      } catch (...) {
        thrown = std::current_exception();
      }
      lock.lock();
      if (seeks != seeks_before) continue;
      if (thrown) {
        failure = thrown;
      } else {
        ready.push_back(std::move(batch));
        ahead = after(ahead);
      }
      changed.notify_all();
    }
  }

  Batch take() {
    if (prefetch == 0) return source->make(wanted);
    if (!worker.joinable()) worker = std::thread([this] { work(); });
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return failure || !ready.empty(); });
    if (ready.empty()) std::rethrow_exception(failure);
    auto batch = std::move(ready.front());
    ready.pop_front();
    changed.notify_all();
    return batch;
  }

  ~State() {
    {
      const std::lock_guard lock(mutex);
      stop = true;
    }
    changed.notify_all();
    if (worker.joinable()) worker.join();
  }
};

Batcher::Batcher(std::unique_ptr<BatchSource> source, int prefetch) : state_(std::make_unique<State>()) {
  if (prefetch < 0) fail_usage("prefetch: {}; 0 or more batches are made ahead", prefetch);
  state_->source = std::move(source);
  state_->prefetch = static_cast<std::size_t>(prefetch);
}

Batcher::Batcher(Corpus corpus, const Examples& examples, const BatcherOptions& options)
    : Batcher(source_of(std::move(corpus), examples, checked(options)), options.prefetch) {}

Batcher::Batcher(ParallelCorpus corpus, const SentencePairs& pairs, const BatcherOptions& options)
    : Batcher(pair_source(std::move(corpus), pairs, checked(options)), options.prefetch) {}

Batcher::~Batcher() = default;

Batch Batcher::next() {
  auto batch = state_->take();
  state_->wanted = state_->after(state_->wanted);
  state_->pass_ended = state_->wanted.index == 0;
  return batch;
}

std::optional<Batch> Batcher::next_in_epoch() {
  if (std::exchange(state_->pass_ended, false)) return std::nullopt;
  return next();
}

BatchPosition Batcher::position() const { return state_->wanted; }

void Batcher::seek(BatchPosition position) {
  const auto batches = batches_per_epoch();
  if (position.epoch < 0 || position.index < 0 || position.index >= batches) {
    fail("batch {} of epoch {} is asked for, but an epoch has {} batches: the text or the batch size is another",
         position.index, position.epoch, batches);
  }
  const std::lock_guard lock(state_->mutex);
  state_->wanted = state_->ahead = position;
  state_->pass_ended = false;
  state_->ready.clear();
  state_->failure = nullptr;
  ++state_->seeks;
  state_->changed.notify_all();
}

std::int64_t Batcher::batches_per_epoch() const { return state_->source->batches_per_epoch(); }
std::int64_t Batcher::tokens_per_epoch() const { return state_->source->tokens_per_epoch(); }

}  // namespace zoo
