#pragma once

#include <filesystem>
#include <string>

namespace zoo {

/// A file of a package registry, pinned: fetched with the registry's ordinary client, never by address.
struct Package {
  enum class Client { npm, pip };
  Client client = Client::npm;
  std::string name;
  std::string version;
  std::string file;    ///< as the client names it: "echarts-5.5.1.tgz"
  std::string sha256;  ///< 64 hexadecimal digits
};

/// Where datasets and fetched packages lie: $ZOO_DATA, else ~/.cache/langzoo.
std::filesystem::path data_folder();

/// The package's file in data_folder()/packages, fetched if it is not there and its SHA-256 checked. Two processes may
/// ask at once. Throws Error naming the package and what went wrong: no client, no network, another checksum (both are
/// given).
std::filesystem::path fetch_package(const Package& package);

/// One file out of a package (its path as the package has it: "package/dist/echarts.min.js"), unpacked once into
/// data_folder()/packages. Throws as fetch_package does, or if the package has no such file.
std::filesystem::path fetch_package_file(const Package& package, const std::string& inside);

/// The same for npm, whose package files are called NAME-VERSION.tgz.
std::filesystem::path fetch_npm_package(const std::string& name, const std::string& version, const std::string& sha256,
                                        const std::string& inside);

}  // namespace zoo
