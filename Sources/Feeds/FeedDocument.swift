internal import Yams

/// From a file's bytes to its YAML tree, or the one complaint that says why there is none.
enum FeedDocument {
  /// A feed is a page of text; what is larger is another file by mistake.
  static let largest = 1_048_576

  /// The mapping at the file's root; nil where `reader` has been told what is wrong.
  static func root(_ bytes: [UInt8], reader: NodeReader) -> Node? {
    guard bytes.count <= largest else {
      reader.complain(atLine: 1, "the file is larger than 1 MiB", cure: "write one feed a file, and no data")
      return nil
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let line = lineOfFirstInvalidByte(bytes)
      reader.complain(atLine: line, "the line is not UTF-8", cure: "save the file as UTF-8")
      return nil
    }
    do {
      // Types are for our own reader to tell. Yams would ask a variable of the environment for the encoding.
      guard let root = try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot() else {
        reader.complain(atLine: 1, "the file is empty", cure: "write what docs/feeds.md shows")
        return nil
      }
      if case .scalar(let scalar) = root, scalar.string.isEmpty {
        reader.complain(atLine: 1, "the file is empty", cure: "write what docs/feeds.md shows")
        return nil
      }
      return root
    } catch let error as YamlError {
      complain(error, text: text, reader: reader)
    } catch {
      reader.complain(atLine: 1, "the file cannot be read as YAML: \(error)", cure: "write what docs/feeds.md shows")
    }
    return nil
  }

  private static func complain(_ error: YamlError, text: String, reader: NodeReader) {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      let line = lines.indices.contains(mark.line - 1) ? lines[mark.line - 1] : ""
      if line.prefix(while: { $0 == " " || $0 == "\t" }).contains("\t") {
        reader.complain(atLine: mark.line, column: mark.column, "a tab indents the line", cure: "indent with spaces")
      } else if problem.contains("another document") {
        reader.complain(
          atLine: mark.line, column: mark.column, "a second document begins", cure: "write one feed a file")
      } else {
        let place = context.map { " \($0.text), which begins on line \($0.mark.line)" } ?? ""
        reader.complain(
          atLine: mark.line, column: mark.column, "no YAML: \(problem)\(place)",
          cure: "close every quote and bracket, and put values with { } [ ] # , or a colon into quotes")
      }
    case .duplicatedKeysInMapping(let names, let context):
      let list = names.sorted().map { "\"\($0)\"" }.joined(separator: ", ")
      reader.complain(
        atLine: context.mark.line, column: context.mark.column, "key \(list) is written twice in one mapping",
        cure: "keep one")
    case .reader(let problem, let offset, _, _):
      let line = 1 + text.prefix(offset ?? 0).count { $0.isNewline }
      reader.complain(
        atLine: line, "a character that YAML does not allow (\(problem))", cure: "write plain text without it")
    case .dataCouldNotBeDecoded:
      reader.complain(atLine: 1, "the file is not UTF-8", cure: "save the file as UTF-8")
    case .no, .memory, .writer, .emitter, .representer:
      reader.complain(atLine: 1, "the file cannot be read as YAML: \(error)", cure: "write what docs/feeds.md shows")
    }
  }

  private static func lineOfFirstInvalidByte(_ bytes: [UInt8]) -> Int {
    var line = 1
    for part in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      if String(validating: part, as: UTF8.self) == nil { return line }
      line += 1
    }
    return line
  }
}
