import Market
import NIOCore
import Store

/// One server-sent event, encoded once for all who read it.
///
/// Source: the HTML standard, "Server-sent events": lines of `field: value`, an empty line ends an event.
struct LiveEvent: Sendable {
  /// What it is of; nil for all readers.
  let signal: Int32?
  let bytes: ByteBuffer

  /// - Parameter id: where a reader who has seen it may go on; nil leaves the reader's place as it was.
  init(_ name: StaticString, of signal: Int32? = nil, id: Cursor? = nil, _ write: (inout JSONText) -> Void) {
    var json = JSONText(capacity: 512)
    json.object(write)
    var bytes = ByteBuffer(string: "event: \(name)\n\(id.map { "id: \($0)\n" } ?? "")data: ")
    bytes.writeImmutableBuffer(json.buffer)
    bytes.writeStaticString("\n\n")
    self.signal = signal
    self.bytes = bytes
  }

  private init(_ text: String) {
    signal = nil
    bytes = ByteBuffer(string: text)
  }

  /// A comment, which readers ignore, and who looks for a lost connection does not.
  static let heartbeat = LiveEvent(": heartbeat\n\n")

  /// How long a browser waits before it connects again.
  static let retry = LiveEvent("retry: 2000\n\n")

  /// Moves a reader's place, and is no event.
  static func place(_ id: Cursor) -> LiveEvent { LiveEvent("id: \(id)\n\n") }

  /// - Parameter now: by the database's clock; nil while it is away.
  static func database(_ state: String, at now: Instant?, reason: String?) -> LiveEvent {
    LiveEvent("database") { json in
      json.member("state", state)
      json.member("as_of", now)
      json.member("reason", reason)
    }
  }

  static func resync(_ reason: String, id: Cursor?) -> LiveEvent {
    LiveEvent("resync", id: id) { $0.member("reason", reason) }
  }
}

/// Events that belong together, for one write to each reader.
struct LiveBatch: Sendable {
  let events: [LiveEvent]
  /// All of them.
  private let whole: ByteBuffer
  /// For a reader from whom the last event is kept.
  private let place: LiveEvent?

  init(_ events: [LiveEvent], place: Cursor? = nil) {
    self.events = events
    self.place = place.map(LiveEvent.place)
    var whole = ByteBuffer()
    for event in events { whole.writeImmutableBuffer(event.bytes) }
    self.whole = whole
  }

  /// - Parameter signals: nil for all.
  func bytes(of signals: Set<Int32>?) -> ByteBuffer {
    guard let signals else { return whole }
    var chosen = ByteBuffer()
    for event in events where event.signal.map(signals.contains) ?? true { chosen.writeImmutableBuffer(event.bytes) }
    if let place { chosen.writeImmutableBuffer(place.bytes) }
    return chosen
  }
}

extension Cursor {
  /// A place in the feed of updates.
  init(_ place: Update.Place) { self.init(place.transaction, UInt64(bitPattern: place.id), of: Self.updates) }

  static let updates = "updates"

  /// Of a cursor of `updates`.
  var place: Update.Place { Update.Place(transaction: first, id: Int64(bitPattern: second)) }
}
