import ArgumentParser
import Market
import Postgres
import Store

/// The signals that a command reads; the parser asks for at least one.
struct SignalArguments: ParsableArguments {
  @Argument(help: ArgumentHelp("Signals, as `latest` names them.", valueName: "signals"))
  var names: [String]

  func validate() throws {
    guard Set(names).count == names.count else { throw ValidationError("a signal is named twice") }
  }

  /// - Throws: `UnknownSignal` where nothing has a name, `NotDeployed`, `PostgresError`.
  func read(through connection: Connection) async throws -> [Signal] {
    let known = try await SignalTable.read(through: connection)
    return try names.map { try known.signal(named: $0) }
  }
}
