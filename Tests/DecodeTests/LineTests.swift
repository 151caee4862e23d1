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
        for period in 1...date.periodCount(in: london) { lines.append(line(date, period, &random)) }
        date = date.advanced(by: 1)
      }
      if run % 3 == 0 { lines.reverse() }
      // Every other reply holds a day more than was asked for.
      let window = run % 4 < 2 ? nil : Window(from: try day("2024-03-01"), through: date.advanced(by: -2), in: london)
      let text = Self.header + end + lines.joined(separator: end) + (run % 5 == 0 ? "" : end)
      let batch = try decoder.decode(text, window: window).batch

      var (observations, rejects): ([Observation], [String]) = ([], [])
      var counts = Batch.Counts()
      for line in lines {
        let text = Self.header + end + line + end + "01/03/2024,48,7,7,7" + end
        let alone = try decoder.decode(text, window: window).batch
        observations += alone.observations.filter { $0.time != companion }
        rejects += alone.rejects.map { "\($0.field) \($0.value) \($0.reason)" }
        counts += alone.counts
        counts.records -= 1
      }
      observations.sort { ($1.time, $0.signal) < ($0.time, $1.signal) }
      #expect(batch.observations == observations, "run \(run)")
      #expect(batch.rejects.map { "\($0.field) \($0.value) \($0.reason)" } == Array(rejects.prefix(100)), "run \(run)")
      #expect(batch.counts.records == counts.records && batch.counts.rejected == counts.rejected, "run \(run)")
      #expect(batch.counts.outside == counts.outside, "run \(run)")
      refused += rejects.count
    }
    #expect(refused > 1_000)
  }
}
