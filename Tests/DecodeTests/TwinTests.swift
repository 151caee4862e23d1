import Feeds
import Foundation
import SlowTwins
import Testing

@testable import Decode

/// Records that are read along the one before, and cells 64 bytes at a time, are checked by twins that look at every
/// byte on its own. The fuzz targets do the same with whatever libFuzzer comes upon.
@Suite struct `Records against their slow twins` {
  private func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: `Recorded and odd replies`.folder.appendingPathComponent(path)))
  }

  /// A few bytes changed, doubled or left out, of those between records above all.
  private func damaged(_ bytes: [UInt8], _ random: inout SeededNumbers) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: bytes[place] = Array("\"\\{}[],:-.e0 \n\r".utf8).randomElement(using: &random) ?? 0
      case 1: bytes.remove(at: place)
      case 2: bytes.insert(bytes[place], at: place)
      default:
        let end = min(bytes.count, place + Int.random(in: 1...200, using: &random))
        bytes.insert(contentsOf: bytes[place..<end], at: place)
      }
    }
    return bytes
  }

  @Test func `JSON, damaged or not, has the same records, values and errors`() throws {
    var random = SeededNumbers(state: 11)
    let fields = ["settlementDate", "settlementPeriod", "systemSellPrice", "netImbalanceVolume"]
    var (records, errors) = (0, 0)
    for name in `Recorded and odd replies`.names() {
      guard let reply = try? bytes(name + "/reply.json"), reply.count < 4_000 else { continue }
      // The same records several times over, so that most are read along the one before.
      for run in 0..<60 {
        let text = run == 0 ? reply : damaged(reply, &random)
        for (path, next) in [(["data"], ["next"]), (["results"], ["next"]), ([], [])] {
          var twin = SlowJSON(text, records: path, nextPage: next, fields: fields)
          var expected: SlowError?
          do { try twin.read() } catch { expected = error }
          var sink = SlowCollector()
          var fast = JSONRecords(.init(records: path, nextPage: next, fields: fields))
          var failure: SlowError?
          do throws(Malformed) { _ = try fast.read(text.span, into: &sink) } catch {
            failure = SlowError(what: error.what, byte: error.byte)
          }
          if failure != expected || sink.records != twin.records {
            Issue.record("\(name), run \(run), \(path): \(failure as Any), the twin says \(expected as Any)")
          }
          records += twin.records.count
          errors += expected == nil ? 0 : 1
        }
      }
    }
    #expect(records > 5_000 && errors > 1_000)
  }

  @Test func `Records that take turns in their shape keep nothing of one another`() throws {
    var random = SeededNumbers(state: 14)
    let fields = ["date", "period", "price", "volume"]
    for run in 0..<300 {
      // Up to four shapes: fields and others in some order, some left out.
      let shapes = (0..<Int.random(in: 1...4, using: &random)).map { _ in
        (fields + ["other", "another", "price"]).shuffled(using: &random)
          .prefix(Int.random(in: 0...7, using: &random)).map { $0 }
      }
      let records = (0..<40).map { _ in
        let members = (shapes.randomElement(using: &random) ?? []).map { name in
          let value = ["1.5", "-7", "null", "\"text\"", "\"\\u0041\"", "[1,{}]", "12345678901234567890"]
          return "\"\(name)\":\(value.randomElement(using: &random) ?? "0")"
        }
        return "{" + members.joined(separator: run % 2 == 0 ? "," : " ,\n  ") + "}"
      }
      let text = Array("[\(records.joined(separator: ","))]".utf8)
      var twin = SlowJSON(text, records: [], nextPage: [], fields: fields)
      try twin.read()
      var sink = SlowCollector()
      var fast = JSONRecords(.init(records: [], nextPage: [], fields: fields))
      #expect(try fast.read(text.span, into: &sink))
      #expect(sink.records == twin.records && fast.unknownFields == twin.unknownFields, "run \(run)")
    }
  }

  @Test func `CSV, damaged or not, has the same lines, cells and errors`() throws {
    var random = SeededNumbers(state: 12)
    var (records, errors) = (0, 0)
    for name in `Recorded and odd replies`.names() {
      guard let reply = try? bytes(name + "/reply.csv"), reply.count < 4_000 else { continue }
      for run in 0..<200 {
        let text = run == 0 ? reply : damaged(reply, &random)
        for fields in [["Settlement Date", "Settlement Period"], ["Settlement Period", "Net Imbalance Volume(MWh)"]] {
          var twin = SlowCSV(text, fields: fields)
          var expected: SlowError?
          do { _ = try twin.read(columns: nil) } catch { expected = error }
          var sink = SlowCollector()
          var fast = CSVRecords(format: CSVFormat(encoding: .utf8, columns: nil), fields: fields)
          var failure: SlowError?
          do { try fast.read(text.span, into: &sink) } catch let error as Malformed {
            failure = SlowError(what: error.what, byte: error.byte)
          } catch is CSVRecords.MissingColumns {}
          if failure != expected || sink.records != twin.records {
            Issue.record("\(name), run \(run): \(failure as Any), the twin says \(expected as Any)")
          }
          records += twin.records.count
          errors += expected == nil ? 0 : 1
        }
      }
    }
    #expect(records > 5_000 && errors > 100)
  }
}

private struct SlowCollector: RecordSink {
  var records: [SlowRecord] = []

  mutating func take(_ slots: Span<Token>, of bytes: Span<UInt8>, index: Int, record: Range<Int>) {
    let slots = slots.indices.map { SlowToken(slots[$0].kind.rawValue, slots[$0].start, slots[$0].count) }
    records.append(SlowRecord(slots: slots, index: index))
  }
}
