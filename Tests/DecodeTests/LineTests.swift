import Feeds
import Market
import Testing

@testable import Decode

/// Lines that are alike are read many in one step; each must yield what it yields alone.
@Suite struct `Lines that are read together` {
  let london: LondonClock

  init() throws { london = try systemLondon() }

  private static let header =
    "Settlement Date,Settlement Period,System Sell Price(GBP/MWh),Buy,Net Imbalance Volume(MWh)"

  private func number(_ random: inout SeededNumbers) -> String {
    let whole = "\(Int.random(in: -4_000...4_000, using: &random))"
    switch Int.random(in: 0..<40, using: &random) {
    case 0: return ""
    case 1: return " \(whole) "
    case 2: return "N/A"
    case 3: return "\"\(whole)\""
    case 4: return "\(whole).344249492314814801830"
    case 5: return "\(whole)e1"
    case 6: return "99999.5"
    case 7: return "1e39"
    case 8: return "-0"
    case 9..<20: return whole
    default: return "\(whole).\(Int.random(in: 1...999, using: &random))"
    }
  }

  private func line(_ date: SettlementDate, _ period: Int, _ random: inout SeededNumbers) -> String {
    let (year, month, number) = date.date.yearMonthDay
    let day = "\(number < 10 ? "0" : "")\(number)/\(month < 10 ? "0" : "")\(month)/\(year)"
    switch Int.random(in: 0..<60, using: &random) {
    case 0: return "\(day),\(period)"
    case 1: return "\(day),x,1,1,1"
    case 2: return "31/02/2024,\(period),1,1,1"
    case 3: return "\(day),\(period),1.5,1,2,\"a,\nb\",7"
    case 4: return ""
    default: return "\(day),\(period),\(self.number(&random)),\(self.number(&random)),\(self.number(&random))"
    }
  }

  @Test func `Each yields what it yields alone, whatever stands around it`() throws {
    var random = SeededNumbers(state: 15)
    let decoder = Decoder(TestFeeds.bestView, london: london)
    var refused = 0
    // In every reply of one line, so that a window never leaves out all of it.
    let companion = try #require(SettlementPeriod(try day("2024-03-01"), 48, in: london)).start(in: london)
    for run in 0..<60 {
      let end = run % 2 == 0 ? "\n" : "\r\n"
      var date = try day("2024-03-02").advanced(by: run)
      var lines: [String] = []
      for _ in 0..<Int.random(in: 2...8, using: &random) {
        for period in stride(from: 1, through: date.periodCount(in: london), by: 1) {
          lines.append(line(date, period, &random))
        }
        date = date.advanced(by: 1)
      }
      if run % 3 == 0 { lines.reverse() }
      // Every other reply holds a day more than was asked for.
      let window = run % 4 < 2 ? nil : Window(from: try day("2024-03-01"), through: date.advanced(by: -2), in: london)
      lines = lines.map { $0 + end }
      if run % 5 == 0 { lines[lines.count - 1].removeLast() }
      let batch = try decoder.decode(Self.header + end + lines.joined(), window: window).batch

      var (observations, rejects): ([Observation], [String]) = ([], [])
      var counts = Batch.Counts()
      for line in lines {
        let text = Self.header + end + "01/03/2024,48,7,7,7" + end + line
        let alone = try decoder.decode(text, window: window).batch
        observations += alone.observations.filter { $0.time != companion }
        rejects += alone.rejects.map { "\($0.field) \($0.value) \($0.reason) \($0.sample ?? "")" }
        #expect(alone.rejects.allSatisfy { $0.sample == line }, "run \(run)")
        counts += alone.counts
        counts.records -= 1
      }
      observations.sort { ($1.time, $0.signal) < ($0.time, $1.signal) }
      #expect(batch.observations == observations, "run \(run)")
      let told = batch.rejects.map { "\($0.field) \($0.value) \($0.reason) \($0.sample ?? "")" }
      #expect(told == Array(rejects.prefix(100)), "run \(run)")
      #expect(batch.counts.records == counts.records && batch.counts.rejected == counts.rejected, "run \(run)")
      #expect(batch.counts.outside == counts.outside, "run \(run)")
      refused += rejects.count
    }
    #expect(refused > 1_000)
  }

  @Test(arguments: [
    (cells: 1, field: "Settlement Period"), (cells: 2, field: "System Sell Price(GBP/MWh)"),
    (cells: 4, field: "Net Imbalance Volume(MWh)"),
  ])
  func `A field is gone where each line lacks it, and not where one that was read with others has it`(
    cells: Int, field: String
  ) throws {
    let decoder = Decoder(TestFeeds.bestView, london: london)
    for (full, alike) in [(0, 0), (1, 1), (1, 40), (60, 40)] {
      let lines = (0..<120).map { number in
        let all = ["\(number / 48 + 10)/03/2024", "\(number % 48 + 1)", "15.5", "15.5", "-1.25"]
        let isFull = full <= number && number < full + alike
        return all.prefix(isFull ? 5 : cells).joined(separator: ",") + "\n"
      }
      let batch = try decoder.decode(Self.header + "\n" + lines.joined()).batch
      let alarms = batch.rejects.filter(\.isAlarm).filter { $0.field == field }
      #expect(alarms.map(\.sample) == (alike == 0 ? [lines[0]] : []), "\(alike) alike from \(full) on")
      #expect(batch.counts.records == 120 && batch.counts.rejected == 120 - alike)
    }
  }

  @Test func `A field that two values are read from is gone once from each record`() throws {
    let rule = RecordRule(
      records: ["data"], time: .settlementPeriod(date: "date", form: .yearMonthDay, period: "period"),
      values: [ValueRule(field: "price", signal: .imbalancePrice), ValueRule(field: "price", signal: .wholesalePrice)])
    let records = (1...3).map { #"{"date":"2024-03-01","period":\#($0)}"# }
    let batch = try Decoder(TestFeeds.feed("prices", rule), london: london)
      .decode(#"{"data":[\#(records.joined(separator: ","))]}"#).batch
    #expect(batch.rejects.map(\.isAlarm) == [true] && batch.rejects.map(\.sample) == [records[0]])
  }

  @Test func `A column that a feed wants and the reply's list lacks is gone from every line`() throws {
    let feed = Self.feed(like: TestFeeds.londonMeter, columns: ["meter", "when"])
    let lines = (0..<70).map { "m\($0),01/03/2024 12:\($0 % 6)0\n" }
    let batch = try Decoder(feed, london: london).decode(lines.joined()).batch
    #expect(batch.rejects.map(\.field) == ["kW"] && batch.rejects.allSatisfy(\.isAlarm))
    #expect(batch.rejects.map(\.sample) == [lines[0]])
  }

  @Test func `Read together or one by one, a reply yields the same means, flags, rejects and counts`() throws {
    var random = SeededNumbers(state: 16)
    var (means, flags, samples, alarms) = (0, 0, 0, 0)
    let window = Window(from: try day("2024-03-01"), through: try day("2024-03-02"), in: london)
    for run in 0..<80 {
      let isMean = run % 2 == 0
      // Of one line in so many the last cell is missing.
      let rarity = [1, 40, 4_000][run / 2 % 3]
      var text = isMean ? Self.meanHeader : Self.header
      for number in 0..<300 {
        var cells = cells(number, isMean: isMean, &random)
        if Int.random(in: 0..<rarity, using: &random) == 0 { cells.removeLast() }
        text += "\n" + cells.joined(separator: ",")
      }
      let feed = isMean ? TestFeeds.portalMarketIndex : Self.boundedBestView
      let (together, oneByOne) = try batches(feed, text, run % 5 == 0 ? window : nil)
      #expect(together.observations == oneByOne.observations, "run \(run)")
      #expect(together.rejects == oneByOne.rejects, "run \(run)")
      #expect(together.flags == oneByOne.flags, "run \(run)")
      #expect(together.counts == oneByOne.counts, "run \(run)")
      if isMean { means += together.observations.count }
      flags += together.flags.count
      samples += together.rejects.count { $0.sample != nil }
      alarms += together.rejects.count(where: \.isAlarm)
    }
    #expect(means > 1_000 && flags > 1_000 && samples > 1_000 && alarms > 20)
  }

  private static let meanHeader =
    "Settlement Date,Settlement Period,Market Index Data Provider Id,Market Index Volume (MWh),"
    + "Market Index Price (£/MWh)"

  private static let boundedBestView = feed(
    like: TestFeeds.bestView, quality: Quality(plausible: ["imbalance_price_settled": -3_000...3_000]))

  private static func feed(like feed: Feed, columns: [String]? = nil, quality: Quality = Quality()) -> Feed {
    Feed(
      id: feed.id, description: "", source: "", host: feed.host, request: feed.request,
      format: .csv(CSVFormat(encoding: .latin1, columns: columns)), span: feed.span, reading: feed.reading,
      quality: quality)
  }

  private func cells(_ number: Int, isMean: Bool, _ random: inout SeededNumbers) -> [String] {
    let place = isMean ? number / 2 : number
    let (day, period) = (place / 48 + 1, "\(place % 48 + 1)")
    let values = ["7.\(number)", self.number(&random)]
    return isMean
      ? ["0\(day) March 2024", period, number % 2 == 0 ? "APXMIDP " : "N2EXMIDP"] + values
      : ["0\(day)/03/2024", period, self.number(&random)] + values
  }

  private func batches(
    _ feed: Feed, _ text: String, _ window: Window?
  ) throws -> (together: Batch, oneByOne: Batch) {
    guard case .records(let rule) = feed.reading, case .csv(let format) = feed.format else {
      preconditionFailure("\(feed.id) is no feed of CSV")
    }
    let bytes = text.unicodeScalars.map { UInt8($0.value) }
    let plan = RecordPlan(rule, of: feed)
    let empty = Batch(feed: feed.id, window: window, observedAt: observedAt)
    var together = RecordReader(plan, place: .line, london: london, batch: empty)
    var oneByOne = OneByOne(reader: together)
    var records = CSVRecords(format: format, fields: plan.fields)
    try records.read(bytes.span, into: &together)
    try records.read(bytes.span, into: &oneByOne)
    return (together.finish(), oneByOne.reader.finish())
  }
}

/// Takes lines one by one, as each sink does that has no way of its own with many.
private struct OneByOne: RecordSink {
  var reader: RecordReader

  mutating func expect(records: Int) { reader.expect(records: records) }

  mutating func take(_ slots: Span<Token>, of bytes: Span<UInt8>, index: Int, record: Range<Int>) {
    reader.take(slots, of: bytes, index: index, record: record)
  }
}
