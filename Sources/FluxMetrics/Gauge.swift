import Synchronization

/// A number that goes up and down, for each set of label values. What is not known has no sample.
final class Gauge: Metric {
  let name: String
  let help: String
  let type = "gauge"
  private let labels: [String]
  private let series = Mutex<[LabelValues: Double]>([:])

  init(_ name: String, _ help: String, labels: String...) {
    self.name = name
    self.help = help
    self.labels = labels
  }

  /// - Parameter value: nil takes the sample away.
  func set(_ value: Double?, _ values: String...) {
    precondition(values.count == labels.count)
    series.withLock { $0[values] = value }
  }

  func write(samples text: inout Exposition) {
    for (values, value) in inOrder(series.withLock { $0 }) {
      text.sample(name, values.paired(with: labels), Exposition.number(value))
    }
  }
}
