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
  /// - Throws: `SignalExists` where the name is taken, `NotDeployed`, or `PostgresError`.
  package static func add(
    name: String, unit: String, description: String?, through connection: Connection
  ) async throws -> Signal {
    do {
      return try await connection.transaction { connection in
        // Two who register at once wait for each other, and get two ids.
        try connection.query("SELECT pg_advisory_xact_lock(7157::bigint << 48)")
        let existing = try connection.query("SELECT id FROM flux.market_data_types WHERE name = $1", [.value(name)])
        if existing.rowCount > 0 { throw SignalExists(name: name, id: try existing.read(0, 0)) }
        let added = try connection.query(
          """
          INSERT INTO flux.market_data_types (id, name, unit, description)
          SELECT greatest($1, max(id) + 1), $2, $3, $4 FROM flux.market_data_types RETURNING id
          """, [.value(Signal.firstRegisteredID), .value(name), .value(unit), .value(description)])
        return Signal(id: try added.read(0, 0), name: name, unit: Unit(unit))
      }
    } catch let error as PostgresError { throw NotDeployed.explaining(error) }
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
  package let name: String
  package let id: Int32

  package var description: String { "there is a signal \(name) already, with the id \(id): choose another name" }
}
