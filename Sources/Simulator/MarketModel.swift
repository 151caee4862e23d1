internal import Market

/// The market's values for any half hour: drawn from a seed, or the recorded ones where there are any.
///
/// Every answer is a function of the seed, the day and the period alone; what of it has been published by now is the
/// business of ``PublicationClock``.
struct MarketModel: Sendable {
  let dice: Dice
  let recording: Recording?

  /// The versions of one half hour, in the order they come out.
  enum Version: Sendable {
    /// Elexon's first calculation, a quarter of an hour after the period.
    case firstRun
    /// The same a day later; Elexon's Insights keeps it from then on.
    case rerun
    /// After the settlement runs: what the Portal's best view holds.
    case settled
  }

  struct Imbalance: Hashable, Sendable {
    /// £/MWh.
    var price: Number
    /// MWh of the half hour, positive when the system is short.
    var volume: Number
  }

  struct IndexQuote: Hashable, Sendable {
    /// £/MWh; 0 where nothing was traded.
    var price: Number
    /// MWh.
    var volume: Number
  }

  func imbalance(_ date: CivilDate, _ period: Int, _ version: Version) -> Imbalance {
    let day = date.daysSinceEpoch
    let recorded = recording?.imbalance(date, period)
    var value = recorded ?? drawn(day, date, period)
    switch version {
    case .rerun: break
    case .firstRun:
      if dice.once(in: 6, day, period, .revision) {
        let swing = dice.swing(day, period + 100, .revision)
        value.volume.micros += Int64(swing * 300_000) * 1_000
        value.price.micros += Int64(swing * 2_000) * 10_000
      }
    case .settled:
      // A recording is of the settled values, and is served as it is on both sides.
      if recorded == nil, dice.once(in: 40, day, period, .settled) {
        let swing = dice.swing(day, period + 100, .settled)
        value.volume.micros += Int64(swing * 500_000) * 1_000
        value.price.micros += Int64(swing * 4_000) * 10_000
      }
    }
    return value
  }

  /// Trades on the first provider's exchange, APX: negative prices are real, a volume of 0 is no price.
  func apx(_ date: CivilDate, _ period: Int) -> IndexQuote {
    if let quotes = recording?.index(date, period) { return quotes.apx }
    let day = date.daysSinceEpoch
    // Once in half a year a day passes whose trades never reach the index.
    if dice.once(in: 180, day, 0, .inactive) { return IndexQuote(price: .zero, volume: .zero) }
    let price = level(date, period) + 9 * dice.swing(day, period, .price) - (isWindy(day) ? 55 : 0)
    let volume = 900 + 600 * dice.swing(day, period, .volume)
    return IndexQuote(price: Number(price, step: 10_000), volume: Number(max(volume, 1), step: 50_000))
  }

  /// The second provider, N2EX, which almost never has trades to report.
  func n2ex(_ date: CivilDate, _ period: Int) -> IndexQuote {
    if let quotes = recording?.index(date, period) { return quotes.n2ex }
    let day = date.daysSinceEpoch
    guard dice.once(in: 440, day, period, .inactive) else { return IndexQuote(price: .zero, volume: .zero) }
    let apx = apx(date, period)
    guard apx.volume.micros > 0 else { return apx }
    return IndexQuote(
      price: Number(micros: apx.price.micros + 1_250_000),
      volume: Number(micros: 10_000_000 + Int64(dice.number(below: 400, day, period, .volume)) * 100_000))
  }

  /// How the provider happens to write this day's numbers.
  func form(_ date: CivilDate) -> Number.Form {
    switch dice.number(below: 10, date.daysSinceEpoch, 0, .form) {
    case 0..<5: .eighteenDecimals
    case 5..<8: .shortest
    default: .shortestWithPoint
    }
  }

  // MARK: - What is drawn

  private func drawn(_ day: Int, _ date: CivilDate, _ period: Int) -> Imbalance {
    // Slow: imbalance lasts for hours. Its size changes every three hours, a straight line between.
    let block = (period - 1) / 6
    let share = Double((period - 1) % 6) / 6
    let slow = dice.swing(day, block, .shape) * (1 - share) + dice.swing(day, block + 1, .shape) * share
    let volume = 900 * slow + 250 * dice.swing(day, period, .fast)
    var price = level(date, period) + 0.055 * volume + 14 * dice.swing(day, period, .price)
    if isWindy(day) { price -= 60 }
    switch dice.number(below: 4_000, day, period, .oddity) {
    case 0..<34: price = 0
    case 34..<74: price = -5 - 60 * Double(dice.number(below: 100, day, period, .size)) / 100
    case 74..<77: price = 400 + 36 * Double(dice.number(below: 100, day, period, .size))
    default: break
    }
    return Imbalance(
      price: Number(price, step: dice.once(in: 3, day, period, .size) ? 10 : 10_000),
      volume: Number(
        micros: Number(volume, step: 1).micros, tail: dice.bits(day, period, .tail) % 1_000_000_000_000))
  }

  /// £/MWh of an ordinary day: by hour, weekday and season.
  private func level(_ date: CivilDate, _ period: Int) -> Double {
    let hour = Self.hours[min((period - 1) / 2, 23)]
    let season = Self.months[date.yearMonthDay.month - 1]
    let week = date.weekday == 0 || date.weekday == 6 ? 0.86 : 1.0
    return 78 * hour * season * week
  }

  /// A day on which wind alone nearly meets demand, and prices fall to nothing or below it.
  private func isWindy(_ day: Int) -> Bool { dice.once(in: 12, day, 1, .shape) }

  private static let hours = [
    0.78, 0.74, 0.71, 0.69, 0.70, 0.78, 0.94, 1.10, 1.16, 1.08, 0.99, 0.93,
    0.90, 0.88, 0.91, 1.02, 1.24, 1.46, 1.44, 1.31, 1.17, 1.04, 0.93, 0.84,
  ]
  private static let months = [1.22, 1.16, 1.04, 0.93, 0.87, 0.85, 0.86, 0.88, 0.96, 1.03, 1.13, 1.20]
}
