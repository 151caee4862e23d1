import Market

/// A chart in a terminal's characters: each of Unicode's Braille patterns is two dots wide and four high.
struct BrailleChart {
  let window: Window
  let london: LondonClock
  /// Characters across, the labels included.
  let width: Int
  let isColoured: Bool

  private static let rows = 12

  /// The signal's name and unit, the curve beside its scale, and the time axis.
  func lines(of trace: Trace) -> [String] {
    let title = "\(trace.signal.name), \(trace.signal.unit)"
    guard let range = trace.range else { return [title + ": no values"] }
    let scale = ValueScale(range, intervals: 4)
    let dotRows = Self.rows * 4
    func dotRow(_ value: Double) -> Int { Int(((1 - scale.share(of: value)) * Double(dotRows - 1)).rounded()) }
    let ticks = scale.ticks.map { (row: dotRow($0.value) / 4, label: $0.label) }
    let gutter = (ticks.map(\.label.count).max() ?? 0) + 1
    let columns = max(width - gutter - 1, 10)
    let marks = TimeMark.marks(in: window, atMost: max(columns / 9, 1), london).map {
      (column: window.place(of: $0.instant, among: columns), label: $0.label)
    }
    let dots = dots(of: trace.points, columns: columns, dotRow: dotRow)
    let zero = scale.lower < 0 && scale.upper > 0 ? dotRow(0) / 4 : nil

    var lines = [title]
    for row in 0..<Self.rows {
      let label = ticks.first { $0.row == row }?.label ?? ""
      var cells = dots[row].map { $0 == 0 ? nil : Unicode.Scalar(0x2800 + UInt32($0)).map(Character.init) }
      let drawn = cells.map { $0 != nil }
      for column in cells.indices where !drawn[column] {
        cells[column] = marks.contains { $0.column == column } ? "┊" : row == zero ? "╌" : " "
      }
      let text = coloured(cells.compactMap { $0 }, where: drawn)
      lines.append(padded(label, gutter) + (label.isEmpty ? "│" : "┤") + text)
    }
    let axis = (0..<columns).map { column in marks.contains { $0.column == column } ? "┴" : "─" }.joined()
    lines.append(padded("", gutter) + "└" + axis)
    lines.append(padded("", gutter + 1) + labels(marks, columns: columns))
    return lines.map(trimmed)
  }

  /// A byte a character, a bit a dot.
  private func dots(of points: [Trace.Point], columns: Int, dotRow: (Double) -> Int) -> [[UInt8]] {
    // Of the left and the right column, from the top.
    let bits: [[UInt8]] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]]
    var dots = [[UInt8]](repeating: [UInt8](repeating: 0, count: columns), count: Self.rows)
    func draw(_ column: Int, _ rows: ClosedRange<Int>) {
      for row in rows { dots[row / 4][column / 2] |= bits[column % 2][row % 4] }
    }
    for (number, point) in points.enumerated() {
      let row = dotRow(Double(point.value))
      let first = window.place(of: point.time, among: columns * 2)
      if number > 0, points[number - 1].stretch == point.stretch {
        let before = dotRow(Double(points[number - 1].value))
        draw(first, min(before, row)...max(before, row))
      }
      let next = number + 1 < points.count && points[number + 1].stretch == point.stretch ? points[number + 1] : nil
      let end = (next?.time ?? point.end).advanced(by: .microseconds(-1))
      for column in first...max(first, window.place(of: end, among: columns * 2)) { draw(column, row...row) }
    }
    return dots
  }

  /// Those of the marks' labels that do not run into the one before.
  private func labels(_ marks: [(column: Int, label: String)], columns: Int) -> String {
    var text = ""
    for mark in marks where mark.column >= text.count + (text.isEmpty ? 0 : 1) {
      guard mark.column + mark.label.count <= columns else { break }
      text += String(repeating: " ", count: mark.column - text.count) + mark.label
    }
    return text
  }

  private func coloured(_ cells: [Character], where isDrawn: [Bool]) -> String {
    guard isColoured else { return String(cells) }
    var text = ""
    for (column, cell) in cells.enumerated() {
      let wasDrawn = column > 0 && isDrawn[column - 1]
      if isDrawn[column] != wasDrawn { text += isDrawn[column] ? "\u{1B}[36m" : "\u{1B}[0m" }
      text.append(cell)
    }
    return text + (isDrawn.last == true ? "\u{1B}[0m" : "")
  }

  private func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  private func trimmed(_ line: String) -> String {
    var line = Substring(line)
    while line.last == " " { line.removeLast() }
    return String(line)
  }
}
