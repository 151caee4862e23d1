import Glibc
package import Market
import Synchronization

/// What a simulator answered: a line for each request, with every version of every value that a reader could use.
///
/// One JSON object a line, appended and written at once:
///
///     {"request":17,"at":"2026-11-27T18:00:00.000001Z","ended":"…","host":"elexon","path":"/elexon/…","status":200,
///      "limited":false,"fault":"slow=3000ms","records":[["2026-11-27",36,"systemSellPrice",123.45],…],"steps":[…]}
///
/// `status` is 0 where nothing was answered, `fault` is missing where there was none. `records` are those of a reply
/// that was sent in full, without what a fault damaged, with the number as it was sent; a fifth element is the
/// provider, where several make up one value. `steps` are `[asset, start, end, action]` of a battery's schedule.
package final class Ledger: Sendable {
  package struct Entry: Sendable {
    /// Counts the simulator's requests from 1.
    package let request: Int
    package let at: Instant
    package var ended: Instant
    package let host: SimulatedHost
    /// With the host's base, without a query.
    package let path: String
    package var status = 0
    /// Whether it was beyond the host's calls a minute.
    package var isLimited = false
    package var fault: Fault?
    package var values: [Value] = []
    var steps: [Reply.Step] = []
  }

  package struct Value: Hashable, Sendable {
    package let date: SettlementDate
    package let period: Int
    package let field: String
    package let provider: String?
    /// The number as it was sent.
    package let text: String
  }

  private struct State {
    let file: Int32?
    var entries: [Entry] = []
  }

  private let state: Mutex<State>

  /// Keeps all entries in memory, for a test.
  package init() { state = Mutex(State(file: nil)) }

  /// - Throws: ``LedgerError`` where the file cannot be opened for appending.
  package init(path: String) throws(LedgerError) {
    let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw LedgerError(path: path, code: errno) }
    state = Mutex(State(file: file))
  }

  deinit {
    if let file = state.withLock({ $0.file }) { close(file) }
  }

  /// Of a ledger without a file, in the order in which the answers ended.
  package var entries: [Entry] { state.withLock { $0.entries } }

  func note(_ entry: Entry) {
    state.withLock { state in
      guard let file = state.file else { return state.entries.append(entry) }
      // One call a line: lines of several writers do not mix, and a killed simulator leaves whole ones.
      let line = entry.line
      _ = line.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
    }
  }
}

extension Ledger.Entry {
  fileprivate var line: [UInt8] {
    var line: [UInt8] = []
    line.append(#"{"request":\#(request),"at":"\#(at)","ended":"\#(ended)","host":"\#(host.rawValue)","#)
    line.append(#""path":"\#(plain(path))","status":\#(status),"limited":\#(isLimited)"#)
    if let fault { line.append(#","fault":"\#(fault)""#) }
    line.append(#","records":["#)
    for (index, value) in values.enumerated() {
      line.append(#"\#(index > 0 ? "," : "")["\#(value.date)",\#(value.period),"\#(value.field)",\#(value.text)"#)
      line.append(value.provider.map { #","\#($0)"]"# } ?? "]")
    }
    line.append("]")
    if !steps.isEmpty {
      let texts = steps.map { #"["\#($0.asset)","\#($0.start)","\#($0.end)","\#($0.action)"]"# }
      line.append(#","steps":[\#(texts.joined(separator: ","))]"#)
    }
    line.append("}\n")
    return line
  }
}

/// A ledger's file cannot be written.
package struct LedgerError: Error, CustomStringConvertible {
  let path: String
  let code: Int32

  package var description: String {
    "the ledger \(path) cannot be written: \(String(cString: strerror(code))); name another file with --ledger"
  }
}
