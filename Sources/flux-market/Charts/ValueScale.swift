import Glibc

/// A chart's value axis: it begins and ends at round numbers that enclose the values.
struct ValueScale {
  let lower: Double
  let upper: Double
  /// Between two labels: 1, 2 or 5 times a power of ten.
  private let step: Double

  /// - Parameter intervals: about how many steps there are.
  init(_ range: ClosedRange<Float>, intervals: Int) {
    var (least, greatest) = (Double(range.lowerBound), Double(range.upperBound))
    if least == greatest {
      // A flat line lies in the middle.
      let margin = max(abs(least) * 0.1, 1)
      (least, greatest) = (least - margin, greatest + margin)
    }
    let wanted = (greatest - least) / Double(intervals)
    let power = pow(10, log10(wanted).rounded(.down))
    step = ([1, 2, 5].map { $0 * power }.first { $0 >= wanted }) ?? 10 * power
    lower = (least / step).rounded(.down) * step
    upper = (greatest / step).rounded(.up) * step
  }

  /// From the lowest to the highest, with their labels.
  var ticks: [(value: Double, label: String)] {
    let first = Int((lower / step).rounded()), last = Int((upper / step).rounded())
    return (first...last).map { (Double($0) * step, label(times: $0)) }
  }

  /// `-150`, `0.25`.
  private func label(times count: Int) -> String {
    let decimals = max(0, Int(-log10(step).rounded(.down)))
    let scale = pow(10, Double(decimals))
    let whole = Int((Double(abs(count)) * step * scale).rounded())
    var digits = String(whole)
    if decimals > 0 {
      digits = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
      digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -decimals))
    }
    return (count < 0 ? "-" : "") + digits
  }

  /// From 0 at the lower end to 1 at the upper.
  func share(of value: Double) -> Double { (value - lower) / (upper - lower) }
}
