import FoundationEssentials
package import Market

/// A reply as its provider sent it, to be read once more by whatever its feed's file says then.
package struct KeptReply: Hashable, Sendable {
  /// One page of it, or what one battery's question brought.
  package struct Part: Hashable, Sendable {
    /// What was asked, without secrets.
    package let url: String
    /// The battery that was asked for; nil where the feed is a table of records.
    package let asset: String?
    package let arrivedAt: Instant
    /// Decompressed, the request's credentials masked.
    package let body: [UInt8]

    package init(url: String, asset: String? = nil, arrivedAt: Instant, body: [UInt8]) {
      self.url = url
      self.asset = asset
      self.arrivedAt = arrivedAt
      self.body = body
    }
  }

  package let feed: String
  /// What was asked for; nil where the request named no time.
  package let window: Window?
  /// In the order asked.
  package let parts: [Part]

  package init(feed: String, window: Window?, parts: [Part]) {
    self.feed = feed
    self.window = window
    self.parts = parts
  }

  /// When all of it was here.
  package var arrivedAt: Instant { parts.map(\.arrivedAt).max() ?? Instant(seconds: 0) }
}

extension KeptReply {
  /// The first line of a file, as JSON; the bodies follow it without anything between them.
  private struct Header: Codable {
    struct Part: Codable {
      let url: String
      let asset: String?
      let arrivedAt: String
      let bytes: Int
    }

    let feed: String
    let from: String?
    let to: String?
    let parts: [Part]
  }

  /// What its file holds, not compressed yet.
  var pieces: [[UInt8]] {
    get throws {
      let parts = parts.map {
        Header.Part(url: $0.url, asset: $0.asset, arrivedAt: "\($0.arrivedAt)", bytes: $0.body.count)
      }
      let header = Header(feed: feed, from: window?.from.description, to: window?.to.description, parts: parts)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return [Array(try encoder.encode(header)) + [UInt8(ascii: "\n")]] + self.parts.map(\.body)
    }
  }

  /// - Returns: nil for bytes that no ``pieces`` are.
  init?(_ bytes: [UInt8]) {
    guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")),
      let header = try? JSONDecoder().decode(Header.self, from: Data(bytes[..<end]))
    else { return nil }
    var rest = bytes[(end + 1)...]
    var parts: [Part] = []
    for part in header.parts {
      guard let arrivedAt = Instant(part.arrivedAt), part.bytes >= 0, part.bytes <= rest.count else { return nil }
      parts.append(
        Part(url: part.url, asset: part.asset, arrivedAt: arrivedAt, body: Array(rest.prefix(part.bytes))))
      rest = rest.dropFirst(part.bytes)
    }
    guard rest.isEmpty, !parts.isEmpty else { return nil }
    let ends = [header.from, header.to].compactMap { $0.flatMap { Instant($0) } }
    guard ends.isEmpty || ends.count == 2 && ends[0] <= ends[1] else { return nil }
    self.init(feed: header.feed, window: ends.isEmpty ? nil : Window(from: ends[0], to: ends[1]), parts: parts)
  }
}
