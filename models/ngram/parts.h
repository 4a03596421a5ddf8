#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "models/model.h"

namespace zoo::ngram {

/// A tensor over a vector's memory: it must not outlive the vector.
template <class T>
Tensor shared_tensor(std::vector<T>& values) {
  return torch::from_blob(values.data(), {static_cast<std::int64_t>(values.size())},
                          c10::CppTypeToScalarType<T>::value);
}

/// Tensors of a file, taken one after the other by name.
class SavedParts {
 public:
  explicit SavedParts(const Parts& parts) : parts_(parts.begin(), parts.end()) {}

  bool has(const std::string& name) const { return parts_.contains(name); }

  /// Its values. Throws Error if it is missing, of another type, or has not one dimension.
  template <class T>
  std::vector<T> take(const std::string& name) {
    const Tensor tensor = take_tensor(name, c10::CppTypeToScalarType<T>::value);
    if (tensor.dim() != 1)
      fail("weights: tensor '{}' has shape {}, one dimension was expected", name, c10::str(tensor.sizes()));
    const T* data = tensor.data_ptr<T>();
    return std::vector<T>(data, data + tensor.numel());
  }

  Tensor take_tensor(const std::string& name, torch::ScalarType type) {
    const auto found = parts_.find(name);
    if (found == parts_.end()) fail("weights: tensor '{}' is missing; was the file cut short?", name);
    Tensor tensor = found->second.contiguous();
    if (tensor.scalar_type() != type) {
      fail("weights: tensor '{}' holds {}, {} was expected", name, c10::toString(tensor.scalar_type()),
           c10::toString(type));
    }
    parts_.erase(found);
    return tensor;
  }

  /// Throws Error if anything was not taken.
  void finish() const {
    if (!parts_.empty()) {
      fail("weights: tensor '{}' does not belong to this model; is the folder another model's?", parts_.begin()->first);
    }
  }

 private:
  std::map<std::string, Tensor> parts_;
};

}  // namespace zoo::ngram
