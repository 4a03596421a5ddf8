# What Doxygen reads of a header: the same, but in its comments <, \ and @ stand for themselves. Ours are plain text.
{
  at = index($0, "///")
  if (!at) { print; next }
  head = substr($0, 1, at + 2)
  text = substr($0, at + 3)
  if (substr(text, 1, 1) == "<") { head = head "<"; text = substr(text, 2) }
  gsub(/[\\<@]/, "\\\\&", text)
  print head text
}
