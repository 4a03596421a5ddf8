#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace zoo {

/// A table made once and shown on a terminal, as Markdown and as HTML.
struct Table {
  struct Cell {
    std::string text;
    bool best = false;   ///< shown bold
    std::string note{};  ///< why it is empty or marked: a tool tip in HTML
    double share = -1;   ///< 0 … 1: a bar behind the number in HTML; −1: none
  };
  struct Column {
    std::string title;
    bool number = true;  ///< aligned right
    std::string note{};
  };
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;  ///< each as long as columns
  std::vector<std::string> notes;       ///< lines below it

  std::string text() const;      ///< aligned by spaces, a rule below the head
  std::string markdown() const;  ///< `|` and line breaks in cells are escaped; the best number is bold
  /// On a narrow screen each row becomes a card: every cell carries its column's title. The first cell is the row's
  /// head.
  std::string html(std::string_view caption) const;
};

/// For text between tags and in quoted attributes.
std::string escape_html(std::string_view text);
/// Screen columns of UTF-8 text: East Asian wide characters and emoji count twice, combining marks not at all.
int display_width(std::string_view text);

}  // namespace zoo
