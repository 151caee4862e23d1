/// A decimal number as the feeds write it: exact, never a `Double`, so that its digits can be given in any form.
struct Number: Hashable, Sendable {
  /// Millionths.
  var micros: Int64
  /// The 12 digits after the millionths, written only in the form with 18 decimals.
  var tail: UInt64 = 0

  static let zero = Number(micros: 0)

  /// The forms in which the same number has been seen.
  enum Form: Sendable {
    /// `160.000000000000000000`.
    case eighteenDecimals
    /// `160`, `-7.76`.
    case shortest
    /// `160.0`, `-7.76`.
    case shortestWithPoint
    /// `160.00` for 2: at least that many decimals.
    case decimals(Int)
  }

  /// `value` rounded to whole multiples of `step` millionths.
  init(_ value: Double, step: Int64) { micros = Int64((value * 1_000_000 / Double(step)).rounded()) * step }

  init(micros: Int64, tail: UInt64 = 0) {
    self.micros = micros
    self.tail = tail
  }

  /// Reads `-7.76`; nil for anything but a plain decimal with at most six decimals and twelve whole digits.
  init?(_ text: some Sequence<UInt8>) {
    var value: Int64 = 0
    var decimals: Int?
    var digits = 0
    var isNegative = false
    for (index, byte) in text.enumerated() {
      switch byte {
      case UInt8(ascii: "-") where index == 0: isNegative = true
      case UInt8(ascii: ".") where decimals == nil && digits > 0: decimals = 0
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        digits += 1
        if let count = decimals { decimals = count + 1 }
        guard digits <= 18, decimals ?? 0 <= 6 else { return nil }
        value = value * 10 + Int64(byte - UInt8(ascii: "0"))
      default: return nil
      }
    }
    guard digits > 0, digits - (decimals ?? 0) <= 12 else { return nil }
    for _ in (decimals ?? 0)..<6 { value *= 10 }
    micros = isNegative ? -value : value
  }
}

extension [UInt8] {
  mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { append(contentsOf: $0) }
  }

  mutating func append(_ text: some StringProtocol) { append(contentsOf: text.utf8) }

  mutating func append(_ value: Int) {
    if value < 0 { append(UInt8(ascii: "-")) }
    append(digits: value.magnitude, width: 1)
  }

  /// `value` in decimal with at least `width` digits.
  mutating func append(digits value: UInt, width: Int) {
    var divisor: UInt = 1
    var places = 1
    while places < width || value / divisor >= 10 {
      divisor *= 10
      places += 1
    }
    while divisor > 0 {
      append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
      divisor /= 10
    }
  }

  mutating func append(_ number: Number, _ form: Number.Form) {
    if number.micros < 0 { append(UInt8(ascii: "-")) }
    let (whole, fraction) = UInt(number.micros.magnitude).quotientAndRemainder(dividingBy: 1_000_000)
    append(digits: whole, width: 1)
    let least: Int
    switch form {
    case .eighteenDecimals:
      append(UInt8(ascii: "."))
      append(digits: fraction, width: 6)
      return append(digits: UInt(number.tail), width: 12)
    case .shortest: least = 0
    case .shortestWithPoint: least = 1
    case .decimals(let count): least = count
    }
    var rest = fraction
    var places = 6
    while places > least, rest % 10 == 0 {
      rest /= 10
      places -= 1
    }
    guard places > 0 else { return }
    append(UInt8(ascii: "."))
    append(digits: rest, width: places)
  }
}
