import Market
import Synchronization
import Testing

@testable import FluxMetrics

@Suite struct `The text format of Prometheus` {
  @Test func `Help, labels and numbers are written as the format says`() {
    let gauge = Gauge("answer", "Its \"help\" has a \\ and\na second line.", labels: "name")
    gauge.set(0.1, "b")
    gauge.set(42, "a \"quoted\" \\ name\nof two lines")
    gauge.set(.infinity, "c")
    gauge.set(-.infinity, "d")
    gauge.set(.nan, "e")
    gauge.set(1e300, "f")
    gauge.set(-0.0, "g")
    var text = Exposition()
    gauge.write(to: &text)
    #expect(
      text.text == #"""
        # HELP answer Its "help" has a \\ and\na second line.
        # TYPE answer gauge
        answer{name="a \"quoted\" \\ name\nof two lines"} 42
        answer{name="b"} 0.1
        answer{name="c"} +Inf
        answer{name="d"} -Inf
        answer{name="e"} NaN
        answer{name="f"} 1e+300
        answer{name="g"} 0

        """#)
  }

  @Test func `A counter without labels begins at 0, one with labels when it is prepared`() {
    let plain = Counter("plain_total", "Plain.")
    let labelled = Counter("labelled_total", "Labelled.", labels: "x", "y")
    labelled.prepare("b", "c")
    labelled.add(2, "a", "z")
    labelled.prepare("a", "z")
    labelled.add(-5, "a", "z")
    var text = Exposition()
    for metric in [plain, labelled] { metric.write(samples: &text) }
    #expect(
      text.text == """
        plain_total 0
        labelled_total{x="a",y="z"} 2
        labelled_total{x="b",y="c"} 0

        """)
  }

  @Test func `A histogram's buckets include their bound and sum up, and its sum is exact`() {
    let histogram = Histogram("h", "H.", bounds: [.milliseconds(100), .seconds(1)], labels: "feed")
    histogram.prepare("f")
    for _ in 0..<1_000 { histogram.observe(.milliseconds(100), "f") }
    histogram.observe(.microseconds(100_001), "f")
    histogram.observe(.seconds(2), "f")
    var text = Exposition()
    histogram.write(to: &text)
    #expect(
      text.text == """
        # HELP h H.
        # TYPE h histogram
        h_bucket{feed="f",le="0.1"} 1000
        h_bucket{feed="f",le="1"} 1001
        h_bucket{feed="f",le="+Inf"} 1002
        h_sum{feed="f"} 102.100001
        h_count{feed="f"} 1002

        """)
  }

  @Test func `Nothing is lost where many count at once`() async {
    let counter = Counter("c_total", "C.", labels: "x")
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<8 { group.addTask { for _ in 0..<1_000 { counter.add(1, "\(task % 2)") } } }
    }
    var text = Exposition()
    counter.write(samples: &text)
    #expect(text.text == "c_total{x=\"0\"} 4000\nc_total{x=\"1\"} 4000\n")
  }
}
