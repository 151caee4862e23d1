import HTTPTypes
import Hummingbird
import Market
import NIOCore
import Postgres
import ServiceLifecycle
import Store

extension API {
  /// `/v1/stream`
  func stream(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = try Query(request, ["signal"], london: london)
    let names = try query.signals()
    let chosen = names.isEmpty ? nil : Set(try await known(names).map(\.id))
    let headers: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-store", .xAccelBuffering: "no"]
    guard request.method != .head else { return Response(status: .ok, headers: headers) }
    guard let seat = live.readers.join(context.channel) else {
      throw Problem(
        .serviceUnavailable, .tooManyStreams, "all \(limits.streams) streams are taken: try again later",
        retryAfter: 30)
    }
    let last = request.headers[.lastEventID]
    return Response(
      status: .ok, headers: headers,
      body: ResponseBody { writer in
        try await write(seat, chosen, after: last, to: &writer)
        try await writer.finish(nil)
      })
  }

  private func write(
    _ seat: LiveReaders.Seat, _ signals: Set<Int32>?, after last: String?, to writer: inout any ResponseBodyWriter
  ) async throws {
    // The first words come at once, whatever the database does: they open the stream for the browser.
    try await writer.write(LiveBatch([.retry, hello(seat, isNew: last == nil)]).bytes(of: nil))
    if let last { try await replay(seat, signals, after: last, to: &writer) }
    if let problem = seat.problem {
      try await writer.write(LiveEvent.database("away", at: nil, reason: problem).bytes)
    }
    try await withGracefulShutdownHandler {
      for await batch in seat.batches {
        let bytes = batch.bytes(of: signals)
        if bytes.readableBytes > 0 { try await writer.write(bytes) }
      }
    } onGracefulShutdown: {
      seat.giveUp()
    }
  }

  private func hello(_ seat: LiveReaders.Seat, isNew: Bool) -> LiveEvent {
    // Who goes on from an id of its own keeps that until what it missed was told.
    LiveEvent("hello", id: isNew ? seat.place : nil) { json in
      json.member("as_of", clock())
      json.member("simulated", isSimulated)
      json.member("heartbeat", limits.heartbeat)
    }
  }

  /// What was stored after the last event that a reader saw.
  ///
  /// - Throws: `PostgresError` where the database is away; the reader then comes again with the same id.
  private func replay(
    _ seat: LiveReaders.Seat, _ signals: Set<Int32>?, after last: String, to writer: inout any ResponseBodyWriter
  ) async throws {
    guard let cursor = Cursor(last, of: Cursor.updates) else {
      return try await writer.write(
        LiveEvent.resync("Last-Event-ID is no id of this stream: read everything anew", id: seat.place).bytes)
    }
    let missed = try await pool.lend { connection -> [LiveBatch]? in
      let reader = UpdateReader(connection: connection)
      let isKnown = cursor.place == .start ? true : try await reader.exists(cursor.place)
      guard isKnown else { return nil }
      let updates = try await reader.updates(after: cursor.place, limit: LiveFeed.mostUpdates + 1)
      guard updates.count <= LiveFeed.mostUpdates else { return nil }
      let table = try await SignalTable.read(through: connection)
      let events = UpdateEvents(reader, table, london: london)
      var batches: [LiveBatch] = []
      var place = cursor
      for update in updates {
        // In this order nothing can still appear before one that is settled.
        let after = update.isSettled ? Cursor(update.place) : place
        batches.append(try await events.batch(of: update, before: place, after: after))
        place = after
      }
      return batches
    }
    guard let missed else {
      return try await writer.write(
        LiveEvent.resync("that was too long ago to be told: read everything anew", id: seat.place).bytes)
    }
    for batch in missed { try await writer.write(batch.bytes(of: signals)) }
  }
}

extension HTTPField.Name {
  static let lastEventID = HTTPField.Name("Last-Event-ID")!
  /// nginx would keep events back until its buffer is full.
  static let xAccelBuffering = HTTPField.Name("X-Accel-Buffering")!
}
