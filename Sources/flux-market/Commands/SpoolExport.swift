import ArgumentParser
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

  @OptionGroup var file: FileOptions
  @Flag(help: "What was set aside instead of what waits.")
  var setAside = false
  @Option(help: "How to write: jsonl, csv, json or table.")
  var format = OutputFormat.jsonl
  @Option(help: ArgumentHelp("The clock that times show: UTC or Europe/London.", valueName: "zone"))
  var zone = DisplayZone.Name.utc

  func run() async throws {
    let settings = try Settings()
    let spool = try await SpoolCommand.look(settings)
    // As private as the spool itself.
    let file = try file.path.map { (path) throws(OutputFileError) in try OutputFile(path, mode: 0o600) }
    let unreadable: Int
    do { unreadable = try await write(spool, to: file, settings.london) } catch {
      file?.discard()
      throw error
    }
    if unreadable > 0 { throw ExitStatus.data }
  }

  /// - Returns: how many records could not be read.
  private func write(_ spool: Spool?, to file: OutputFile?, _ london: LondonClock) async throws -> Int {
    var options = OutputOptions()
    options.format = format
    options.zone = zone
    var rows = RowWriter(
      ["feed", "observed_at", "time", "signal", "name", "value", "metadata"], options: options,
      london: london, to: file)
    var (unreadable, rounds) = (0, 0)
    if let spool {
      for try await record in spool.records where (record.setAside != nil) == setAside {
        switch record.contents {
        case .success(let batch):
          if batch.schedule != nil { rounds += 1 }
          Self.write(batch, to: &rows)
        case .failure(let why):
          unreadable += 1
          tell("record \(record.id) of \(record.feed): \(why)")
        }
      }
    }
    rows.finish(none: setAside ? "nothing was set aside" : "nothing waits")
    if rounds > 0 { tell("\(counted(rounds, "round")) of dispatch have no observations yet and were left out") }
    return unreadable
  }

  private static func write(_ batch: Batch, to rows: inout RowWriter) {
    for (place, observation) in batch.observations.enumerated() {
      rows.write([
        .text(batch.feed), .instant(batch.observedAt), .instant(observation.time),
        .integer(Int(observation.signal)), Cell(names[observation.signal]), .real(observation.value),
        batch.metadata?[place].map(Cell.json) ?? .null,
      ])
    }
  }

  /// The signals that every database has; a user's own are known to the database alone.
  private static let names = Dictionary(uniqueKeysWithValues: Signal.standard.map { ($0.id, $0.name) })
}
