#include "report/table.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>

#include "base/utf8.h"

namespace zoo {
namespace {

std::string padded(const std::string& text, int width, bool right) {
  const auto space = std::string(static_cast<std::size_t>(std::max(0, width - display_width(text))), ' ');
  return right ? space + text : text + space;
}

std::string escape_markdown(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '\\' || c == '*' || c == '`' || c == '<') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

}  // namespace

int display_width(std::string_view text) {
  int width = 0;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at < end;) {
    width += utf8proc_charwidth(static_cast<utf8proc_int32_t>(next_code_point(at, end)));
  }
  return width;
}

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string Table::text() const {
  std::vector<int> widths;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    int width = display_width(columns[i].title);
    for (const auto& row : rows) width = std::max(width, display_width(row[i].text) + (row[i].best ? 1 : 0));
    widths.push_back(width);
  }
  std::string out, rule;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    out += fmt::format("{}{}", i > 0 ? "  " : "", padded(columns[i].title, widths[i], columns[i].number));
    rule += i > 0 ? "  " : "";
    for (int k = 0; k < widths[i]; ++k) rule += "─";
  }
  out += "\n" + rule + "\n";
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto text = fmt::format("{}{}", row[i].best ? "*" : "", row[i].text);
      line += fmt::format("{}{}", i > 0 ? "  " : "", padded(text, widths[i], columns[i].number));
    }
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  for (const auto& note : notes) out += note + "\n";
  return out;
}

std::string Table::markdown() const {
  std::string out = "|", rule = "|";
  for (const auto& column : columns) {
    out += fmt::format(" {} |", escape_markdown(column.title));
    rule += column.number ? "---:|" : "---|";
  }
  out += "\n" + rule + "\n";
  for (const auto& row : rows) {
    out += "|";
    for (const auto& cell : row) {
      const auto text = escape_markdown(cell.text);
      const auto mark = cell.best ? "**" : "";
      out += fmt::format(" {}{}{} |", mark, text, mark);
    }
    out += "\n";
  }
  for (const auto& note : notes) out += fmt::format("\n{}\n", escape_markdown(note));
  return out;
}

std::string Table::html(std::string_view caption) const {
  const auto titled = [](const std::string& note) {
    return note.empty() ? std::string() : fmt::format(" title=\"{}\"", escape_html(note));
  };
  auto out = fmt::format("<table>\n<caption>{}</caption>\n<thead><tr>", escape_html(caption));
  for (const auto& column : columns) {
    out += fmt::format("<th scope=\"col\"{}{}>{}</th>", column.number ? " class=\"number\"" : "", titled(column.note),
                       escape_html(column.title));
  }
  out += "</tr></thead>\n<tbody>\n";
  for (const auto& row : rows) {
    out += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto& cell = row[i];
      if (i == 0) {
        out += fmt::format("<th scope=\"row\"{}>{}</th>", titled(cell.note), escape_html(cell.text));
        continue;
      }
      std::string kind = columns[i].number ? "number" : "words";
      if (cell.best) kind += " best";
      if (cell.share >= 0) kind += " bar";
      if (cell.text == "–") kind += " none";
      const auto bar =
          cell.share >= 0 ? fmt::format(" style=\"--share:{:.4f}\"", std::clamp(cell.share, 0.0, 1.0)) : std::string();
      out += fmt::format("<td class=\"{}\" data-column=\"{}\"{}{}><span>{}</span></td>", kind,
                         escape_html(columns[i].title), bar, titled(cell.note), escape_html(cell.text));
    }
    out += "</tr>\n";
  }
  out += "</tbody>\n</table>\n";
  for (const auto& note : notes) out += fmt::format("<p class=\"note\">{}</p>\n", escape_html(note));
  return out;
}

}  // namespace zoo
