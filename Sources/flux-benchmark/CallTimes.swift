import FoundationEssentials
import Market

/// Seconds of each call of one session, and what the server's process computed meanwhile.
struct CallTimes {
  private let process: Int32
  private let before: Double
  private(set) var seconds: [Double] = []

  /// - Parameter process: the server's, of the session whose calls follow.
  init(of process: Int32) throws {
    self.process = process
    before = try processorSeconds(of: process)
  }

  mutating func add(_ call: Duration) {
    seconds.append(Double(call.components.seconds) + Double(call.components.attoseconds) / 1e18)
  }

  /// One line of JSON.
  func told(_ what: String, rows: Int) throws -> String {
    let sorted = seconds.sorted()
    return "{\"what\":\(jsonString(what)),\"rows\":\(rows),\"calls\":\(sorted.count),"
      + "\"seconds\":\(seconds.reduce(0, +)),\"server_seconds\":\(try processorSeconds(of: process) - before),"
      + "\"median_call\":\(sorted[sorted.count / 2]),\"percentile_99\":\(sorted[sorted.count * 99 / 100])}"
  }
}

/// What a process of this machine has computed, in its own code and in the kernel.
///
/// Source: /proc/PID/schedstat, nanoseconds; /proc/PID/stat counts in hundredths of a second.
private func processorSeconds(of process: Int32) throws -> Double {
  guard let text = try? String(contentsOfFile: "/proc/\(process)/schedstat", encoding: .utf8),
    let nanoseconds = Double(text.prefix { $0 != " " })
  else { throw NoProcess(id: process) }
  return nanoseconds / 1e9
}

/// The server is not on this machine, or it is not ours.
struct NoProcess: Error, CustomStringConvertible {
  let id: Int32
  var description: String { "/proc/\(id)/schedstat can't be read: the server must run on this machine" }
}
