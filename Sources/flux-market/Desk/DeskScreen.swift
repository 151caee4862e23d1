import Market
import Store

/// The desk as lines of a terminal: a function of what was read, of the time and of the window.
struct DeskScreen {
  /// How the connection fares, in words.
  enum Link: Hashable {
    case live
    case lost(String, for: Duration)
  }

  let london: LondonClock
  let width: Int
  let height: Int
  let isColoured: Bool
  /// Made-up values only.
  let isSimulated: Bool

  /// - Parameters:
  ///   - now: by the database's clock.
  ///   - changed: signals whose value changed a moment ago.
  /// - Returns: no more lines than the window has, none wider than it.
  func lines(_ desk: Desk, at now: Instant, link: Link, changed: Set<Int32>) -> [String] {
    var lines = [header(now), status(link), ""]
    let bodies = desk.rows.map { row in
      body(row, desk.days[row.signal.id] ?? [], now, isChanged: changed.contains(row.signal.id))
    }
    if desk.rows.isEmpty { lines.append("no signal has a value yet: `flux-market collect` asks the feeds") }
    let room = height - lines.count - 1
    // Where not all fits each signal keeps its first line, and the last line tells what is left out.
    let isRoomy = bodies.joined().count <= room
    let shown = isRoomy ? bodies : Array(bodies.map { [$0[0]] }.prefix(max(0, room)))
    lines += shown.joined()
    let left = bodies.count - shown.count
    lines.append(
      paint(left > 0 ? "\(counted(left, "more signal")): make the window taller" : "q ends", .dim))
    return lines
  }

  private func header(_ now: Instant) -> String {
    let title = isSimulated ? "flux-market desk, SIMULATED" : "flux-market desk"
    let date = SettlementDate(containing: now, in: london).date
    let day = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][date.weekday - 1]
    let clock = "\(day) \(date) \(time(now, seconds: true)) \(london.offset(at: now) == 0 ? "GMT" : "BST")"
    return paint(title, .bold) + fill(title, clock) + clock
  }

  private func status(_ link: Link) -> String {
    switch link {
    case .live: return paint("live: changes show as they are stored", .dim)
    case .lost(let reason, let duration):
      return paint(cut("DATABASE LOST \(duration.inWords) ago, values may be old: \(reason)", width), .red)
    }
  }

  /// One line of the value, one of its day, one of what is wrong.
  private func body(_ row: DeskReader.Row, _ day: [DeskReader.Point], _ now: Instant, isChanged: Bool) -> [String] {
    let value = row.newest.map { shortest($0.point.value) } ?? "-"
    let half = row.newest.map { period($0.point.time, now) } ?? ""
    let age = row.newest.map { now.since($0.point.time).inWords } ?? ""
    let first =
      (isChanged ? "* " : "  ") + left(cut(row.signal.name, 24), 24) + " " + right(value, 9) + " "
      + left(row.signal.unit.description, 6) + " " + left(half, 16) + right(age, 11)
    let state = row.state?.rawValue ?? "unknown"
    var lines = [
      paint(cut(first, width - state.count - 2), isChanged ? .bold : .plain) + "  " + paint(state, colour(row))
    ]
    let sparkline = Sparkline(day, holds: row.holds, until: now, width: 24).text
    let second = "    " + sparkline + "  " + details(row, now)
    if !second.allSatisfy({ $0 == " " }) { lines.append(cut(second, width)) }
    if let reason = row.reason { lines.append(paint(cut("    \(reason)", width), colour(row))) }
    return lines
  }

  private func details(_ row: DeskReader.Row, _ now: Instant) -> String {
    var details: [String] = []
    if row.isEstimate { details.append("estimate") }
    if let change = row.newest?.change, let before = row.newest?.previous {
      details.append("\(DeskRows.signed(change)) since \(time(before.time))")
    }
    if let replaced = row.newest?.replaced {
      let since = row.newest?.observedAt.map { ", \(now.since($0).inWords) ago" } ?? ""
      details.append("revised from \(shortest(replaced.value))\(since)")
    }
    if let next = row.next { details.append("\(shortest(next.value)) from \(period(next.time, now))") }
    return details.joined(separator: "; ")
  }

  /// `16:00 SP33` by London's clock; with the day where it is another than today.
  private func period(_ instant: Instant, _ now: Instant) -> String {
    let period = SettlementPeriod(containing: instant, in: london)
    let isToday = period.date == SettlementDate(containing: now, in: london)
    let day = period.date.date.yearMonthDay
    return isToday ? "\(time(instant)) SP\(period.number)" : "\(day.day)/\(day.month) \(time(instant)) SP\(period.number)"
  }

  private func time(_ instant: Instant, seconds: Bool = false) -> String {
    let shown = instant.advanced(by: .seconds(london.offset(at: instant))).description
    return String(shown.dropFirst(11).prefix(seconds ? 8 : 5))
  }

  // MARK: - Characters

  private enum Paint: String { case plain = "0", bold = "1", dim = "2", red = "31", yellow = "33", green = "32" }

  private func colour(_ row: DeskReader.Row) -> Paint {
    switch row.state {
    case .fresh: .green
    case .late: .yellow
    case .stale, .some(.none): .red
    case nil: .plain
    }
  }

  private func paint(_ text: String, _ paint: Paint) -> String {
    isColoured && paint != .plain ? "\u{1B}[\(paint.rawValue)m\(text)\u{1B}[0m" : text
  }

  private func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  private func fill(_ start: String, _ end: String) -> String {
    String(repeating: " ", count: max(1, width - start.count - end.count))
  }

  private func cut(_ text: String, _ width: Int) -> String {
    text.count <= width ? text : text.prefix(max(0, width - 1)) + "…"
  }
}
