package import Market
package import Postgres

/// The signals of one database, by name: `flux.market_data_types`.
package struct SignalTable: Sendable {
  package struct Entry: Hashable, Sendable {
    package let signal: Signal
    package let description: String?
  }

  /// In the order of their ids.
  package let entries: [Entry]

  package init(entries: [Entry]) { self.entries = entries }

  package var signals: [Signal] { entries.map(\.signal) }

  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func read(through connection: Connection) async throws -> SignalTable {
    do throws(PostgresError) {
      let reply = try await connection.query(
        "SELECT id, name, coalesce(unit, ''), description FROM flux.market_data_types ORDER BY id")
      return SignalTable(
        entries: try reply.map { (rows, row) throws(PostgresError) in
          Entry(
            signal: Signal(id: try rows.read(row, 0), name: try rows.read(row, 1), unit: Unit(try rows.read(row, 2))),
            description: try rows.readOptional(row, 3))
        })
    } catch { throw NotDeployed.explaining(error) }
  }

  package func signal(named name: String) throws(UnknownSignal) -> Signal {
    guard let entry = entries.first(where: { $0.signal.name == name }) else {
      throw UnknownSignal(name: name, known: entries.map(\.signal.name))
    }
    return entry.signal
  }

  /// Registers a signal of the user's own; its id is the next free one from 1001.
  ///
  /// - Throws: `SignalExists` where the name is taken, `NotDeployed`, or `PostgresError`, as for a name or unit that
  ///   the database refuses.
  package static func add(
    name: String, unit: String, description: String?, through connection: Connection
  ) async throws -> Signal {
    do throws(PostgresError) {
      let added = try await connection.query(
        "SELECT flux.add_signal($1, $2, $3)", [.value(name), .value(unit), .value(description)])
      return Signal(id: try added.read(0, 0), name: name, unit: Unit(unit))
    } catch {
      if error.sqlState == "23505" { throw SignalExists(cause: error) }
      throw NotDeployed.explaining(error)
    }
  }
}

/// A name that no signal of this database has.
package struct UnknownSignal: Error, Hashable, CustomStringConvertible {
  package let name: String
  package let known: [String]

  package var description: String {
    "unknown signal \(name): known are \(known.joined(separator: ", ")); "
      + "a new one is registered with flux-market db signal add \(name) --unit U --description D"
  }
}

package struct SignalExists: Error, Hashable, CustomStringConvertible {
  package let cause: PostgresError

  package var description: String { "\(cause.message): choose another name" }
}
