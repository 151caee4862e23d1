/// The columns that a table's file may have, in any order and any subset of them.
package struct TableForm: Hashable, Sendable {
  package struct Column: Hashable, Sendable {
    package let name: String
    package let kind: Kind
    /// Each line must have a value.
    package let isRequired: Bool

    package init(_ name: String, _ kind: Kind, isRequired: Bool = false) {
      self.name = name
      self.kind = kind
      self.isRequired = isRequired
    }
  }

  package enum Kind: Hashable, Sendable {
    /// RFC 3339, as `Instant` reads it; without a zone it is UTC.
    case instant
    case uuid
    case real
    case smallint
    case boolean
    case text
    case json

    /// Bytes of its value in PostgreSQL's binary form; nil where they differ.
    var size: Int? {
      switch self {
      case .instant: 8
      case .uuid: 16
      case .real: 4
      case .smallint: 2
      case .boolean: 1
      case .text, .json: nil
      }
    }
  }

  /// What the file is a table of, for people.
  package let name: String
  package let columns: [Column]
  /// Whether further columns are passed over; else they are an error.
  package let allowsOthers: Bool

  package init(name: String, columns: [Column], allowsOthers: Bool = false) {
    self.name = name
    self.columns = columns
    self.allowsOthers = allowsOthers
  }
}

/// A line, or one cell of it, that cannot be used; its neighbours can.
package struct RefusedLine: Hashable, Sendable, CustomStringConvertible {
  /// As an editor counts, from 1.
  package let line: Int
  /// Empty where the line as a whole is wrong.
  package let column: String
  /// As it stands in the file, cut to 100 bytes.
  package let value: String
  /// `is not a number`; reads on after the value.
  package let reason: String

  package init(line: Int, column: String, value: String, reason: String) {
    self.line = line
    self.column = column
    self.value = value
    self.reason = reason
  }

  /// `line 17: soe "high" is not a number`.
  package var description: String {
    let subject = (column.isEmpty ? "" : "\(column) ") + (value.isEmpty ? "" : "\"\(value)\" ")
    return "line \(line): \(subject)\(reason)"
  }
}

/// A file of which nothing can be used.
package enum TableError: Error, Hashable, Sendable, CustomStringConvertible {
  case empty
  /// Of UTF-16, or a JSON document instead of an object a line.
  case otherForm(String)
  case missingColumns([String], found: [String], known: [String], of: String)
  case unknownColumns([String], known: [String], of: String)
  case repeatedColumn(String)
  case endlessHeader

  package var description: String {
    switch self {
    case .empty: "it is empty"
    case .otherForm(let what): what
    case .missingColumns(let missing, let found, let known, let form):
      "it lacks \(Self.named(missing)) of \(form); its columns are \(found.joined(separator: ", ")), "
        + "known are \(known.joined(separator: ", "))"
    case .unknownColumns(let unknown, let known, let form):
      "\(form) has no \(Self.named(unknown)); known are \(known.joined(separator: ", "))"
    case .repeatedColumn(let name): "it has the column \(name) twice"
    case .endlessHeader: "its first line, which should name the columns, never ends"
    }
  }

  private static func named(_ columns: [String]) -> String {
    "column\(columns.count == 1 ? "" : "s") \(columns.joined(separator: ", "))"
  }
}

/// Takes the lines of a table as they are found.
protocol LineSink: RecordSink {
  /// A line that is no record.
  mutating func refuse(line: Int, value: String, _ reason: String)
}
