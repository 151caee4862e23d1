import GRDB
package import Market

/// A host that this machine's collector held when it last knew: what a start without the database resumes.
package struct RememberedHost: Hashable, Sendable {
  package let id: String
  /// Of the lease.
  package let epoch: Int64
  /// The limit in force, calls a minute; nil for none.
  package let rate: Double?
  /// When this was so, by the collector's clock.
  package let knownAt: Instant

  package init(id: String, epoch: Int64, rate: Double?, knownAt: Instant) {
    self.id = id
    self.epoch = epoch
    self.rate = rate
    self.knownAt = knownAt
  }
}

extension Spool {
  /// Replaces what was remembered; none forgets all.
  package func rememberHosts(_ hosts: [RememberedHost]) throws(SpoolError) {
    try writing { db in
      try db.execute(sql: "DELETE FROM host")
      for host in hosts {
        try db.execute(
          sql: "INSERT INTO host (id, epoch, rate, known_at) VALUES (?, ?, ?, ?)",
          arguments: [host.id, host.epoch, host.rate, host.knownAt.microseconds])
      }
    }
  }

  /// By their ids; empty where this folder never held any.
  package func rememberedHosts() throws(SpoolError) -> [RememberedHost] {
    try reading { db in
      try Row.fetchAll(db, sql: "SELECT id, epoch, rate, known_at FROM host ORDER BY id").compactMap { row in
        guard let id: String = row.read(0), let epoch: Int64 = row.read(1), let knownAt: Int64 = row.read(3) else {
          return nil
        }
        return RememberedHost(
          id: id, epoch: epoch, rate: row.read(2), knownAt: Instant(microseconds: knownAt))
      }
    }
  }
}

extension Row {
  /// nil for NULL and for a value of another type, which only damage can have put there.
  func read<Value: DatabaseValueConvertible>(_ column: Int) -> Value? {
    Value.fromDatabaseValue(self[column] as DatabaseValue)
  }
}
