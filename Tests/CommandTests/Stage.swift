import Foundation
import Support
import Testing

/// All suites of this target: one program at a time, since each starts servers and the machine may be small.
@Suite(.serialized) enum Commands {}

/// What the built program did.
struct Outcome {
  let status: Int32
  let output: String
  let errors: String

  var lines: [String] { output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init) }

  /// Lines on standard error that tell of a fault, without notes and progress.
  var complaints: [String] { errors.split(separator: "\n").filter { $0.hasPrefix("flux-market: ") }.map(String.init) }

  /// Standard output as JSON: an array of objects.
  func rows() throws -> [[String: Any]] {
    try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [[String: Any]])
  }

  /// Standard output as CSV without its header; only for cells without commas.
  var cells: [[String]] { lines.dropFirst().map { $0.components(separatedBy: ",") } }

  /// A column of those, the first one 0; a row that does not reach to it has an empty cell there.
  func column(_ number: Int) -> [String] { cells.map { $0.dropFirst(number).first ?? "" } }
}

/// The program as a user has it, with a state folder of its own, an embedded database, and `simulate` beside it.
struct Stage {
  let folder: String
  /// What `simulate` printed for the shell.
  let simulated: [String: String]

  static func shared() async throws -> Stage { try await starting.value }

  /// The program lies beside the tests.
  static let program: String = {
    let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(fileURLWithPath: tests).deletingLastPathComponent().appending(path: "flux-market").path
  }()

  /// Runs the program; three minutes, on a machine that is busy, are the most it may take.
  ///
  /// - Parameter changes: variables beside the state folder and those of the simulator; nil takes one away.
  func run(_ arguments: String..., changes: [String: String?] = [:]) async throws -> Outcome {
    try await run("timeout", ["--kill-after=5", "180", Self.program] + arguments, changes)
  }

  /// Runs the program and sends it SIGTERM once it has said these words; it must end within ten seconds.
  ///
  /// - Parameter words: of a service, since services begin once the program listens to signals.
  func run(
    untilSaid words: String, _ arguments: String..., changes: [String: String?] = [:]
  ) async throws -> Outcome {
    try await shell(
      """
      "$flux" \(arguments.joined(separator: " ")) & program=$!
      tries=0
      until grep -qsF '\(words)' /proc/$$/fd/[12] || ! kill -0 $program || [ $((tries += 1)) -gt 2400 ]; do
        sleep 0.05
      done
      kill -TERM $program
      timeout 10 tail --sleep-interval=0.1 --pid=$program --follow /dev/null || kill -KILL $program
      wait $program
      """, changes: changes)
  }

  /// Runs a line of shell in which `$flux` is the program.
  ///
  /// - Parameter seconds: the most it may take.
  func shell(_ line: String, changes: [String: String?] = [:], seconds: Int = 180) async throws -> Outcome {
    try await run("timeout", ["--kill-after=5", "\(seconds)", "bash", "-c", line], changes)
  }

  /// Shell that waits until a process catches a signal, which before that would end it.
  static func untilCaught(_ signal: Int, by process: String) -> String {
    "until ((0x$(awk '/^SigCgt/ { print $2 }' /proc/\(process)/status) >> \(signal - 1) & 1)); do sleep 0.05; done"
  }

  private func run(_ name: String, _ words: [String], _ changes: [String: String?]) async throws -> Outcome {
    let streams = folder + "/run-\(UUID().uuidString)"
    defer { for end in [".out", ".err"] { try? FileManager.default.removeItem(atPath: streams + end) } }
    // From a folder that is nobody's, as it works from any; with an environment of its own, as a new user has it.
    let command = ["env", "--ignore-environment", "--chdir=/"] + variables(changes).map { "\($0)=\($1)" } + [name] + words
    let (status, _) = try await Shell.run(
      #"streams=$1; shift; exec "$@" >"$streams.out" 2>"$streams.err""#, [streams] + command)
    return Outcome(
      status: status, output: try String(contentsOfFile: streams + ".out", encoding: .utf8),
      errors: try String(contentsOfFile: streams + ".err", encoding: .utf8))
  }

  private func variables(_ changes: [String: String?]) -> [String: String] {
    var variables = simulated
    variables["PATH"] = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    variables["HOME"] = folder
    variables["FLUX_STATE_DIR"] = folder + "/state"
    variables["flux"] = Self.program
    for (name, value) in changes { variables[name] = value }
    return variables
  }

  // MARK: - Start

  private static let starting = Task<Stage, any Error> {
    // Short, since a socket lies in it; for everybody to pass, since the server may run as another user.
    let folder = "/tmp/flux-commands-\(getpid())"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", guardian, "sh", folder, program]
    let lifeline = Pipe()
    let report = Pipe()
    // Held as long as this process lives, and by no other child: when it is gone, killed or not, the shell clears up.
    _ = fcntl(lifeline.fileHandleForWriting.fileDescriptor, F_DUPFD_CLOEXEC, 3)
    _ = fcntl(lifeline.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
    process.standardInput = lifeline
    process.standardOutput = report
    try process.run()
    guard await Shell.firstLine(of: report.fileHandleForReading) == "ready" else {
      throw StageFailed(description: "neither simulator nor database: see \(folder)/log; is \(program) built?")
    }
    let environment = try String(contentsOfFile: folder + "/env", encoding: .utf8)
    var simulated: [String: String] = [:]
    for line in environment.split(separator: "\n") {
      let parts = line.dropFirst("export ".count).split(separator: "=", maxSplits: 1)
      guard parts.count == 2 else { throw StageFailed(description: "the simulator printed \"\(line)\"") }
      simulated[String(parts[0])] = parts[1].trimmingCharacters(in: ["'"])
    }
    return Stage(folder: folder, simulated: simulated)
  }

  /// $1 folder, $2 the program.
  private static let guardian = """
    trap '' INT HUP
    exec 2>"$1/log"
    export FLUX_STATE_DIR="$1/state"
    "$2" simulate --port 0 --seed 7 >"$1/env" </dev/null &
    simulator=$!
    "$2" db up >&2 </dev/null || exit 1
    tries=0
    until [ -s "$1/env" ]; do
      tries=$((tries + 1))
      if [ $tries -gt 2400 ] || ! kill -0 $simulator; then exit 1; fi
      sleep 0.05
    done
    echo ready
    exec >&2
    while read -r line; do :; done
    kill $simulator
    "$2" db down
    cd /
    rm -rf "$1"
    """
}

/// The stage that the commands run on could not be set.
struct StageFailed: Error, CustomStringConvertible {
  let description: String
}
