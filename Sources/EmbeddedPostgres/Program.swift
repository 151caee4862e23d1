import Glibc
import Subprocess
import SystemPackage

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

  /// - Throws: `ClusterError.program` where it cannot be started, `CancellationError` where the task was cancelled.
  func run(_ arguments: [String], input: String = "") async throws -> Result {
    var variables = environment
    let system = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    variables["PATH"] = folder.map { $0 + ":" + system } ?? system
    var words = [name] + arguments
    if let account, account.id != geteuid() {
      // By setpriv (util-linux) and not by the library's own user and group: those are set in a child cloned past
      // glibc, whose setgroups there waits for ever for a thread that another part of the program was just starting.
      words.insert(
        contentsOf: ["setpriv", "--reuid=\(account.id)", "--regid=\(account.group)", "--init-groups", "--"], at: 0)
    }
    do {
      let result = try await Subprocess.run(
        .name(words[0]), arguments: Arguments(Array(words.dropFirst())),
        environment: .custom(Dictionary(uniqueKeysWithValues: variables.map { (.init(stringLiteral: $0), $1) })),
        workingDirectory: "/", input: .string(input),
        output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
      return Result(
        succeeded: result.terminationStatus.isSuccess, output: result.standardOutput,
        errors: result.standardError)
    } catch let error as SubprocessError {
      try Task.checkCancellation()
      throw ClusterError.program(name: name, message: "\(error)", log: nil)
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
