import Synchronization

/// A whole number that only grows, for each set of label values; from 0 when the process starts.
final class Counter: Metric {
  let name: String
  let help: String
  let type = "counter"
  private let labels: [String]
  private let series: Mutex<[LabelValues: UInt64]>

  init(_ name: String, _ help: String, labels: String...) {
    self.name = name
    self.help = help
    self.labels = labels
    // Without labels there is one series, and it exists from the start.
    series = Mutex(labels.isEmpty ? [[]: 0] : [:])
  }

  /// - Parameter amount: below 0 counts as 0.
  func add(_ amount: Int = 1, _ values: String...) {
    precondition(values.count == labels.count)
    series.withLock { $0[values, default: 0] &+= UInt64(max(0, amount)) }
  }

  /// Makes the series, at 0 where it is new: a rate over a series that begins with its first event misses that event.
  func prepare(_ values: String...) {
    precondition(values.count == labels.count)
    series.withLock { $0.merge([values: 0]) { known, _ in known } }
  }

  func write(samples text: inout Exposition) {
    for (values, count) in inOrder(series.withLock { $0 }) {
      text.sample(name, values.paired(with: labels), String(count))
    }
  }
}
