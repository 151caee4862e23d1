import Glibc

/// Runs a program to its end, away from the caller's folder and environment.
///
/// No PG… variable of the caller reaches it, so that nobody's PGPORT or PGOPTIONS bends the embedded server.
struct Program: Sendable {
  /// Looked for first in `folder`, then in the system's folders; never in the current one.
  let name: String
  let folder: String?
  /// As whom it runs, if not as the caller; only root can ask for another.
  var account: Account?
  var environment: [String: String] = ["LC_ALL": "C"]

  struct Result: Sendable {
    let succeeded: Bool
    let output: String
    let errors: String

    /// The line that says why: the first one with an error's mark, else the last one.
    var reason: String {
      let lines = (errors + "\n" + output).split(whereSeparator: \.isNewline).map { $0.trimmed }.filter { !$0.isEmpty }
      let marked = lines.first { line in
        ["FATAL:", "ERROR:", "PANIC:", "error:"].contains { line.contains($0) }
      }
      let line = marked ?? lines.last ?? "it said nothing"
      return line.hasPrefix("psql: error: ") ? String(line.dropFirst("psql: error: ".count)) : line
    }
  }

  /// At most so much of each of the two outputs is kept.
  private static let longestOutput = 1 << 20

  /// - Throws: `ClusterError.program` where it cannot be started, `CancellationError` where the task was cancelled,
  ///   which ends the program.
  func run(_ arguments: [String], input: String = "") async throws -> Result {
    try Task.checkCancellation()
    var variables = environment
    let system = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    let path = folder.map { $0 + ":" + system } ?? system
    variables["PATH"] = path
    var words = [name] + arguments
    if let account, account.id != geteuid() {
      words.insert(
        contentsOf: ["setpriv", "--reuid=\(account.id)", "--regid=\(account.group)", "--init-groups", "--"], at: 0)
    }
    guard let place = Self.place(of: words[0], in: path) else {
      throw ClusterError.program(name: words[0], message: "it is not in \(path)", log: nil)
    }
    do {
      let input = try MemoryFile.holding(input)
      let output = try MemoryFile.holding()
      let errors = try MemoryFile.holding()
      let child = try ChildProcess(
        path: place, arguments: words, environment: variables, input: input, output: output, errors: errors)
      let (end, wasAsked) = await Self.end(of: child)
      // Whatever it says after our signal: a shell whose children that took away may well end with 0.
      if wasAsked || Task.isCancelled && end != .exited(0) { throw CancellationError() }
      return Result(
        succeeded: end == .exited(0), output: output.text(limit: Self.longestOutput),
        errors: errors.text(limit: Self.longestOutput))
    } catch let error as SystemError {
      throw ClusterError.program(name: name, message: systemMessage(error.number), log: nil)
    }
  }

  private static func place(of program: String, in path: String) -> String? {
    path.split(separator: ":").map { $0 + "/" + program }.first { $0.hasPrefix("/") && access($0, X_OK) == 0 }
  }

  /// Looks again and again, soon at first, so that no thread of Swift's pool waits in `waitpid`.
  ///
  /// A cancelled task asks the program to end, which may clean up (initdb does), and kills it after five seconds.
  private static func end(of child: ChildProcess) async -> (ChildProcess.End, wasAsked: Bool) {
    var pause = Duration.milliseconds(1)
    var patienceEnds: ContinuousClock.Instant?
    while true {
      let end = child.look()
      guard end == .running else { return (end, patienceEnds != nil) }
      if Task.isCancelled {
        if let patienceEnds {
          if ContinuousClock.now > patienceEnds { child.send(SIGKILL) }
        } else {
          child.send(SIGTERM)
          patienceEnds = ContinuousClock.now + .seconds(5)
        }
        // In a cancelled task `sleep` returns at once; one of its own still sleeps.
        let length = pause
        await Task.detached { try? await Task.sleep(for: length) }.value
      } else {
        try? await Task.sleep(for: pause)
      }
      pause = min(pause * 2, .milliseconds(16))
    }
  }
}

extension StringProtocol {
  var trimmed: String {
    var text = Substring(self)
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
