import Foundation

/// One server-sent event as a browser would hand it over.
struct ServerEvent: Sendable, CustomStringConvertible {
  let name: String
  /// The last event id after it.
  let id: String?
  let data: String

  var json: [String: Any] {
    (try? JSONSerialization.jsonObject(with: Data(data.utf8))) as? [String: Any] ?? [:]
  }

  var time: String? { json["time"] as? String }

  var description: String { "\(name) \(id ?? "-") \(data)" }
}

/// Reads `/v1/stream`.
final class EventReader: Sendable {
  private let client: HTTPClient
  let events: AsyncStream<ServerEvent>

  init(port: Int, _ query: String = "", after id: String? = nil) throws {
    let client = try HTTPClient(port: port)
    self.client = client
    client.send(
      "GET /v1/stream\(query) HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\n"
        + (id.map { "Last-Event-ID: \($0)\r\n" } ?? "") + "\r\n")
    let (events, output) = AsyncStream.makeStream(of: ServerEvent.self)
    self.events = events
    Thread.detachNewThread {
      var reader = EventParser()
      while case let piece = client.read(), !piece.isEmpty {
        for event in reader.feed(piece) { output.yield(event) }
      }
      output.finish()
    }
  }

  deinit { client.hangUp() }

  func hangUp() { client.hangUp() }

  /// The next event; comments are events named `:`. nil at the end.
  func next() async -> ServerEvent? {
    var iterator = events.makeAsyncIterator()
    return await iterator.next()
  }

  /// Those up to the first of this name, and with it.
  func until(_ name: String) async -> [ServerEvent] {
    var seen: [ServerEvent] = []
    while let event = await next() {
      seen.append(event)
      if event.name == name { break }
    }
    return seen
  }

  /// The next so many, comments left out.
  func next(_ count: Int) async -> [ServerEvent] {
    var seen: [ServerEvent] = []
    while seen.count < count, let event = await next() { if event.name != ":" { seen.append(event) } }
    return seen
  }
}

/// Source: the HTML standard, "Interpreting an event stream".
private struct EventParser {
  private var head: [UInt8]? = []
  private var chunks = Chunks()
  private var text: [UInt8] = []
  private var id: String?

  mutating func feed(_ bytes: [UInt8]) -> [ServerEvent] {
    var bytes = bytes
    if let known = head {
      let all = known + bytes
      guard let end = all.firstRange(of: Array("\r\n\r\n".utf8)) else {
        head = all
        return []
      }
      head = nil
      bytes = Array(all[end.upperBound...])
    }
    text += chunks.feed(bytes)
    var events: [ServerEvent] = []
    while let end = text.firstRange(of: [0x0A, 0x0A]) {
      if let event = event(String(decoding: text[..<end.lowerBound], as: UTF8.self)) { events.append(event) }
      text.removeFirst(end.upperBound)
    }
    return events
  }

  private mutating func event(_ block: String) -> ServerEvent? {
    var (name, data): (String, String?) = ("message", nil)
    for line in block.split(separator: "\n") {
      if line.hasPrefix(":") { return ServerEvent(name: ":", id: id, data: String(line.dropFirst())) }
      let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { continue }
      let value = parts[1].hasPrefix(" ") ? String(parts[1].dropFirst()) : parts[1]
      switch parts[0] {
      case "event": name = value
      case "id": id = value
      case "data": data = (data.map { $0 + "\n" } ?? "") + value
      default: break
      }
    }
    return data.map { ServerEvent(name: name, id: id, data: $0) }
  }
}
