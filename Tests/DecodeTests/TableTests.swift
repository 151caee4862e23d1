import Market
import Testing

@testable import Decode

private let form = TableForm(
  name: "a table",
  columns: [
    TableForm.Column("time", .instant, isRequired: true), TableForm.Column("device_id", .uuid, isRequired: true),
    TableForm.Column("soe", .real), TableForm.Column("command_source", .smallint),
    TableForm.Column("active", .boolean), TableForm.Column("name", .text), TableForm.Column("metadata", .json),
  ])

/// A row's fields as hexadecimal text, nil for NULL: read from the bytes alone, as PostgreSQL would.
private func fields(_ tuples: Tuples) -> [[String?]] {
  (0..<tuples.count).map { row in
    let range = tuples.bytes(of: row..<(row + 1))
    var bytes = tuples.bytes.dropFirst(range.lowerBound).prefix(range.count)
    func number(_ count: Int) -> UInt32 {
      defer { bytes = bytes.dropFirst(count) }
      return bytes.prefix(count).reduce(0) { $0 << 8 | UInt32($1) }
    }
    return (0..<number(2)).map { _ in
      let length = number(4)
      guard length != .max else { return nil }
      defer { bytes = bytes.dropFirst(Int(length)) }
      return bytes.prefix(Int(length)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
  }
}

private struct Found: Equatable {
  var rows: [[String?]] = []
  var lines: [Int] = []
  var refused: [RefusedLine] = []
}

/// Reads a file that comes in pieces of so many bytes.
private func read(_ text: [UInt8], pieces: Int = .max, of form: TableForm = form) throws -> Found {
  var decoder = TupleDecoder(form)
  var found = Found()
  var (start, end) = (0, 0)
  repeat {
    end = pieces < text.count - end ? end + pieces : text.count
    let block = Array(text[start..<end])
    start += try decoder.read(block.span, isLast: end == text.count)
    try #require(start <= end)
    let tuples = decoder.takeTuples()
    found.rows += fields(tuples)
    found.lines += tuples.lines
    found.refused += decoder.takeRefused()
  } while end < text.count
  return found
}

private func read(_ text: String, pieces: Int = .max, of form: TableForm = form) throws -> Found {
  try read(Array(text.utf8), pieces: pieces, of: form)
}

private let uuid = "123e4567-e89b-12d3-a456-426614174000"
private let uuidBytes = "123e4567e89b12d3a456426614174000"
/// 2000-01-01T00:00:01Z, whose binary form is a million microseconds.
private let time = "2000-01-01T00:00:01Z"
private let timeBytes = "00000000000f4240"

@Suite struct `Tables to rows of COPY` {
  @Test func `Columns are found by their names, in any order and any subset`() throws {
    let found = try read("soe,device_id,time\n50.5,\(uuid),\(time)\n,\(uuid.uppercased()),2000-01-01 02:00:01+02\n")
    #expect(found.rows == [["424a0000", uuidBytes, timeBytes], [nil, uuidBytes, timeBytes]])
    #expect(found.lines == [2, 3] && found.refused.isEmpty)
  }

  @Test func `Each kind of column has its binary form`() throws {
    let found = try read(
      "time,device_id,soe,command_source,active,name,metadata\n"
        + #"\#(time),\#(uuidBytes),-1e-3,-32768,F,"a ""b"", c","{""k"": [1, null]}""# + "\n"
        + #"\#(time),\#(uuid),123456789012345678,32767,yes,£,"""text""""# + "\n")
    #expect(found.refused.isEmpty)
    #expect(
      found.rows == [
        [timeBytes, uuidBytes, "ba83126f", "8000", "00", "61202262222c2063", "017b226b223a205b312c206e756c6c5d7d"],
        [timeBytes, uuidBytes, "5bdb4da6", "7fff", "01", "c2a3", "012274657874" + "22"],
      ])
  }

  @Test func `Objects may differ from line to line, and what they lack is NULL`() throws {
    let found = try read(
      #"{"time": "\#(time)", "device_id": "\#(uuid)", "soe": 50.5, "metadata": {"a": [1]}, "name": "\u00a3"}"# + "\n\n"
        + #"  {"device_id":"\#(uuid)","active":true,"time":"\#(time)","soe":null,"metadata":"x"} "# + "\r\n"
        + #"{"time": "\#(time)", "device_id": "\#(uuid)", "soe": "50"}"#)
    #expect(
      found.rows == [
        [timeBytes, uuidBytes, "424a0000", nil, nil, "c2a3", "017b2261223a205b315d7d"],
        [timeBytes, uuidBytes, nil, nil, "01", nil, "01227822"],
      ])
    #expect(found.lines == [1, 3])
    #expect(found.refused == [RefusedLine(line: 4, column: "soe", value: "50", reason: "is text, not a number")])
  }

  @Test(arguments: ["\n", "\r\n"])
  func `A file reads the same whole and in pieces of any size`(_ end: String) throws {
    let rows = (0..<150).map { row in
      row % 40 == 7 ? "\(time),\(uuid),\"\(row)\",\"x\(end)y\"" : "\(time),\(uuid),\(row).25,name \(row)"
    }
    let text = "\u{FEFF}" + (["time,device_id,soe,name"] + rows).joined(separator: end)
    let whole = try read(text)
    try #require(whole.rows.count == 150 && whole.lines.count == 150 && whole.refused.isEmpty)
    #expect(whole.lines[8] == 11, "a line break inside quotes is one of the file's")
    for pieces in [1, 2, 3, 7, 64, 101, 1_000] { #expect(try read(text, pieces: pieces) == whole, "\(pieces)") }
  }

  @Test func `What is wrong is told with its line, column and value, and its neighbours go in`() throws {
    let good = "\(time),\(uuid),1"
    let lines = [
      "time,device_id,soe", good, "yesterday,\(uuid),1", "\(time),\(uuid.dropLast()),1", "\(time),\(uuid),high",
      ",\(uuid),1", "\(time),\(uuid),1e39", "\(time),\(uuid)", "\(time),\(uuid),1,2", "\(time),\(uuid),NaN", good,
    ]
    for text in [lines.joined(separator: "\n"), lines.joined(separator: "\r\n") + "\r\n"] {
      let found = try read(text)
      #expect(found.lines == [2, 11])
      #expect(
        found.refused.map(\.description) == [
          "line 3: time \"yesterday\" is not an instant such as 2026-03-29T00:30:00Z",
          "line 4: device_id \"\(uuid.dropLast())\" is not a UUID", "line 5: soe \"high\" is not a number",
          "line 6: time is missing", "line 7: soe \"1e39\" is beyond the range of PostgreSQL's real",
          "line 8: \"\(time),\(uuid)\" has 2 cells, and the header 3",
          "line 9: \"\(time),\(uuid),1,2\" has 4 cells, and the header 3", "line 10: soe \"NaN\" is not a number",
        ])
    }
  }

  @Test func `Broken UTF-8 is refused where it is text, and a NUL is`() throws {
    var text = Array("time,device_id,name\n\(time),\(uuid),a".utf8)
    text += [0xFF] + Array("\n\(time),\(uuid),a".utf8) + [0] + Array("\n\(time),\(uuid),ok\n".utf8)
    let found = try read(text)
    #expect(found.lines == [4])
    #expect(found.refused.map(\.line) == [2, 3])
    #expect(found.refused.allSatisfy { $0.reason == "is not UTF-8 that PostgreSQL can keep" })
  }

  @Test(arguments: [1, 5, 1_000_000])
  func `A quote that never closes takes its own line away and no other`(_ pieces: Int) throws {
    let rows = (0..<30).map { "\(time),\(uuid),\($0 == 3 ? "\"never closed" : $0 == 9 ? "\"x\"y" : "n\($0)")" }
    let found = try read("time,device_id,name\n" + rows.joined(separator: "\n") + "\n", pieces: pieces)
    #expect(found.refused.map(\.line) == [5, 11])
    #expect(found.lines == (2...31).filter { ![5, 11].contains($0) })
  }

  @Test func `A line without end is passed over, and those after it are read`() throws {
    let endless = String(repeating: "x", count: 3 << 20)
    for start in ["\(time),\(uuid),", "\(time),\(uuid),\""] {
      let text = "time,device_id,name\n\(time),\(uuid),a\n\(start)\(endless)\n\(time),\(uuid),b\n"
      let found = try read(text, pieces: 1 << 20)
      #expect(found.lines == [2, 4] && found.refused.map(\.line) == [3])
    }
    let good = "{\"time\": \"\(time)\", \"device_id\": \"\(uuid)\"}"
    let found = try read("{\"name\": \"\(endless)\"}\n\(good)", pieces: 1 << 20)
    #expect(found.lines == [2] && found.refused.map(\.line) == [1])
  }

  @Test func `Objects that are none are refused one by one`() throws {
    let good = #"{"time": "\#(time)", "device_id": "\#(uuid)"}"#
    let lines = [good, "{", "[1]", "\(good) x", #"{"time": 1}"#, #"{"volts": 1}"#, good]
    let found = try read(lines.joined(separator: "\n"))
    #expect(found.lines == [1, 7])
    #expect(found.refused.map(\.line) == [2, 3, 4, 5, 6])
    let volts = try #require(found.refused.last)
    #expect(volts.reason.contains("there is no column volts; known are time, device_id, soe"))
  }

  @Test(arguments: [
    ("", TableError.empty), (" \n\r\n", .empty), ("\u{FEFF}", .empty),
    (
      "time,soe\n",
      .missingColumns(["device_id"], found: ["time", "soe"], known: form.columns.map(\.name), of: "a table")
    ),
    (
      "time,device_id,volts,amps\n",
      .unknownColumns(["volts", "amps"], known: form.columns.map(\.name), of: "a table")
    ),
    ("time,device_id,time\n", .repeatedColumn("time")),
    ("[{}]", .otherForm("it is one JSON document: write it as an object a line (jsonl), or as csv")),
  ])
  func `A file of another kind is refused as a whole`(_ text: String, _ error: TableError) throws {
    for pieces in [1, .max] { #expect(throws: error) { try read(text, pieces: pieces) } }
    #expect(throws: TableError.self) { try read([0xFF, 0xFE, 0x74, 0x00]) }
  }

  @Test func `A header alone is an empty table`() throws {
    for text in ["time,device_id", "time,device_id\n", "\"time\",\"device_id\"\r\n\r\n"] {
      #expect(try read(text) == Found())
    }
  }

  @Test func `Hexadecimal digits are read eight at a time, and nothing else is`() {
    for byte in UInt8.min...UInt8.max {
      for place in 0..<8 {
        var text = Array("0123abCD".utf8)
        text[place] = byte
        let expected = Character(UnicodeScalar(byte)).isASCII && Character(UnicodeScalar(byte)).isHexDigit
          ? UInt32(String(decoding: text, as: UTF8.self), radix: 16) : nil
        #expect(text.span.word(at: 0).eightHexadecimalDigits == expected, "\(byte) at \(place)")
      }
    }
  }
}

@Suite struct `What history wrote` {
  private let latest = Instant(seconds: 1_800_000_000)

  private func read(_ text: String) throws -> (revisions: [Revision], refused: [RefusedLine]) {
    var decoder = RevisionDecoder(signals: Signal.standard, latest: latest)
    _ = try decoder.read(Array(text.utf8).span, isLast: true)
    return (decoder.takeRevisions(), decoder.takeRefused())
  }

  @Test func `Both forms are read, to the microsecond and the bit`() throws {
    let revision = Revision(
      observation: Observation(time: Instant(seconds: 0), signal: 3, value: -0.0),
      observedAt: Instant(microseconds: 1), metadata: #"{"a": "x,y"}"#, line: 2)
    let csv = try read(
      """
      time,date,period,signal,revision,value,unit,observed_at,metadata,previous_value,previous_observed_at
      1970-01-01T00:00:00Z,1970-01-01,3,imbalance_price,1,-0,£/MWh,1970-01-01T01:00:00.000001+01:00,"{""a"": ""x,y""}",,

      """)
    #expect(csv.refused.isEmpty && csv.revisions == [revision])
    #expect(csv.revisions.first?.observation.value.sign == .minus)
    let objects = try read(
      "\n"
        + #"{"time": "1970-01-01T00:00:00Z", "period": 3, "signal": "imbalance_price", "value": -0, "unit": "£/MWh", "#
        + #""observed_at": "1970-01-01T00:00:00.000001Z", "metadata": {"a": "x,y"}}"#)
    #expect(objects.refused.isEmpty && objects.revisions == [revision])
  }

  @Test(arguments: [
    ("t,imbalance_prise,1,£/MWh,t", "signal", "is no signal of this database"),
    ("t,imbalance_price,1,p/kWh,t", "unit", "is not the unit of imbalance_price, £/MWh"),
    ("t,imbalance_price,,£/MWh,t", "value", "is missing"), ("t,imbalance_price,1,£/MWh,", "observed_at", "is missing"),
    ("t,imbalance_price,1e60,£/MWh,t", "value", "is not a number that a real holds"),
    ("t,imbalance_price,1,£/MWh,2100-01-01T00:00:00Z", "observed_at", "is still to come"),
  ])
  func `A line that cannot be loaded is told with its reason`(
    _ line: String, _ column: String, _ reason: String
  ) throws {
    let time = "2024-01-01T00:00:00Z"
    let text = "time,signal,value,unit,observed_at\n\(line.replacing("t,", with: "\(time),", maxReplacements: 1))"
      .replacing("£/MWh,t", with: "£/MWh,\(time)").replacing("p/kWh,t", with: "p/kWh,\(time)")
    let found = try read(text)
    #expect(found.revisions.isEmpty && found.refused.count == 1)
    #expect(found.refused.first?.column == column && found.refused.first?.reason.hasPrefix(reason) == true)
  }
}
