import FoundationEssentials
internal import Market

/// Files recorded from the Elexon Portal, whose days are served with their real values.
///
/// A folder with files named `…system-prices….csv` (settlement date DD/MM/YYYY, period, sell price, buy price, net
/// imbalance volume) and `…market-index….csv` (`01 January 2024`, period, provider, volume, price), each with a header.
package struct Recording: Sendable {
  /// By day; a period's place is its number less one, nil where the file lacks it.
  private var imbalances: [CivilDate: [MarketModel.Imbalance?]] = [:]
  private var quotes: [CivilDate: [Quotes?]] = [:]
  /// The system price file as it is.
  private(set) var systemPriceFile: [UInt8]?
  /// The market index files as they are, by year.
  private(set) var indexFiles: [Int: [UInt8]] = [:]

  struct Quotes: Sendable {
    var apx = MarketModel.IndexQuote(price: .zero, volume: .zero)
    var n2ex = MarketModel.IndexQuote(price: .zero, volume: .zero)
  }

  /// - Throws: ``RecordingError`` where the folder holds no such file, or a line that is not of its form.
  package init(folder: String) throws(RecordingError) {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw .unreadable(path: folder)
    }
    for name in names.sorted() where name.hasSuffix(".csv") {
      let path = folder + "/" + name
      guard name.contains("system-prices") || name.contains("market-index") else { continue }
      guard let data = try? Data(contentsOf: URL(filePath: path)) else { throw .unreadable(path: path) }
      let file = [UInt8](data)
      if name.contains("system-prices") { try readSystemPrices(file, path) } else { try readIndex(file, path) }
    }
    guard !imbalances.isEmpty || !quotes.isEmpty else { throw .nothingThere(path: folder) }
  }

  func imbalance(_ date: CivilDate, _ period: Int) -> MarketModel.Imbalance? {
    guard let day = imbalances[date], period <= day.count else { return nil }
    return day[period - 1]
  }

  func index(_ date: CivilDate, _ period: Int) -> Quotes? {
    guard let day = quotes[date], period <= day.count else { return nil }
    return day[period - 1]
  }

  private mutating func readSystemPrices(_ file: [UInt8], _ path: String) throws(RecordingError) {
    try lines(of: file, path) { fields in
      guard fields.count == 5, let date = dayFirst(fields[0]), let period = periodNumber(fields[1]),
        let price = Number(fields[2]), let volume = Number(fields[4])
      else { return false }
      var day = imbalances[date, default: []]
      while day.count < period { day.append(nil) }
      day[period - 1] = MarketModel.Imbalance(price: price, volume: volume)
      imbalances[date] = day
      return true
    }
    systemPriceFile = file
  }

  private mutating func readIndex(_ file: [UInt8], _ path: String) throws(RecordingError) {
    var year: Int?
    try lines(of: file, path) { fields in
      guard fields.count == 5, let date = dayInWords(fields[0]), let period = periodNumber(fields[1]),
        let volume = Number(fields[3]), let price = Number(fields[4])
      else { return false }
      var day = quotes[date, default: []]
      while day.count < period { day.append(nil) }
      var both = day[period - 1] ?? Quotes()
      let quote = MarketModel.IndexQuote(price: price, volume: volume)
      if fields[2].starts(with: "APXMIDP".utf8) { both.apx = quote } else { both.n2ex = quote }
      day[period - 1] = both
      quotes[date] = day
      year = date.yearMonthDay.year
      return true
    }
    if let year { indexFiles[year] = file }
  }

  /// Hands each line after the header to `read`, split at its commas.
  private func lines(
    of file: [UInt8], _ path: String, _ read: ([ArraySlice<UInt8>]) -> Bool
  ) throws(RecordingError) {
    var number = 0
    for line in file.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      if number == 1 || text.isEmpty { continue }
      guard read(text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)) else {
        throw .malformed(path: path, line: number, text: String(decoding: text.prefix(100), as: UTF8.self))
      }
    }
  }
}

private func periodNumber(_ text: ArraySlice<UInt8>) -> Int? {
  guard let number = Int(String(decoding: text, as: UTF8.self)), (1...50).contains(number) else { return nil }
  return number
}

/// `31/01/2019`.
private func dayFirst(_ text: ArraySlice<UInt8>) -> CivilDate? {
  let parts = text.split(separator: UInt8(ascii: "/")).compactMap { Int(String(decoding: $0, as: UTF8.self)) }
  return parts.count == 3 ? CivilDate(year: parts[2], month: parts[1], day: parts[0]) : nil
}

let monthNames = [
  "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
  "December",
]

/// `01 January 2024`.
private func dayInWords(_ text: ArraySlice<UInt8>) -> CivilDate? {
  let parts = text.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
  guard parts.count == 3, let day = Int(parts[0]), let month = monthNames.firstIndex(of: parts[1]),
    let year = Int(parts[2])
  else { return nil }
  return CivilDate(year: year, month: month + 1, day: day)
}

/// The folder given to `--replay` cannot be served.
package enum RecordingError: Error, CustomStringConvertible {
  case unreadable(path: String)
  case nothingThere(path: String)
  case malformed(path: String, line: Int, text: String)

  package var description: String {
    switch self {
    case .unreadable(let path): "\(path): cannot be read: check that it is there and that you may read it"
    case .nothingThere(let path):
      "\(path): holds no recorded prices: expected files named …system-prices….csv or …market-index….csv"
    case .malformed(let path, let line, let text):
      "\(path) line \(line): \"\(text)\" is not a row of an Elexon Portal file: record it again"
    }
  }
}
