/// One thing that was looked at, and what to do about it.
struct Finding: Sendable {
  enum Result: String, Sendable {
    case ok
    /// Works, and somebody should know.
    case warning
    case failed
  }

  /// One word or two: `database`, `clock`, `credentials`.
  let what: String
  let result: Result
  /// As it is, in a sentence without secrets.
  let says: String
  /// nil where there is nothing to do.
  let toDo: String?
  /// How a command ends that found this; nil unless it failed.
  let status: ExitStatus?

  private init(_ what: String, _ result: Result, _ says: String, toDo: String?, status: ExitStatus?) {
    self.what = what
    self.result = result
    self.says = says
    self.toDo = toDo
    self.status = status
  }

  static func ok(_ what: String, _ says: String) -> Finding { Finding(what, .ok, says, toDo: nil, status: nil) }

  static func warning(_ what: String, _ says: String, toDo: String) -> Finding {
    Finding(what, .warning, says, toDo: toDo, status: nil)
  }

  static func failed(_ what: String, _ says: String, toDo: String, _ status: ExitStatus) -> Finding {
    Finding(what, .failed, says, toDo: toDo, status: status)
  }

  /// An error as it describes itself, which says what to do as well.
  static func failed(_ what: String, _ error: any Error) -> Finding {
    let lines = "\(error)".split(separator: "\n").joined(separator: " ")
    return Finding(what, .failed, lines, toDo: nil, status: ExitStatus(of: error) ?? .software)
  }
}

extension RowWriter {
  static let findingColumns = ["what", "result", "says", "to_do"]

  mutating func write(_ finding: Finding) {
    write([.text(finding.what), .text(finding.result.rawValue), .text(finding.says), Cell(finding.toDo)])
  }
}

extension [Finding] {
  /// How a command ends that found these: what is set wrongly first, since nothing else can be right before it is.
  var status: ExitStatus? {
    let statuses = compactMap(\.status)
    return statuses.first { $0 == .configuration } ?? statuses.first
  }
}
