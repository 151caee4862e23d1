import Decode
import Import
import Market
import Synchronization

/// What came of an import: a row a file on standard output; what was set aside on standard error and, where it is
/// asked for, in a file.
final class ImportReport: Sendable {
  private struct State {
    var rows: RowWriter
    var aside: RowWriter?
    /// Of the file in hand.
    var line: ProgressLine?
    var told = 0
    var left = 0
    var failure: ExitStatus?
  }

  /// Lines told of each file.
  private static let mostLines = 20

  private let asideFile: OutputFile?
  private let state: Mutex<State>

  /// - Parameter path: where all that is set aside goes.
  /// - Throws: ``OutputFileError``.
  init(_ output: OutputOptions, setAside path: String?, _ london: LondonClock) throws(OutputFileError) {
    var file: OutputFile?
    if let path { file = try OutputFile(path) }
    asideFile = file
    let rows = RowWriter(["file", "received", "new", "unchanged", "set_aside"], options: output, london: london)
    let aside = file.map { file in
      var options = OutputOptions()
      options.format = .csv
      options.zone = .utc
      return RowWriter(["file", "place", "column", "value", "reason"], options: options, london: london, to: file)
    }
    state = Mutex(State(rows: rows, aside: aside))
  }

  /// - Parameter name: as it was given.
  func begin(_ name: String) -> ImportObserver {
    let (line, size) = (ProgressLine(), InputFile.size(of: name))
    state.withLock { ($0.line, $0.told, $0.left) = (line, 0, 0) }
    return ImportObserver(
      progress: { counts, position in
        line.show { elapsed in Self.text(line, Self.shown(name), counts, position, of: size, elapsed) }
      },
      setAside: { [self] lines in
        state.withLock { state in
          for line in lines {
            Self.setAside(
              name, place: "line \(line.line)", line.column, line.value, line.reason, says: line.description, &state)
          }
        }
      })
  }

  /// A feed's reply tells more than its counts.
  func add(_ outcome: ReplyImport.Outcome, of name: String, feed: String) {
    state.withLock { state in
      for reject in outcome.rejects {
        Self.setAside(
          name, place: reject.place, reject.field, reject.value, reject.reason, says: "\(reject)", &state)
      }
    }
    if outcome.flagged > 0 {
      tell("\(Self.shown(name)): \(counted(outcome.flagged, "value")) implausible; loaded, and flagged for a look")
    }
    if outcome.hasNextPage { tell("\(Self.shown(name)) is one page of several: import the others too") }
    if outcome.isOvertaken, let window = outcome.window {
      tell(
        "\(Self.shown(name)): \(feed) was observed later meanwhile; `flux-market backfill \(feed) "
          + "--from \(window.from) --to \(window.to) --refetch` brings what is newest")
    }
  }

  /// - Parameters:
  ///   - counts: nil where nothing could be read.
  ///   - error: why it could not be read, or not to its end.
  func end(_ name: String, _ counts: ImportCounts?, _ error: (any Error)? = nil) {
    state.withLock { state in
      state.line?.end()
      state.line = nil
      if state.left > 0 {
        tell(
          "\(Self.shown(name)): \(state.left) more set aside"
            + (state.aside == nil ? "; --set-aside FILE writes all of them" : ""))
      }
      if let error { tell("flux-market: \(error is InputError ? "" : "\(Self.shown(name)): ")\(error)") }
      let counts = counts ?? ImportCounts()
      state.rows.write([
        .text(name), .integer(counts.received), .integer(counts.inserted), .integer(counts.unchanged),
        .integer(counts.setAside),
      ])
      let status = error.map { $0 is DecodeError ? .data : ExitStatus(of: $0) ?? .software }
      state.failure = state.failure ?? status ?? (counts.setAside > 0 ? .data : nil)
    }
  }

  /// - Returns: how to end where something was set aside, or a file could not be read; nil where all is loaded.
  func finish() -> ExitStatus? {
    state.withLock { state in
      state.rows.finish(none: "")
      state.aside?.finish(none: "")
      return state.failure
    }
  }

  /// Ends the progress, and writes of what was set aside as much as is known.
  func stop() {
    state.withLock { state in
      state.line?.end()
      state.aside?.finish(none: "")
    }
  }

  private static func setAside(
    _ name: String, place: String, _ column: String, _ value: String, _ reason: String, says: String,
    _ state: inout State
  ) {
    state.aside?.write([.text(name), .text(place), .text(column), .text(value), .text(reason)])
    guard state.told < mostLines else {
      state.left += 1
      return
    }
    state.told += 1
    tell("set aside: \(shown(name)) \(says)")
  }

  private static func shown(_ name: String) -> String { name == "-" ? "standard input" : name }

  /// `meters.csv: 52 of 105 MB (50 %), 250000 new, 0 there already, 120000 a second, 2 s left`.
  private static func text(
    _ line: ProgressLine, _ name: String, _ counts: ImportCounts, _ position: Int64?, of size: Int64?,
    _ elapsed: Duration
  ) -> String {
    var parts = ["\(counts.inserted) new", "\(counts.unchanged) unchanged"]
    if counts.setAside > 0 { parts.append("\(counts.setAside) set aside") }
    let seconds = max(0.001, elapsed / .seconds(1))
    parts.append("\(Int(Double(counts.received) / seconds)) a second")
    guard let position, let size, size > 0 else { return "\(name): " + parts.joined(separator: ", ") }
    let part = min(1, Double(position) / Double(size))
    if part > 0, part < 1 { parts.append("\((elapsed * ((1 - part) / part)).inWords) left") }
    let head = "\(name): \(line.bar(part))\(position / 1_000_000) of \(size / 1_000_000) MB (\(Int(part * 100)) %)"
    return ([head] + parts).joined(separator: ", ")
  }
}
