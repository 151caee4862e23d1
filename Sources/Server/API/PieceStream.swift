import Dispatch
import HTTPTypes
import Hummingbird
import Market
import NIOCore
import Postgres
import Synchronization

/// Carries an answer from a connection's thread, which writes it row by row, to a client that reads as fast as it
/// likes.
///
/// Two pieces are under way at most; then the thread waits, and with it the database. A client that leaves a piece
/// unread for too long is hung up on, so that it cannot keep a connection of the database.
final class PieceStream: Sendable {
  private let pieces: AsyncThrowingStream<ByteBuffer, any Error>
  private let input: AsyncThrowingStream<ByteBuffer, any Error>.Continuation
  /// Made empty, and filled at once: one that is let go with less in it than it was made with ends the process.
  private let room = DispatchSemaphore(value: 0)
  private let isOver = Atomic(false)
  private let patience: Duration
  private let channel: any Channel

  /// The client has gone, or does not read.
  struct ReaderGone: Error {}

  init(to channel: any Channel, patience: Duration) {
    (pieces, input) = AsyncThrowingStream.makeStream()
    self.channel = channel
    self.patience = patience
    for _ in 0..<2 { room.signal() }
  }

  /// Called on the connection's own thread, which may wait.
  func offer(_ piece: ByteBuffer) throws(ReaderGone) {
    let seconds = Double(patience.microseconds) / 1_000_000
    guard room.wait(timeout: .now() + seconds) == .success else {
      channel.close(promise: nil)
      throw ReaderGone()
    }
    guard !isOver.load(ordering: .acquiring) else { throw ReaderGone() }
    input.yield(piece)
  }

  func finish(throwing error: (any Error)? = nil) { input.finish(throwing: error) }

  /// - Throws: what was thrown before anything was written, which can still be told to the client.
  func first() async throws -> ByteBuffer? {
    var iterator = pieces.makeAsyncIterator()
    return try await iterator.next()
  }

  /// Who reads it; when nobody holds that any more, a thread that waits for room is told.
  final class Reader: Sendable {
    let stream: PieceStream

    init(_ stream: PieceStream) { self.stream = stream }

    deinit {
      stream.isOver.store(true, ordering: .releasing)
      for _ in 0..<2 { stream.room.signal() }
    }
  }

  func write(_ first: ByteBuffer?, to writer: inout any ResponseBodyWriter) async throws {
    guard let first else { return }
    try await writer.write(first)
    room.signal()
    for try await piece in pieces {
      try await writer.write(piece)
      room.signal()
    }
  }
}

extension API {
  /// An answer of any length, written through a connection of its own.
  ///
  /// - Throws: what `produce` throws before its first piece; later the client's connection ends before the answer does.
  func streamed(
    _ headers: HTTPFields, to request: Request, _ context: APIContext,
    _ produce: @escaping @Sendable (Connection, PieceStream) async throws -> Void
  ) async throws -> Response {
    guard request.method != .head else { return Response(status: .ok, headers: headers) }
    let stream = PieceStream(to: context.channel, patience: limits.unread)
    // Let go with the answer, which a client that left meanwhile is never sent.
    let reader = PieceStream.Reader(stream)
    let producer = Task { [pool] in
      do {
        try await pool.lend { try await produce($0, stream) }
        stream.finish()
      } catch { stream.finish(throwing: error) }
    }
    let first: ByteBuffer?
    do { first = try await withTaskCancellationHandler(operation: stream.first, onCancel: producer.cancel) } catch {
      producer.cancel()
      throw error
    }
    return Response(
      status: .ok, headers: headers,
      body: ResponseBody { writer in
        do {
          try await reader.stream.write(first, to: &writer)
          try await writer.finish(nil)
        } catch {
          producer.cancel()
          throw error
        }
      })
  }
}
