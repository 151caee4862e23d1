package import Feeds
package import Market

/// From a reply's bytes to observations: the only way in.
///
/// Made once a feed; then one pass over each reply, without an object tree.
package struct Decoder: Sendable {
  package let feed: Feed
  private let london: LondonClock
  private let plan: RecordPlan?
  private let names: JSONRecords.Names

  package init(_ feed: Feed, london: LondonClock) {
    self.feed = feed
    self.london = london
    if case .records(let rule) = feed.reading {
      let plan = RecordPlan(rule, of: feed)
      names = JSONRecords.Names(records: rule.records, nextPage: feed.paging?.next ?? [], fields: plan.fields)
      self.plan = plan
    } else {
      (plan, names) = (nil, JSONRecords.Names(records: [], nextPage: [], fields: []))
    }
  }

  /// One reply, or one page of it.
  package struct Page: Sendable {
    package var batch: Batch
    /// Path and query of the next page; nil on the last.
    package let next: String?
  }

  /// Reads a table of records.
  ///
  /// - Parameters:
  ///   - window: what was asked for; nil for a whole file. Observations outside are dropped and counted.
  ///   - observedAt: when the reply had arrived.
  /// - Throws: ``DecodeError`` where the reply as a whole is not what the feed describes.
  package func decode(
    _ bytes: Span<UInt8>, window: Window?, observedAt: Instant
  ) throws(DecodeError) -> Page {
    guard let plan, case .records(let rule) = feed.reading else {
      preconditionFailure("a schedule is read by decodeSchedule")
    }
    try checkPromise(bytes)
    let empty = Batch(feed: feed.id, window: window, observedAt: observedAt)
    var next: String?
    var batch: Batch
    var outside: Instant?
    switch feed.format {
    case .json:
      var records = JSONRecords(names)
      let path = rule.records.joined(separator: ".")
      var reader = RecordReader(plan, place: .element(of: path), london: london, batch: empty)
      let found: Bool
      do throws(Malformed) { found = try records.read(bytes, into: &reader) } catch {
        throw failure(.malformed(error.what, byte: error.byte), bytes)
      }
      guard found else { throw failure(.noRecords(path: path), bytes) }
      next = try nextPage(records.next, bytes)
      batch = reader.finish()
      batch.counts.unknownFields = records.unknownFields
      outside = reader.isWhollyOutside ? reader.firstOutside : nil
    case .csv(let format):
      var records = CSVRecords(format: format, fields: plan.fields)
      var reader = RecordReader(
        plan, place: .line, london: london, batch: empty)
      do {
        try records.read(bytes, into: &reader)
      } catch let error as Malformed {
        throw failure(.malformed(error.what, byte: error.byte), bytes)
      } catch let error as CSVRecords.MissingColumns {
        throw failure(.missingColumns(error.missing, found: error.found), bytes)
      } catch { throw failure(.malformed("\(error)", byte: 0), bytes) }
      batch = reader.finish()
      batch.counts.unknownFields = records.unknownFields
      outside = reader.isWhollyOutside ? reader.firstOutside : nil
    }
    batch.counts.bytes = bytes.count
    if let window, let outside {
      throw failure(.anotherTime(asked: window.description, found: outside.description), bytes)
    }
    return Page(batch: batch, next: next)
  }

  /// The same; what is refused of the reply, or the reply as a whole, says where it came from.
  ///
  /// - Parameter url: what was asked, or the file's name; without secrets.
  package func decode(
    _ bytes: Span<UInt8>, window: Window?, observedAt: Instant, from url: String
  ) throws(DecodeError) -> Page {
    do {
      var page = try decode(bytes, window: window, observedAt: observedAt)
      for place in page.batch.rejects.indices { page.batch.rejects[place].url = url }
      return page
    } catch {
      var error = error
      error.url = url
      throw error
    }
  }

  /// Web servers and gateways answer with pages of their own, often with status 200.
  func checkPromise(_ bytes: Span<UInt8>) throws(DecodeError) {
    var place = 0
    while place < bytes.count, bytes[place] <= 0x20 { place += 1 }
    guard place < bytes.count else { throw failure(.empty, bytes) }
    if bytes[place] == UInt8(ascii: "<") {
      throw failure(.notWhatWasPromised("an HTML or XML page, not \(feed.format.name)"), bytes)
    }
    if case .json = feed.format, bytes[place] != UInt8(ascii: "{"), bytes[place] != UInt8(ascii: "[") {
      throw failure(.notWhatWasPromised("text, not JSON"), bytes)
    }
  }

  /// For whoever follows the pages and finds no end.
  package func endlessPages(at url: String) -> DecodeError {
    DecodeError(feed: feed.id, reason: .endlessPages(at: url), sample: "")
  }

  func failure(_ reason: DecodeError.Reason, _ bytes: Span<UInt8>) -> DecodeError {
    DecodeError(
      feed: feed.id, reason: reason, sample: keptText(of: bytes, 0..<bytes.count, limit: Reject.replyBytes))
  }

  /// Only path and query of the link: scheme and host stay the base URL's, and so do the credentials.
  private func nextPage(_ token: Token, _ bytes: Span<UInt8>) throws(DecodeError) -> String? {
    let text: [UInt8]?
    switch token.kind {
    case .absent, .null: return nil
    case .text: text = bytes.bytes(from: token.start, count: token.count)
    case .escaped: text = unescapedJSON(token, in: bytes)
    case .boolean, .number, .composite: text = nil
    }
    // A page that cannot be asked for must not pass for the last one.
    guard let text, text.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw failure(.malformed("the link to its next page is no URL", byte: token.start), bytes)
    }
    if text.isEmpty { return nil }
    var link = String(decoding: text, as: UTF8.self)[...]
    let beforePath = link.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    if beforePath.last == ":" { link = link.dropFirst(beforePath.count) }
    if link.hasPrefix("//") { link = link.dropFirst(2).drop { $0 != "/" && $0 != "?" } }
    return link.hasPrefix("/") ? String(link) : "/" + link
  }
}

extension ReplyFormat {
  fileprivate var name: String {
    switch self {
    case .json: "JSON"
    case .csv: "CSV"
    }
  }
}
