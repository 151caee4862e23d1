internal import Market
import Synchronization

/// How many durations were how long, for each set of label values. In seconds.
final class Histogram: Metric {
  private struct Series {
    /// By bucket, not yet summed up; the last is of what is above all bounds.
    var counts: [UInt64]
    /// Whole microseconds, so that the sum is exact however many there are.
    var microseconds: Int64 = 0
  }

  let name: String
  let help: String
  let type = "histogram"
  private let labels: [String]
  /// Upper bounds, included, ascending; +Inf is added.
  private let bounds: [Duration]
  private let series = Mutex<[LabelValues: Series]>([:])

  init(_ name: String, _ help: String, bounds: [Duration], labels: String...) {
    self.name = name
    self.help = help
    self.bounds = bounds
    self.labels = labels
  }

  func observe(_ duration: Duration, _ values: String...) {
    precondition(values.count == labels.count)
    let bucket = bounds.firstIndex { duration <= $0 } ?? bounds.count
    series.withLock { series in
      series[values, default: empty].counts[bucket] += 1
      series[values, default: empty].microseconds += max(0, duration.microseconds)
    }
  }

  /// Makes the series, empty where it is new.
  func prepare(_ values: String...) {
    precondition(values.count == labels.count)
    series.withLock { $0.merge([values: empty]) { known, _ in known } }
  }

  private var empty: Series { Series(counts: Array(repeating: 0, count: bounds.count + 1)) }

  func write(samples text: inout Exposition) {
    for (values, one) in inOrder(series.withLock { $0 }) {
      let pairs = values.paired(with: labels)
      var total: UInt64 = 0
      for (bound, count) in zip(bounds.map(\.inSeconds) + [.infinity], one.counts) {
        total += count
        text.sample("\(name)_bucket", pairs + [(name: "le", value: Exposition.number(bound))], String(total))
      }
      text.sample("\(name)_sum", pairs, Exposition.number(Duration.microseconds(one.microseconds).inSeconds))
      text.sample("\(name)_count", pairs, String(total))
    }
  }
}

extension Duration {
  var inSeconds: Double { Double(microseconds) / 1_000_000 }
}

extension Instant {
  /// Seconds since 1970, as Prometheus has its own.
  var inSeconds: Double { Double(microseconds) / 1_000_000 }
}
