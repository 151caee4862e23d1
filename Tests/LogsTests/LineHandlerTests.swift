import Foundation
import Logging
import Logs
import Market
import FluxMetrics
import Synchronization
import Testing

@Suite struct `Log lines` {
  private let now = Instant(microseconds: 1_800_000_000_005_900)

  /// What is written into a real pipe while `body` logs.
  private func lines(
    _ format: LineHandler.Format, level: Logger.Level = .info, onError: @escaping @Sendable (String) -> Void = { _ in },
    _ body: (Logger) -> Void
  ) throws -> [String] {
    let pipe = Pipe()
    let (descriptor, now) = (pipe.fileHandleForWriting.fileDescriptor, now)
    body(
      Logger(label: "test") { _ in
        LineHandler(format, level: level, descriptor: descriptor, now: { now }, onError: onError)
      })
    try pipe.fileHandleForWriting.close()
    let written = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    #expect(written.isEmpty || written.hasSuffix("\n"))
    return written.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
  }

  @Test func `As text a line has time, level, module, words and what belongs to them`() throws {
    let lines = try lines(.text) { logger in
      logger.warning("left out", metadata: ["feed": "elexon-system-price", "reason": "not \"over\" yet", "empty": ""])
      logger.debug("not seen")
    }
    #expect(
      lines == [
        "2027-01-15T08:00:00.005Z warning LogsTests: left out empty=\"\" feed=elexon-system-price "
          + "reason=\"not \\\"over\\\" yet\""
      ])
  }

  @Test func `As JSON a line is one object with the same`() throws {
    struct Failed: Error {}
    let lines = try lines(.json) { logger in
      var logger = logger
      logger[metadataKey: "feed"] = "of the logger"
      logger.error(
        "a \"word\"\nand another", error: Failed(),
        metadata: ["feed": "of the call", "windows": ["a", "b"], "counts": ["new": "1"]])
    }
    #expect(
      lines == [
        #"{"time":"2027-01-15T08:00:00.005Z","level":"error","subsystem":"LogsTests","#
          + #""message":"a \"word\"\nand another","metadata":{"counts":{"new":"1"},"error":"Failed()","#
          + #""feed":"of the call","windows":["a","b"]}}"#
      ])
    let object = try JSONSerialization.jsonObject(with: Data(lines.joined().utf8)) as? [String: Any]
    #expect(object?["message"] as? String == "a \"word\"\nand another")
  }

  @Test(arguments: [LineHandler.Format.text, .json])
  func `Nothing that is logged begins a line or moves a cursor`(format: LineHandler.Format) throws {
    let nasty = "a\nb\rc\u{1b}[2Jd\u{7f}e\u{9b}31mf\u{2028}g\u{0}h"
    let lines = try lines(format) { $0.error("\(nasty)", metadata: ["\(nasty)": "\(nasty)"]) }
    let line = try #require(lines.first)
    #expect(lines.count == 1)
    let raw: Set<Unicode.Scalar> = ["\r", "\u{1b}", "\u{0}", "\u{7f}", "\u{9b}", "\u{2028}"]
    #expect(!line.unicodeScalars.contains { raw.contains($0) })

  }

  @Test func `Every line of level error has its count, and no other line has`() throws {
    let metrics = CollectorMetrics(version: "1", now: { now })
    let lines = try lines(.json, level: .trace, onError: metrics.loggedError) { logger in
      for level in Logger.Level.allCases { logger.log(level: level, "as \(level)") }
      logger.error("once more", source: "Spool")
    }
    let errors = lines.filter { $0.contains(#""level":"error""#) || $0.contains(#""level":"critical""#) }
    #expect(lines.count == 8 && errors.count == 3)
    #expect(metrics.text().contains("\nflux_market_log_errors_total{subsystem=\"LogsTests\"} 2\n"))
    #expect(metrics.text().contains("\nflux_market_log_errors_total{subsystem=\"Spool\"} 1\n"))
  }

  @Test func `Lines of many tasks do not mix`() async throws {
    let pipe = Pipe()
    let descriptor = pipe.fileHandleForWriting.fileDescriptor
    // On a thread of its own, as it blocks; those who write may take all of the pool's.
    let (read, reader) = AsyncStream.makeStream(of: Data.self)
    Thread.detachNewThread {
      reader.yield(pipe.fileHandleForReading.readDataToEndOfFile())
      reader.finish()
    }
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<4 {
        group.addTask { [now] in
          let logger = Logger(label: "test") { _ in
            LineHandler(.text, level: .info, descriptor: descriptor, now: { now }, onError: { _ in })
          }
          for _ in 0..<200 { logger.info("\(String(repeating: "\(task)", count: 300))") }
        }
      }
    }
    try pipe.fileHandleForWriting.close()
    let written = await read.first { _ in true }
    let lines = String(decoding: written ?? Data(), as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 800)
    #expect(lines.allSatisfy { Set($0.suffix(300)).count == 1 })
  }
}
