/// What the body of a refusal says, in one line of at most 200 bytes; nil where it says nothing.
///
/// Read loosely, since no source documents its errors: Elexon's `{"errors":{"":["The date range …"]}}`, `detail`,
/// `message` and `title` as others have them, the title of a web page, and else the text as it is.
func errorWords(in body: [UInt8], contentType: String?) -> String? {
  let text = String(decoding: body.prefix(4_096), as: UTF8.self)
  let start = text.first { !$0.isWhitespace }
  var words: String?
  if start == "{" || start == "[" {
    words = firstText(after: "\"errors\"", in: text, through: "[")
    for name in ["\"detail\"", "\"message\"", "\"error_description\"", "\"msg\"", "\"error\"", "\"title\""]
    where words == nil {
      words = firstText(after: name, in: text, through: ":")
    }
  } else if start == "<" || contentType == "text/html" {
    words = pageTitle(in: text)
  }
  return oneLine(words ?? text)
}

/// The first JSON string behind `name` and the `mark` that follows it, without its escapes resolved but for quotes.
private func firstText(after name: String, in text: String, through mark: Character) -> String? {
  guard let found = text.firstRange(of: name), let open = text[found.upperBound...].firstIndex(of: mark) else {
    return nil
  }
  let value = text[text.index(after: open)...].drop { $0.isWhitespace }
  guard value.first == "\"" else { return nil }
  var words = ""
  var isEscaped = false
  for character in value.dropFirst() {
    if isEscaped {
      words.append(character == "n" || character == "r" || character == "t" ? " " : character)
      isEscaped = false
    } else if character == "\\" {
      isEscaped = true
    } else if character == "\"" {
      break
    } else {
      words.append(character)
    }
  }
  return words.isEmpty ? nil : words
}

private func pageTitle(in text: String) -> String? {
  let lowered = text.lowercased()
  // Lower case may have another length in rare scripts; then the text is shown as it is.
  guard lowered.utf8.count == text.utf8.count, let open = lowered.firstRange(of: "<title"),
    let end = lowered[open.upperBound...].firstIndex(of: ">"),
    let close = lowered[end...].firstRange(of: "</title")
  else { return nil }
  let title = Array(text.utf8)[
    lowered.utf8.distance(from: lowered.startIndex, to: end) + 1
      ..< lowered.utf8.distance(from: lowered.startIndex, to: close.lowerBound)]
  return String(decoding: title, as: UTF8.self)
}

/// Runs of spaces, line breaks and control characters become one space; cut after 200 bytes.
func oneLine(_ text: String) -> String? {
  var line = ""
  var isPending = false
  for scalar in text.unicodeScalars {
    if scalar.properties.isWhitespace || scalar.properties.generalCategory == .control
      || scalar.properties.generalCategory == .format
    {
      isPending = !line.isEmpty
      continue
    }
    if line.utf8.count + 4 > 200 { return line + "…" }
    if isPending { line += " " }
    isPending = false
    line.unicodeScalars.append(scalar)
  }
  return line.isEmpty ? nil : line
}
