/// One metric and all its series: a number, or a histogram, for each set of label values.
///
/// What is written is the text format of Prometheus 0.0.4, series in the order of their label values, so that the same
/// state is always the same text.
/// Source: https://prometheus.io/docs/instrumenting/exposition_formats
protocol Metric: Sendable {
  var name: String { get }
  /// One sentence; what is counted or measured, and in which unit.
  var help: String { get }
  var type: String { get }
  /// Adds a line for each sample.
  func write(samples: inout Exposition)
}

extension Metric {
  func write(to text: inout Exposition) {
    text.describe(name, help: help, type: type)
    write(samples: &text)
  }
}

/// A metric's labels, each with its value, in the order in which they are declared.
typealias LabelValues = [String]

/// The text being written.
struct Exposition {
  private(set) var text = ""

  mutating func describe(_ name: String, help: String, type: String) {
    text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(type)\n"
  }

  mutating func sample(_ name: String, _ labels: [(name: String, value: String)], _ value: String) {
    text += name
    if !labels.isEmpty {
      let pairs = labels.map { "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\"" }
      text += "{\(pairs.joined(separator: ","))}"
    }
    text += " \(value)\n"
  }

  private static func escaped(_ text: String, quotes: Bool) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\"" where quotes: result += "\\\""
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// The fewest digits that name the same value: `5`, `0.25`, `+Inf`, `NaN`.
  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    // Beyond 2^53 neighbouring whole numbers are the same Double; below, a whole number needs no fraction.
    return value == value.rounded() && abs(value) < 0x1p53 ? String(Int64(value)) : "\(value)"
  }
}

extension LabelValues {
  func paired(with names: [String]) -> [(name: String, value: String)] {
    zip(names, self).map { (name: $0, value: $1) }
  }
}

/// Series in the order of their label values.
func inOrder<Value>(_ series: [LabelValues: Value]) -> [(key: LabelValues, value: Value)] {
  series.sorted { $0.key.lexicographicallyPrecedes($1.key) }
}
