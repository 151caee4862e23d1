internal import Market
import Synchronization

/// How long ago an instant was when the text is written, for each value of one label. In seconds.
final class Age: Metric {
  let name: String
  let help: String
  let type = "gauge"
  private let label: String
  private let now: @Sendable () -> Instant
  private let series = Mutex<[LabelValues: Instant]>([:])

  init(_ name: String, _ help: String, label: String, now: @escaping @Sendable () -> Instant) {
    self.name = name
    self.help = help
    self.label = label
    self.now = now
  }

  /// Counts from `instant` on, unless it counts from a later one already.
  func advance(to instant: Instant, _ value: String) {
    series.withLock { $0.merge([[value]: instant]) { max($0, $1) } }
  }

  func forget(_ value: String) { series.withLock { $0[[value]] = nil } }

  func write(samples text: inout Exposition) {
    let now = now()
    for (values, instant) in inOrder(series.withLock { $0 }) {
      text.sample(name, values.paired(with: [label]), Exposition.number(now.since(instant).inSeconds))
    }
  }
}
