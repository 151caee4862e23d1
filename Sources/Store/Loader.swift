package import Market
package import Postgres

/// What became of the observations of one load: `received = inserted + unchanged`.
package struct LoadCounts: Hashable, Sendable {
  package var received = 0
  package var inserted = 0
  /// Those inserted that replaced another value of the same time.
  package var revised = 0
  package var unchanged = 0
  /// Windows of which a later reply had been loaded before: what confirmed a value leaves no row, so an older,
  /// different value has become current. Ask for them again.
  package var overtaken: [Window] = []
  /// What the database refused of a batch that was salvaged; part of neither count.
  package var rejects: [Reject] = []

  package init() {}

  package static func += (total: inout LoadCounts, part: LoadCounts) {
    total.received += part.received
    total.inserted += part.inserted
    total.revised += part.revised
    total.unchanged += part.unchanged
    total.overtaken += part.overtaken
    total.rejects += part.rejects
  }
}

/// Batch to table, through `flux.insert_market_data_batch`, the only way in.
///
/// Each load is one transaction with one call of that function, which is what keeps callers from deadlock; coverage,
/// rejects and flags commit with the data. Loading a batch twice adds nothing.
package actor Loader {
  let connection: Connection
  let array: CompositeArray
  /// Whether the next load may well be known already: none added anything so far, or the one before did not.
  private var mayBeKnown: Bool
  /// A database of an earlier schema cannot be asked.
  private let canAsk: Bool

  /// - Parameter source: who loads, `collect elexon-system-price`; kept with each batch that inserted something.
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package init(connection: Connection, source: String) async throws {
    self.connection = connection
    do throws(PostgresError) {
      array = try CompositeArray(try await connection.compositeType(named: "flux.market_data_input"))
      let reply = try await connection.query(
        """
        SELECT to_regprocedure('flux_ops.is_in_force(integer, timestamptz[], real[], timestamptz)') IS NOT NULL,
          set_config('flux.source', $1, false)
        """, [.value(source)])
      canAsk = try reply.read(0, 0, as: Bool.self)
      mayBeKnown = canAsk
    } catch { throw NotDeployed.explaining(error) }
  }

  /// Loads batches of one feed in the order given, which is newest first.
  ///
  /// They are observed at the latest `observedAt` among them; rounds of dispatch each at their own.
  ///
  /// - Parameter windows: what is done with them of a backfill.
  package func load(
    _ batches: [Batch], ending windows: EndedWindows? = nil
  ) async throws(LoadError) -> LoadCounts {
    precondition(Set(batches.map(\.feed)).count <= 1, "batches of several feeds in one load")
    guard batches.contains(where: { $0.schedule != nil }) else {
      return try await loadObservations(batches, ending: windows, isRecorded: true)
    }
    var counts = LoadCounts()
    // Each is judged by what was in force when it was observed, so the older ones go first.
    for place in batches.indices.sorted(by: { batches[$0].observedAt < batches[$1].observedAt }) {
      let ended = windows.map { EndedWindows(job: $0.job, numbers: [$0.numbers[place]]) }
      counts += try await loadDispatch(batches[place], ending: ended)
    }
    return counts
  }

  /// Loads observations of which the batch alone tells when they were made: no feed was asked, so that nothing is
  /// recorded beside them.
  package func loadUnasked(_ batch: Batch) async throws(LoadError) -> LoadCounts {
    try await loadObservations([batch], ending: nil, isRecorded: false)
  }

  private func loadObservations(
    _ batches: [Batch], ending windows: EndedWindows?, isRecorded: Bool
  ) async throws(LoadError) -> LoadCounts {
    guard let observedAt = batches.map(\.observedAt).max() else { return LoadCounts() }
    let groups = batches.map(\.observations)
    let count = groups.reduce(0) { $0 + $1.count }
    let metadata = Self.metadata(of: batches)
    let asks = mayBeKnown && metadata.bytes == nil
    let form = array
    let counts = try await transaction { connection in
      if asks, try Replay.isInForce(groups, observedAt: observedAt, through: connection) {
        var counts = LoadCounts()
        (counts.received, counts.unchanged) = (count, count)
        if isRecorded { try OperationsLog.record(batches, ending: windows, &counts, through: connection) }
        return counts
      }
      let data = form.encode(groups)
      guard isRecorded else { return try Self.insert(data, metadata, observedAt, through: connection) }
      return try Self.insert(data, count, metadata, observedAt, of: batches, ending: windows, through: connection)
    }
    mayBeKnown = canAsk && counts.inserted == 0
    return counts
  }

  private func loadDispatch(
    _ batch: Batch, ending windows: EndedWindows?
  ) async throws(LoadError) -> LoadCounts {
    guard let schedule = batch.schedule else {
      return try await loadObservations([batch], ending: windows, isRecorded: true)
    }
    let form = array
    return try await transaction { connection in
      let inForce = try DispatchReader.lockedPoints(
        from: schedule.earliest(observedAt: batch.observedAt), asOf: batch.observedAt, through: connection)
      let points = schedule.points(inForce: inForce, observedAt: batch.observedAt)
      let data = form.encode([points.map(\.observation)])
      return try Self.insert(
        data, points.count, .array(points.map { JSONB($0.metadata) }), batch.observedAt, of: [batch],
        ending: windows, through: connection)
    }
  }

  /// NULL unless a batch declares metadata, since giving it means comparing it.
  static func metadata(of batches: [Batch]) -> Parameter {
    guard batches.contains(where: { $0.metadata != nil }) else { return .null }
    return .array(
      batches.flatMap { batch in
        (batch.metadata ?? Array(repeating: nil, count: batch.observations.count)).map { $0.map { JSONB($0) } }
      })
  }

  func transaction(
    _ body: @Sendable (isolated Connection) throws -> LoadCounts
  ) async throws(LoadError) -> LoadCounts {
    do { return try await connection.transaction("ISOLATION LEVEL READ COMMITTED", body) } catch let error
      as PostgresError
    { throw LoadError(error) } catch {
      throw LoadError(PostgresError(.unexpectedReply, "\(error)"))
    }
  }

  /// The statements of one load, inside its transaction.
  private static func insert(
    _ data: Parameter, _ count: Int, _ metadata: Parameter, _ observedAt: Instant, of batches: [Batch],
    ending windows: EndedWindows?, through connection: isolated Connection
  ) throws(PostgresError) -> LoadCounts {
    var counts = LoadCounts()
    if count > 0 { counts = try insert(data, metadata, observedAt, through: connection) }
    try OperationsLog.record(batches, ending: windows, &counts, through: connection)
    return counts
  }

  /// The one call of a transaction.
  static func insert(
    _ data: Parameter, _ metadata: Parameter, _ observedAt: Instant, through connection: isolated Connection
  ) throws(PostgresError) -> LoadCounts {
    let reply = try connection.query(
      """
      SELECT received::bigint, inserted::bigint, unchanged::bigint, current_setting('flux.revised', true)::bigint
      FROM flux.insert_market_data_batch($1, $2, $3::jsonb[])
      """, [data, .value(Timestamp(observedAt)), metadata])
    var counts = LoadCounts()
    counts.received = Int(try reply.read(0, 0, as: Int64.self))
    counts.inserted = Int(try reply.read(0, 1, as: Int64.self))
    counts.unchanged = Int(try reply.read(0, 2, as: Int64.self))
    counts.revised = Int(try reply.readOptional(0, 3, as: Int64.self) ?? 0)
    return counts
  }
}

extension CompositeArray {
  /// The groups' observations in their order, as `flux.market_data_input[]`.
  package func encode(_ groups: [[Observation]]) -> Parameter {
    encode(count: groups.reduce(0) { $0 + $1.count }) { add in
      for group in groups {
        for observation in group {
          add(Timestamp(observation.time).microseconds, observation.signal, observation.value)
        }
      }
    }
  }
}
