import ArgumentParser
import Glibc
import Market
import Spool

struct SpoolExport: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes every observation that waits, oldest batch first; nothing is changed.",
    discussion: """
      flux-market spool export -o waiting.jsonl
      flux-market spool export --format csv --set-aside

      A round of dispatch has no observations before it is loaded, since they depend on the schedule in force.
      """)

  @Option(name: .shortAndLong, help: ArgumentHelp("A file instead of standard output.", valueName: "file"))
  var output: String?
  @Flag(help: "What was set aside instead of what waits.")
  var setAside = false
  @Option(help: "How to write: jsonl, csv, json or table.")
  var format = OutputFormat.jsonl
  @Option(help: ArgumentHelp("The clock that times show: UTC or Europe/London.", valueName: "zone"))
  var zone = DisplayZone.Name.utc

  func run() async throws {
    let settings = try Settings()
    let spool = try await SpoolCommand.look(settings)
    if let output { try Self.write(to: output) }
    var options = OutputOptions()
    options.format = format
    options.zone = zone
    var rows = RowWriter(
      ["feed", "observed_at", "time", "signal", "name", "value", "metadata"], options: options,
      london: settings.london)
    var (unreadable, rounds) = (0, 0)
    var last: Int64?
    while let record = try await spool?.record(after: last) {
      last = record.id
      guard (record.setAside != nil) == setAside else { continue }
      switch record.contents {
      case .success(let batch):
        if batch.schedule != nil { rounds += 1 }
        for (place, observation) in batch.observations.enumerated() {
          rows.write([
            .text(batch.feed), .instant(batch.observedAt), .instant(observation.time),
            .integer(Int(observation.signal)), Cell(Self.names[observation.signal]), .real(observation.value),
            batch.metadata?[place].map(Cell.json) ?? .null,
          ])
        }
      case .failure(let why):
        unreadable += 1
        tell("record \(record.id) of \(record.feed): \(why)")
      }
    }
    rows.finish(none: setAside ? "nothing was set aside" : "nothing waits")
    if rounds > 0 { tell("\(counted(rounds, "round")) of dispatch have no observations yet and were left out") }
    if unreadable > 0 { throw ExitStatus.data }
  }

  /// The signals that every database has; a user's own are known to the database alone.
  private static let names = Dictionary(uniqueKeysWithValues: Signal.standard.map { ($0.id, $0.name) })

  /// Standard output becomes a file, private to its owner. The C function is `dup2`.
  private static func write(to path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      tell("flux-market: \(path) cannot be written: \(String(cString: strerror(errno)))")
      throw ExitStatus.cannotCreate
    }
    dup2(file, STDOUT_FILENO)
    close(file)
  }
}
