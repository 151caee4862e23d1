import Foundation
import Market
import Testing

@testable import Spool

@Suite struct `A batch as bytes` {
  @Test func `Everything that a batch holds comes back, bit for bit`() throws {
    for batch in [
      Sample.full, Sample.batch(1), Sample.batch(2, observations: 0),
      Batch(feed: "", window: nil, observedAt: Instant(microseconds: .min)),
    ] {
      expectSame(try Payload.batch(from: Payload.bytes(of: batch)), batch)
    }
  }

  /// Fails as soon as somebody gives one of these a property: it must go into the spool as well.
  @Test func `There is nothing in a batch that the bytes leave out`() {
    func properties(_ value: Any) -> [String] { Mirror(reflecting: value).children.compactMap(\.label) }
    #expect(
      properties(Sample.full) == [
        "feed", "window", "observedAt", "observations", "metadata", "schedule", "rejects", "flags", "counts",
        "leastAge",
      ])
    #expect(
      properties(Sample.full.counts) == [
        "records", "filtered", "outside", "rejected", "withoutValue", "unknownFields", "bytes",
      ])
    #expect(
      properties(Sample.full.rejects[0])
        == ["feed", "place", "time", "field", "value", "reason", "url", "sample"])
    #expect(properties(Sample.full.flags[0]) == ["signal", "time", "value", "reason"])
    #expect(properties(Sample.full.observations[0]) == ["time", "signal", "value"])
    #expect(properties(DispatchSchedule(maxima: [:], steps: [:])) == ["maxima", "steps"])
    #expect(
      properties(DispatchSchedule.Step(start: Sample.start, end: Sample.start, action: "")) == [
        "start", "end", "action",
      ])
  }

  @Test func `What was asked and a sample of the reply go with a reject`() throws {
    var batch = Sample.batch(1)
    batch.rejects = [
      Reject(
        feed: "axle", place: "the reply", time: nil, field: "", value: "", reason: "is a web page",
        url: "https://example.org/a", sample: "<html>é\0")
    ]
    #expect(try Payload.batch(from: Payload.bytes(of: batch)).rejects == batch.rejects)
  }

  /// The bytes as the first version wrote them: every later one must read them.
  @Test func `A record of the first version is read`() throws {
    let bytes = Array(try #require(Data(base64Encoded: Self.first)))
    expectSame(try Payload.batch(from: bytes), Sample.full)
  }

  @Test func `Fields that a later program added at the end of a part or of the whole are no obstacle`() throws {
    var bytes = Payload.bytes(of: Sample.batch(1, of: "f", observations: 0))
    // Version, feed, window, observed_at; then the frame of the counts, seven numbers, and one more.
    let counts = 1 + 5 + 17 + 8
    try #require(bytes.count > counts + 4 + 56 && bytes[counts] == 56)
    bytes[counts] = 64
    bytes.insert(contentsOf: [UInt8](repeating: 9, count: 8), at: counts + 4 + 56)
    bytes += [1, 2, 3]
    expectSame(try Payload.batch(from: bytes), Sample.batch(1, of: "f", observations: 0))
  }

  @Test func `Another version is named`() throws {
    var bytes = Payload.bytes(of: Sample.full)
    try #require(!bytes.isEmpty)
    bytes[0] = 7
    #expect(throws: Unreadable(description: "it is of format 7, and this program reads format 1")) {
      try Payload.batch(from: bytes)
    }
  }

  @Test func `Bytes cut anywhere are an error`() {
    let bytes = Payload.bytes(of: Sample.full)
    for count in bytes.indices {
      #expect(throws: Unreadable.self) { try Payload.batch(from: Array(bytes[..<count])) }
    }
  }

  /// Also those that happen to have the right checksum.
  @Test func `Damaged bytes end with a batch or an error, and with no memory for what is not there`() throws {
    var random = Seeded(1)
    let bytes = Payload.bytes(of: Sample.full)
    try #require(!bytes.isEmpty)
    for _ in 0..<20_000 {
      var damaged = bytes
      for _ in 0...Int.random(in: 0..<4, using: &random) {
        damaged[Int.random(in: damaged.indices, using: &random)] = UInt8.random(in: .min ... .max, using: &random)
      }
      _ = try? Payload.batch(from: damaged)
    }
  }

  /// Source: RFC 3720, B.4.
  @Test func `The checksum is CRC-32C`() {
    #expect(checksum(Array("123456789".utf8)) == 0xE306_9283)
    #expect(checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(checksum(Array(0..<32)) == 0x46DD_794E)
    #expect(checksum([]) == 0)
  }

  private static let first = """
    ARUAAABheGxlLWJhdHRlcnktc2NoZWR1bGUAAeBRah5OBgA4AAAAAQAAAAAAAAACAAAAAAAAAAMAAAAAAAAABAAAAAAAAAAFAAAAAAAAAAYA\
    AAAAAAAABwAAAAAAAAACAAAA//////////////9/AACA/wDgUWoeTgYABAAAAAAAAIABAgAAAB0AAAABGAAAAHsiYXNzZXRzIjogeyJiMSI6\
    ICLCoyJ9fQEAAAAAAYUAAAACAAAADgAAAAIAAABiMQAAAACAiKNADgAAAAIAAABiMgAAAAAAAAAAAgAAAEcAAAACAAAAYjECAAAAHgAAAADg\
    UWoeTgYAALKb1R5OBgAKAAAAY2hhcmdlX21heBcAAAAAspvVHk4GAACE5UAfTgYAAwAAAGh1bQoAAAACAAAAYjIAAAAAAgAAAEIAAAAEAAAA\
    YXhsZQcAAABkYXRhWzFdARQAAAAyMDI1LTEwLTI2IHBlcmlvZCAzNwEAAABhAwAAAADDqQYAAABpcyBvZGQfAAAABAAAAGF4bGUGAAAAbGlu\
    ZSA0AAAAAAAAAAAAAAAAAAEAAAAlAAAAAwAAAADgUWoeTgYAAD4cRhEAAABhYm92ZSA5MDAwIMKjL01XaAF/rv7///////3/////////
    """
}
